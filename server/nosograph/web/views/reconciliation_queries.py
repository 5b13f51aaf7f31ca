"""What a client asks of the reconciliation service, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PropertyCondition:
    """A property that a candidate should have, with one of some values.

    Attributes:
        property: identifier of the property.
        values: names, codes or identifiers.
    """

    property: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class ReconciliationQuery:
    """One question: which entity is meant.

    Attributes:
        name: what it is called; empty where its properties alone are known.
        types: identifiers of types that it should have one of.
        limit: candidates that are wanted at most.
        conditions: what else is known of it.
        all_types: whether it must have all of the types.
    """

    name: str
    types: tuple[str, ...]
    limit: int
    conditions: tuple[PropertyCondition, ...]
    all_types: bool


@dataclass(frozen=True)
class ExtensionQuery:
    """Values that are wanted of entities.

    Attributes:
        ids: identifiers of the entities.
        properties: identifiers of the properties, each with how many values are wanted at most; 0 for all.
    """

    ids: tuple[str, ...]
    properties: tuple[tuple[str, int], ...]
