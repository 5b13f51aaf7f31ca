"""Lines 17 to 19 of the HTTP contract over a real socket: dumps, ranges, digests, descriptions, the report."""

import base64
import email
import gzip
import hashlib
import json
import random

import pytest
import zstandard
from live import Server, Shelf
from pyoxigraph import NamedNode, RdfFormat, parse

MEDIA_TYPES = {
    "ttl": "text/turtle;charset=utf-8",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "trig": "application/trig",
    "rdf": "application/rdf+xml",
}
NT = "/dumps/latest/nosograph.nt"


@pytest.mark.parametrize("extension", MEDIA_TYPES)
def test_17_each_format_plain_and_packed(server: Server, extension: str) -> None:
    """Every dump comes as it is, as .gz and as .zst, each under its own media type, with the same content."""
    plain = server.get(f"/dumps/latest/nosograph.{extension}")
    packed = server.get(f"/dumps/latest/nosograph.{extension}.gz")
    dense = server.get(f"/dumps/latest/nosograph.{extension}.zst")

    assert plain["Content-Type"].partition(";")[0] == MEDIA_TYPES[extension].partition(";")[0]
    assert (packed["Content-Type"], dense["Content-Type"]) == ("application/gzip", "application/zstd")
    assert gzip.decompress(packed.body) == plain.body
    unpacked = zstandard.ZstdDecompressor().decompressobj().decompress(dense.body)
    assert unpacked == plain.body
    for reply in (plain, packed, dense):
        assert int(reply["Content-Length"]) == len(reply.body)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("nosograph.facts.parquet", "application/vnd.apache.parquet"),
        ("nosograph.quads.parquet", "application/vnd.apache.parquet"),
        ("nosograph.facts.tsv", "text/tab-separated-values;charset=utf-8"),
        ("croissant.json", "application/ld+json"),
    ],
)
def test_17_tables_are_served_like_dumps(server: Server, name: str, media_type: str) -> None:
    """Tables have their media type, a digest, and parts: a reader of Parquet asks for the end of the file first."""
    whole = server.get(f"/dumps/latest/{name}")
    head = server.request("HEAD", f"/dumps/latest/{name}")
    end = server.get(f"/dumps/latest/{name}", Range="bytes=-8")

    assert whole["Content-Type"] == head["Content-Type"] == media_type
    assert int(head["Content-Length"]) == len(whole.body)
    assert (head["Accept-Ranges"], head["Content-Encoding"]) == ("bytes", "")
    assert (end.status, end.body) == (206, whole.body[-8:])
    assert whole["Repr-Digest"] == head["Repr-Digest"] != ""


@pytest.mark.parametrize("name", ["nosograph.ttl", "nosograph.ttl.gz", "nosograph.ttl.zst"])
def test_17_a_dump_never_has_a_content_coding(server: Server, name: str) -> None:
    """A .gz file that was also coded would arrive unpacked in one client and packed twice in another."""
    reply = server.get(f"/dumps/latest/{name}", Accept_Encoding="gzip, zstd")

    assert reply["Content-Encoding"] == ""
    assert "Accept-Encoding" not in reply["Vary"]


