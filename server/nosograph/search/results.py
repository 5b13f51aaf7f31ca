"""What a search finds, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Hit:
    """One resource that was found.

    Attributes:
        iri: its IRI.
        kind: path segment of its class, or ``term``.
        label: its label.
        alternatives: its other names.
        definition: its definition, or empty.
        statuses: statuses of the facts that name it, as local names.
        code: the code that was searched for, where that is how it was found.
        relation: how the resource is mapped to that code, as the local name of a SKOS property; empty for its own IRI.
    """

    iri: str
    kind: str
    label: str
    alternatives: tuple[str, ...]
    definition: str
    statuses: tuple[str, ...] = ()
    code: str = ""
    relation: str = ""


@dataclass(frozen=True)
class TopicHit:
    """The section of a resource's page that a query asks for: "treatment for gout".

    Attributes:
        hit: the resource.
        anchor: anchor of the section; empty where its statements are inherited, and so stand elsewhere on the page.
        heading: heading of the section.
    """

    hit: Hit
    anchor: str
    heading: str


@dataclass(frozen=True)
class Filters:
    """Which of the hits are wanted.

    Attributes:
        kind: only resources of this kind, or empty for all.
        status: only resources that a fact with this status names, or empty for all.
    """

    kind: str = ""
    status: str = ""


EVERYTHING: Final = Filters()


@dataclass(frozen=True)
class Matching:
    """The resources that have all words of a search, or have it as a code.

    Attributes:
        iris: their IRIs, the best first, as many as were wanted.
        total: how many there are in all.
    """

    iris: tuple[str, ...]
    total: int


@dataclass(frozen=True)
class Results:
    """What a search found.

    Attributes:
        query: what was searched for.
        filters: which of the hits were wanted.
        hits: the hits of one page, the best first.
        total: how many there are in all.
        kinds: how many there are of each kind, the wanted kind left aside.
        statuses: how many are named by facts of each status, the wanted status left aside.
        corrected: what was searched for instead, where nothing has the query as it was typed; else empty.
        partial: whether the hits lack some of the words.
        topic: the section that the query asks for, where it asks for one.
        exact: the resource that has the query as its IRI or that is an exact match of it as a code, where it is one.
    """

    query: str
    filters: Filters = EVERYTHING
    hits: tuple[Hit, ...] = ()
    total: int = 0
    kinds: tuple[tuple[str, int], ...] = ()
    statuses: tuple[tuple[str, int], ...] = ()
    corrected: str = ""
    partial: bool = False
    topic: TopicHit | None = None
    exact: Hit | None = None
