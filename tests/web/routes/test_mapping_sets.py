"""A mapping set answers at its IRI: as a page, as SSSOM, as RDF; and under another base and prefix."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, RDF

from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.web.application import create_application

MAPPINGS = URIRef("https://w3id.org/sssom/mappings")


@pytest.fixture(scope="module")
def client(release: Release) -> FlaskClient:
    """Return a client of the curated release."""
    return create_application(release, Settings()).test_client()


@pytest.mark.parametrize(
    ("accept", "document"),
    [
        ("text/tab-separated-values", "conditions.sssom.tsv"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "conditions.html"),
        ("application/ld+json", "conditions.jsonld"),
        ("*/*", "conditions.ttl"),
    ],
)
def test_the_iri_leads_to_what_fits(client: FlaskClient, accept: str, document: str) -> None:
    """The set answers 303 to a document, with the others in its links."""
    reply = client.get("/mapping-set/conditions", headers={"Accept": accept})

    assert (reply.status_code, reply.headers["Location"]) == (303, document)
    assert "Accept" in reply.headers["Vary"]
    assert "<conditions.sssom.tsv>" in reply.headers["Link"]


def test_what_does_not_fit(client: FlaskClient) -> None:
    """No set, no such document and no acceptable format are errors that name what there is."""
    assert client.get("/mapping-set/conditions", headers={"Accept": "image/png"}).status_code == 406
    assert b".sssom.tsv" in client.get("/mapping-set/conditions.tsv").data
    missing = client.get("/mapping-set/nothing")
    assert missing.status_code == 404
    assert b"conditions" in missing.data


def test_documents(client: FlaskClient, release: Release) -> None:
    """Table and Turtle are the files of the release, every other RDF says the same, and the page shows the rows."""
    table = client.get("/mapping-set/anatomy.sssom.tsv")
    turtle = client.get("/mapping-set/anatomy.ttl")
    page = client.get("/mapping-set/anatomy.html")

    assert table.data == (release.folder / "mapping-sets" / "anatomy.sssom.tsv").read_bytes()
    assert table.headers["Content-Type"] == "text/tab-separated-values;charset=utf-8"
    assert "https://creativecommons.org/licenses/by/4.0/" in table.headers["Link"]
    graph = Graph().parse(data=turtle.data, format="turtle")
    same = Graph().parse(data=client.get("/mapping-set/anatomy.nt").data, format="nt")
    assert set(graph) == set(same)
    iri = URIRef(f"{release.base.iri}mapping-set/anatomy")
    assert graph.value(iri, DCTERMS.title)
    assert len(set(graph.objects(iri, MAPPINGS))) == 10
    assert b"UBERON:0002097" in page.data
    assert b'href="../structure/skin.html"' in page.data or b'href="/structure/skin.html"' in page.data


def test_mappings_name_their_set(client: FlaskClient, release: Release) -> None:
    """Every mapping of the graph is part of a set that answers."""
    graph = Graph().parse(release.folder / "graphs" / "mappings.nt")

    sets = set(graph.objects(None, DCTERMS.isPartOf))
    mappings = set(graph.subjects(RDF.type, URIRef("https://w3id.org/nosograph/ontology#Mapping")))
    assert mappings == set(graph.subjects(DCTERMS.isPartOf, None))
    for iri in sets:
        assert client.get(f"/{str(iri).removeprefix(release.base.iri)}").status_code == 303


def test_the_downloads_page_leads_there(client: FlaskClient) -> None:
    """It lists every set, and the files of the dumps for other tools with what they are."""
    page = client.get("/downloads").data.decode()

    assert "mapping-set/treatments.html" in page
    for words in (
        "KGX edges in JSON Lines",
        "Nanopublications in TriG",
        "SSSOM as RDF in Turtle",
        "The named graph graph/facts, as N-Triples",
    ):
        assert words in page


def test_a_graph_file_has_its_licence_alone(client: FlaskClient) -> None:
    """The file of a named graph, and that of a mapping set, name the licence of what they hold."""
    for name in ("graphs/facts.nt", "mapping-sets/conditions.ttl"):
        reply = client.head(f"/dumps/latest/{name}")
        assert reply.status_code == 200
        assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in reply.headers["Link"]
