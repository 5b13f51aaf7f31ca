"""Search: codes in any notation, ranked words, tolerance of spelling, type filters."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store, parse
from small_site import FIXTURES

import vocabularies
from nosograph.rdf.names import DEFAULT_BASE, NOSO
from nosograph.search.database import SearchDatabase
from nosograph.search.index import write_search
from nosograph.search.matching import NAMES_OF_KIND
from nosograph.search.results import Filters


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> SearchDatabase:
    """Return the search database of the invented family, made as a release makes it."""
    store = Store()
    store.load(path=FIXTURES / "small.trig", format=RdfFormat.TRIG)
    quads = sorted(store, key=lambda quad: str(quad.subject))
    path = tmp_path_factory.mktemp("search") / "search.sqlite"
    write_search(quads, path, vocabularies.base(), "2026-01-02-0123456789ab")
    return SearchDatabase(path, vocabularies.VOCABULARY)


def labels(database: SearchDatabase, query: str, kind: str = "") -> list[str]:
    """Return the labels of what a search finds, the best first."""
    return [hit.label for hit in database.search(query, Filters(kind)).hits]


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
    [("ambre fever", "amber fever"), ("amber fevr", "amber fever"), ("coastel ambber", "coastal amber")],
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
    results = database.search("amber", Filters("finding"))

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


@pytest.mark.parametrize("code", ["MONDO:9999991", DEFAULT_BASE + "condition/amber-fever"])
def test_an_exact_match_is_told(database: SearchDatabase, code: str) -> None:
    """The IRI of a thing and a code that it is an exact match of stand for the thing, so both may lead to it."""
    found = database.search(code).exact

    assert found is not None and found.label == "amber fever"
    assert database.exact(code) == found
    assert database.exact(code, "finding") is None


@pytest.mark.parametrize("query", ["ORPHA999992", "amber fever", "MONDO:999999", ""])
def test_what_is_no_exact_match_is_not_told_as_one(database: SearchDatabase, query: str) -> None:
    """A close match, a name, and the beginning of a code may mean something else."""
    assert database.search(query).exact is None
    assert database.exact(query) is None


def test_a_code_that_is_not_written_to_its_end_is_completed(database: SearchDatabase) -> None:
    """Somebody who types a code sees what its beginning may become."""
    assert labels(database, "MONDO:99999") == ["amber fever"]


def test_a_code_that_nothing_has_finds_nothing(database: SearchDatabase) -> None:
    """Parts of a code are no words: things with another code of the system are not what was looked for."""
    assert database.search("MONDO:1").total == 0


@pytest.mark.parametrize(
    ("query", "anchor"),
    [
        ("treatment for amber fever", "treatment"),
        ("amber fever therapies", "treatment"),
        ("how is ambrosis treated", "treatment"),
        ("signs of amber fever", "symptoms"),
        ("causes of the amber fever", "causes"),
        ("amber fever: rarity", "who-gets-it"),
    ],
)
def test_a_topic_leads_to_its_section(database: SearchDatabase, query: str, anchor: str) -> None:
    """Words for a role or a section, before or behind the name of a condition, lead to the section of its page."""
    results = database.search(query)

    assert results.topic is not None
    assert (results.topic.hit.label, results.topic.anchor) == ("amber fever", anchor)
    assert results.hits[0].label == "amber fever"


def test_a_topic_of_a_misspelt_name_is_found(database: SearchDatabase) -> None:
    """The corrected words ask for the topic, and the answer says what was corrected."""
    results = database.search("tretment for amber fevr")

    assert results.corrected == "treatment amber fever"
    assert results.topic is not None and results.topic.anchor == "treatment"


def test_a_topic_that_is_only_inherited_leads_to_the_page(database: SearchDatabase) -> None:
    """What a broader condition passes on stands on the page, but not in the section of its own statements."""
    results = database.search("treatment of coastal amber fever")

    assert results.topic is not None
    assert (results.topic.hit.label, results.topic.anchor) == ("coastal amber fever", "")


@pytest.mark.parametrize("query", ["complications of amber fever", "treatment of amber nails", "treatment of nothing"])
def test_no_topic_where_nothing_is_said_on_it(database: SearchDatabase, query: str) -> None:
    """A section that the page does not have, and a resource whose page has no sections, lead nowhere."""
    assert database.search(query).topic is None


def test_a_name_that_two_conditions_share_leads_to_neither(tmp_path: Path) -> None:
    """A guess which of two is meant would be wrong half the time; both stand among the hits."""
    rdf, skos = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2004/02/skos/core#"
    lines = [f'<{DEFAULT_BASE}condition/{name}> <{skos}prefLabel> "gout"@en .' for name in ("gout-a", "gout-b")]
    lines += [
        f"<{DEFAULT_BASE}fact/000000000000000{number}> <{rdf}{part}> <{value}> ."
        for number, name in enumerate(("gout-a", "gout-b"))
        for part, value in (
            ("subject", f"{DEFAULT_BASE}condition/{name}"),
            ("predicate", f"{DEFAULT_BASE}ontology#hasSymptom"),
        )
    ]
    path = tmp_path / "search.sqlite"
    write_search(parse("\n".join(lines).encode(), RdfFormat.N_TRIPLES), path, vocabularies.base(), "v")

    results = SearchDatabase(path, vocabularies.VOCABULARY).search("symptoms of gout")

    assert results.topic is None
    assert len(results.hits) == 2


@pytest.mark.parametrize("query", ["amber feverish", "ambers fevers", "fever of amber", "AMBER-FEVER"])
def test_word_forms_and_stop_words_do_not_count(database: SearchDatabase, query: str) -> None:
    """Singular, plural and other forms of a word are one, and small words may be missing."""
    assert "amber fever" in labels(database, query)


def test_all_words_may_be_beginnings(database: SearchDatabase) -> None:
    """Where nothing has the words as they are, words that begin so are found before any is corrected."""
    results = database.search("amb nails")

    assert results.hits[0].label == "amber nails"
    assert results.corrected == ""


def test_words_that_nothing_has_are_left_out_at_last(database: SearchDatabase) -> None:
    """Better some of the words than an empty page, as long as the page says so."""
    unknown, apart = database.search("zzzzzzzzz nails"), database.search("salt nails")

    assert (unknown.hits[0].label, unknown.partial, unknown.corrected) == ("amber nails", True, "nails")
    assert apart.partial
    assert {"amber nails", "thirst for salt"} <= {hit.label for hit in apart.hits}


@pytest.mark.parametrize("query", ["amber fev", "leaf", "colds"])
def test_a_known_word_is_never_replaced(database: SearchDatabase, query: str) -> None:
    """What the data have, in another form or as the beginning of a word, is no misspelling."""
    assert database.search(query).corrected == ""


@pytest.mark.parametrize("query", ["abmer", "sla", "sgns"])
def test_a_correction_is_a_word_of_the_things(database: SearchDatabase, query: str) -> None:
    """Words of the vocabulary's own definitions are no corrections, and abbreviations are not corrected."""
    results = database.search(query)

    assert results.corrected in ("", "amber", "signs")
    assert bool(results.hits) == (results.corrected == "amber")


