"""Candidates for a name: the most similar first, found though words are misspelt, too many or in another order."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

import vocabularies
from nosograph.rdf.names import DEFAULT_BASE, STANDARD_PREFIXES
from nosograph.search.database import SearchDatabase
from nosograph.search.index import write_search
from nosograph.search.results import Hit
from nosograph.search.similarity import SAME, likeness

SKOS = STANDARD_PREFIXES["skos"]
GRAPH = NamedNode(f"{DEFAULT_BASE}graph/conditions")
NAMES = {
    "condition/one": ("Hereditary spastic paraplegia", "Strümpell disease"),
    "condition/two": ("Spastic ataxia", "Hereditary ataxia of the spastic kind"),
    "condition/three": ("Common disease", "Very common disease"),
    "finding/four": ("Spastic gait", "Spasticity"),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> SearchDatabase:
    """Return the search database of four resources with two names each."""
    quads = [
        Quad(NamedNode(DEFAULT_BASE + name), NamedNode(f"{SKOS}{property}"), Literal(text, language="en"), GRAPH)
        for name, texts in NAMES.items()
        for property, text in zip(("prefLabel", "altLabel"), texts, strict=True)
    ]
    path: Path = tmp_path_factory.mktemp("candidates") / "search.sqlite"
    write_search(sorted(quads, key=str), path, vocabularies.base(), "2026-01-02-0123456789ab")
    return SearchDatabase(path, vocabularies.VOCABULARY)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hereditary spastic paraplegia", "one"),
        ("paraplegia, hereditary spastic", "one"),
        ("Hereditary spastic paraplegya", "one"),
        ("hereditary spastic paraplegia disease", "one"),
        ("strumpell disease", "one"),
        ("ataxia", "two"),
        ("spastic ataxia unheardof", "two"),
    ],
)
def test_the_most_similar_is_the_first(database: SearchDatabase, name: str, expected: str) -> None:
    """Whatever the name has too much, too little or in another order."""
    assert database.candidates(name, ("condition",), 5)[0].hit.iri.endswith(expected)


def test_only_wanted_kinds_are_candidates(database: SearchDatabase) -> None:
    """Also where another kind has the better one."""
    found = database.candidates("spastic gait", ("condition",), 5)

    assert found
    assert {entry.hit.kind for entry in found} == {"condition"}


@pytest.mark.parametrize("name", ["", "?!", "xyzzyq qwertz", "\x00"])
def test_nothing_is_like_nothing(database: SearchDatabase, name: str) -> None:
    """A text without words, or without any that is near one."""
    assert database.candidates(name, ("condition", "finding"), 5) == []


def test_likeness_is_that_of_words() -> None:
    """Order, case and accents do not count; a synonym counts a little less than the label."""
    hit = Hit("", "condition", "Spastic ataxia", ("Strümpell disease",), "")

    assert likeness("ATAXIA, spastic", hit) == SAME
    assert 98 < likeness("disease strumpell", hit) < SAME
    assert likeness("gait", hit) < 50


def test_a_whole_name_is_what_a_text_names(database: SearchDatabase) -> None:
    """A label or a synonym as a whole, and nothing near it."""
    kinds = ("condition", "finding")

    assert database.named("spastic ATAXIA", kinds) == {f"{DEFAULT_BASE}condition/two"}
    assert database.named("Spasticity", kinds) == {f"{DEFAULT_BASE}finding/four"}
    assert database.named("spastic", kinds) == frozenset()
