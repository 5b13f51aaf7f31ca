"""Codes in bulk: one exact match, choices, unknown codes and malformed ones are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

import vocabularies
from nosograph.rdf.names import CODE_SYSTEMS, DEFAULT_BASE, STANDARD_PREFIXES
from nosograph.search.database import SearchDatabase
from nosograph.search.index import write_search
from nosograph.search.resolving import CodeStatus, Resolution

SKOS = STANDARD_PREFIXES["skos"]
GRAPH = NamedNode(f"{DEFAULT_BASE}graph/mappings")
MAPPINGS = {
    "one": (("exactMatch", "MONDO", "0000001"), ("exactMatch", "Orphanet", "1"), ("narrowMatch", "OMIM", "100001")),
    "two": (("exactMatch", "OMIM", "100001"), ("exactMatch", "Orphanet", "2"), ("broadMatch", "MONDO", "0000002")),
    "three": (("exactMatch", "Orphanet", "2"), ("closeMatch", "GARD", "0000007"), ("exactMatch", "ICD10CM", "M34.0")),
}


def condition(name: str) -> str:
    """Return the IRI of a condition."""
    return f"{DEFAULT_BASE}condition/{name}"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> SearchDatabase:
    """Return the search database of three conditions with codes."""
    quads = [
        Quad(NamedNode(condition(name)), NamedNode(f"{SKOS}{relation}"), NamedNode(CODE_SYSTEMS[system] + local), GRAPH)
        for name, mappings in MAPPINGS.items()
        for relation, system, local in mappings
    ]
    quads += [
        Quad(NamedNode(condition(name)), NamedNode(f"{SKOS}prefLabel"), Literal(name, language="en"), GRAPH)
        for name in MAPPINGS
    ]
    path: Path = tmp_path_factory.mktemp("resolving") / "search.sqlite"
    write_search(sorted(quads, key=str), path, vocabularies.base(), "2026-01-02-0123456789ab")
    return SearchDatabase(path, vocabularies.VOCABULARY)


def resolve(database: SearchDatabase, text: str) -> Resolution:
    """Return what one code leads to."""
    return database.resolve([text])[text]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MONDO:0000001", "one"),
        ("mondo 0000001", "one"),
        ("http://purl.obolibrary.org/obo/MONDO_0000001", "one"),
        ("https://identifiers.org/mondo/0000001", "one"),
        ("<ORPHA:1>", "one"),
        ("OMIM #100001", "two"),
        ("https://www.omim.org/entry/100001", "two"),
        ("M34.0", "three"),
        ("ICD-10 M34.0", "three"),
        (condition("three"), "three"),
    ],
)
def test_one_exact_match_is_what_a_code_stands_for(database: SearchDatabase, text: str, name: str) -> None:
    """In every usual spelling, whatever else is mapped to it in another way; an IRI here stands for itself."""
    found = resolve(database, text)

    assert found.status is CodeStatus.EXACT
    assert found.exact is not None
    assert found.exact.iri == condition(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ORPHA:2", [("three", "exactMatch"), ("two", "exactMatch")]),
        ("GARD:7", [("three", "closeMatch")]),
        ("MONDO:0000002", [("two", "broadMatch")]),
    ],
)
def test_anything_else_is_a_choice(database: SearchDatabase, text: str, expected: list[tuple[str, str]]) -> None:
    """Several exact matches, or none but close, broader and narrower ones."""
    found = resolve(database, text)

    assert found.status is CodeStatus.CHOICES
    assert found.exact is None
    assert [(match.label, match.relation) for match in found.matches] == expected


def test_exact_matches_stand_first(database: SearchDatabase) -> None:
    """A code that one condition matches exactly and another one in another way leads to the first, and shows both."""
    found = resolve(database, "OMIM:100001")

    assert [(match.label, match.relation) for match in found.matches] == [("two", "exactMatch"), ("one", "narrowMatch")]


@pytest.mark.parametrize(
    "text",
    [
        "MONDO:9999999",
        "ICD-10 M34",
        "CHEBI:15377",
        "foo:12",
        "https://example.org/M34.0",
        "https://example.org/x",
        "urn:isbn:9780000000002",
        condition("four"),
    ],
)
def test_a_code_that_nothing_has_is_unknown(database: SearchDatabase, text: str) -> None:
    """Also the code that another one is a part of, and an address whose end alone looks like a code."""
    found = resolve(database, text)

    assert (found.status, found.matches) == (CodeStatus.UNKNOWN, ())
    assert found.problem


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("hello world", "no IRI"),
        ("1234", "no IRI"),
        ("MONDO:abc", r"look like ^\d{7}$"),
        ("MONDO:1\x00", "control"),
        ("x" * 501, "500"),
        ("http://a b", "no IRI"),
    ],
)
def test_what_is_no_code_is_malformed_and_says_why(database: SearchDatabase, text: str, what: str) -> None:
    """So that a mistake in a table is told from a code that is not here."""
    found = resolve(database, text)

    assert found.status is CodeStatus.MALFORMED
    assert what in found.problem


def test_each_code_is_answered_once(database: SearchDatabase) -> None:
    """Codes that come twice are one question; none is left out."""
    codes = ["ORPHA:1", "ORPHA:1", "orpha:1", "", "ORPHA:1"]

    assert set(database.resolve(codes)) == set(codes)
