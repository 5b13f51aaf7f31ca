"""Licence, publisher, title and version are the release's own wherever they are shown, or those of a graph."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import pytest
from damage import flip
from flask.testing import FlaskClient
from rdflib import DCTERMS, Graph, Literal, URIRef
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.errors import ReleaseError
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.release.opening import Release, open_release
from nosograph.settings import Settings
from nosograph.web.application import create_application

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
ODBL = "https://spdx.org/licenses/ODbL-1.0.html"
BY = "https://creativecommons.org/licenses/by/4.0/"
IMPORT = f"{DEFAULT_BASE}graph/import/register"


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release under CC0 by the authors of the tests, with an import under ODbL by a register."""
    folder = tmp_path_factory.mktemp("foreign")
    terms = "http://purl.org/dc/terms/"
    (folder / "register.nq").write_text(
        f"<{IMPORT}> <{terms}license> <{ODBL}> <{IMPORT}> .\n"
        f'<{IMPORT}> <{terms}publisher> "A register" <{IMPORT}> .\n'
        f'<{IMPORT}> <{terms}title> "What the register has" <{IMPORT}> .\n'
        f"<{DEFAULT_BASE}finding/redness> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
        f" <{DEFAULT_BASE}ontology#Finding> <{IMPORT}> .\n"
    )
    imports = [folder / "register.nq"]
    return build_release(small_knowledge(), CONFORMING, folder / "releases", assets=ASSETS, imports=imports)


@pytest.fixture(scope="module")
def client(foreign: Release) -> FlaskClient:
    """Return a client of the application that serves it."""
    return create_application(foreign, Settings()).test_client()


def licenses(header: str) -> set[str]:
    """Return the targets of a Link header's licences."""
    return set(re.findall(r'<([^>]*)>; rel="license"', header))


def test_the_manifest_says_whose_the_data_are(foreign: Release) -> None:
    """Profile and graphs are in the manifest, from the description of the data set and from the import itself."""
    manifest = open_release(foreign.folder).manifest

    assert manifest.profile.publisher == "The authors of the tests"
    assert manifest.profile.license == CC0
    assert manifest.terms["facts"].license == CC0
    assert manifest.terms["import/register"].license == ODBL
    assert manifest.terms["import/register"].publisher == "A register"
    assert manifest.licenses(["facts"]) == (CC0,)
    assert manifest.licenses() == (CC0, ODBL)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/condition/dryness.ttl", {CC0}),
        ("/condition/dryness.html", {CC0}),
        ("/finding/redness.ttl", {ODBL}),
        ("/finding/redness.html", {ODBL}),
        ("/", {CC0, ODBL}),
        ("/downloads", {CC0, ODBL}),
        ("/dumps/latest/nosograph.nq", {CC0, ODBL}),
        ("/ontology.ttl", {CC0}),
        ("/sparql", {CC0, ODBL}),
    ],
)
def test_headers_have_the_licences_of_what_is_sent(client: FlaskClient, path: str, expected: set[str]) -> None:
    """A document has the licences of the graphs that say it; a dump those of all."""
    reply = client.get(path, headers={"Accept": "text/turtle, text/html;q=0.5"})
    if path == "/":
        reply = client.get(path, headers={"Accept": "text/html"})

    assert reply.status_code == 200
    assert licenses(reply.headers["Link"]) == expected


@pytest.mark.parametrize("path", ["/", "/condition/dryness.html", "/downloads", "/about", "/search", "/ontology.html"])
def test_pages_state_no_licence_and_no_publisher_but_the_release_s(client: FlaskClient, path: str) -> None:
    """Nothing of CC BY 4.0 or of the Nosograph contributors is left where other data are served."""
    page = client.get(path, headers={"Accept": "text/html"}).text

    assert BY not in page
    assert "CC BY" not in page
    assert "Nosograph contributors" not in page
    assert f'rel="license" href="{CC0}"' in page
    assert "<title>" in page
    assert "A small knowledge graph" in page


