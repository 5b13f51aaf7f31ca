"""curl, as the README's readers type it: every line that the project promises, run as a process of its own."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from client_queries import BROKEN, IS_A_CONDITION, SUBTYPES
from rdflib import Graph, URIRef
from rdflib.namespace import SKOS

from nosograph.release.opening import Release

CURL = shutil.which("curl")
pytestmark = pytest.mark.skipif(CURL is None, reason="curl is not installed")

RESOURCE = "https://w3id.org/nosograph/condition/systemic-scleroderma"
RDF_TYPES = [
    "text/turtle",
    "application/n-triples",
    "application/ld+json",
    "application/rdf+xml",
    "application/trig",
    "application/n-quads",
]


def curl(*arguments: str) -> bytes:
    """Return what curl prints; a transfer that fails, or that is cut short, fails the test."""
    done = subprocess.run([CURL or "curl", "-sS", "--max-time", "60", *arguments], capture_output=True, timeout=90)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def responses(output: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """Return status, header and body of each response that ``curl -i`` printed."""
    found = []
    rest = output
    while rest.startswith(b"HTTP/"):
        head, _, rest = rest.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        found.append((int(lines[0].split()[1]), fields, rest))
    return found


def test_a_resource_leads_to_turtle(site: str) -> None:
    """``curl -iL`` of a resource shows 303, then Turtle about it."""
    redirect, document = responses(curl("-iL", f"{site}condition/systemic-scleroderma"))

    assert redirect[0] == 303
    assert document[0] == 200
    assert document[1]["content-type"].startswith("text/turtle")
    assert (URIRef(RESOURCE), SKOS.prefLabel, None) in Graph().parse(data=document[2], format="turtle")


@pytest.mark.parametrize("media_type", RDF_TYPES)
def test_a_resource_in_every_format(site: str, media_type: str) -> None:
    """Accept chooses the document."""
    output = curl("-iL", "-H", f"Accept: {media_type}", f"{site}condition/systemic-scleroderma")

    _, (status, fields, body) = responses(output)
    assert status == 200
    assert fields["content-type"].split(";")[0] == media_type
    assert b"systemic scleroderma" in body


def test_a_resource_as_a_page(site: str) -> None:
    """A browser's Accept header gets HTML."""
    accept = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    _, (status, fields, body) = responses(curl("-iL", "-H", accept, f"{site}condition/systemic-scleroderma"))

    assert status == 200
    assert fields["content-type"].startswith("text/html")
    assert b"<html" in body


@pytest.mark.parametrize("extension", ["ttl", "jsonld", "nt", "nq", "trig", "rdf"])
def test_dumps(site: str, release: Release, tmp_path: Path, extension: str) -> None:
    """``curl`` of a dump gives the file, and of its ``.gz`` the same file compressed once."""
    expected = release.dump(extension).read_bytes()

    plain = curl(f"{site}dumps/latest/nosograph.{extension}")
    packed = curl(f"{site}dumps/latest/nosograph.{extension}.gz")

    assert plain == expected
    assert gzip.decompress(packed) == expected


def test_saved_dumps_pass_sha256sum(site: str, tmp_path: Path) -> None:
    """``sha256sum --check`` accepts what ``curl -O`` saved."""
    names = ["nosograph.ttl", "nosograph.nq.gz", "nosograph.trig.zst", "SHA256SUMS"]
    for name in names:
        (tmp_path / name).write_bytes(curl(f"{site}dumps/latest/{name}"))

    check = ["sha256sum", "--check", "--ignore-missing", "--strict", "SHA256SUMS"]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert len(re.findall(": OK$", done.stdout, re.MULTILINE)) == len(names) - 1


def test_an_interrupted_download_goes_on(site: str, release: Release, tmp_path: Path) -> None:
    """``curl -C -`` fetches only what is missing, and the whole is right."""
    expected = release.dump("nt").read_bytes()
    saved = tmp_path / "nosograph.nt"
    saved.write_bytes(expected[:100_000])

    fetched = curl("-C", "-", "-o", str(saved), "-w", "%{size_download}", f"{site}dumps/latest/nosograph.nt")

    assert saved.read_bytes() == expected
    assert int(fetched) == len(expected) - 100_000


def test_the_digest_in_the_header_is_that_of_the_bytes(site: str) -> None:
    """``Repr-Digest`` can be checked by hand (RFC 9530)."""
    ((_, fields, body),) = responses(curl("-i", f"{site}dumps/latest/nosograph.ttl.gz"))

    assert fields["repr-digest"] == f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def test_compressed_answers_are_unpacked(site: str) -> None:
    """``curl --compressed`` asks for a content coding and gets the same document."""
    address = f"{site}condition/systemic-scleroderma.ttl"

    ((_, fields, _),) = responses(curl("-i", "-H", "Accept-Encoding: gzip", address))
    assert fields["content-encoding"] == "gzip"
    assert curl("--compressed", address) == curl(address)


