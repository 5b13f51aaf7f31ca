"""Search: codes in any notation, ranked words, tolerance of spelling, type filters."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store
from small_site import FIXTURES

import vocabularies
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.search.database import SearchDatabase
from nosograph.search.index import write_search


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> SearchDatabase:
    """Return the search database of the invented family, made as a release makes it."""
    store = Store()
    store.load(path=FIXTURES / "small.trig", format=RdfFormat.TRIG)
    quads = sorted(store, key=lambda quad: str(quad.subject))
    path = tmp_path_factory.mktemp("search") / "search.sqlite"
    write_search(quads, path, vocabularies.base(), "2026-01-02-0123456789ab")
    return SearchDatabase(path, "condition")


def labels(database: SearchDatabase, query: str, kind: str = "") -> list[str]:
    """Return the labels of what a search finds, the best first."""
    return [hit.label for hit in database.search(query, kind).hits]


@pytest.mark.parametrize(
    "query",
    [
        "MONDO:9999991",
        "mondo:9999991",
        "MONDO_9999991",
        "mondo9999991",
        " MONDO : 9999991 ",
        "http://purl.obolibrary.org/obo/MONDO_9999991",
        "<http://purl.obolibrary.org/obo/MONDO_9999991>",
        "ORPHA999992",
        "Orphanet:999992",
    ],
)
def test_a_code_is_found_in_any_notation(database: SearchDatabase, query: str) -> None:
    """However a code is written, it leads to the thing that has it, and the hit names the code."""
    results = database.search(query)

    assert [hit.label for hit in results.hits] == ["amber fever"]
    assert results.hits[0].code.endswith(("MONDO_9999991", "Orphanet_999992"))


def test_decomposed_accents_are_one_letter(database: SearchDatabase) -> None:
    """A letter with a combining accent is searched as the composed letter (Unicode UAX #15), not as two words."""
    assert labels(database, "a\u0301mber") == labels(database, "\u00e1mber") != []


def test_a_permanent_address_is_found(database: SearchDatabase) -> None:
    """The IRI of a thing leads to the thing."""
    assert labels(database, DEFAULT_BASE + "finding/cold-hands") == ["cold hands"]


def test_the_exact_label_comes_first(database: SearchDatabase) -> None:
    """Of several things with the words, the one that is called just so is first."""
    found = labels(database, "amber fever")

    assert found[:2] == ["amber fever", "coastal amber fever"]


@pytest.mark.parametrize("query", ["ambrosis", "fever of the amber coast", "Amber Fev", "AMBER"])
def test_synonyms_and_beginnings_of_words_are_found(database: SearchDatabase, query: str) -> None:
    """Other names count, and the last word may be unfinished, as it is while somebody types."""
    assert "amber fever" in labels(database, query)


@pytest.mark.parametrize(
    ("query", "corrected"),
    [("ambre fever", "amber fever"), ("amber fevr", "amber fever"), ("coastall ambber", "coastal amber")],
)
def test_spelling_is_forgiven(database: SearchDatabase, query: str, corrected: str) -> None:
    """Unknown words are replaced by the nearest known ones, and the answer says so."""
    results = database.search(query)

    assert results.hits
    assert results.corrected == corrected


def test_what_is_found_as_it_was_typed_is_not_corrected(database: SearchDatabase) -> None:
    """Correction is a second try, not a guess about what somebody meant."""
    assert database.search("thirst").corrected == ""


def test_a_kind_can_be_asked_for(database: SearchDatabase) -> None:
    """The filter narrows the hits; the numbers by kind stay, so that one can change it."""
    results = database.search("amber", "finding")

    assert [hit.label for hit in results.hits] == ["amber nails"]
    assert dict(results.kinds)["condition"] == 2


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "***",
        '"',
        "' OR 1=1 --",
        "NEAR(amber, 3)",
        "label:amber",
        "zzzzzzzzzz",
        "\x00",
        "a" * 5000,
        "AND",
        "- ^ :",
    ],
)
def test_no_query_breaks_the_search(database: SearchDatabase, query: str) -> None:
    """What people type is words, never syntax of the database."""
    results = database.search(query)

    assert results.total >= len(results.hits)
    assert {hit.kind for hit in results.hits} <= {kind for kind, _ in results.kinds}


def test_the_number_of_hits_is_bounded(database: SearchDatabase) -> None:
    """The total is told even where fewer are given."""
    results = database.search("amber", limit=1)

    assert len(results.hits) == 1
    assert results.total > 1


def test_several_threads_may_search_at_once(database: SearchDatabase) -> None:
    """The server answers from many threads; each finds the same."""
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(labels(database, "amber"))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert all(each == found[0] for each in found)


def test_the_database_is_opened_read_only(database: SearchDatabase, tmp_path: Path) -> None:
    """A release is never written to, so a missing database is an error and not a new empty one."""
    missing = tmp_path / "none.sqlite"

    with pytest.raises(Exception, match="unable to open"):
        SearchDatabase(missing).search("amber")

    assert not missing.exists()