def test_17_digests(server: Server, shelf: Shelf) -> None:
    """Repr-Digest is the SHA-256 of the whole file (RFC 9530 §3), and agrees with SHA256SUMS and the manifest."""
    sums = dict(reversed(line.split("  ", 1)) for line in server.get("/dumps/latest/SHA256SUMS").text.splitlines())
    listed = server.get("/dumps/latest/manifest.json").json["files"]

    assert set(listed) <= set(sums)
    for name in ("nosograph.ttl", "nosograph.nq.gz", "void.ttl", "manifest.json"):
        reply = server.get(f"/dumps/{shelf.main.version}/{name}")
        digest = hashlib.sha256(reply.body)
        assert reply["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
        assert sums[name] == digest.hexdigest()


def test_17_the_digest_of_a_part_is_that_of_the_whole(server: Server) -> None:
    """Repr-Digest is about the representation, so that a client can check what it put together (RFC 9530 §3)."""
    whole = server.request("HEAD", NT)
    part = server.get(NT, Range="bytes=0-99")

    assert part["Repr-Digest"] == whole["Repr-Digest"]
    assert part["ETag"] == whole["ETag"]


def test_17_parts_put_together_are_the_file(server: Server) -> None:
    """A download that was broken off can go on where it stopped (RFC 9110 §14.2)."""
    whole = server.get(NT)
    middle = len(whole.body) // 2

    first = server.get(NT, Range=f"bytes=0-{middle - 1}")
    rest = server.get(NT, Range=f"bytes={middle}-", If_Range=whole["ETag"])

    assert (first.status, rest.status) == (206, 206)
    assert first["Content-Range"] == f"bytes 0-{middle - 1}/{len(whole.body)}"
    assert first.body + rest.body == whole.body
    assert whole["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("header", ["bytes=-100", "bytes=100-199", "bytes=0-0"])
def test_17_single_ranges(server: Server, header: str) -> None:
    """The last bytes, some in the middle, and the first byte alone."""
    whole = server.get(NT).body
    first, _, last = header.removeprefix("bytes=").partition("-")
    expected = whole[-int(last) :] if not first else whole[int(first) : int(last) + 1]

    reply = server.get(NT, Range=header)

    assert (reply.status, reply.body) == (206, expected)
    assert int(reply["Content-Length"]) == len(expected)


def test_17_several_ranges_come_as_parts(server: Server) -> None:
    """Each part says where it belongs (RFC 9110 §14.6)."""
    whole = server.get(NT).body
    reply = server.get(NT, Range="bytes=0-9,100-119,-5")

    assert reply.status == 206
    assert int(reply["Content-Length"]) == len(reply.body)
    message = email.message_from_bytes(b"Content-Type: " + reply["Content-Type"].encode() + b"\r\n\r\n" + reply.body)
    parts = [(part["Content-Range"], part.get_payload(decode=True)) for part in message.get_payload()]
    size = len(whole)
    assert parts == [
        (f"bytes 0-9/{size}", whole[0:10]),
        (f"bytes 100-119/{size}", whole[100:120]),
        (f"bytes {size - 5}-{size - 1}/{size}", whole[-5:]),
    ]


def test_17_a_range_beyond_the_end_is_416(server: Server) -> None:
    """The size of the file tells the client what it may ask for (RFC 9110 §15.5.17)."""
    size = len(server.get(NT).body)
    reply = server.get(NT, Range=f"bytes={size}-")

    assert (reply.status, reply["Content-Range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=5-1"},
        {"Range": "pages=1-2"},
        {"Range": "bytes=0-9", "If-Range": '"other"'},
        {"Range": "bytes=0-9", "If-Range": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"Range": "bytes=0-100,50-150"},
    ],
)
def test_17_a_range_that_does_not_count_gets_the_whole_file(server: Server, headers: dict[str, str]) -> None:
    """A broken, unknown or outdated range is ignored (RFC 9110 §14.2, §13.1.5)."""
    reply = server.request("GET", NT, headers)

    assert reply.status == 200
    assert len(reply.body) == int(server.request("HEAD", NT)["Content-Length"])


def test_17_head_ignores_ranges(server: Server) -> None:
    """A range is defined for GET alone (RFC 9110 §14.2)."""
    assert server.request("HEAD", NT, {"Range": "bytes=0-9"}).status == 200


def test_17_random_ranges_agree_with_the_file(server: Server) -> None:
    """Any part is that part of the file."""
    whole = server.get(NT).body
    chance = random.Random(17)
    for _ in range(20):
        first = chance.randrange(len(whole))
        last = chance.randrange(first, len(whole))
        assert server.get(NT, Range=f"bytes={first}-{last}").body == whole[first : last + 1]


def test_17_latest_names_the_version(server: Server, shelf: Shelf) -> None:
    """Content-Location of ``latest`` is the lasting address of the same bytes (RFC 9110 §8.7)."""
    reply = server.get("/dumps/latest/questions/01-all-subtypes.rq")

    assert reply["Content-Location"] == f"../../{shelf.main.version}/questions/01-all-subtypes.rq"
    assert reply["Content-Type"].startswith("application/sparql-query")


def test_17_every_file_of_the_manifest_can_be_fetched(server: Server, shelf: Shelf) -> None:
    """What is published is what the manifest lists, with its size and its type."""
    for name, file in shelf.main.manifest.files.items():
        reply = server.request("HEAD", f"/dumps/latest/{name}")
        assert reply.status == 200, name
        assert int(reply["Content-Length"]) == file.size


def test_17_another_release_in_the_folder_can_be_fetched(server: Server, shelf: Shelf) -> None:
    """Older releases stay available under their versions, with their own bytes."""
    reply = server.get(f"/dumps/{shelf.other.version}/nosograph.nt")

    assert reply.status == 200
    assert hashlib.sha256(reply.body).hexdigest() == shelf.other.manifest.files["nosograph.nt"].sha256


@pytest.mark.parametrize(
    "path",
    [
        "/dumps/2000-01-01-000000000000/nosograph.ttl",
        "/dumps/latest/nothing.ttl",
        "/dumps/latest/derived/store/CURRENT",
        "/dumps/latest/derived",
        "/dumps/latest/derived/search.sqlite",
        "/dumps/latest/derived/derived.json",
        "/dumps/latest/build.json",
        "/dumps/latest/tombstone.json",
        "/dumps/latest/search.sqlite",
        "/dumps/latest/../manifest.json",
        "/dumps/latest/../../../../../../etc/passwd",
        "/dumps/latest/%2e%2e/%2e%2e/etc/passwd",
        "/dumps/latest/..%2f..%2fetc%2fpasswd",
        "/dumps/latest//etc/passwd",
        "/dumps/latest/questions/../manifest.json",
        "/dumps/../latest/manifest.json",
        "/dumps/%2e/manifest.json",
        "/dumps/latest/nosograph.ttl%00",
        "/dumps/.latest/manifest.json",
    ],
)
def test_17_nothing_but_published_files_can_be_fetched(server: Server, path: str) -> None:
    """Only names that a manifest lists are looked for, so no path leads out of a release."""
    assert server.request("GET", path).status == 404


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        (None, "latest/manifest.json"),
        ("text/turtle", "latest/dcat.ttl"),
        ("application/ld+json", "latest/dcat.jsonld"),
        ("text/html", "../downloads"),
    ],
)
def test_17_the_folder_of_dumps_leads_to_a_description(server: Server, accept: str | None, ending: str) -> None:
    """Programs get the manifest or the catalogue, people the page of downloads."""
    reply = server.request("GET", "/dumps/", {"Accept": accept} if accept else {})

    assert (reply.status, reply["Location"]) == (303, ending)


