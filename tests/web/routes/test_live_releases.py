"""Every release, catalogue and version of the vocabulary answers for ever, and a damaged release is never served."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from damage import flip, halve
from live import Server, Shelf
from rdflib import RDF, Graph, Literal, Namespace, URIRef

from nosograph.distribution.pruning import prune_releases

DCAT = Namespace("http://www.w3.org/ns/dcat#")  # rdflib's own knows DCAT 2 only
BASE = "https://w3id.org/nosograph/"
GONE = "2025-12-01-0123456789ab"
COUNT = "/sparql?query=SELECT%20(COUNT(*)%20AS%20%3Fn)%20%7B%3Fs%20%3Fp%20%3Fo%7D&format=csv"


def copy_of(shelf: Shelf, folder: Path) -> Shelf:
    """Return a copy of the two releases that a test may change; ``latest`` names the main one."""
    shutil.copytree(shelf.folder, folder, symlinks=True)
    return Shelf(folder, shelf.main, shelf.other)


@pytest.fixture(scope="module")
def history(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of the newest of three releases: one before is pruned, of the first only the ledger is left."""
    folder = tmp_path_factory.mktemp("history")
    copied = copy_of(shelf, folder / "releases")
    prune_releases(copied.folder, keep=1)
    ledger = copied.folder / "ledger.json"
    content = json.loads(ledger.read_text())
    first = {"version": GONE, "date": "2025-12-01", "digest": "ab" * 32, "state": "removed", "title": "The first"}
    content["releases"].insert(0, first)
    ledger.write_text(json.dumps(content))
    running = Server("--releases", str(copied.folder), log=folder / "log.jsonl")
    yield running
    assert running.stop() == 0


@pytest.mark.parametrize("extension", ["ttl", "nt", "jsonld", "rdf", "trig", "nq"])
def test_an_older_release_answers_in_each_format(history: Server, shelf: Shelf, extension: str) -> None:
    """Its IRI leads to a document that says version, date, licence, digest of the manifest, and its distributions."""
    version = shelf.other.version
    lead = history.get(f"/release/{version}", Accept="text/turtle")
    reply = history.get(f"/release/{version}.{extension}")
    iri = URIRef(f"{BASE}release/{version}")

    assert (lead.status, lead["Location"]) == (303, f"{version}.ttl")
    assert reply.status == 200
    if extension in ("ttl", "nt", "rdf"):
        graph = Graph().parse(data=reply.body, format="xml" if extension == "rdf" else extension)
        assert (iri, RDF.type, DCAT.Dataset) in graph
        assert (iri, DCAT.version, Literal(version)) in graph
        assert (iri, DCAT.previousVersion, URIRef(f"{BASE}release/{GONE}")) in graph
        digests = {str(value) for value in graph.objects(None, URIRef("http://spdx.org/rdf/terms#checksumValue"))}
        assert shelf.other.manifest.files["nosograph.ttl"].sha256 in digests


def test_an_older_release_has_a_page_that_says_what_was_dropped(history: Server, shelf: Shelf) -> None:
    """The page links the N-Quads, and lists what went with its digest."""
    page = history.get(f"/release/{shelf.other.version}", Accept="text/html")
    reply = history.get(f"/release/{shelf.other.version}.html")

    assert page["Location"] == f"{shelf.other.version}.html"
    assert f'href="../dumps/{shelf.other.version}/nosograph.nq"' in reply.text
    assert f'href="../dumps/{shelf.other.version}/nosograph.ttl"' not in reply.text
    assert shelf.other.manifest.files["nosograph.ttl"].sha256 in reply.text


def test_dropped_files_are_gone_with_their_digest(history: Server, shelf: Shelf) -> None:
    """410 tells size and digest of a dropped dump and where its statements are; what stays is sent."""
    version = shelf.other.version
    reply = history.get(f"/dumps/{version}/nosograph.ttl")

    assert (reply.status, reply.json["code"]) == (410, "dropped")
    assert reply.json["sha256"] == shelf.other.manifest.files["nosograph.ttl"].sha256
    assert "nosograph.nq" in reply.json["hint"]
    for name in ("nosograph.nq", "dcat.ttl", "manifest.json", "SHA256SUMS"):
        assert history.get(f"/dumps/{version}/{name}").status == 200


def test_a_release_that_was_removed_is_still_known(history: Server) -> None:
    """What only the ledger knows has a page, a description and a 410 for its files; a version that never was is 404."""
    assert history.get(f"/release/{GONE}", Accept="text/html").status == 303
    assert "ab" * 32 in history.get(f"/release/{GONE}.html").text
    assert "ab" * 32 in history.get(f"/release/{GONE}.ttl").text
    assert history.get(f"/dumps/{GONE}/nosograph.nq").status == 410
    assert history.get("/release/2025-12-01-ffffffffffff").status == 404
    assert history.get("/dumps/2025-12-01-ffffffffffff/nosograph.nq").status == 404


def test_every_release_that_is_listed_answers(history: Server, shelf: Shelf) -> None:
    """The page of downloads names every version, and each of their pages is there."""
    page = history.get("/downloads").text

    for version in (shelf.main.version, shelf.other.version, GONE):
        assert f"Release {version}" in page
        assert history.get(f"/release/{version}.html").status == 200


