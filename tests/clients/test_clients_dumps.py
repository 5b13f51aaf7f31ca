"""The dumps of a release as a downloader gets them: fetched over HTTP, checked, unpacked, and read by two libraries."""

from __future__ import annotations

import base64
import gzip
import hashlib
import urllib.request
from dataclasses import dataclass

import pyoxigraph
import pytest
import rdflib
import zstandard

GRAPH_FORMATS = {
    "ttl": pyoxigraph.RdfFormat.TURTLE,
    "nt": pyoxigraph.RdfFormat.N_TRIPLES,
    "rdf": pyoxigraph.RdfFormat.RDF_XML,
    "flat.jsonld": pyoxigraph.RdfFormat.JSON_LD,
}
DATASET_FORMATS = {
    "nq": pyoxigraph.RdfFormat.N_QUADS,
    "trig": pyoxigraph.RdfFormat.TRIG,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
}
EXTENSIONS = [*GRAPH_FORMATS, *DATASET_FORMATS]
NAMES = [f"nosograph.{extension}{packing}" for extension in EXTENSIONS for packing in ("", ".gz", ".zst")]
MEDIA_TYPES = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "nq": "application/n-quads",
    "trig": "application/trig",
    "jsonld": "application/ld+json",
    "gz": "application/gzip",
    "zst": "application/zstd",
}


@dataclass(frozen=True)
class Download:
    """A file as it came."""

    body: bytes
    media_type: str
    digest: str
    coding: str | None
    length: int

    @property
    def sha256(self) -> str:
        """The digest of the bytes that came."""
        return hashlib.sha256(self.body).hexdigest()


@pytest.fixture(scope="module")
def downloads(site: str) -> dict[str, Download]:
    """Return every dump in every packing, fetched once."""
    found = {}
    for name in NAMES:
        wanted = urllib.request.Request(f"{site}dumps/latest/{name}", headers={"Accept-Encoding": "gzip, br, zstd"})
        with urllib.request.urlopen(wanted, timeout=60) as response:
            found[name] = Download(
                response.read(),
                response.headers.get_content_type(),
                response.headers["Repr-Digest"],
                response.headers["Content-Encoding"],
                int(response.headers["Content-Length"]),
            )
    return found


@pytest.fixture(scope="module")
def sums(site: str) -> dict[str, str]:
    """Return the digests that SHA256SUMS lists, by name."""
    with urllib.request.urlopen(f"{site}dumps/latest/SHA256SUMS", timeout=60) as response:
        lines = response.read().decode().splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def quads(body: bytes, format: pyoxigraph.RdfFormat) -> set[pyoxigraph.Quad]:
    """Return the quads of a document."""
    return set(pyoxigraph.parse(body, format=format))


def triples(found: set[pyoxigraph.Quad]) -> set[pyoxigraph.Triple]:
    """Return the triples of quads, whatever graph they are in."""
    return {quad.triple for quad in found}


@pytest.mark.parametrize("name", NAMES)
def test_digests(downloads: dict[str, Download], sums: dict[str, str], name: str) -> None:
    """The bytes that came are those that SHA256SUMS and Repr-Digest name, and as many as Content-Length says."""
    came = downloads[name]

    assert came.sha256 == sums[name]
    assert came.digest == f"sha-256=:{base64.b64encode(bytes.fromhex(came.sha256)).decode()}:"
    assert came.length == len(came.body)


@pytest.mark.parametrize("name", NAMES)
def test_media_types(downloads: dict[str, Download], name: str) -> None:
    """A file is called what it is, and never compressed a second time on the way."""
    assert downloads[name].media_type == MEDIA_TYPES[name.rpartition(".")[2]]
    assert downloads[name].coding is None


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_compressed_files_hold_the_same_bytes(downloads: dict[str, Download], extension: str) -> None:
    """Who unpacks has exactly the plain file."""
    plain = downloads[f"nosograph.{extension}"].body

    assert gzip.decompress(downloads[f"nosograph.{extension}.gz"].body) == plain
    with zstandard.ZstdDecompressor().stream_reader(downloads[f"nosograph.{extension}.zst"].body) as stream:
        assert stream.read() == plain


def test_every_sum_is_of_a_file_that_is_served(site: str, sums: dict[str, str]) -> None:
    """SHA256SUMS lists nothing that cannot be fetched, and its digests hold for all of it."""
    assert set(NAMES) <= set(sums)
    for name, digest in sums.items():
        with urllib.request.urlopen(f"{site}dumps/latest/{name}", timeout=60) as response:
            assert hashlib.sha256(response.read()).hexdigest() == digest, name


def test_every_dump_says_the_same(downloads: dict[str, Download]) -> None:
    """The formats with named graphs hold one set of quads, the others the set of their triples; no node is blank."""
    datasets = {name: quads(downloads[f"nosograph.{name}"].body, format) for name, format in DATASET_FORMATS.items()}
    graphs = {name: quads(downloads[f"nosograph.{name}"].body, format) for name, format in GRAPH_FORMATS.items()}

    expected = datasets["nq"]
    assert len(expected) > 5000
    assert not any(isinstance(term, pyoxigraph.BlankNode) for quad in expected for term in quad)
    for name, found in datasets.items():
        assert found == expected, name
    for name, found in graphs.items():
        assert triples(found) == triples(expected), name


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own
@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_rdflib_reads_every_dump_from_its_address(site: str, downloads: dict[str, Download], extension: str) -> None:
    """``parse(address)`` needs nothing but the address, and finds as many triples as there are."""
    dataset = rdflib.Dataset(default_union=True)

    dataset.parse(f"{site}dumps/latest/nosograph.{extension}")

    expected = triples(quads(downloads["nosograph.nq"].body, DATASET_FORMATS["nq"]))
    assert len({(s, p, o) for s, p, o, _ in dataset.quads()}) == len(expected)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own
@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")
def test_a_graph_of_rdflib_reads_flat_json_ld(site: str, downloads: dict[str, Download]) -> None:
    """A reader of one graph, to which JSON-LD by named graph looks empty, finds every triple in the flat file."""
    graph = rdflib.Graph().parse(f"{site}dumps/latest/nosograph.flat.jsonld")

    assert len(graph) == len(triples(quads(downloads["nosograph.nt"].body, GRAPH_FORMATS["nt"])))