def test_17_dumps_signpost(server: Server) -> None:
    """A dump says where it is described, its licence and its lasting address (FAIR Signposting level 1)."""
    reply = server.request("HEAD", "/dumps/latest/nosograph.ttl.gz")

    latest = "https://noso.example/dumps/latest/"
    assert reply.targets("describedby") == [f"{latest}dcat.ttl", f"{latest}dcat.jsonld"]
    assert reply.targets("license")
    assert reply.targets("canonical")[0].startswith("https://noso.example/dumps/20")


@pytest.mark.parametrize("name", ["void", "dcat", "hcls"])
def test_18_descriptions_in_two_formats(server: Server, name: str) -> None:
    """VoID, DCAT and the HCLS levels are served as Turtle and as JSON-LD, and say the same."""
    turtle = server.get(f"/dumps/latest/{name}.ttl")
    json_ld = server.get(f"/dumps/latest/{name}.jsonld")

    assert (turtle.media_type, json_ld.media_type) == ("text/turtle", "application/ld+json")
    first = {quad.triple for quad in parse(turtle.body, RdfFormat.TURTLE)}
    second = {quad.triple for quad in parse(json_ld.body, RdfFormat.JSON_LD)}
    assert first == second


def test_18_counts_are_those_of_the_dump(server: Server, shelf: Shelf) -> None:
    """The numbers of the descriptions are what a count of the dump and of the graphs gives."""
    lines = server.get(NT).text.splitlines()
    triples = NamedNode("http://rdfs.org/ns/void#triples")
    described = {
        quad.subject.value.rpartition("#graph-")[2]: int(quad.object.value)
        for quad in parse(server.get("/dumps/latest/void.ttl").body, RdfFormat.TURTLE)
        if quad.predicate == triples and "#graph-" in quad.subject.value
    }
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    rows = server.request(
        "POST", "/sparql", {"Content-Type": "application/sparql-query", "Accept": "text/csv"}, query.encode()
    ).text.splitlines()[1:]
    counted = {row.split(",")[0].rpartition("/")[2]: int(row.split(",")[1]) for row in rows}

    assert shelf.main.manifest.counts.triples == len(lines) == len(set(lines))
    assert len(described) >= 6
    assert described == {name: counted[name] for name in described}


def test_18_the_landing_page_is_a_dataset(server: Server) -> None:
    """schema.org Dataset is embedded in the front page."""
    assert '"Dataset"' in server.get("/").text


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("report.txt", "text/plain"), ("report.json", "application/json"), ("report.ttl", "text/turtle")],
)
def test_19_the_shapes_report_is_part_of_the_release(server: Server, name: str, media_type: str) -> None:
    """The verdict on exactly this dump comes as text, JSON and the standard RDF report."""
    reply = server.get(f"/dumps/latest/{name}")

    assert (reply.status, reply.media_type) == (200, media_type)
    if name == "report.json":
        assert json.loads(reply.body)["conforms"] is True
