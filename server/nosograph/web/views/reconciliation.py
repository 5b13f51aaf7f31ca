"""Answers of the reconciliation service (Reconciliation Service API 0.2): which resources a name may mean, and values.

An entity is a named resource; its identifier is its IRI without the base, which is the identifier space. Types are
classes, properties are predicates, both by CURIE.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from nosograph.rdf import iris
from nosograph.rdf.curies import expand
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.search.codes import keys, readings
from nosograph.search.results import Filters, Hit
from nosograph.search.similarity import SAME, Candidate
from nosograph.search.words import words_of
from nosograph.store.reader import Term
from nosograph.vocabulary.terms import UNLABELLED_KINDS, ResourceClass
from nosograph.web.views.facts import Reader
from nosograph.web.views.reconciliation_queries import ExtensionQuery, PropertyCondition, ReconciliationQuery
from nosograph.web.views.site import Site

CERTAIN: Final = 99.0
"""Likeness from which a candidate that stands alone is a match: the same words as one of its names."""

MOST_VALUES: Final = 20_000
"""Values in one answer."""

_SHARE_OF_NAME: Final = 0.6
"""What the name counts in a score where properties are known too."""

_MOST_HAVING: Final = 200
"""Resources that have a property with a value, which are looked at where no name is known."""

_LOOKED_AT: Final = 20
"""Candidates that are looked at where fewer are wanted, because the score decides in the end."""

_COMPARED: Final = 10
"""Candidates that there are at most where properties are given, and literals of each that are compared."""

_SUGGESTED: Final = 10

_XSD: Final = STANDARD_PREFIXES["xsd"]
_GENERAL: Final = {
    iris.SKOS_PREF_LABEL: "name",
    iris.SKOS_ALT_LABEL: "other names",
    iris.SKOS_DEFINITION: "definition",
} | {predicate: f"code of {words}" for predicate, words in iris.SKOS_MATCHES}
"""Properties that resources of every class may have."""


class TooManyValues(Exception):
    """An answer would have more values than are given at once; ``limit`` says how many are."""

    limit: Final = MOST_VALUES


@dataclass(frozen=True)
class MeantCondition:
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
class ScoredCandidate:
    """A candidate with its score, and with what was found of the conditions, in their order."""

    candidate: Candidate
    score: float
    fulfilled: tuple[bool, ...]


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
        self._classes = [entry for entry in self._vocabulary.classes if entry.kind not in UNLABELLED_KINDS]
        self._kinds = tuple(entry.kind for entry in self._classes)

    @cached_property
    def _reader(self) -> Reader:
        return self._site.reader()

    # Identifiers

    def iri(self, identifier: str) -> str:
        """Return the IRI of the entity with an identifier; an IRI and a CURIE are understood as well."""
        if identifier.startswith(self._base.iri):
            return identifier
        return expand(identifier, self._base) or self._base.iri + identifier

    def _identifier(self, iri: str) -> str:
        return iri.removeprefix(self._base.iri)

    def _type(self, entry: ResourceClass) -> dict[str, str]:
        return {"id": self._reader.addresses.short(entry.iri), "name": entry.label}

    def _types(self, kind: str) -> list[dict[str, str]]:
        entry = self._vocabulary.by_kind.get(kind)
        return [self._type(entry)] if entry else []

    def _kind(self, type: str) -> str | None:
        """Return the kind of a type, which is named by CURIE, IRI or path segment; None for an unknown one."""
        iri = expand(type, self._base) or type
        return next((entry.kind for entry in self._classes if type == entry.kind or iri == entry.iri), None)

    def _predicate(self, identifier: str) -> str:
        """Return the IRI of a property; empty for an unknown one."""
        iri = expand(identifier, self._base) or identifier
        return iri if iri in self._vocabulary.predicates or iri in _GENERAL else ""

    def _property(self, iri: str) -> dict[str, str]:
        entry = self._vocabulary.predicates.get(iri)
        return {"id": self._reader.addresses.short(iri), "name": entry.label if entry else _GENERAL[iri]}

    # Matching

    def match(self, query: ReconciliationQuery) -> list[dict[str, Any]]:
        """Return the candidates for a query, best first; the first is a match where it alone is surely meant."""
        conditions = [self._condition(entry) for entry in query.conditions]
        kinds = self._wanted_kinds(query)
        if kinds is None:
            return []
        if query.name:
            found = self._by_identifier(query.name, kinds) or self._site.search.candidates(
                query.name, kinds, max(query.limit, _LOOKED_AT)
            )
        else:
            found = [Candidate(hit, SAME) for hit in self._having(conditions) if hit.kind in kinds]
        if conditions:
            found = found[:_COMPARED]
        scored = [self._score(candidate, conditions, bool(query.name)) for candidate in found]
        scored.sort(key=lambda entry: (-entry.score, entry.candidate.hit.label))
        sure = [entry for entry in scored if entry.candidate.likeness >= CERTAIN and all(entry.fulfilled)]
        match = sure[0] if len(sure) == 1 else None
        return [self._members(entry, conditions, entry is match) for entry in scored[: query.limit]]

    def _by_identifier(self, name: str, kinds: tuple[str, ...]) -> list[Candidate]:
        hits = self._site.search.hits([self.iri(name)]) if "/" in name or ":" in name else ()
        return [Candidate(hit, SAME, is_code=True) for hit in hits if hit.kind in kinds]

    def _wanted_kinds(self, query: ReconciliationQuery) -> tuple[str, ...] | None:
        """Return the kinds that candidates may have; None where none can have all of the types."""
        if not query.types:
            return self._kinds
        wanted = {self._kind(type) for type in query.types}
        known = tuple(kind for kind in wanted if kind)
        return None if not known or (query.all_types and len(wanted) > 1) else known

    def _condition(self, entry: PropertyCondition) -> MeantCondition:
        meant = frozenset[str]().union(*map(self._resources, entry.values))
        return MeantCondition(entry.property, self._predicate(entry.property), entry.values, meant)

    def _resources(self, text: str) -> frozenset[str]:
        """Return the IRIs of the resources that a text surely names, by identifier, code or name."""
        if text not in self._meant:
            own = frozenset({self.iri(text)} if self._by_identifier(text, self._kinds) else ())
            self._meant[text] = own or self._site.search.named(text, self._kinds)
        return self._meant[text]

    def _having(self, conditions: list[MeantCondition]) -> tuple[Hit, ...]:
        """Return the resources that fulfil the first of some conditions that can be looked up."""
        for condition in conditions:
            if condition.predicate in iris.MAPPING_PREDICATES:
                relation = condition.predicate.rpartition("#")[2]
                resolved = self._site.search.resolve(condition.texts).values()
                return self._site.search.hits(
                    {match.iri for found in resolved for match in found.matches if match.relation == relation}
                )
            if condition.predicate in self._vocabulary.predicates and condition.resources:
                triples = self._reader.triples
                return self._site.search.hits(
                    {
                        subject
                        for resource in sorted(condition.resources)
                        for subject in triples.subjects(condition.predicate, resource, _MOST_HAVING)
                    }
                )
        return ()

    def _score(self, candidate: Candidate, conditions: list[MeantCondition], is_named: bool) -> ScoredCandidate:
        fulfilled = tuple(self._fulfils(candidate.hit.iri, condition) for condition in conditions)
        if not conditions:
            return ScoredCandidate(candidate, candidate.likeness, fulfilled)
        share = _SHARE_OF_NAME if is_named else 0.0
        score = share * candidate.likeness + (1 - share) * 100 * sum(fulfilled) / len(fulfilled)
        return ScoredCandidate(candidate, score, fulfilled)

    def _fulfils(self, iri: str, condition: MeantCondition) -> bool:
        """Return whether it is stated, and not only doubted, that a resource has a property with one of some values."""
        if not condition.predicate:
            return False
        subject, predicate = NamedNode(iri), NamedNode(condition.predicate)
        triples = self._reader.triples
        if any(next(triples.match(subject, predicate, NamedNode(found)), None) for found in condition.resources):
            return True
        if condition.predicate in self._vocabulary.predicates and condition.resources:
            return False
        return any(
            self._says(quad.object, condition.texts) for quad in islice(triples.match(subject, predicate), _COMPARED)
        )

    def _says(self, term: Term, texts: tuple[str, ...]) -> bool:
        """Return whether a literal or a code elsewhere is written as one of some texts."""
        if isinstance(term, Literal):
            return any(words_of(term.value) == words_of(text) for text in texts)
        return isinstance(term, NamedNode) and any(not keys(term.value).isdisjoint(readings(text)) for text in texts)

    def _members(self, entry: ScoredCandidate, conditions: list[MeantCondition], is_match: bool) -> dict[str, Any]:
        hit = entry.candidate.hit
        features: list[dict[str, Any]] = [
            {"id": "likeness", "value": round(entry.candidate.likeness, 1)},
            {"id": "code", "value": entry.candidate.is_code},
        ]
        features += [
            {"id": f"property {condition.property}", "value": fulfilled}
            for condition, fulfilled in zip(conditions, entry.fulfilled, strict=True)
        ]
        return {
            "id": self._identifier(hit.iri),
            "name": hit.label,
            "description": hit.definition,
            "type": self._types(hit.kind),
            "score": round(entry.score, 1),
            "features": features,
            "match": is_match,
        }

    # Suggestions

    def suggest_entities(self, prefix: str, skipped: int) -> list[dict[str, Any]]:
        """Return entities whose names begin so, or that have it as identifier or code."""
        hits = self._site.search.hits([self.iri(prefix)]) if "/" in prefix else ()
        if not hits and prefix:
            found = self._site.search.search(prefix, Filters(), limit=_SUGGESTED, offset=skipped).hits
            hits = tuple(hit for hit in found if hit.kind in self._kinds)
        return [
            {
                "id": self._identifier(hit.iri),
                "name": hit.label,
                "description": hit.definition,
                "notable": self._types(hit.kind),
            }
            for hit in hits
        ]

    def types(self) -> list[dict[str, str]]:
        """Return every type, that of the focus first."""
        return [self._type(entry) for entry in sorted(self._classes, key=lambda entry: not entry.focus)]

    def suggest_types(self, prefix: str, skipped: int) -> list[dict[str, str]]:
        """Return types whose names or identifiers begin so."""
        return _beginning(self.types(), prefix)[skipped : skipped + _SUGGESTED]

    def suggest_properties(self, prefix: str, skipped: int) -> list[dict[str, str]]:
        """Return properties a word of whose names begins so, or whose identifiers do."""
        found = [self._property(iri) for iri in (*self._vocabulary.predicates, *_GENERAL)]
        return _beginning(found, prefix)[skipped : skipped + _SUGGESTED]

    def propose_properties(self, type: str) -> list[dict[str, str]] | None:
        """Return the properties that resources of a type may have; None for an unknown type."""
        kind = self._kind(type)
        if kind is None:
            return None
        domain = self._vocabulary.by_kind[kind].iri
        own = [
            iri
            for iri in self._reader.triples.subjects(iris.SCHEMA_DOMAIN, domain)
            if iri in self._vocabulary.predicates
        ]
        own.sort(key=lambda iri: self._vocabulary.predicates[iri].label)
        return [self._property(iri) for iri in (*own, *_GENERAL)]

    # Extension

    def extend(self, query: ExtensionQuery) -> dict[str, Any]:
        """Return values of properties of entities: what is stated, not what is doubted or denied.

        Raises:
            TooManyValues: there are more than are given at once.
        """
        rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
        total = 0
        predicates = {id: (self._predicate(id), limit) for id, limit in query.properties}
        for id in query.ids:
            rows[id] = {}
            for property, (predicate, limit) in predicates.items():
                terms = self._reader.triples.objects(self.iri(id), predicate) if predicate else ()
                total += len(terms[: limit or None])
                if total > MOST_VALUES:
                    raise TooManyValues
                rows[id][property] = [self._value(term) for term in terms[: limit or None]]
        return {"meta": [self._described(id, predicate) for id, (predicate, _) in predicates.items()], "rows": rows}

    def _described(self, id: str, predicate: str) -> dict[str, Any]:
        if not predicate:
            return {"id": id, "name": id}
        ranges = set(self._reader.triples.iris(predicate, iris.SCHEMA_RANGE))
        classes = [entry for entry in self._classes if entry.iri in ranges]
        type = {"type": self._type(classes[0])} if len(classes) == len(ranges) == 1 else {}
        return {**self._property(predicate), "id": id, **type}

    def _value(self, term: Term) -> dict[str, Any]:
        """Return a value as the protocol writes it: a resource of a type as an entity, all else as a literal."""
        if isinstance(term, Literal):
            return _literal(term)
        value = self._reader.value(term)
        if value.kind in self._kinds:
            return {"id": self._identifier(value.iri), "name": value.text}
        is_elsewhere = value.external or value.text == value.iri
        return {"str": self._reader.addresses.short(value.iri) if is_elsewhere else value.text}

    # Preview

    def preview(self, identifier: str) -> Hit | None:
        """Return the entity with an identifier, or None."""
        return next((hit for hit in self._site.search.hits([self.iri(identifier)]) if hit.kind in self._kinds), None)


def _beginning(entries: Iterable[dict[str, str]], prefix: str) -> list[dict[str, str]]:
    wanted = prefix.strip().casefold()
    return [
        entry
        for entry in entries
        if any(text.casefold().startswith(wanted) for text in (entry["id"], entry["name"], *entry["name"].split()))
    ]


def _literal(term: Literal) -> dict[str, Any]:
    datatype = term.datatype.value.removeprefix(_XSD)
    if datatype == "integer":
        return {"int": int(term.value)}
    if datatype in ("decimal", "double", "float") and math.isfinite(float(term.value)):
        return {"float": float(term.value)}
    if datatype == "date":
        return {"date": f"{term.value[:10]}T00:00:00"}
    if datatype == "dateTime":
        return {"date": term.value}
    return {"str": term.value}
