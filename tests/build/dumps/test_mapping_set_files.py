"""Mapping sets are written in SSSOM as they were read, and those of imports with what their graph says."""

from __future__ import annotations

from pathlib import Path

import pytest
from exchange_data import BASE, HEAD, write_lines
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, XSD

from nosograph.build.columns import open_columns
from nosograph.build.dumps.mapping_sets import find_mapping_sets, write_mapping_sets
from nosograph.facts.mapping_sets import read_set
from nosograph.facts.mappings import SSSOM, read_mappings
from nosograph.rdf.lines import graph_lines, read_lines
from nosograph.rdf.names import Base
from nosograph.release.manifest import GraphTerms

EVERY_SLOT = Path(__file__).parents[2] / "facts" / "mappings" / "every-slot.sssom.tsv"
SET = f"{BASE.iri}mapping-set/every-slot"
MAPPING = f"<{BASE.iri}mapping/00000000000000aa>"
IMPORTED = f"""{HEAD} PREFIX sssom: <{SSSOM}> PREFIX semapv: <https://w3id.org/semapv/vocab/>
GRAPH <{BASE.graph("import/codes")}> {{
  {MAPPING} a noso:Mapping ; owl:annotatedSource illness:flu ; owl:annotatedProperty skos:exactMatch ;
    owl:annotatedTarget <https://e.org/odd/thing> ; dcterms:identifier "https://e.org/odd/thing" ;
    sssom:mapping_justification semapv:LexicalMatching ; sssom:confidence 0.5 ; sssom:match_string "a|b", "c\\td" .
}}
"""
TERMS = {
    "mappings": GraphTerms(license="https://e.org/license", publisher="Somebody"),
    "import/codes": GraphTerms("https://e.org/other", "Others", "Codes of others", "7"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of a curated set with every slot, and of an imported one."""
    folder = tmp_path_factory.mktemp("sets")
    base = Base(kinds=("condition", "illness", "mapping"))
    iri, about = read_set(EVERY_SLOT, "every-slot")
    triples = {triple for mapping in read_mappings(EVERY_SLOT, "every-slot", base) for triple in mapping.triples}
    nodes = {subject for subject, predicate, _ in triples if predicate == RDF.type}
    triples |= {*about, *((node, DCTERMS.isPartOf, iri) for node in nodes)}
    lines = [*read_lines(write_lines(folder / "quads.nq", IMPORTED)), *graph_lines(base, "mappings", triples, {})]
    (folder / "all.nq").write_bytes(b"".join(sorted(lines)))
    with open_columns(folder) as columns:
        columns.add(folder / "all.nq")
        write_mapping_sets(find_mapping_sets(columns, base, TERMS), columns, base, folder)
    return folder / "mapping-sets"


def test_a_set_that_is_read_again_says_the_same(folder: Path) -> None:
    """Every slot of every mapping comes back, but for the extension of the file and its line breaks."""
    extension = URIRef("https://example.org/terms/note")

    def said(path: Path) -> set[tuple[object, ...]]:
        return {
            (s, p, Literal(str(o).replace("\n", " ")) if isinstance(o, Literal) else o)
            for mapping in read_mappings(path, path.name, None)
            for s, p, o in mapping.triples
            if p != extension
        }

    assert said(folder / "every-slot.sssom.tsv") == said(EVERY_SLOT)


def test_the_header_says_what_the_set_says(folder: Path) -> None:
    """Title, version, licence and creators stand in the header, with every prefix that the rows need."""
    header = (folder / "every-slot.sssom.tsv").read_text(encoding="utf-8").partition("\nrecord_id\t")[0]

    assert f"#mapping_set_id: {SET}\n" in header
    assert "#mapping_set_title: Every slot of a mapping\n" in header
    assert "#mapping_set_version: '1.0'\n" in header
    assert "#license: https://creativecommons.org/licenses/by/4.0/\n" in header
    assert "#- A. Curator\n" in header
    assert "#  MONDO: http://purl.obolibrary.org/obo/MONDO_\n" in header


def test_the_rdf_is_that_of_the_standard(folder: Path) -> None:
    """The set has its mappings, each an axiom; numbers are doubles there, and nothing else than slots is said."""
    graph = Graph().parse(folder / "every-slot.ttl")

    mappings = set(graph.objects(URIRef(SET), URIRef(SSSOM + "mappings")))
    assert mappings == set(graph.subjects(RDF.type, OWL.Axiom))
    assert len(mappings) == 4
    confidences = list(graph.objects(None, URIRef(SSSOM + "confidence")))
    assert confidences
    assert all(isinstance(value, Literal) and value.datatype == XSD.double for value in confidences)
    assert not set(graph.objects(None, RDF.type)) - {OWL.Axiom, URIRef(SSSOM + "MappingSet")}


def test_the_mappings_of_an_import_are_a_set(folder: Path) -> None:
    """They have one set, named after the graph, with its licence, version and publisher; odd IRIs get a prefix."""
    text = (folder / "import-codes.sssom.tsv").read_text(encoding="utf-8")

    assert f"#mapping_set_id: {BASE.iri}mapping-set/import-codes\n" in text
    assert "#license: https://e.org/other\n" in text
    assert "#mapping_set_version: '7'\n" in text
    assert "#- Others\n" in text
    (mapping,) = read_mappings(folder / "import-codes.sssom.tsv", "import", None)
    assert mapping.object == URIRef("https://e.org/odd/thing")
    strings = {str(o) for _, p, o in mapping.triples if p == URIRef(SSSOM + "match_string")}
    assert strings == {"a|b", "c d"}