def test_a_server_of_one_folder_lists_what_answers(shelf: Shelf, tmp_path: Path) -> None:
    """With --release, too, a release that is listed has its page and its files."""
    copied = copy_of(shelf, tmp_path / "releases")
    running = Server("--release", str(copied.folder / shelf.other.version), log=tmp_path / "log.jsonl")
    try:
        page = running.get("/downloads").text
        listed = [version for version in (shelf.main.version, shelf.other.version) if version in page]
        answers = [running.get(f"/release/{version}.ttl").status for version in listed]
        files = [running.get(f"/dumps/{version}/dcat.ttl").status for version in listed]
    finally:
        running.stop()

    assert shelf.other.version in listed
    assert set(answers) == set(files) == {200}


def test_the_catalogue_has_every_version(history: Server, shelf: Shelf) -> None:
    """/catalog is a dcat:Catalog whose data set has each version; people are led to the downloads."""
    assert history.get("/catalog", Accept="text/html")["Location"] == "downloads"
    assert history.get("/catalog", Accept="text/turtle")["Location"] == "catalog.ttl"
    graph = Graph().parse(data=history.get("/catalog.ttl").body, format="turtle")

    versions = set(map(str, graph.objects(URIRef(BASE), DCAT.hasVersion)))
    assert (URIRef(f"{BASE}catalog"), RDF.type, DCAT.Catalog) in graph
    assert versions == {f"{BASE}release/{version}" for version in (shelf.main.version, shelf.other.version, GONE)}
    assert graph.value(URIRef(BASE), DCAT.hasCurrentVersion) == URIRef(f"{BASE}release/{shelf.main.version}")


@pytest.mark.parametrize("name", ["ontology", "shapes"])
def test_a_version_of_the_vocabulary_answers(history: Server, name: str) -> None:
    """The owl:versionIRI leads to documents that hold it; a version that never was is 404."""
    version = URIRef(f"{BASE}{name}/0.1.0")

    lead = history.get(f"/{name}/0.1.0", Accept="text/turtle")
    graph = Graph().parse(data=history.get(f"/{name}/0.1.0.ttl").body, format="turtle")

    assert (lead.status, lead["Location"]) == (303, "0.1.0.ttl")
    assert (URIRef(f"{BASE}{name}"), URIRef("http://www.w3.org/2002/07/owl#versionIRI"), version) in graph
    assert history.get(f"/{name}/0.1.0", Accept="text/html")["Location"] == f"../{name}.html"
    assert history.get(f"/{name}/0.1.0.nt").status == 200
    assert history.get(f"/{name}/9.9.9").status == 404


@pytest.mark.parametrize("damage", [halve, flip, lambda path: path.write_bytes(b""), lambda path: path.unlink()])
def test_a_damaged_store_is_never_served(shelf: Shelf, tmp_path: Path, damage: object) -> None:
    """Whatever happened to the store's list of files, the server starts with a new one that holds every statement."""
    copied = copy_of(shelf, tmp_path / "releases")
    for path in (copied.folder / shelf.main.version / "derived" / "store").glob("MANIFEST-*"):
        damage(path)  # type: ignore[operator]
    running = Server("--releases", str(copied.folder), log=tmp_path / "log.jsonl")
    try:
        counted = running.get(COUNT).text.split()
    finally:
        running.stop()

    assert counted == ["n", str(shelf.main.manifest.counts.triples)]


def test_a_release_whose_store_cannot_be_made_is_not_swapped_in(shelf: Shelf, tmp_path: Path) -> None:
    """SIGHUP onto a release with a damaged store and damaged N-Quads keeps the old one, and the log says why."""
    copied = copy_of(shelf, tmp_path / "releases")
    copied.point_to(shelf.other)
    running = Server("--releases", str(copied.folder), log=tmp_path / "log.jsonl")
    try:
        broken = copied.folder / shelf.main.version
        shutil.rmtree(broken / "derived")
        flip(broken / "nosograph.nq")
        copied.point_to(shelf.main)
        running.process.send_signal(signal.SIGHUP)
        line = running.wait_for_log(level="error")
        counted = running.get(COUNT).text.split()
    finally:
        running.stop()

    assert "nosograph.nq" in line["message"]
    assert counted == ["n", str(shelf.other.manifest.counts.triples)]


def test_a_served_release_is_not_pruned(shelf: Shelf, tmp_path: Path) -> None:
    """A server holds what it serves, until it has swapped to another."""
    copied = copy_of(shelf, tmp_path / "releases")
    running = Server("--release", str(copied.folder / shelf.other.version), log=tmp_path / "log.jsonl")
    try:
        while_served = prune_releases(copied.folder, keep=1, dry_run=True)
    finally:
        running.stop()
    after = prune_releases(copied.folder, keep=1, dry_run=True)

    assert {entry.kept for entry in while_served} == {"it is the latest", "it is in use"}
    assert {entry.kept for entry in after} == {"it is the latest", ""}
