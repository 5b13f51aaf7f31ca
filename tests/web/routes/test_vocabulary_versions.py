"""A version of the vocabulary is served from the newest release that carried it, under its own IRI on every mirror."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import OWL, Graph, URIRef
from small_release import ASSETS, CONFORMING, FIXTURES, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.rdf.names import NOSO, Base
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.web.application import create_application

ONTOLOGY = URIRef(str(NOSO)[:-1])


def build(releases: Path, version: str, base: Base | None = None) -> Release:
    """Publish a release whose vocabulary bears a version."""
    ontology = Graph().parse(FIXTURES / "graphs" / "ontology.ttl")
    ontology.add((ONTOLOGY, OWL.versionIRI, URIRef(f"{ONTOLOGY}/{version}")))
    return build_release(small_knowledge(base, ontology=ontology), CONFORMING, releases, assets=ASSETS)


def test_an_older_version_comes_from_the_release_that_carried_it(tmp_path: Path) -> None:
    """Its document has the older vocabulary; the one that is served has a page."""
    build(tmp_path, "0.1.0")
    client = create_application(build(tmp_path, "0.2.0"), Settings()).test_client()

    old = Graph().parse(data=client.get("/ontology/0.1.0.ttl").data, format="turtle")
    lead = client.get("/ontology/0.1.0", headers={"Accept": "text/html, */*;q=0.1"})

    assert old.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/0.1.0")
    assert lead.headers["Location"] == "0.1.0.ttl"
    assert client.get("/ontology/0.2.0", headers={"Accept": "text/html"}).headers["Location"] == "../ontology.html"
    assert client.get("/ontology/0.3.0").status_code == 404


@pytest.mark.parametrize("name", ["ontology", "ontology#Condition", "ontology/0.1.0", "shapes", "shapes/0.1.0"])
def test_no_base_moves_the_vocabulary(name: str) -> None:
    """The IRIs of the vocabulary, its terms and its versions are the same on a mirror; others move."""
    base = Base("https://mirror.example/kg/")

    assert base.rebase(f"https://w3id.org/nosograph/{name}") == f"https://w3id.org/nosograph/{name}"
    assert base.rebase("https://w3id.org/nosograph/shapeshifter") == "https://mirror.example/kg/shapeshifter"


def test_a_mirror_answers_for_the_version(tmp_path: Path) -> None:
    """Under another base, the path answers and the document keeps the vocabulary's own IRI."""
    release = build(tmp_path, "0.1.0", Base("https://mirror.example/kg/"))
    client = create_application(release, Settings(site_url="https://mirror.example/kg/")).test_client()

    graph = Graph().parse(data=client.get("/ontology/0.1.0.nt").data, format="nt")

    assert graph.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/0.1.0")
