"""Each resource answers as each release had it, and is found by time (Memento, RFC 7089)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
from live import Server, Shelf
from rdflib import FOAF, VOID, Graph, Namespace, URIRef

from nosograph.distribution.pruning import prune_releases
from nosograph.store.documents import DocumentFile
from nosograph.store.lookup import ResourceLookup
from nosograph.store.past_documents import find_past_document
from nosograph.store.reader import GraphReader, open_store

BASE = "https://w3id.org/nosograph/"
DCAT = Namespace("http://www.w3.org/ns/dcat#")
CONDITION = "condition/systemic-scleroderma"
ONLY_IN_MAIN = "condition/withdrawn-for-tests"
BEFORE, BETWEEN = "Thu, 01 Jan 2015 00:00:00 GMT", "Sun, 15 Mar 2026 00:00:00 GMT"


@pytest.fixture(scope="module")
def history(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of two releases with known times of publication, of which the older one is pruned."""
    folder = tmp_path_factory.mktemp("versions")
    shutil.copytree(shelf.folder, folder / "releases", symlinks=True)
    prune_releases(folder / "releases", keep=1)
    ledger = folder / "releases" / "ledger.json"
    content = json.loads(ledger.read_text())
    content["publications"] = [
        {"version": shelf.other.version, "time": "2026-02-01T12:00:00+00:00", "previous": ""},
        {"version": shelf.main.version, "time": "2026-04-01T12:00:00+00:00", "previous": shelf.other.version},
    ]
    ledger.write_text(json.dumps(content))
    running = Server("--releases", str(folder / "releases"), log=folder / "log.jsonl")
    yield running
    assert running.stop() == 0


def test_a_past_document_is_the_one_that_the_release_had(shelf: Shelf) -> None:
    """Found in the N-Quads alone, it has the statements of the document that was made when the release was served."""
    release = shelf.main
    ready = ResourceLookup(
        release.base, GraphReader(open_store(release.store_folder)), DocumentFile(release.documents_file)
    )
    subjects = [
        quad.subject.value for quad in pyoxigraph.parse(path=release.dump("nq"), format=pyoxigraph.RdfFormat.N_QUADS)
    ]
    chosen = sorted({iri for iri in subjects if iri.startswith(BASE) and "#" not in iri and "/graph/" not in iri})[::61]

    for iri in (
        f"{BASE}{CONDITION}",
        f"{BASE}source/clinic-patient-page",
        f"{BASE}condition/merged-for-tests",
        *chosen,
    ):
        expected, found = ready.document(iri), find_past_document(release, iri)
        assert (found is None) == (expected is None), iri
        if found is not None and expected is not None:
            assert set(found.quads) == set(expected.quads), iri

    assert len(chosen) > 10


@pytest.mark.parametrize("extension", ["ttl", "nt", "jsonld", "rdf", "trig", "nq", "html"])
def test_a_resource_answers_as_a_pruned_release_had_it(history: Server, shelf: Shelf, extension: str) -> None:
    """The document says since when it was the one, where the original is, and keeps for ever."""
    version = shelf.other.version
    reply = history.get(f"/release/{version}/{CONDITION}.{extension}")

    assert reply.status == 200
    assert reply["Memento-Datetime"] == "Sun, 01 Feb 2026 12:00:00 GMT"
    assert f"{BASE}{CONDITION}.{extension}" in reply.targets("original")
    assert ("immutable" in reply["Cache-Control"]) == (extension != "html")
    if extension == "ttl":
        graph = Graph().parse(data=reply.body, format="turtle")
        itself = URIRef(f"{BASE}release/{version}/{CONDITION}.ttl")
        assert (URIRef(f"{BASE}{CONDITION}"), None, None) in graph
        assert graph.value(itself, FOAF.primaryTopic) == URIRef(f"{BASE}{CONDITION}")
        assert graph.value(itself, VOID.inDataset) == URIRef(f"{BASE}release/{version}")