def test_citations_and_structured_data_are_the_release_s(client: FlaskClient, foreign: Release) -> None:
    """Author, title and licence of references and of schema.org's Dataset are read from the release."""
    page = client.get("/condition/dryness.html").text
    home = client.get("/", headers={"Accept": "text/html"}).text
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', home, re.DOTALL)
    assert script is not None
    data = json.loads(script[1])

    assert "The authors of the tests. (2026, January 31)" in page
    assert f"In A small knowledge graph (release {foreign.version})" in page
    assert data["publisher"]["name"] == "The authors of the tests"
    assert data["license"] == [CC0, ODBL]
    assert data["name"] == "A small knowledge graph"


def test_descriptions_have_the_licence_of_each_graph(foreign: Release) -> None:
    """VoID says licence and title of each graph; each distribution has every licence, and says so in words."""
    graph = Graph().parse(foreign.file("dcat.ttl")).parse(foreign.file("void.ttl"))
    release = f"{DEFAULT_BASE}release/{foreign.version}"
    part = URIRef(f"{release}#graph-import-register")
    dump = URIRef(f"{release}#dump-nq")

    assert set(graph.objects(part, DCTERMS.license)) == {URIRef(ODBL)}
    assert set(map(str, graph.objects(part, DCTERMS.title))) == {"What the register has"}
    assert set(graph.objects(URIRef(f"{release}#graph-facts"), DCTERMS.license)) == {URIRef(CC0)}
    assert set(graph.objects(dump, DCTERMS.license)) == {URIRef(CC0), URIRef(ODBL)}
    assert list(graph.objects(dump, DCTERMS.rights))


def test_what_was_not_said_is_not_claimed(tmp_path: Path) -> None:
    """Data without a licence and a publisher are published with neither."""
    silent = small_knowledge()
    silent = dataclasses.replace(silent, dataset=Graph())
    release = build_release(silent, CONFORMING, tmp_path / "releases", assets=ASSETS)
    client = create_application(release, Settings()).test_client()

    reply = client.get("/condition/dryness.html")

    assert licenses(reply.headers["Link"]) == set()
    assert "CC BY" not in reply.text
    assert "license>" not in release.file("dcat.ttl").read_text()


def test_a_licence_in_words_is_refused(tmp_path: Path) -> None:
    """Programs know a licence by its address; anything else stops the build, with whose it is and what to write."""
    dataset = Graph()
    dataset.add((URIRef(DEFAULT_BASE), DCTERMS.license, Literal("free for all")))
    knowledge = small_knowledge()
    knowledge = dataclasses.replace(knowledge, dataset=dataset)

    with pytest.raises(ReleaseError, match=r"'free for all', is not an http.*dcterms:license <"):
        build_release(knowledge, CONFORMING, tmp_path / "releases", assets=ASSETS)


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("nosograph.nq", "/dumps/latest/nosograph.nq"),
        ("nosograph.ttl.gz", "/dumps/latest/nosograph.ttl.gz"),
        ("SHA256SUMS", "/dumps/latest/SHA256SUMS"),
        ("manifest.json", "/dumps/latest/manifest.json"),
        ("context.jsonld", "/context.jsonld"),
        ("ontology.ttl", "/ontology.ttl"),
        ("service.ttl", "/sparql"),
        ("questions/01-conditions.rq", "/questions"),
    ],
)
def test_flipped_bytes_are_never_sent(foreign: Release, tmp_path: Path, file: str, path: str) -> None:
    """A file that changes while it is served, and keeps its size, is refused from then on; the others are sent."""
    copy = tmp_path / foreign.version
    shutil.copytree(foreign.folder, copy)
    client = create_application(open_release(copy), Settings()).test_client()
    if path.startswith("/dumps/"):
        assert client.get(path).status_code == 200
    flip(copy / file)

    reply = client.get(path, headers={"Accept": "application/n-triples, text/turtle, application/json;q=0.5"})

    assert (reply.status_code, reply.json["code"]) == (500, "damaged-release")
    assert client.get("/condition/dryness.ttl").status_code == 200
