"""The search database finds things by name, synonym and any spelling of their codes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

import vocabularies
from nosograph.release.opening import Release
from nosograph.search.codes import normalise, notations
from nosograph.search.index import write_search


@pytest.fixture
def database(published: Release) -> Iterator[sqlite3.Connection]:
    """The search database, opened as a server opens it."""
    with closing(sqlite3.connect(f"{published.search_database.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


def _found(database: sqlite3.Connection, words: str) -> list[str]:
    query = "SELECT things.iri FROM names JOIN things ON things.id = names.rowid WHERE names MATCH ? ORDER BY rank, iri"
    return [iri.removeprefix("https://w3id.org/nosograph/") for (iri,) in database.execute(query, (words,))]


def test_every_named_resource_is_listed_with_its_kind(database: sqlite3.Connection) -> None:
    """Conditions, findings, sources and terms are there; facts and evidence, which have no name, are not."""
    rows = database.execute("SELECT kind, label FROM things ORDER BY kind, label").fetchall()

    assert rows == [
        ("condition", "dryness"),
        ("condition", "local dryness"),
        ("finding", "itch"),
        ("source", "A leaflet that does not exist"),
        ("term", "condition"),
        ("term", "has symptom"),
    ]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("local dryness", "condition/local-dryness"),
        ("drought", "condition/dryness"),
        ("Trockenheit", "condition/dryness"),
        ("ITCH", "finding/itch"),
        ("scratch", "finding/itch"),
        ("leaf*", "source/leaflet"),
        ("cafe", "condition/dryness"),
        ('"MONDO:0000001"', "condition/dryness"),
        ("ORPHA90291", "condition/dryness"),
    ],
)
def test_words_find_resources(database: sqlite3.Connection, words: str, first: str) -> None:
    """Labels, synonyms in any language, definitions, prefixes of words, codes; case and accents do not matter."""
    assert _found(database, words)[0] == first


@pytest.mark.parametrize(
    "code",
    [
        "mondo:0000001",
        "mondo_0000001",
        "http://purl.obolibrary.org/obo/mondo_0000001",
        "orpha90291",
        "orpha:90291",
        "orphanet:90291",
        "d000001",
        "mesh:d000001",
        "MeSH D000001",
        "<HTTP://purl.obolibrary.org/obo/MONDO_0000001>",
    ],
)
def test_every_notation_of_a_code_leads_to_the_resource(database: sqlite3.Connection, code: str) -> None:
    """The table of codes is asked in the normal form and gives the resource."""
    rows = database.execute(
        "SELECT iri FROM things WHERE id IN (SELECT thing FROM codes WHERE code = ?)", (normalise(code),)
    )

    assert [iri for (iri,) in rows] == ["https://w3id.org/nosograph/condition/dryness"]


def test_names_and_codes_of_a_resource_are_listed(database: sqlite3.Connection) -> None:
    """Synonyms are JSON, so that a page can show each, and each code has the property by which it is mapped."""
    row = database.execute("SELECT id, alternatives FROM things WHERE label = 'dryness'").fetchone()
    codes = database.execute("SELECT DISTINCT iri, relation FROM codes WHERE thing = ?", row[:1]).fetchall()

    assert sorted(json.loads(row[1])) == ["Trockenheit", "drought of the skin"]
    assert ("http://www.orpha.net/ORDO/Orphanet_90291", "exactMatch") in codes


def test_the_words_of_the_index_can_be_listed(database: sqlite3.Connection) -> None:
    """Each word is there with its stem, and the number of things, not terms, that have it."""
    words = {word: (stem, number) for word, stem, number in database.execute("SELECT * FROM words")}

    assert words["dryness"] == ("dryness", 2)
    assert words["scratch"][1] > 0 and words["symptom"][1] == 0


def test_the_version_is_inside(database: sqlite3.Connection, published: Release) -> None:
    """The database tells which release it belongs to."""
    assert database.execute("SELECT value FROM about WHERE name = 'version'").fetchone() == (published.version,)


@pytest.mark.parametrize(
    ("iri", "some"),
    [
        ("http://www.orpha.net/ORDO/Orphanet_90291", {"Orphanet:90291", "ORPHA90291", "ORPHA:90291", "ORPHA_90291"}),
        ("https://omim.org/entry/181750", {"OMIM:181750", "MIM181750"}),
        ("http://id.nlm.nih.gov/mesh/D012595", {"MESH:D012595", "D012595"}),
        ("http://purl.obolibrary.org/obo/HP_0001234", {"HP:0001234", "HP_0001234"}),
    ],
)
def test_codes_are_written_as_people_write_them(iri: str, some: set[str]) -> None:
    """CURIE, compact, underscored and other usual forms, and the IRI as the last."""
    assert some <= set(notations(iri))
    assert notations(iri)[-1] == iri


def test_an_unknown_code_is_its_iri() -> None:
    """A system without a known prefix has no other spelling."""
    assert notations("https://example.org/code/1") == ("https://example.org/code/1",)


def test_hostile_labels_are_only_text(tmp_path: Path) -> None:
    """Quotes, markup and SQL in a label are stored as they are."""
    line = (
        "<https://w3id.org/nosograph/condition/x> <http://www.w3.org/2004/02/skos/core#prefLabel> "
        '"\'); DROP TABLE things; -- <script>"@en <https://w3id.org/nosograph/graph/conditions> .\n'
    )

    number = write_search(parse(line.encode(), RdfFormat.N_QUADS), tmp_path / "s.sqlite", vocabularies.base(), "v")

    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as connection:
        assert connection.execute("SELECT label FROM things").fetchall() == [("'); DROP TABLE things; -- <script>",)]
    assert number == 1


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    """What SQLite cannot write is reported like any other write that fails."""
    with pytest.raises(OSError, match="search database"):
        write_search(iter(()), tmp_path / "nowhere" / "s.sqlite", vocabularies.base(), "v")


def test_hidden_label_is_found_and_not_shown(tmp_path: Path) -> None:
    """A hidden label answers a search (SKOS Reference, section 5), and stands in no list of names."""
    quads = parse(
        b'<https://w3id.org/nosograph/condition/a> <http://www.w3.org/2004/02/skos/core#prefLabel> "alpha"@en .\n'
        b'<https://w3id.org/nosograph/condition/a> <http://www.w3.org/2004/02/skos/core#altLabel> "first"@en .\n'
        b'<https://w3id.org/nosograph/condition/a> <http://www.w3.org/2004/02/skos/core#hiddenLabel> "alfa"@en .\n',
        RdfFormat.N_QUADS,
    )
    path = tmp_path / "search.sqlite"

    write_search(quads, path, vocabularies.base(), "1")

    with closing(sqlite3.connect(path)) as database:
        assert _found(database, "alfa") == ["condition/a"]
        assert database.execute("SELECT label, alternatives FROM things").fetchall() == [("alpha", '["first"]')]
