"""What codes of other systems lead to, and the codes of a resource, as values with their justification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from pyoxigraph import NamedNode, Quad

from nosograph.rdf import iris
from nosograph.rdf.curies import expand
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.search.resolving import CodeMatch, CodeStatus, Resolution
from nosograph.store.reader import GraphReader
from nosograph.web.views.addresses import Addresses, humanise
from nosograph.web.views.facts import Value
from nosograph.web.views.site import Site

_SKOS: Final = STANDARD_PREFIXES["skos"]
_MOST_MAPPINGS: Final = 500
"""Mappings of one code that are looked at."""

_AT_A_TIME: Final = 250
"""Codes that are resolved before other requests have their turn."""

RELATIONS: Final = {predicate.removeprefix(_SKOS): words for predicate, words in iris.SKOS_MATCHES}
"""How a resource relates to a code, in words, by the local name of the SKOS property."""


@dataclass(frozen=True)
class ResolvedMatch:
    """A resource that has a code, with the reason.

    Attributes:
        match: the resource, and how it relates to the code.
        curie: the code as a CURIE, or its IRI where it has none.
        mapping: IRI of the mapping that says why; empty where none does.
        justification: IRI of its justification (SSSOM); empty where none is known.
        page: address of the resource on this site; empty where there is none.
        mapping_page: address of the mapping on this site; empty where there is none.
    """

    match: CodeMatch
    curie: str
    mapping: str
    justification: str
    page: str
    mapping_page: str

    @property
    def value(self) -> Value:
        """The resource as something to show."""
        return Value(self.match.label, "", self.match.iri, self.page, self.match.kind)

    @property
    def relation_in_words(self) -> str:
        """How the resource relates to the code."""
        return RELATIONS.get(self.match.relation, "its own IRI")

    @property
    def justification_in_words(self) -> str:
        """The justification without its vocabulary, or empty."""
        return humanise(self.justification) if self.justification else ""


@dataclass(frozen=True)
class ResolvedCode:
    """A code and what it leads to.

    Attributes:
        text: the code as it was asked for.
        status: what was found.
        matches: the resources that have it, exact matches first.
        problem: what is wrong with the code, or what is known of it, where nothing has it.
        exact: the one resource that it stands for, or None.
    """

    text: str
    status: CodeStatus
    matches: tuple[ResolvedMatch, ...]
    problem: str
    exact: CodeMatch | None


def resolve_codes(site: Site, texts: Sequence[str]) -> tuple[ResolvedCode, ...]:
    """Return what codes, CURIEs and IRIs lead to, in their order; the CURIEs of this site are understood as well."""
    whole = {text: expand(text, site.release.base) or text for text in dict.fromkeys(texts)}
    own = site.release.base.iri
    asked = {text: iri if iri.startswith(own) else text for text, iri in whole.items()}
    describe = _Describer(site)
    resolved: dict[str, ResolvedCode] = {}
    remaining = iter(asked.items())
    while part := dict(islice(remaining, _AT_A_TIME)):
        with site.bulk:
            found = site.search.resolve(part.values())
            resolved |= {text: describe.resolved(text, found[code]) for text, code in part.items()}
    return tuple(resolved[text] for text in texts)


class _Describer:
    """Adds to matches why they are, and remembers it.

    Args:
        site: the release.
    """

    def __init__(self, site: Site) -> None:
        self._addresses: Addresses = site.addresses
        self._triples: GraphReader = site.triples()
        self._mappings: dict[str, dict[tuple[str, str], tuple[str, str]]] = {}

    def resolved(self, text: str, resolution: Resolution) -> ResolvedCode:
        matches = tuple(self.match(match) for match in resolution.matches)
        return ResolvedCode(text, resolution.status, matches, resolution.problem, resolution.exact)

    def match(self, match: CodeMatch) -> ResolvedMatch:
        mapping, justification = ("", "")
        if match.relation:
            mapping, justification = self._of_code(match.code).get((match.iri, _SKOS + match.relation), ("", ""))
        page = self._addresses.page(match.iri) or ""
        mapping_page = (self._addresses.page(mapping) or "") if mapping else ""
        return ResolvedMatch(match, self._addresses.short(match.code), mapping, justification, page, mapping_page)

    def _of_code(self, code: str) -> dict[tuple[str, str], tuple[str, str]]:
        """Return mapping and justification by resource and relation, for all that are mapped to a code."""
        if code not in self._mappings:
            self._mappings[code] = {
                (source, relation): (mapping, self._triples.iri(mapping, iris.SSSOM_JUSTIFICATION) or "")
                for mapping in self._triples.subjects(iris.SSSOM_OBJECT, code, _MOST_MAPPINGS)
                if (source := self._triples.iri(mapping, iris.SSSOM_SUBJECT))
                and (relation := self._triples.iri(mapping, iris.SSSOM_PREDICATE))
            }
        return self._mappings[code]


def codes_of_resource(site: Site, iri: str) -> tuple[ResolvedMatch, ...]:
    """Return the codes that a resource has in other systems, the closest matches first."""
    triples, addresses = site.triples(), site.addresses
    label = triples.label(iri)
    kind = addresses.kind(iri) or ""
    describe = _Describer(site)
    return tuple(
        describe.match(CodeMatch(iri, kind, label.value if label else iri, code, predicate.removeprefix(_SKOS)))
        for predicate, _ in iris.SKOS_MATCHES
        for code in triples.iris(iri, predicate)
    )


def match_members(found: ResolvedMatch) -> dict[str, Any]:
    """Return a match as the members of a JSON object."""
    return {
        "iri": found.match.iri,
        "kind": found.match.kind,
        "label": found.match.label,
        "relation": found.match.relation or None,
        "code": found.match.code,
        "curie": found.curie,
        "justification": found.justification or None,
        "mapping": found.mapping or None,
    }


def code_members(found: ResolvedCode) -> dict[str, Any]:
    """Return what a code leads to as the members of a JSON object."""
    return {
        "query": found.text,
        "status": str(found.status),
        "exact": found.exact.iri if found.exact else None,
        "matches": [match_members(match) for match in found.matches],
        "problem": found.problem or None,
    }


_MATCH_COLUMNS: Final = ("relation", "iri", "kind", "label", "code", "curie", "justification", "mapping")


def match_rows(matches: Iterable[ResolvedMatch]) -> Iterator[tuple[str, ...]]:
    """Return the rows of a table of matches, the names of the columns first."""
    yield _MATCH_COLUMNS
    yield from map(_cells, matches)


def code_rows(codes: Iterable[ResolvedCode]) -> Iterator[tuple[str, ...]]:
    """Return the rows of a table of codes, one for each match, one for a code without any; the columns' names first."""
    yield ("query", "status", *_MATCH_COLUMNS, "problem")
    for code in codes:
        for match in code.matches:
            yield (code.text, str(code.status), *_cells(match), "")
        if not code.matches:
            yield (code.text, str(code.status), *("" for _ in _MATCH_COLUMNS), code.problem)


def _cells(found: ResolvedMatch) -> tuple[str, ...]:
    members = match_members(found)
    return tuple(members[column] or "" for column in _MATCH_COLUMNS)


def match_quads(site: Site, matches: Iterable[ResolvedMatch]) -> list[Quad]:
    """Return matches as SKOS says them, the mappings that say why, and the labels of the resources."""
    triples = site.triples()
    quads: dict[Quad, None] = {}
    for found in matches:
        match = found.match
        for quad in triples.statements(match.iri, _SKOS + match.relation) if match.relation else ():
            if quad.object == NamedNode(match.code):
                quads[quad] = None
        for predicate in (iris.SKOS_PREF_LABEL, iris.RDFS_LABEL):
            quads |= dict.fromkeys(triples.statements(match.iri, predicate))
        if found.mapping:
            quads |= dict.fromkeys(triples.statements(found.mapping))
    return list(quads)
