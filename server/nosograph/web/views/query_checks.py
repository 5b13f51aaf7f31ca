"""What is wrong with the names in a query: prefixes that are not declared, resources and terms that do not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rapidfuzz import fuzz, process

from nosograph.rdf.iris import RDFS_IS_DEFINED_BY
from nosograph.rdf.names import NOSO
from nosograph.search.results import Filters
from nosograph.sparql.lexing import line_and_column
from nosograph.sparql.names import Name, names
from nosograph.vocabulary.terms import TERM_KIND
from nosograph.web.views.addresses import humanise
from nosograph.web.views.site import Site

_MOST_NAMES: Final = 200
"""Different names of a query that are looked up; a query of more is made by a program."""

_MOST_PROBLEMS: Final = 10
_MOST_NEAREST: Final = 3
_SIMILAR: Final = 70
"""Similarity of two names, of 100, from which one may have been meant by the other."""


@dataclass(frozen=True)
class Nearest:
    """A name that may have been meant: how it is written in the query, and its label."""

    text: str
    label: str


@dataclass(frozen=True)
class NameProblem:
    """What is wrong with one name of a query.

    Attributes:
        name: the name, where it stands first.
        line: line of its first character, from 1.
        column: column of its first character, from 1, in Unicode characters.
        what: what is wrong, in one sentence.
        declaration: the declaration that is missing, where the prefix is a known one, which the store declares itself;
            else empty.
        nearest: the names that may have been meant, the likeliest first.
    """

    name: Name
    line: int
    column: int
    what: str
    declaration: str = ""
    nearest: tuple[Nearest, ...] = ()

    def corrected(self, text: str, nearest: Nearest) -> str:
        """Return a query with the name, where it stands first, replaced by one that may have been meant."""
        return text[: self.name.start] + nearest.text + text[self.name.end :]


def check_names(site: Site, text: str) -> tuple[NameProblem, ...]:
    """Return what is wrong with the names of a query, each name once, at most ten of them.

    Only IRIs that this release alone could describe are looked up: its terms and its resources. Nothing is said of
    names elsewhere.
    """
    first: dict[str, Name] = {}
    for name in names(text):
        first.setdefault(name.text, name)
    return tuple(islice(_problems(site, text, islice(first.values(), _MOST_NAMES)), _MOST_PROBLEMS))


def _problems(site: Site, text: str, found: Iterator[Name]) -> Iterator[NameProblem]:
    known = site.release.base.prefixes()
    undeclared: set[str] = set()
    triples = site.triples()
    for name in found:
        iri = name.iri
        if name.prefix is not None and iri is None:
            start = known.get(name.prefix)
            iri = None if start is None else start + name.text.partition(":")[2]
            if name.prefix not in undeclared:
                undeclared.add(name.prefix)
                yield _undeclared(name, text, known)
        if iri is not None and _is_ours(site, iri) and not triples.holds_subject(iri):
            what = f"{name.text} does not exist in this release."
            yield NameProblem(name, *line_and_column(text, name.start), what, nearest=_nearest(site, name, iri))


def _undeclared(name: Name, text: str, known: Mapping[str, str]) -> NameProblem:
    prefix, _, local = name.text.partition(":")
    line, column = line_and_column(text, name.start)
    what = f"The prefix {prefix}: is not declared"
    if prefix in known:
        what += "; this endpoint knows it, others may not."
        return NameProblem(name, line, column, what, declaration=f"PREFIX {prefix}: <{known[prefix]}>")
    similar = process.extract(prefix, list(known), scorer=fuzz.ratio, score_cutoff=_SIMILAR, limit=_MOST_NEAREST)
    nearest = tuple(Nearest(f"{other}:{local}", known[other]) for other, _, _ in similar)
    return NameProblem(name, line, column, f"{what}, and none of that name is known here.", nearest=nearest)


def _is_ours(site: Site, iri: str) -> bool:
    """Return whether an IRI is a term of the vocabularies or a resource of one of the kinds of this release."""
    base = site.release.base
    if base.is_term(iri):
        return bool(base.local_name(iri))
    local = site.addresses.local(iri) if site.addresses.kind(iri) else None
    return local is not None and bool(local.partition("/")[2])


def _nearest(site: Site, name: Name, iri: str) -> tuple[Nearest, ...]:
    """Return what may have been meant: terms by their spelling, resources by the search, which knows corrections."""
    base = site.release.base
    reader = site.reader()
    if base.is_term(iri):
        spaces = (str(NOSO), *(space for _, space in base.vocabularies))
        terms = {
            term: base.local_name(term)
            for space in spaces
            for term in reader.triples.subjects(RDFS_IS_DEFINED_BY, space[:-1])
            if base.is_term(term)
        }
        found = process.extract(
            base.local_name(iri), terms, scorer=fuzz.ratio, score_cutoff=_SIMILAR, limit=_MOST_NEAREST
        )
        likely = [term for _, _, term in found]
    else:
        kind = site.addresses.kind(iri) or ""
        results = site.search.search(humanise(iri), Filters(kind=kind), limit=_MOST_NEAREST)
        likely = [hit.iri for hit in results.hits if hit.kind != TERM_KIND]
    return tuple(Nearest(_written(name, iri, term), reader.value(term).text) for term in likely)


def _written(name: Name, iri: str, other: str) -> str:
    """Return how another IRI is written where a name stands: with its prefix if that fits, else in angle brackets."""
    local = name.text.partition(":")[2]
    start = iri.removesuffix(local)
    if name.prefix is None or not other.startswith(start):
        return f"<{other}>"
    rest = other[len(start) :]
    return f"{name.prefix}:{rest}" if rest.replace("-", "").replace("_", "").isalnum() else f"<{other}>"