def test_a_version_of_a_resource_leads_to_the_document_that_fits(history: Server, shelf: Shelf) -> None:
    """303 by Accept; what the release did not have is 404 with where it is."""
    path = f"/release/{shelf.other.version}"

    assert history.get(f"{path}/{CONDITION}", Accept="text/turtle")["Location"] == "systemic-scleroderma.ttl"
    assert history.get(f"{path}/{CONDITION}", Accept="text/html")["Location"] == "systemic-scleroderma.html"
    missing = history.get(f"{path}/{ONLY_IN_MAIN}")
    assert (missing.status, "/timemap/link/" in missing.json["hint"]) == (404, True)
    assert history.get(f"/release/{shelf.main.version}/{ONLY_IN_MAIN}.ttl").status == 200


@pytest.mark.parametrize(
    ("wanted", "position"), [(None, 1), (BEFORE, 0), (BETWEEN, 0), ("Wed, 01 Apr 2026 12:00:00 GMT", 1)]
)
def test_a_time_gate_leads_to_what_was_there(history: Server, shelf: Shelf, wanted: str | None, position: int) -> None:
    """302 to the version of the publication before the time, the first one for what is earlier; Vary says by what."""
    version = (shelf.other, shelf.main)[position].version
    headers = {"Accept-Datetime": wanted} if wanted else {}

    reply = history.request("GET", f"/timegate/{CONDITION}", headers)

    assert (reply.status, reply["Vary"]) == (302, "Accept-Datetime")
    assert reply["Location"] == f"../../release/{version}/{CONDITION}"
    assert reply.targets("original") == [f"{BASE}{CONDITION}"]
    assert history.get(f"/release/{version}/{CONDITION}.ttl").status == 200


def test_a_time_gate_takes_iris_and_documents(history: Server, shelf: Shelf) -> None:
    """An IRI below the base means its path; the address of a document leads to a document."""
    by_iri = history.request("GET", f"/timegate/{BASE}{CONDITION}", {"Accept-Datetime": BETWEEN})
    document = history.request("GET", f"/timegate/{CONDITION}.ttl", {"Accept-Datetime": BETWEEN})

    assert by_iri["Location"].endswith(f"/release/{shelf.other.version}/{CONDITION}")
    assert document["Location"].endswith(f"/release/{shelf.other.version}/{CONDITION}.ttl")


def test_a_resource_that_came_later_has_no_earlier_version(history: Server, shelf: Shelf) -> None:
    """Its first version is that of the release with which it came."""
    reply = history.request("GET", f"/timegate/{ONLY_IN_MAIN}", {"Accept-Datetime": BEFORE})

    assert reply["Location"].endswith(f"/release/{shelf.main.version}/{ONLY_IN_MAIN}")
    assert len(history.get(f"/timemap/json/{ONLY_IN_MAIN}").json["mementos"]["list"]) == 1


def test_a_time_map_lists_every_version(history: Server, shelf: Shelf) -> None:
    """Link format and JSON say the same: original, TimeGate, and each version with its time, the oldest first."""
    links, told = (history.get(f"/timemap/{name}/{CONDITION}") for name in ("link", "json"))
    versions = [f"{BASE}release/{release.version}/{CONDITION}" for release in (shelf.other, shelf.main)]

    assert (links.media_type, told.media_type) == ("application/link-format", "application/json")
    assert [entry["uri"] for entry in told.json["mementos"]["list"]] == versions
    assert [entry["datetime"] for entry in told.json["mementos"]["list"]] == [
        "2026-02-01T12:00:00Z",
        "2026-04-01T12:00:00Z",
    ]
    assert f'<{BASE}{CONDITION}>; rel="original"' in links.text
    assert f'<{versions[0]}>; rel="first memento"; datetime="Sun, 01 Feb 2026 12:00:00 GMT"' in links.text
    assert f'<{versions[1]}>; rel="last memento"; datetime="Wed, 01 Apr 2026 12:00:00 GMT"' in links.text


