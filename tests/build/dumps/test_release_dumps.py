"""Each dump says what the sorted quads say, to more than one reader."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import zstandard
from pyld import jsonld
from pyoxigraph import RdfFormat, parse
from rdflib import Dataset, Graph

from nosograph.release.names import COMPRESSIONS, DUMPS
from nosograph.release.opening import Release

RDFLIB_NAMES = {
    "ttl": "turtle",
    "rdf": "xml",
    "nt": "nt",
    "nq": "nquads",
    "trig": "trig",
    "jsonld": "json-ld",
    "flat.jsonld": "json-ld",
}
TRIPLE_FORMATS = ["ttl", "nt", "rdf", "flat.jsonld"]
QUAD_FORMATS = ["nq", "trig", "jsonld"]


@pytest.fixture(scope="session")
def quads(published: Release) -> set[str]:
    """The quads of the release, as the engine reads N-Quads."""
    return {str(quad) for quad in parse(path=str(published.dump("nq")))}


@pytest.fixture(scope="session")
def triples(published: Release) -> set[str]:
    """The triples of the union."""
    return {str(quad.triple) for quad in parse(path=str(published.dump("nq")))}


def _through_nquads(dataset: Dataset) -> set[str]:
    return {str(quad) for quad in parse(dataset.serialize(format="nquads").encode(), RdfFormat.N_QUADS)}


def test_every_dump_was_tested_below() -> None:
    """The formats of this test are all that a release has."""
    assert {dump.extension for dump in DUMPS} == {*TRIPLE_FORMATS, *QUAD_FORMATS}


@pytest.mark.parametrize("name", TRIPLE_FORMATS)
def test_the_engine_reads_the_union_from_triple_formats(published: Release, triples: set[str], name: str) -> None:
    """Turtle, N-Triples, RDF/XML and flat JSON-LD hold each triple of the union once."""
    found = [str(quad.triple) for quad in parse(path=str(published.dump(name)))]

    assert set(found) == triples
    assert len(found) == len(triples)


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # rdflib's own
@pytest.mark.parametrize("name", TRIPLE_FORMATS)
def test_rdflib_reads_the_union_from_triple_formats(published: Release, triples: set[str], name: str) -> None:
    """A second, independent reader finds the same triples, carriage returns in RDF/XML included."""
    graph = Graph().parse(published.dump(name), format=RDFLIB_NAMES[name])

    found = {str(quad.triple) for quad in parse(graph.serialize(format="nt").encode(), RdfFormat.N_TRIPLES)}

    assert found == triples


@pytest.mark.parametrize("name", QUAD_FORMATS)
def test_the_engine_reads_the_quads_from_quad_formats(published: Release, quads: set[str], name: str) -> None:
    """N-Quads, TriG and JSON-LD keep the named graphs."""
    found = [str(quad) for quad in parse(path=str(published.dump(name)))]

    assert set(found) == quads
    assert len(found) == len(quads)


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # rdflib's own
@pytest.mark.parametrize("name", QUAD_FORMATS)
def test_rdflib_reads_the_quads_from_quad_formats(published: Release, quads: set[str], name: str) -> None:
    """A second, independent reader finds the same quads."""
    dataset = Dataset()
    dataset.parse(published.dump(name), format=RDFLIB_NAMES[name])

    assert _through_nquads(dataset) == quads


def test_a_json_ld_processor_reads_the_quads(published: Release, quads: set[str]) -> None:
    """PyLD, which follows the JSON-LD 1.1 algorithms to the letter, expands the dump to the same quads."""
    text: Any = jsonld.to_rdf(json.loads(published.dump("jsonld").read_text()), {"format": "application/n-quads"})

    assert {str(quad) for quad in parse(text.encode(), RdfFormat.N_QUADS)} == quads


@pytest.mark.parametrize("name", [dump.extension for dump in DUMPS])
def test_compressed_dumps_hold_the_plain_one(published: Release, name: str) -> None:
    """Gzip and zstd give back exactly the bytes of the plain dump."""
    plain = published.dump(name).read_bytes()

    assert plain
    assert gzip.decompress(published.dump(name, "gz").read_bytes()) == plain
    with zstandard.open(published.dump(name, "zst"), "rb") as stream:
        assert stream.read() == plain


def test_gzip_headers_have_neither_name_nor_time(published: Release) -> None:
    """The flags and the time of a gzip header are zero, so that the header says nothing of the build (RFC 1952)."""
    header = published.dump("ttl", "gz").read_bytes()[:8]

    assert header == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"


@pytest.mark.parametrize("name", ["nt", "nq"])
def test_line_formats_are_in_byte_order(published: Release, name: str) -> None:
    """N-Triples and N-Quads are sorted as ``LC_ALL=C sort`` does, so two of them can be compared line by line."""
    lines = published.dump(name).read_bytes().splitlines(keepends=True)

    assert lines == sorted(set(lines))


@pytest.mark.parametrize("name", ["ttl", "trig"])
def test_prefixes_are_bound_and_in_order(published: Release, name: str) -> None:
    """Turtle and TriG bind every prefix of the base, sorted without regard to case, and use them."""
    text = published.dump(name).read_text()
    bound = [line.split()[1].removesuffix(":") for line in text.splitlines() if line.startswith("@prefix")]

    assert bound == sorted(bound, key=str.lower)
    assert set(bound) == set(published.base.prefixes())
    assert "condition:dryness" in text
    assert "skos:prefLabel" in text


@pytest.mark.parametrize("name", ["ttl", "trig"])
def test_local_names_have_no_escape(published: Release, name: str) -> None:
    """An IRI that could only be abbreviated with an escape, such as that of evidence, is written whole."""
    text = published.dump(name).read_text()
    evidence = "<https://w3id.org/nosograph/fact/00000000000000aa/evidence/00000000000000ab>"

    assert re.findall(r"\\[/#~.!$&'()*+,;=?@%_-]", re.sub(r'"(?:[^"\\\n]|\\.)*"', "", text)) == []
    assert evidence in text


def test_subjects_are_written_once_in_turtle(published: Release) -> None:
    """The triples of a subject stand in one block."""
    lines = published.dump("ttl").read_text().splitlines()
    subjects = [line.split(" ")[0] for line in lines if line and not line.startswith(("\t", "@"))]

    assert len(subjects) == len(set(subjects)) > 10


def test_json_ld_is_compact_and_fetches_nothing(published: Release) -> None:
    """The dump carries its context, names resources by prefix and uses the context's terms."""
    document = json.loads(published.dump("jsonld").read_text())
    graphs = {graph["id"]: graph["@graph"] for graph in document["@graph"]}
    dryness = next(node for node in graphs["graph:conditions"] if node["id"] == "condition:dryness")

    assert isinstance(document["@context"], dict)
    assert dryness["prefLabel"] == "dryness"
    assert dryness["hasSymptom"] == "finding:itch"
    assert "Condition" in dryness["type"]
    assert "noso:Fact" in next(node for node in graphs["graph:facts"] if node["id"] == "fact:00000000000000aa")["type"]


def test_digests_in_the_manifest_are_those_of_the_files(published: Release) -> None:
    """Sizes and digests that were taken while writing are those of what is on disk."""
    for file in published.manifest.files.values():
        content = Path(published.folder / file.name).read_bytes()
        assert len(content) == file.size, file.name
        assert hashlib.sha256(content).hexdigest() == file.sha256, file.name
    assert {f.compression for f in published.manifest.files.values()} == {None, *COMPRESSIONS}
