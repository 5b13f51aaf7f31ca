"""The JSON-LD context means what the vocabulary says, and loses nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyld import jsonld
from pyoxigraph import RdfFormat, parse
from rdflib import Graph, URIRef
from rdflib.namespace import OWL, RDF, XSD

from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO
from nosograph.vocabulary.json_ld import make_context
from nosograph.vocabulary.reading import read_vocabulary_folder

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = json.loads((ROOT / "ontology" / "context.jsonld").read_text(encoding="utf-8"))
CONTEXT = DOCUMENT["@context"]
READ = read_vocabulary_folder(ROOT / "ontology")
PREFIXES = READ.base().prefixes()
VOCABULARY = Graph(bind_namespaces="none")
for name in ("nosograph.ttl", "evidence.ttl"):
    VOCABULARY.parse(ROOT / "ontology" / name)
RANGE = URIRef("http://schema.org/rangeIncludes")


def meaning(name: str) -> str:
    """Return the IRI that a name in the context stands for."""
    definition = CONTEXT[name]
    iri = definition if isinstance(definition, str) else definition["@id"]
    prefix, _, local = iri.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES and not local.startswith("//") else iri


MEANINGS = {name: meaning(name) for name in CONTEXT if not name.startswith("@")}


def test_prefixes_are_the_projects() -> None:
    """The context declares every prefix of the project, each with the same IRI, and none beside."""
    declared = {name: iri for name, iri in MEANINGS.items() if iri[-1] in "/#_" and not iri.startswith("@")}

    assert declared == PREFIXES


def test_every_prefix_may_stand_in_compact_iris() -> None:
    """A prefix whose IRI does not end in a delimiter says so, or compaction would not use it (JSON-LD 1.1, 4.1.5)."""
    for prefix, iri in PREFIXES.items():
        definition = CONTEXT[prefix]
        assert definition == iri if iri[-1] in "/#" else definition == {"@id": iri, "@prefix": True}


@pytest.mark.parametrize(
    "term",
    sorted(
        {
            term
            for class_ in (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
            for term in VOCABULARY.subjects(RDF.type, class_)
        }
    ),
    ids=lambda term: term.removeprefix(str(NOSO)),
)
def test_property_has_a_term_with_its_coercion(term: URIRef) -> None:
    """A property of the vocabulary has one name, which reads links as links and typed values with their type."""
    names = [name for name, iri in MEANINGS.items() if iri == str(term)]
    ranges = set(VOCABULARY.objects(term, RANGE)) - {RDF.langString}
    wanted = {str(value).replace(str(XSD), "xsd:") if str(value).startswith(str(XSD)) else "@id" for value in ranges}
    wanted.discard("xsd:string")

    assert len(names) == 1
    definition = CONTEXT[names[0]]
    coercion = {definition["@type"]} if isinstance(definition, dict) else set()
    assert coercion == wanted


def test_every_class_has_a_term() -> None:
    """A class of the vocabulary has its local name."""
    for class_ in VOCABULARY.subjects(RDF.type, OWL.Class):
        assert MEANINGS[str(class_).removeprefix(str(NOSO))] == str(class_)


def test_context_is_the_one_that_is_made_of_the_vocabulary() -> None:
    """A vocabulary without a context gets one of the same form; two names differ, which prefixes have taken here."""
    files = sorted((ROOT / "ontology").glob("*.ttl"))
    made = make_context((triple for file in files for triple in parse(path=file, format=RdfFormat.TURTLE)), READ.base())

    renamed = {"prevalenceTerm": "prevalenceEstimate", "sourceTerm": "sourceDocument"}
    assert {renamed.get(name, name): definition for name, definition in made.items()} == CONTEXT


def test_context_is_plain() -> None:
    """No scoped context, no container, nothing to fetch: each name means the same wherever it stands."""
    keys = {key for definition in CONTEXT.values() if isinstance(definition, dict) for key in definition}

    assert keys <= {"@id", "@type", "@language", "@prefix"}
    assert set(DOCUMENT) == {"@context"}
    assert {name for name in CONTEXT if name.startswith("@")} == {"@version"}


@pytest.mark.parametrize("name", ["conditions", "facts", "sources", "mappings", "ontology", "shapes"])
def test_compacting_and_expanding_gives_the_same_triples(knowledge: KnowledgeGraph, name: str) -> None:
    """What a JSON-LD processor compacts with the context, it expands to the same graph."""
    lines = knowledge.graphs[name].serialize(format="nt").strip().split("\n")
    expanded = jsonld.from_rdf("\n".join(lines) + "\n", {"format": "application/n-quads"})

    compacted = jsonld.compact(expanded, DOCUMENT)
    returned = jsonld.to_rdf(compacted, {"format": "application/n-quads"})

    read = Graph(bind_namespaces="none").parse(data=returned, format="nt")
    assert set(read) == set(knowledge.graphs[name])
    assert {"Fact", "Evidence"} & set(json.dumps(compacted).replace('"', " ").split()) or name != "facts"


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own parser still uses it
def test_rdflib_reads_what_the_context_compacts(knowledge: KnowledgeGraph) -> None:
    """A second, independent processor reads the compacted document as the same graph."""
    graph = knowledge.graphs["facts"]
    expanded = jsonld.from_rdf(graph.serialize(format="nt"), {"format": "application/n-quads"})

    text = json.dumps(jsonld.compact(expanded, DOCUMENT))

    read = Graph(bind_namespaces="none").parse(data=text, format="json-ld")
    assert set(read) == set(graph)
