"""Tables say what the quads say, and no row lets what is denied or doubted pass for what holds."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
import zstandard
from pyoxigraph import Literal, RdfFormat, parse

from nosograph.build.columns import open_columns
from nosograph.build.dumps.table_columns import fact_columns
from nosograph.build.dumps.tables import write_tables
from nosograph.release.manifest import ReleaseFile
from nosograph.release.opening import Release
from nosograph.vocabulary.terms import Qualifier, Vocabulary

E = "http://e.org/"
FIELD = "http://e.org/field#"
VOCABULARY = Vocabulary(
    qualifiers=(
        Qualifier(f"{FIELD}howOften", "how often"),
        Qualifier(f"{FIELD}source", "another source"),
        Qualifier(f"{FIELD}never", "never used"),
    )
)
TURTLE = f"""
PREFIX : <{E}> PREFIX field: <{FIELD}> PREFIX noso: <https://w3id.org/nosograph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
GRAPH :graph {{
  :told a noso:Fact ; rdf:subject :measles ; rdf:predicate :has ; rdf:object :rash ; noso:status noso:contested ;
    noso:evidence :told-1, :told-2 .
  :told-1 noso:source :book ; noso:stance noso:supports ; noso:certainty noso:stated ; noso:cites :b, :a ;
    field:howOften :often, :seldom ; field:source "x" .
  :told-2 noso:source :leaflet ; noso:stance noso:disputes ; noso:certainty noso:possible .
  :valued a noso:Fact ; rdf:subject :measles ; rdf:predicate :note ; noso:status noso:affirmed ;
    rdf:object "a \\"word\\"\\tand a\\nline \\\\ é"@en ; noso:context :winter ; noso:evidence :valued-1 .
  :valued-1 noso:source :book ; noso:stance noso:supports ; noso:certainty noso:stated ; field:howOften 7 .
  :denied a noso:Fact ; rdf:subject :measles ; rdf:predicate :has ; rdf:object :fever ; noso:status noso:denied .
  :measles skos:prefLabel "Masern"@de, "measles"@en ; skos:altLabel "rubeola"@en ; rdfs:label "other"@en .
  :rash skos:prefLabel "rash"@en . :has rdfs:label "has"@en . :book dcterms:title "The book"@en .
  :often skos:prefLabel "often"@en . :a skos:prefLabel "A"@en . :b skos:prefLabel "B"@en .
}}
GRAPH :second {{ :measles skos:prefLabel "measles"@en . :told rdf:subject :measles }}
"""


def _write(folder: Path, threads: int = 2) -> list[ReleaseFile]:
    lines = folder / "quads.nq"
    quads = parse(TURTLE.encode(), format=RdfFormat.TRIG)
    lines.write_text("".join(sorted(f"{quad} .\n" for quad in quads)), encoding="utf-8")
    with open_columns(folder, threads=threads) as columns:
        columns.add(lines)
        return write_tables(columns, VOCABULARY, folder, folder, lambda *_: None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tables of the quads above."""
    folder = tmp_path_factory.mktemp("tables")
    _write(folder)
    return folder


