"""The graph is read by pattern, and what was read once is not read again."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest
from stores import CountingSource, add_union

from nosograph.errors import ReleaseError
from nosograph.store.reader import GraphReader, open_store

EXAMPLE = "http://example.org/"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
PREFERRED = "http://www.w3.org/2004/02/skos/core#prefLabel"
KNOWS = EXAMPLE + "knows"
TRIG = f"""
PREFIX : <{EXAMPLE}>
PREFIX rdfs: <{LABEL.removesuffix("label")}>
PREFIX skos: <{PREFERRED.removesuffix("prefLabel")}>
:g1 {{
    :a :knows :b , :c ; rdfs:label "ah"@en ; skos:prefLabel "a"@de , "A"@en .
    :b :knows :c ; rdfs:label "bee" , "abeille"@fr .
}}
:g2 {{ :a :knows :b . :c rdfs:label "c"@de , "ce"@fr . _:node :knows :b . }}
"""


@pytest.fixture
def source() -> CountingSource:
    """Two graphs that share a triple, and how often each pattern is asked."""
    store = pyoxigraph.Store()
    store.load(TRIG.encode(), format=pyoxigraph.RdfFormat.TRIG)
    add_union(store)
    return CountingSource(store)


@pytest.fixture
def reader(source: CountingSource) -> GraphReader:
    """What reads the two graphs."""
    return GraphReader(source)


def test_statements_name_their_graphs(reader: GraphReader) -> None:
    """A triple in two graphs is two statements, and the default graph, which repeats them, is none."""
    found = reader.statements(EXAMPLE + "a", KNOWS)

    assert [(str(quad.object), str(quad.graph_name)) for quad in found] == [
        (f"<{EXAMPLE}b>", f"<{EXAMPLE}g1>"),
        (f"<{EXAMPLE}b>", f"<{EXAMPLE}g2>"),
        (f"<{EXAMPLE}c>", f"<{EXAMPLE}g1>"),
    ]


def test_objects_and_subjects_are_there_once(reader: GraphReader) -> None:
    """A triple in two graphs has one object; subjects without an IRI are left out."""
    assert reader.iris(EXAMPLE + "a", KNOWS) == (EXAMPLE + "b", EXAMPLE + "c")
    assert reader.subjects(KNOWS, EXAMPLE + "b") == (EXAMPLE + "a",)
    assert len(list(reader.pointing(EXAMPLE + "b"))) == 3


def test_a_subject_that_was_read_whole_is_not_read_again(source: CountingSource, reader: GraphReader) -> None:
    """One look-up answers every later question about a subject, also about what it does not have."""
    assert len(reader.statements(EXAMPLE + "a")) == 6

    assert reader.holds_subject(EXAMPLE + "a")
    assert reader.holds(EXAMPLE + "a", KNOWS, EXAMPLE + "c")
    assert reader.value(EXAMPLE + "a", LABEL) == "ah"
    assert reader.objects(EXAMPLE + "a", EXAMPLE + "absent") == ()
    assert [name for name, _ in reader.about(EXAMPLE + "a")] == [KNOWS, KNOWS, LABEL, PREFERRED, PREFERRED]
    assert source.asked.total() == 1


def test_no_pattern_is_read_twice(source: CountingSource, reader: GraphReader) -> None:
    """What was found, and that nothing was found, is remembered."""
    for _ in range(2):
        reader.iris(EXAMPLE + "a", KNOWS)
        reader.objects(EXAMPLE + "a", EXAMPLE + "absent")
        reader.subjects(KNOWS, EXAMPLE + "c", 2)
        reader.subjects(KNOWS, EXAMPLE + "absent")
        reader.label(EXAMPLE + "c")

    assert set(source.asked.values()) == {1}


def test_a_list_that_was_cut_is_no_answer_to_a_longer_one(reader: GraphReader) -> None:
    """A bound that cut a list does not cut the next."""
    assert len(reader.subjects(KNOWS, EXAMPLE + "c", 1)) == 1
    assert reader.subjects(KNOWS, EXAMPLE + "c", 2) == (EXAMPLE + "a", EXAMPLE + "b")
    assert reader.subjects(KNOWS, EXAMPLE + "c") == (EXAMPLE + "a", EXAMPLE + "b")
    assert len(reader.subjects(KNOWS, EXAMPLE + "c", 1)) == 1


@pytest.mark.parametrize(("name", "label"), [("a", "A"), ("b", "bee"), ("c", "c"), ("absent", None)])
def test_a_resource_has_one_label(reader: GraphReader, name: str, label: str | None) -> None:
    """A preferred label comes before others, then English, then no language, then any."""
    found = reader.label(EXAMPLE + name)

    assert (found.value if found else None) == label


def test_what_is_no_iri_is_not_found(source: CountingSource, reader: GraphReader) -> None:
    """Text that is no IRI does not reach the engine."""
    assert reader.statements("no iri") == reader.objects("no iri", KNOWS) == reader.subjects(KNOWS, "no iri") == ()
    assert list(reader.pointing("no iri")) == []
    assert not reader.holds_subject("no iri")
    assert not source.asked


def test_a_store_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    """The location is named, and what to do."""
    with pytest.raises(ReleaseError) as caught:
        open_store(tmp_path / "nothing")

    assert caught.value.location is not None
    assert "nosograph build" in caught.value.hint
