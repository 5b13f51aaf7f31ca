"""Answers many questions about one release: its store, search index and vocabulary are opened once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from types import TracebackType
from typing import Any, Final, Self

from nosograph.api.queries import QueryResult
from nosograph.api.releases import absolute_iri, opened
from nosograph.errors import QueryRefused, SettingsError
from nosograph.rdf import iris
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.release.opening import Release
from nosograph.search.database import LONGEST_QUERY, SearchDatabase
from nosograph.search.resolving import Resolution
from nosograph.search.results import Filters, Results
from nosograph.settings import Settings
from nosograph.store.asking import ask_store
from nosograph.store.reader import GraphReader, open_store
from nosograph.store.service_store import open_store_of
from nosograph.vocabulary.terms import TERM_KIND
from nosograph.web.views.addresses import Addresses
from nosograph.web.views.facts import Fact, Reader

MOST_FILTERED: Final = 5000
"""Facts of one resource among which those with a predicate are looked for: each of them has to be read."""

_ALTERNATIVE: Final = f"{STANDARD_PREFIXES['skos']}altLabel"
_DEFINITION: Final = f"{STANDARD_PREFIXES['skos']}definition"


@dataclass(frozen=True)
class FactRole:
    """A fact, and what a resource is in it.

    Attributes:
        role: ``subject``, ``object``, ``context``, or ``inherited`` for a fact about a broader resource that holds for
            this one too.
        fact: the fact with its evidence.
    """

    role: str
    fact: Fact


@dataclass(frozen=True)
class ResourceFacts:
    """A resource with the facts that speak of it, and the evidence of each.

    Attributes:
        iri: the resource.
        label: its label, or what stands for one.
        alternatives: its other names.
        definition: its definition, or empty.
        types: IRIs of its classes.
        codes: its codes elsewhere, as pairs of the SKOS property (local name) and the IRI of the code.
        facts: the facts that were asked for: those about it first, then those that it takes part in otherwise.
        total: how many there are in all.
    """

    iri: str
    label: str
    alternatives: tuple[str, ...]
    definition: str
    types: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]
    facts: tuple[FactRole, ...]
    total: int


class ReleaseConnection:
    """Answers questions about one release until it is closed; several threads may ask at once.

    Query processes start with the first query.

    Args:
        release: the release.
        settings: the limits of queries.
    """

    def __init__(self, release: Release, settings: Settings) -> None:
        self.release = release
        self._settings = settings
        self._source = open_store(release.store_folder)
        self._search = SearchDatabase(release.search_database, release.vocabulary)
        self._store = open_store_of(release, settings)

    def __enter__(self) -> Self:
        """Return the connection, to be closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Stop the query processes."""
        self._store.close()

    def search(self, text: str, *, kind: str = "", limit: int = 10, offset: int = 0) -> Results:
        """Return the resources that fit a text best: words of names and definitions, or a code in any notation.

        Args:
            text: what to search for.
            kind: only resources of this kind, as in their IRIs (``condition``), or ``term`` for terms of the
                vocabulary; empty for all.
            limit: most resources to return.
            offset: resources to leave out at the beginning.

        Raises:
            SettingsError: there is no such kind.
        """
        kinds = (*self.release.base.kinds, TERM_KIND)
        if kind and kind not in kinds:
            raise SettingsError(f"There is no kind {kind[:50]!r}.", hint=f"The kinds are: {', '.join(kinds)}.")
        return self._search.search(_searchable(text), Filters(kind), limit=limit, offset=offset)

    def resolve_code(self, code: str) -> Resolution:
        """Return what a code of another system, or an IRI, leads to: one resource, several with relations, or why none.

        Args:
            code: a code in any usual spelling (``ORPHA:90291``, ``ICD-10 M34``), or its IRI.
        """
        return self._search.resolve([code])[code]

    def look_up(self, name: str, *, predicate: str = "", limit: int = 50, offset: int = 0) -> ResourceFacts | None:
        """Return a resource with its facts and their evidence, or None when the release says nothing of it.

        Args:
            name: the resource's IRI, prefixed name (``condition:scleroderma``) or path (``condition/scleroderma``).
            predicate: only facts with this predicate, an IRI or prefixed name (``noso:hasSymptom``); empty for all.
            limit: most facts to return.
            offset: facts to leave out at the beginning.

        Raises:
            ReleaseError: a prefix is not known.
            QueryRefused: too many facts speak of the resource to choose among them by predicate.
        """
        iri = absolute_iri(self.release, name)
        wanted = absolute_iri(self.release, predicate) if predicate else ""
        triples = GraphReader(self._source)
        if not triples.holds_subject(iri):
            return None
        reader = Reader(triples, Addresses(self.release.base, self.release.base.iri), self.release.vocabulary)
        roles = list(_roles(triples, iri))
        if wanted:
            if len(roles) > MOST_FILTERED:
                raise QueryRefused(
                    f"{len(roles)} facts speak of this resource, too many to choose among them by predicate.",
                    hint="Leave the predicate out, or ask a SPARQL query.",
                )
            roles = [entry for entry in roles if triples.holds(entry[1], iris.RDF_PREDICATE, wanted)]
        return ResourceFacts(
            iri=iri,
            label=reader.value(iri).text,
            alternatives=tuple(literal.value for literal in triples.literals(iri, _ALTERNATIVE)),
            definition=triples.value(iri, _DEFINITION) or "",
            types=triples.iris(iri, iris.RDF_TYPE),
            codes=tuple(
                (predicate.rpartition("#")[2], code)
                for predicate in iris.MAPPING_PREDICATES
                for code in triples.iris(iri, predicate)
            ),
            facts=tuple(FactRole(role, reader.fact(fact)) for role, fact in roles[offset : offset + limit]),
            total=len(roles),
        )

    def query(self, text: str, *, format: str | None = None, timeout: float | None = None) -> QueryResult:
        """Return the whole answer to a SPARQL query, within the limits of the settings.

        Args:
            text: the query; the prefixes of the project need not be declared in it.
            format: short name of a format that fits the query's form; by default ``json`` for SELECT and ASK, ``ttl``
                for CONSTRUCT and DESCRIBE.
            timeout: seconds that the query may take, where these are fewer than those of the settings.

        Raises:
            QuerySyntaxError: the text is not SPARQL; it has line and column.
            SettingsError: the format does not fit the query.
            StoreError: the query was not answered.
        """
        seconds = min(timeout or self._settings.query_timeout, self._settings.query_timeout)
        with ask_store(self._store, text, format_name=format, timeout=seconds) as answer:
            return QueryResult(answer.form, answer.format.name, answer.read())


def connect(release: Release | str | PathLike[str], **settings: Any) -> ReleaseConnection:
    """Return a connection to a release, which answers many questions; it is closed at the end of a ``with`` block.

    Args:
        release: an open release, or the folder of one.
        settings: settings by name, such as ``query_timeout`` or ``query_result``.

    Raises:
        SettingsError: a setting has a value that cannot be used.
        ReleaseError: the folder is not a release.
    """
    chosen = Settings(**settings)
    return ReleaseConnection(opened(release, cache=chosen.cache), chosen)


def _searchable(text: str) -> str:
    return text[:LONGEST_QUERY].replace("\x00", "")


def _roles(triples: GraphReader, iri: str) -> Iterator[tuple[str, str]]:
    """Return the facts that speak of a resource with its role in each, every fact once, in a fixed order."""
    seen: set[str] = set()
    for role, facts in (
        ("subject", triples.subjects(iris.RDF_SUBJECT, iri)),
        ("context", triples.subjects(iris.CONTEXT, iri)),
        ("inherited", triples.iris(iri, iris.INHERITS)),
        ("object", triples.subjects(iris.RDF_OBJECT, iri)),
    ):
        for fact in facts:
            if fact not in seen:
                seen.add(fact)
                yield role, fact
