"""A document about a resource has all that a release says of it, and says so when it has not."""

from __future__ import annotations

import pyoxigraph
import pytest
from stores import add_union

from nosograph.rdf.names import Base
from nosograph.store import lookup
from nosograph.store.lookup import ResourceLookup, State
from nosograph.store.reader import GraphReader

TRIG = """
PREFIX : <https://w3id.org/nosograph/>
PREFIX condition: <https://w3id.org/nosograph/condition/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX finding: <https://w3id.org/nosograph/finding/>
PREFIX graph: <https://w3id.org/nosograph/graph/>
PREFIX noso: <https://w3id.org/nosograph/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX source: <https://w3id.org/nosograph/source/>
PREFIX void: <http://rdfs.org/ns/void#>

graph:conditions {
    condition:one a noso:Condition ; skos:prefLabel "one"@en ; noso:hasSymptom finding:ache .
    condition:other a noso:Condition ; skos:prefLabel "autre"@fr, "other"@en ; noso:hasSymptom finding:itch .
    finding:ache a noso:Finding ; skos:prefLabel "ache"@en .
    finding:itch a noso:Finding ; skos:prefLabel "itch"@en .
    condition:withdrawn a noso:Condition ; owl:deprecated true .
    condition:merged a noso:Condition ; owl:deprecated true ; dcterms:isReplacedBy condition:one .
}
graph:facts {
    <https://w3id.org/nosograph/fact/f1> a noso:Fact ; rdf:subject condition:one ; rdf:predicate noso:hasSymptom ;
        rdf:object finding:ache ; noso:evidence <https://w3id.org/nosograph/fact/f1/evidence/e1> .
    <https://w3id.org/nosograph/fact/f1/evidence/e1> a noso:Evidence ;
        noso:source source:text ; noso:cites source:book ;
        noso:passage <https://w3id.org/nosograph/source/text/passage/1-2> .
    <https://w3id.org/nosograph/fact/f2> a noso:Fact ; rdf:subject condition:other ; rdf:predicate noso:hasSymptom ;
        rdf:object finding:itch ; noso:evidence <https://w3id.org/nosograph/fact/f2/evidence/e2> .
    <https://w3id.org/nosograph/fact/f2/evidence/e2> a noso:Evidence ; noso:source source:book .
}
graph:sources {
    source:text a noso:Source ; skos:prefLabel "the text"@en .
    source:book a noso:Source ; skos:prefLabel "the book"@en .
    <https://w3id.org/nosograph/source/text/passage/1-2> a noso:Passage ; noso:ofSource source:text ; oa:start 1 .
}
graph:mappings {
    <https://w3id.org/nosograph/mapping/m1> a noso:Mapping ; owl:annotatedSource condition:one ;
        owl:annotatedTarget <http://example.org/1> .
}
graph:ontology { noso:hasSymptom a noso:FactPredicate ; rdfs:label "has symptom"@en . }
graph:metadata { :dump void:exampleResource condition:one . }
"""
BASE = "https://w3id.org/nosograph/"


@pytest.fixture
def about() -> ResourceLookup:
    """What looks resources up in a graph of two conditions."""
    store = pyoxigraph.Store()
    store.bulk_load(TRIG.encode(), format=pyoxigraph.RdfFormat.TRIG)
    add_union(store)
    return ResourceLookup(Base(), GraphReader(store))


def subjects(about: ResourceLookup, path: str) -> set[str]:
    """Return the paths of the resources whose statements are in a document."""
    found = about.describe(BASE + path)
    assert found is not None
    return {quad.subject.value.removeprefix(BASE) for quad in found if not isinstance(quad.subject, pyoxigraph.Triple)}


CHAIN = {"fact/f1", "fact/f1/evidence/e1", "source/text/passage/1-2"}


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("condition/one", CHAIN | {"mapping/m1", "finding/ache", "source/text"}),
        ("finding/ache", CHAIN | {"condition/one", "source/text"}),
        ("source/text", CHAIN | {"condition/one", "finding/ache"}),
        ("source/book", CHAIN | {"fact/f2", "fact/f2/evidence/e2", "condition/other"}),
        ("fact/f1", CHAIN | {"condition/one", "ontology#hasSymptom"}),
        ("fact/f1/evidence/e1", CHAIN),
        ("source/text/passage/1-2", CHAIN),
        ("mapping/m1", {"condition/one"}),
    ],
)
def test_a_document_has_what_speaks_of_its_resource(about: ResourceLookup, path: str, whole: set[str]) -> None:
    """Facts come with their evidence and passages, mappings whole, and everything named with its label."""
    assert subjects(about, path) >= whole | {path}


def test_a_document_has_nothing_of_unrelated_resources(about: ResourceLookup) -> None:
    """Facts about others and statements about the data set stay out."""
    found = subjects(about, "condition/one")

    assert not found & {"condition/other", "fact/f2", "finding/itch", "dump"}


def test_a_document_that_is_cut_says_so(about: ResourceLookup, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of statements that are shown and the number that there are stand in the document."""
    monkeypatch.setattr(lookup, "INCOMING", 1)

    found = about.describe(BASE + "source/book")

    assert found is not None
    assert (found.cut, found.incoming) == (True, 2)
    assert any("shows 1 of 2 statements" in str(quad.object) for quad in found)


def test_a_whole_document_is_not_said_to_be_cut(about: ResourceLookup) -> None:
    """No notice stands where nothing is missing."""
    found = about.describe(BASE + "source/book")

    assert found is not None
    assert not found.cut
    assert not any("shows" in str(quad.object) for quad in found)


@pytest.mark.parametrize(
    ("path", "state", "successor"),
    [
        ("condition/one", State.ACTIVE, None),
        ("condition/withdrawn", State.DEPRECATED, None),
        ("condition/merged", State.REPLACED, BASE + "condition/one"),
        ("condition/unheard-of", State.UNKNOWN, None),
        ("condition/no iri", State.UNKNOWN, None),
    ],
)
def test_the_state_of_a_resource_is_told(about: ResourceLookup, path: str, state: State, successor: str | None) -> None:
    """Withdrawn and merged resources are told from active ones and from those that never were."""
    status = about.state(BASE + path)

    assert (status.state, status.successor) == (state, successor)
    assert (about.describe(BASE + path) is None) == (state is State.UNKNOWN)


def test_resources_of_a_kind_are_listed(about: ResourceLookup) -> None:
    """Withdrawn resources are left out."""
    assert about.resources(f"{BASE}ontology#Condition") == [BASE + "condition/one", BASE + "condition/other"]