def test_sources_stand_behind_what_they_speak_of(database: SearchDatabase) -> None:
    """A source with the words in its title comes after conditions and findings with the words in their names."""
    kinds = [hit.kind for hit in database.search("amber").hits]

    assert kinds[:2] == ["condition", "condition"]
    assert kinds.index("source") > max(kinds.index("finding"), kinds.index("organization"))


def test_a_status_can_be_asked_for(database: SearchDatabase) -> None:
    """The filter keeps what a fact of that status names; the numbers by status stay, so that one can change it."""
    contested = database.search("amber", Filters(status="contested"))
    denied = database.search("hands", Filters(status="denied"))

    assert [hit.label for hit in contested.hits] == ["amber fever"]
    assert dict(contested.statuses)["affirmed"] == 3
    assert dict(contested.kinds) == {"condition": 1}
    assert [hit.label for hit in denied.hits] == ["cold hands"]


def test_pages_of_hits_make_the_whole(database: SearchDatabase) -> None:
    """Hits in parts are the hits at once, in the same order, and the total is exact."""
    whole = database.search("amber")
    parts = [
        hit for offset in range(0, whole.total, 2) for hit in database.search("amber", limit=2, offset=offset).hits
    ]

    assert tuple(parts) == whole.hits
    assert whole.total == len(whole.hits) > 3


def test_more_than_thousands_are_counted(tmp_path: Path) -> None:
    """The total has no bound, and the last page is reached."""
    label = "http://www.w3.org/2004/02/skos/core#prefLabel"
    lines = (f'<{DEFAULT_BASE}finding/f{number}> <{label}> "sign {number}"@en .\n' for number in range(2500))
    path = tmp_path / "search.sqlite"
    write_search(parse("".join(lines).encode(), RdfFormat.N_TRIPLES), path, vocabularies.base(), "v")

    results = SearchDatabase(path, vocabularies.VOCABULARY).search("sign", offset=2490)

    assert results.total == 2500
    assert len(results.hits) == 10


def test_the_number_of_hits_is_bounded(database: SearchDatabase) -> None:
    """The total is told even where fewer are given."""
    results = database.search("amber", limit=1)

    assert len(results.hits) == 1
    assert results.total > 1


def test_names_of_a_kind_come_in_the_order_of_the_alphabet(tmp_path: Path) -> None:
    """Each label that facts name comes once, capitals where small letters stand, and no more than are asked for."""
    lines = []
    for number, label in enumerate(["beta", "Alpha", "gamma", "beta", "Delta"]):
        condition, fact = f"<{DEFAULT_BASE}condition/c{number}>", f"<{DEFAULT_BASE}fact/{number:016x}>"
        lines.append(f'{condition} <http://www.w3.org/2004/02/skos/core#prefLabel> "{label}"@en .')
        lines.append(f"{fact} <http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> {condition} .")
        lines.append(f"{fact} <{NOSO.status}> <{NOSO.affirmed}> .")
    path = tmp_path / "search.sqlite"
    write_search(parse("\n".join(lines), RdfFormat.N_TRIPLES), path, vocabularies.base(), "v")

    with contextlib.closing(sqlite3.connect(path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {NAMES_OF_KIND}", ("condition", 2)).fetchall()

    names = SearchDatabase(path, vocabularies.VOCABULARY).names
    assert names("condition", 9) == ("Alpha", "beta", "Delta", "gamma")
    assert names("condition", 2) == ("Alpha", "beta")
    assert names("finding", 9) == ()
    assert not any("ORDER BY" in step[3] for step in plan)  # nineteen thousand names are not sorted for five hundred


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
        SearchDatabase(missing, vocabularies.VOCABULARY).search("amber")

    assert not missing.exists()
