"""What changed is published as page, feed, changelog, event stream, and as the difference of any two releases."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph
import pytest
from live import Server, Shelf
from rdflib import RDF, Graph, Namespace, URIRef

BASE = "https://w3id.org/nosograph/"
LDES, TREE = Namespace("https://w3id.org/ldes#"), Namespace("https://w3id.org/tree#")
STREAM = URIRef(f"{BASE}changes/stream")
VERSION_OF = pyoxigraph.NamedNode("http://purl.org/dc/terms/isVersionOf")


@pytest.fixture(scope="module")
def pair(shelf: Shelf) -> tuple[str, str]:
    """Return the versions of the older and of the newer release."""
    return shelf.other.version, shelf.main.version


def pages_of(server: Server) -> list[str]:
    """Return the paths of all pages of the event stream, found by walking its relations."""
    graph = Graph().parse(
        data=server.get("/changes/stream.ttl").body, format="turtle", publicID="http://s/changes/stream.ttl"
    )
    waiting = sorted({str(node).removeprefix("http://s") for node in graph.objects(None, TREE.node)})
    found: list[str] = []
    while waiting:
        path = waiting.pop(0)
        found.append(path)
        text = server.get(path).text
        waiting += [str(Path(path).parent / name) for name in re.findall(r"tree:node <(\d+\.trig)>", text)]
    return found


def test_the_page_of_the_history_leads_to_every_form(server: Server, pair: tuple[str, str]) -> None:
    """It names each release and what it changed; its links lead somewhere."""
    reply = server.get("/changes")

    assert reply.status == 200
    assert all(f"release/{version}.html" in reply.text for version in pair)
    for address in re.findall(r'href="\./(changes[^"#]*)', reply.text):
        assert server.get(f"/{address}").status == 200, address


def test_the_difference_is_the_same_in_each_form(server: Server, shelf: Shelf, pair: tuple[str, str]) -> None:
    """JSON, TSV and RDF Patch agree with the dumps of both releases; each is immutable and has its media type."""
    path = "/changes/{}/{}".format(*pair)
    before, after = (set(release.dump("nq").read_bytes().splitlines()) for release in (shelf.other, shelf.main))

    told, table, patch = (server.get(f"{path}.{extension}") for extension in ("json", "tsv", "rdfp"))

    lines = patch.body.splitlines()
    assert {line[2:] for line in lines if line.startswith(b"A ")} == after - before
    assert {line[2:] for line in lines if line.startswith(b"D ")} == before - after
    assert told.json["counts"]["quads_added"] == len(after - before)
    assert len(table.body.splitlines()) == len(told.json["changes"]) + 1
    withdrawn = {change["iri"] for change in told.json["changes"] if change["section"] == "resources_withdrawn"}
    assert f"{BASE}condition/withdrawn-for-tests" in withdrawn
    assert [reply.media_type for reply in (told, table, patch)] == [
        "application/json",
        "text/tab-separated-values",
        "application/rdf-patch",
    ]
    assert all("immutable" in reply["Cache-Control"] for reply in (told, table, patch))
    for extension, reply in (("json", told), ("tsv", table), ("rdfp", patch)):
        head = server.request("HEAD", f"{path}.{extension}")
        assert (head["ETag"], head["Content-Length"]) == (reply["ETag"], str(len(reply.body)))
        assert server.get(f"{path}.{extension}", **{"If-None-Match": reply["ETag"]}).status == 304


def test_the_difference_is_negotiated(server: Server, pair: tuple[str, str]) -> None:
    """Its address leads to the form that fits (303); nothing fits: 406 with what does."""
    path = "/changes/{}/{}".format(*pair)

    leads = {
        accept: server.get(path, Accept=accept)["Location"].rpartition(".")[2]
        for accept in ("text/html", "application/json", "text/tab-separated-values", "application/rdf-patch")
    }

    assert list(leads.values()) == ["html", "json", "tsv", "rdfp"]
    assert server.get(path, Accept="text/html")["Vary"] == "Accept"
    assert server.get(path, Accept="image/png").status == 406


def test_the_reverse_difference_needs_nothing_more(server: Server, pair: tuple[str, str]) -> None:
    """What was added one way is removed the other way, and a release does not differ from itself."""
    old, new = pair
    forward, back = (server.get(f"/changes/{one}/{other}.json").json for one, other in ((old, new), (new, old)))
    same = server.get(f"/changes/{new}/{new}.json").json

    assert forward["counts"]["quads_added"] == back["counts"]["quads_removed"] > 0
    assert (same["changes"], same["counts"]["quads_added"]) == ([], 0)


@pytest.mark.parametrize(
    "path",
    [
        "/changes/2020-01-01-0123456789ab/{new}",
        "/changes/{old}/{new}.exe",
        "/changes/{old}/..%2f..%2fledger",
        "/changes.exe",
        "/changes/stream/20200101T000000Z/1.trig",
        "/changes/stream/20200101T000000Z/..",
        "/changes/stream/x/999999999999.trig",
    ],
)
def test_what_is_not_there_is_404(server: Server, pair: tuple[str, str], path: str) -> None:
    """Unknown releases, forms and pages get a problem that says where to look."""
    reply = server.get(path.format(old=pair[0], new=pair[1]))

    assert reply.status == 404
    assert reply.json["hint"]


def test_a_difference_that_is_not_kept_is_404(shelf: Shelf, tmp_path: Path) -> None:
    """The problem names the command that keeps it; the history still answers, and a damaged difference is 500."""
    shutil.copytree(shelf.folder, tmp_path / "releases", symlinks=True)
    kept = next((tmp_path / "releases" / "changes").glob("*.sqlite"))
    path = f"/changes/{shelf.other.version}/{shelf.main.version}.json"
    running = Server("--releases", str(tmp_path / "releases"), log=tmp_path / "log.jsonl")
    try:
        content = kept.read_bytes()
        kept.write_bytes(content[: len(content) // 2])
        damaged = running.get(path)
        kept.unlink()
        missing, history = running.get(path), running.get("/changes.md")
    finally:
        running.stop()

    assert damaged.status == 500
    assert (missing.status, "nosograph compare" in missing.json["hint"]) == (404, True)
    assert "is not kept here" in history.text


def test_the_feed_is_atom(server: Server, pair: tuple[str, str]) -> None:
    """RFC 4287: id, title and updated of feed and entries, newest first; links are absolute and lead here."""
    reply = server.get("/changes.atom")
    space = {"a": "http://www.w3.org/2005/Atom"}
    feed = ElementTree.fromstring(reply.body)
    entries = feed.findall("a:entry", space)

    assert reply.media_type == "application/atom+xml"
    assert [entry.findtext("a:title", "", space) for entry in entries] == [
        f"Release {version}" for version in reversed(pair)
    ]
    assert feed.findtext("a:updated", "", space) == entries[0].findtext("a:updated", "", space)
    assert len({entry.findtext("a:id", "", space) for entry in entries}) == len(entries)
    for entry in entries:
        link = entry.find("a:link", space)
        assert link is not None
        assert server.get("/" + link.attrib["href"].removeprefix("https://noso.example/")).status == 200


def test_the_changelog_names_the_changes(server: Server, pair: tuple[str, str]) -> None:
    """Markdown, the newest release first, with the changed resources by their prefixed names."""
    text = server.get("/changes.md").text

    assert text.index(pair[1]) < text.index(f"## {pair[0]}")
    assert "condition:withdrawn-for-tests" in text


def test_the_event_stream_says_how_to_read_it(server: Server) -> None:
    """ldes:EventStream with paths for version and time, and a view whose relations have the times of their pages."""
    graph = Graph().parse(
        data=server.get("/changes/stream.ttl").body, format="turtle", publicID="http://s/changes/stream.ttl"
    )

    assert (STREAM, RDF.type, LDES.EventStream) in graph
    assert graph.value(STREAM, LDES.versionOfPath) == URIRef(VERSION_OF.value)
    assert graph.value(STREAM, LDES.timestampPath) == URIRef("http://www.w3.org/ns/prov#generatedAtTime")
    assert graph.value(STREAM, TREE.view) == URIRef("http://s/changes/stream.ttl")
    assert len(list(graph.objects(None, TREE.value))) == len(list(graph.objects(None, TREE.node))) > 0
    assert server.get("/changes/stream", Accept="text/turtle")["Location"] == "stream.ttl"


def test_the_members_are_the_resources_that_changed(server: Server, shelf: Shelf, pair: tuple[str, str]) -> None:
    """Walked from its view, the stream has each changed resource once, as its newest statements in a graph."""
    told = server.get("/changes/{}/{}.json".format(*pair)).json
    newest = {quad.triple for quad in pyoxigraph.parse(path=shelf.main.dump("nq"), format=pyoxigraph.RdfFormat.N_QUADS)}
    members = pyoxigraph.Store()
    for path in pages_of(server):
        members.load(server.get(path).body, format=pyoxigraph.RdfFormat.TRIG, base_iri=f"http://s{path}")

    versions = list(members.quads_for_pattern(None, VERSION_OF, None))
    assert sorted(quad.object.value for quad in versions) == sorted(change["iri"] for change in told["changes"])
    for version in versions:
        statements = {quad.triple for quad in members.quads_for_pattern(None, None, None, version.subject)}
        assert {triple for triple in newest if triple.subject == version.object} <= statements <= newest


def test_pages_of_the_stream_never_change(server: Server) -> None:
    """They are immutable to caches, and where an IRI of a member leads to."""
    path = pages_of(server)[0]
    reply = server.get(path)

    assert "immutable" in reply["Cache-Control"]
    assert server.get(path.removesuffix(".trig"), Accept="*/*")["Location"] == path.rpartition("/")[2]
    assert server.request("HEAD", path)["ETag"] == reply["ETag"]