def test_a_second_look_transfers_nothing(site: str, tmp_path: Path) -> None:
    """``--etag-save`` and ``--etag-compare`` get 304."""
    address, tag = f"{site}condition/systemic-scleroderma.ttl", str(tmp_path / "tag")
    curl("--etag-save", tag, "-o", "/dev/null", address)

    status = curl("--etag-compare", tag, "-o", "/dev/null", "-w", "%{http_code} %{size_download}", address)

    assert status == b"304 0"


class TestQueries:
    """The endpoint, in the three ways of the protocol."""

    def test_get(self, endpoint: str, subtypes: dict[str, str]) -> None:
        """``-G --data-urlencode`` and an Accept header, as in the README."""
        content = curl("-G", endpoint, "-H", "Accept: text/csv", "--data-urlencode", f"query={SUBTYPES}")

        lines = content.decode().split("\r\n")
        assert lines[0] == "subtype,label"
        assert sorted(lines[1:-1]) == sorted(f"{iri},{label}" for iri, label in subtypes.items())

    def test_form_post(self, endpoint: str) -> None:
        """``--data-urlencode`` alone is a form post."""
        said = curl(endpoint, "--data-urlencode", f"query={IS_A_CONDITION}")

        assert json.loads(said)["boolean"] is True

    def test_direct_post(self, endpoint: str, tmp_path: Path) -> None:
        """A file is sent as it is, with its media type and charset."""
        file = tmp_path / "question.rq"
        file.write_text(IS_A_CONDITION)

        said = curl(
            endpoint,
            "-H",
            "Content-Type: application/sparql-query; charset=utf-8",
            "-H",
            "Accept: application/sparql-results+xml",
            "--data-binary",
            f"@{file}",
        )

        assert b"<boolean>true</boolean>" in said

    @pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
    def test_format_parameter(self, endpoint: str, name: str) -> None:
        """``format=`` overrides Accept."""
        arguments = ["-iG", endpoint, "-H", "Accept: text/turtle", "-d", f"format={name}"]

        ((status, fields, _),) = responses(curl(*arguments, "--data-urlencode", f"query={SUBTYPES}"))

        assert status == 200
        assert name in fields["content-type"] or fields["content-type"].startswith("text/tab-separated-values")

    def test_a_broken_query(self, endpoint: str) -> None:
        """The error says where and what, as problem details."""
        ((status, fields, body),) = responses(curl("-iG", endpoint, "--data-urlencode", f"query={BROKEN}"))

        problem = json.loads(body)
        assert (status, problem["line"], problem["column"]) == (400, 4, 1)
        assert problem["request_id"] == fields["x-request-id"]
        assert "Expected" in problem["detail"]

    def test_head_has_the_length_and_no_body(self, endpoint: str) -> None:
        """``-I`` gives the header of the same answer."""
        query = "query=ASK%20%7B%7D"
        ((_, fields, body),) = responses(curl("-I", f"{endpoint}?{query}"))

        assert int(fields["content-length"]) == len(curl(f"{endpoint}?{query}"))
        assert body == b""

    def test_no_query_describes_the_endpoint(self, endpoint: str) -> None:
        """A bare address gives the service description."""
        graph = Graph().parse(data=curl(endpoint), format="turtle")

        service = URIRef("http://www.w3.org/ns/sparql-service-description#Service")
        assert (None, None, service) in graph


def test_well_known_addresses(site: str) -> None:
    """The description of the data and the health of the server are where programs look for them."""
    *_, (status, fields, body) = responses(curl("-iL", f"{site}.well-known/void"))

    assert status == 200
    assert fields["content-type"].startswith("text/turtle")
    assert b"void:Dataset" in body
    assert curl("-o", "/dev/null", "-w", "%{http_code}", f"{site}healthz") == b"200"


def test_a_parameter_that_the_endpoint_does_not_know_is_ignored(endpoint: str) -> None:
    """Editors and trackers add parameters of their own; the answer is that of the request without them."""
    known = f"{endpoint}?query=ASK%20%7B%7D"

    (plain,) = responses(curl("-i", known))
    (extended,) = responses(curl("-i", f"{known}&ac=1&_=17&apikey=x&utm_source=y"))

    assert (extended[0], extended[1]["content-type"], extended[2]) == (200, plain[1]["content-type"], plain[2])
    assert json.loads(extended[2])["boolean"] is True