@pytest.fixture(scope="module")
def facts(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the table of facts."""
    return pyarrow.parquet.read_table(folder / "nosograph.facts.parquet").to_pylist()


def test_each_piece_of_evidence_is_a_row(facts: list[dict[str, Any]]) -> None:
    """A fact stands as often as it has evidence, once where it has none, in the order of the IRIs."""
    assert [(row["fact"], row["evidence"]) for row in facts] == [
        (f"{E}denied", None),
        (f"{E}told", f"{E}told-1"),
        (f"{E}told", f"{E}told-2"),
        (f"{E}valued", f"{E}valued-1"),
    ]


def test_a_row_has_the_status_and_what_its_source_says(facts: list[dict[str, Any]]) -> None:
    """Status, stance and certainty stand in every row, and before what the fact says."""
    names = list(facts[0])

    assert names[:4] == ["fact", "status", "stance", "certainty"]
    assert [(row["status"], row["stance"], row["certainty"]) for row in facts] == [
        ("denied", None, None),
        ("contested", "supports", "stated"),
        ("contested", "disputes", "possible"),
        ("affirmed", "supports", "stated"),
    ]


def test_a_row_has_labels(facts: list[dict[str, Any]]) -> None:
    """Resources have the label that pages show: the preferred one, in English where there is one."""
    row = facts[1]

    assert (row["subject"], row["subject_label"]) == (f"{E}measles", "measles")
    assert (row["predicate"], row["predicate_label"]) == (f"{E}has", "has")
    assert (row["object"], row["object_label"], row["object_datatype"]) == (f"{E}rash", "rash", None)
    assert (row["source"], row["source_label"]) == (f"{E}book", "The book")
    assert (row["reference"], row["reference_label"]) == (f"{E}a | {E}b", "A | B")
    assert row["graph"] == f"{E}graph"


def test_a_literal_is_its_text(facts: list[dict[str, Any]]) -> None:
    """The object of a fact is the text of a literal without the escapes of N-Quads, beside its datatype."""
    row = facts[3]

    assert row["object"] == 'a "word"\tand a\nline \\ é'
    assert row["object_label"] is None
    assert row["object_datatype"] == "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
    assert row["context"] == f"{E}winter"


def test_qualifiers_are_columns(facts: list[dict[str, Any]]) -> None:
    """Each qualifier of the vocabulary is a column, used or not; one whose name is taken gets a number."""
    assert [column.name for column in fact_columns(VOCABULARY)] == list(facts[0])
    assert [row["how_often"] for row in facts] == [None, f"{E}seldom | often", None, "7"]
    assert facts[1]["source_2"] == "x"
    assert {row["never"] for row in facts} == {None}


def test_the_text_table_says_the_same(folder: Path, facts: list[dict[str, Any]]) -> None:
    """TSV holds the same rows, with quotation marks around cells that need them."""
    with (folder / "nosograph.facts.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))

    assert rows == [{name: value or "" for name, value in row.items()} for row in facts]
    packed = (folder / "nosograph.facts.tsv.zst").read_bytes()
    assert (
        zstandard.ZstdDecompressor().decompressobj().decompress(packed) == (folder / "nosograph.facts.tsv").read_bytes()
    )


def test_quads_are_rows(published: Release) -> None:
    """The table of quads holds each quad of the release once, in the order of the N-Quads."""
    quads = list(parse(path=str(published.dump("nq"))))

    rows = pyarrow.parquet.read_table(published.folder / "nosograph.quads.parquet").to_pylist()

    found = []
    for row in rows:
        literal = row["datatype"] is not None
        found.append((row["subject"], row["predicate"], row["object"], literal, row["language"], row["graph"]))
    assert found == [
        (
            quad.subject.value,
            quad.predicate.value,
            quad.object.value,
            isinstance(quad.object, Literal),
            quad.object.language if isinstance(quad.object, Literal) else None,
            quad.graph_name.value,
        )
        for quad in quads
    ]
    datatypes = {quad.object.datatype.value for quad in quads if isinstance(quad.object, Literal)}
    assert {row["datatype"] for row in rows} - {None} == datatypes


def test_what_is_not_affirmed_is_no_triple_and_says_so(published: Release) -> None:
    """Only what is affirmed is a triple as well; one fact of the imported file has no status at all."""
    rows = pyarrow.parquet.read_table(published.folder / "nosograph.facts.parquet").to_pylist()
    quads = pyarrow.parquet.read_table(published.folder / "nosograph.quads.parquet").to_pylist()
    triples = {(row["subject"], row["predicate"], row["object"]) for row in quads}

    refused = [row for row in rows if (row["subject"], row["predicate"], row["object"]) not in triples]

    assert refused
    assert {row["status"] for row in refused} <= {"denied", "contested", "hypothesised", None}
    assert {row["status"] for row in rows if row not in refused} == {"affirmed"}


@pytest.mark.parametrize("threads", [1, 4])
def test_threads_do_not_show(folder: Path, tmp_path: Path, threads: int) -> None:
    """Every table has the same bytes, however many threads wrote it."""
    for file in _write(tmp_path, threads):
        assert (folder / file.name).read_bytes() == (tmp_path / file.name).read_bytes(), file.name