def test_resources_and_documents_lead_to_their_versions(history: Server) -> None:
    """The Link header of both has TimeGate and TimeMap, and nothing else of them depends on the date."""
    for path in (CONDITION, f"{CONDITION}.ttl", f"{CONDITION}.html"):
        plain = history.get(f"/{path}")
        dated = history.request("GET", f"/{path}", {"Accept-Datetime": BETWEEN})
        assert plain.targets("timegate") == [f"../timegate/{path}"]
        assert plain.targets("timemap") == [f"../timemap/link/{path}"]
        assert "Datetime" not in plain["Vary"]
        assert (dated.status, dated.body) == (plain.status, plain.body)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/timegate/condition/no-such-condition", 404),
        ("/timegate/condition/NOT--A-NAME", 400),
        ("/timegate/downloads", 404),
        ("/timegate/https://example.org/condition/scleroderma", 404),
        ("/timemap/xml/condition/scleroderma", 404),
        ("/release/latest/condition/scleroderma.ttl", 404),
        ("/release/2020-01-01-0123456789ab/condition/scleroderma", 404),
        ("/release/..%2f..%2fetc/condition/scleroderma", 404),
    ],
)
def test_what_has_no_versions_is_told(history: Server, path: str, status: int) -> None:
    """Malformed identifiers are 400, all else is 404 with where to look."""
    reply = history.get(path)

    assert reply.status == status
    assert reply.json["hint"]


def test_a_date_that_is_none_is_400(history: Server) -> None:
    """The error shows the form of a date (RFC 7089 §4.5.3)."""
    for wanted in ("yesterday", "2026-02-01", "Thu, 99 Foo 99999999999999999999 00:00:00 GMT"):
        reply = history.request("GET", f"/timegate/{CONDITION}", {"Accept-Datetime": wanted})
        assert (reply.status, reply.json["code"]) == (400, "malformed-header"), wanted


def test_head_and_options_answer(history: Server, shelf: Shelf) -> None:
    """HEAD is GET without a body, and OPTIONS names the methods."""
    for path in (
        f"/timegate/{CONDITION}",
        f"/timemap/link/{CONDITION}",
        f"/release/{shelf.other.version}/{CONDITION}.ttl",
    ):
        get, head, options = (history.request(method, path) for method in ("GET", "HEAD", "OPTIONS"))
        assert (head.status, head.body, head["Link"]) == (get.status, b"", get["Link"])
        assert (options.status, options["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_a_removed_release_has_no_versions_of_resources(shelf: Shelf, tmp_path: Path) -> None:
    """Its address is 410 with what is known, and the TimeMap lists what is there."""
    shutil.copytree(shelf.folder, tmp_path / "releases", symlinks=True)
    shutil.rmtree(tmp_path / "releases" / shelf.other.version)
    running = Server("--releases", str(tmp_path / "releases"), log=tmp_path / "log.jsonl")
    try:
        gone = running.get(f"/release/{shelf.other.version}/{CONDITION}.ttl")
        told = running.get(f"/timemap/json/{CONDITION}").json
    finally:
        running.stop()

    assert gone.status in (404, 410)
    assert len(told["mementos"]["list"]) == 1


def test_the_catalogue_orders_the_versions(history: Server, shelf: Shelf) -> None:
    """DCAT 3: each version is in the series, and names the one before it as version and in the series."""
    graph = Graph().parse(data=history.get("/catalog.ttl").body, format="turtle")
    old, new = (URIRef(f"{BASE}release/{release.version}") for release in (shelf.other, shelf.main))

    assert {graph.value(new, DCAT.previousVersion), graph.value(new, DCAT.prev)} == {old}
    assert graph.value(URIRef(BASE), DCAT.first) == old
    assert graph.value(URIRef(BASE), DCAT.last) == new
    assert set(graph.subjects(DCAT.inSeries, URIRef(BASE))) == {old, new}
