"""Answers of the reconciliation service (Reconciliation Service API 0.2): which resources a name may mean, and values.

An entity is a named resource; its identifier is its IRI without the base, which is the identifier space. Types are
classes, properties are predicates, both by CURIE.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from nosograph.rdf import iris
from nosograph.rdf.curies import expand
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.search.codes import keys, readings
from nosograph.search.results import Filters, Hit
from nosograph.search.similarity import SAME, Candidate
from nosograph.store.reader import Term
from nosograph.vocabulary.terms import UNLABELLED_KINDS, ResourceClass
from nosograph.web.views.codes import RELATIONS
from nosograph.web.views.facts import Reader
from nosograph.web.views.site import Site

CERTAIN: Final = 99.0
"""Likeness from which a candidate that stands alone is a match: the same words as one of its names."""

MOST_VALUES: Final = 20_000
"""Values in one answer."""

_SHARE_OF_NAME: Final = 0.6
"""What the name counts in a score where properties are known too."""

_ONE_VALUE: Final = 5
"""Resources that the text of a property's value may mean."""

_MOST_HAVING: Final = 200
"""Resources that have a property with a value, which are looked at where no name is known."""

_SUGGESTED: Final = 10

_XSD: Final = STANDARD_PREFIXES["xsd"]
_GENERAL: Final = {
    iris.SKOS_PREF_LABEL: "name",
    iris.SKOS_ALT_LABEL: "other names",
    iris.SKOS_DEFINITION: "definition",
} | {predicate: f"code of {words}" for predicate, words in iris.SKOS_MATCHES}
"""Properties that resources of every class may have."""


@dataclass(frozen=True)
class Condition:
    """A property that a candidate should have, read against the release.

    Attributes:
        property: identifier of the property, as it was asked for.
        predicate: IRI of the predicate; empty where there is none.
        texts: the values as they were asked for.
        resources: IRIs of the resources that they may mean.
    """

    property: str
    predicate: str
    texts: tuple[str, ...]
    resources: frozenset[str]


@dataclass(frozen=True)
class TooManyValues(Exception):  # noqa: N818
    """An answer would have more values than are given at once."""


class Reconciler:
    """Answers one request about a release.

    Args:
        site: the release.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._base = site.release.base
        self._vocabulary = site.release.vocabulary
        self._meant: dict[str, frozenset[str]] = {}

    @cached_property
    def _reader(self) -> Reader:
        return self._site.reader()
