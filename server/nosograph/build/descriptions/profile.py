"""Reads whose the data are: title, publisher, licence and addresses of the data set, and of each named graph its own.

``data/dataset.ttl`` says it of the base IRI, and may say it of graphs; an imported data set says it of its graph, in
the graph itself; vocabulary and shapes say it of themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad
from rdflib import Graph, URIRef

from nosograph.errors import ReleaseError
from nosograph.rdf.lines import parse_lines, read_lines
from nosograph.rdf.names import NOSO, NOSO_SHAPES, STANDARD_PREFIXES, Base
from nosograph.release.manifest import GraphTerms, Profile

VOCABULARIES: Final[Mapping[str, str]] = {"ontology": str(NOSO)[:-1], "shapes": str(NOSO_SHAPES)[:-1]}
"""Graph of terms -> the IRI by which it speaks of itself, which no base moves."""

_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_VERSIONS: Final = (
    STANDARD_PREFIXES["owl"] + "versionIRI",
    STANDARD_PREFIXES["dcat"] + "version",
    STANDARD_PREFIXES["pav"] + "version",
    STANDARD_PREFIXES["owl"] + "versionInfo",
)
_LICENSE: Final = _DCTERMS + "license"
_PUBLISHERS: Final = (_DCTERMS + "publisher", _DCTERMS + "creator")
_NAMES: Final = (STANDARD_PREFIXES["foaf"] + "name", STANDARD_PREFIXES["rdfs"] + "label")

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+\Z")
_MAILBOX: Final = re.compile(r"mailto:[^\s<>\"{}|\\^`?@]+@[^\s<>\"{}|\\^`?@]+\Z")
_CONTACT: Final = STANDARD_PREFIXES["dcat"] + "contactPoint"
_REPOSITORY: Final = STANDARD_PREFIXES["schema"] + "codeRepository"
BUG_DATABASE: Final = "http://usefulinc.com/ns/doap#bug-database"

_INFORES: Final = re.compile(r"infores:[a-z0-9-]+\Z")

Statements = Mapping[tuple[str, str], list[str]]


def read_profile(dataset: Graph, base: Base) -> Profile:
    """Return what a graph says about the base IRI, which stands for the data set; the title is never empty.

    Raises:
        ReleaseError: the licence, the contact, the repository or the form for reports is not an address.
    """
    said = _by_subject((str(s), str(p), str(o)) for s, p, o in dataset)
    keywords = said.get((base.iri, f"{STANDARD_PREFIXES['schema']}keywords"), [])
    return Profile(
        title=_first(said, base.iri, _DCTERMS + "title") or base.iri,
        description=_first(said, base.iri, _DCTERMS + "description"),
        publisher=_publisher(said, base.iri),
        license=_checked_license(_first(said, base.iri, _LICENSE), base.iri),
        keywords=tuple(sorted(keywords)),
        contact=_checked(
            _first(said, base.iri, _CONTACT),
            f"The contact of {base.iri}",
            "a mailto: or http(s) address",
            "dcat:contactPoint <mailto:curators@example.org>",
            (_ADDRESS, _MAILBOX),
        ),
        repository=_checked(
            _first(said, base.iri, _REPOSITORY),
            f"The repository of {base.iri}",
            "an http(s) address",
            "schema:codeRepository <https://example.org/data>",
        ),
        issues=_checked(
            _first(said, base.iri, BUG_DATABASE),
            f"The form for reports about {base.iri}",
            "an http(s) address",
            "doap:bug-database <https://example.org/data/issues/new>",
        ),
    )


def read_terms(profile: Profile, dataset: Graph, own: Iterable[Quad], subjects: Iterable[str]) -> GraphTerms:
    """Return what is said of a named graph; licence and publisher are those of the data set where it has none.

    Args:
        profile: what is said of the data set.
        dataset: the description of the data set and its graphs, whose word counts before the graph's own.
        own: statements of the graph about itself.
        subjects: the IRIs that name the graph.

    Raises:
        ReleaseError: the licence is not an address.
    """
    in_dataset = _by_subject((str(s), str(p), str(o)) for s, p, o in dataset if isinstance(s, URIRef))
    in_graph = _by_subject(
        (quad.subject.value, quad.predicate.value, quad.object.value)
        for quad in own
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, (NamedNode, Literal))
    )

    def said(*predicates: str) -> str:
        found = (
            _first(statements, subject, predicate)
            for statements in (in_dataset, in_graph)
            for predicate in predicates
            for subject in sorted(subjects)
        )
        return next((value for value in found if value), "")

    publishers = (_publisher(part, subject) for part in (in_dataset, in_graph) for subject in sorted(subjects))
    return GraphTerms(
        license=_checked_license(said(_LICENSE), min(subjects)) or profile.license,
        publisher=next((name for name in publishers if name), profile.publisher),
        title=said(_DCTERMS + "title"),
        version=said(*_VERSIONS),
        date=said(_DCTERMS + "issued"),
    )


def read_resources(dataset: Graph, base: Base) -> dict[str, str]:
    """Return the information resources (``infores:…``) that a data set says it is, and that its graphs come from.

    Args:
        dataset: what is said of the data set and its graphs.
        base: the base whose IRI stands for the data set.

    Returns:
        The CURIE by the local name of the graph; by an empty name that of the data set.

    Raises:
        ReleaseError: a graph has two.
    """
    found: dict[str, str] = {}
    start = str(base.graph(""))
    for subject, value in sorted(dataset.subject_objects(URIRef(_DCTERMS + "identifier"))):
        graph = "" if str(subject) == base.iri else str(subject).removeprefix(start)
        if _INFORES.match(str(value)) and (graph == "" or str(subject).startswith(start)):
            if graph in found:
                raise ReleaseError(
                    f"{subject} has two information resources: {found[graph]} and {value}.",
                    hint="Leave one dcterms:identifier that begins with infores: there.",
                )
            found[graph] = str(value)
    return found


def own_statements(path: Path, subjects: Iterable[str], agents: Path | None = None) -> list[Quad]:
    """Return what a file of N-Quads says of some IRIs, and of those that it names as their publishers.

    Args:
        path: the quads of a graph.
        subjects: the IRIs.
        agents: the quads of a further graph that may name the publishers: that of the vocabulary.
    """
    found = list(parse_lines(_lines_about(path, subjects)))
    publishers = {
        quad.object.value
        for quad in found
        if quad.predicate.value in _PUBLISHERS and isinstance(quad.object, NamedNode)
    }
    named = [line for file in (path, agents) if file for line in _lines_about(file, publishers - set(subjects))]
    return [*found, *parse_lines(named)]


def _lines_about(path: Path, subjects: Iterable[str]) -> list[bytes]:
    starts = tuple(f"<{subject}> ".encode() for subject in subjects)
    return [line for line in read_lines(path) if line.startswith(starts)] if starts else []


def _by_subject(triples: Iterable[tuple[str, str, str]]) -> Statements:
    found: dict[tuple[str, str], list[str]] = {}
    for subject, predicate, value in triples:
        found.setdefault((subject, predicate), []).append(value)
    return found


def _first(statements: Statements, subject: str, predicate: str) -> str:
    """Return the first value in the order of characters, which is the same in every build."""
    return min(statements.get((subject, predicate), [""]))


def _checked_license(value: str, subject: str) -> str:
    """Return a licence that is an address, by which programs know it, or nothing where none was given."""
    example = "dcterms:license <https://creativecommons.org/licenses/by/4.0/>"
    return _checked(value, f"The licence of {subject}", "an http(s) address", example)


def _checked(
    value: str, what: str, wanted: str, example: str, patterns: Iterable[re.Pattern[str]] = (_ADDRESS,)
) -> str:
    """Return an address as it is, or nothing where none was given.

    Raises:
        ReleaseError: it is something else.
    """
    if value and not any(pattern.match(value) for pattern in patterns):
        raise ReleaseError(f"{what}, {value!r}, is not {wanted}.", hint=f"Write it like {example}.")
    return value


def _publisher(statements: Statements, subject: str) -> str:
    """Return the name of the publisher, else of the creator; for one that has an IRI, the name that is said of it."""
    value = next((found for name in _PUBLISHERS if (found := _first(statements, subject, name))), "")
    return next((found for name in _NAMES if (found := _first(statements, value, name))), value)
