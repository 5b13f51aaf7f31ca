"""Mapping sets of SSSOM are read with all their slots, and each mapping knows its row."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD
from sssom_pydantic import Record

from nosograph.assets import Assets
from nosograph.errors import InputErrors
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge
from nosograph.facts.mappings import REFERENCES, SLOT_PROPERTIES, SSSOM
from nosograph.rdf.names import NOSO, Base

EVERY_SLOT = Path(__file__).parent / "mappings" / "every-slot.sssom.tsv"
BASE = Base()
BROAD = BASE.resource("condition", "broad")
HEADER = "#mapping_set_id: https://example.org/m\n#curie_map:\n#  condition: https://w3id.org/nosograph/condition/\n"
HEADER += "#  MONDO: http://purl.obolibrary.org/obo/MONDO_\n"
COLUMNS = "subject_id\tpredicate_id\tobject_id\tmapping_justification"
ROW = "condition:broad\tskos:exactMatch\tMONDO:0000001\tsemapv:ManualMappingCuration"


def mondo(number: int) -> URIRef:
    """Return the IRI of a term of Mondo."""
    return URIRef(f"http://purl.obolibrary.org/obo/MONDO_{number:07}")


def load(small: Assets, text: str) -> KnowledgeGraph:
    """Return the graph with one mapping set."""
    (small.data / "mappings" / "m.sssom.tsv").write_text(text, encoding="utf-8")
    return load_knowledge(small, BASE)


@pytest.fixture
def every_slot(small: Assets) -> KnowledgeGraph:
    """Return the graph with the mapping set that has every slot."""
    shutil.copy(EVERY_SLOT, small.data / "mappings")
    return load_knowledge(small, BASE)


def node_of(mappings: Graph, number: int, justification: str = "ManualMappingCuration") -> URIRef:
    """Return the node of the mapping to a term of Mondo."""
    (node,) = [
        node
        for node in mappings.subjects(OWL.annotatedTarget, mondo(number))
        if str(mappings.value(node, URIRef(SSSOM + "mapping_justification"))).endswith(justification)
    ]
    assert isinstance(node, URIRef)
    return node


def test_every_slot_of_the_standard_is_published(every_slot: KnowledgeGraph) -> None:
    """Each slot that the library knows becomes a triple; a negated mapping alone cannot be in the graph."""
    mappings = every_slot.graphs["mappings"]
    node = node_of(mappings, 1)

    slots = set(Record.model_fields) - {"predicate_modifier", "extensions"}
    special = {
        "subject_id": OWL.annotatedSource,
        "predicate_id": OWL.annotatedProperty,
        "object_id": OWL.annotatedTarget,
    }
    missing = {
        slot
        for slot in slots
        if (node, special.get(slot) or SLOT_PROPERTIES.get(slot) or URIRef(SSSOM + slot), None) not in mappings
    }

    assert missing == set()
    assert (node, URIRef("https://example.org/terms/note"), Literal("a note")) in mappings


def test_references_are_iris_and_other_values_are_literals(every_slot: KnowledgeGraph) -> None:
    """A slot with an entity or an address is a link; dates, decimals and texts are literals that a store keeps."""
    mappings = every_slot.graphs["mappings"]
    node = node_of(mappings, 1)

    for slot in REFERENCES:
        values = list(mappings.objects(node, SLOT_PROPERTIES.get(slot, URIRef(SSSOM + slot))))
        assert values, slot
        assert all(isinstance(value, URIRef) for value in values), slot
    assert set(mappings.objects(node, URIRef(SSSOM + "author_label"))) == {Literal("A. Curator"), Literal("B. Curator")}
    assert mappings.value(node, URIRef(SSSOM + "confidence")) == Literal("0.9", datatype=XSD.decimal)
    assert mappings.value(node, URIRef(SSSOM + "reviewer_agreement")) == Literal("1", datatype=XSD.decimal)
    assert mappings.value(node, URIRef(SSSOM + "subject_type")) == SKOS.Concept
    assert Literal("Same | meaning") in set(mappings.objects(node, URIRef(SSSOM + "curation_rule_text")))


def test_slot_of_the_set_holds_for_all_or_for_none(every_slot: KnowledgeGraph) -> None:
    """A slot of the header is every mapping's; where one row has the slot itself, the header's value is the set's."""
    mappings = every_slot.graphs["mappings"]
    first, second = node_of(mappings, 1), node_of(mappings, 2)

    assert mappings.value(second, URIRef(SSSOM + "mapping_tool")) == Literal("matcher")
    assert mappings.value(second, URIRef(SSSOM + "mapping_tool_version")) == Literal("2.0")
    assert mappings.value(first, DCTERMS.created) == Literal("2024-01-02", datatype=XSD.date)
    assert mappings.value(second, DCTERMS.created) is None


def test_mapping_knows_its_row(every_slot: KnowledgeGraph) -> None:
    """Blank lines and cells of several lines do not shift the numbers."""
    mappings = every_slot.graphs["mappings"]
    nodes = [node_of(mappings, 1), node_of(mappings, 2), node_of(mappings, 1, "LexicalMatching"), node_of(mappings, 3)]

    lines = [every_slot.locations[node].line for node in nodes]

    assert lines == [31, 32, 34, 36]
    assert {every_slot.locations[node].file for node in nodes} == {"data/mappings/every-slot.sssom.tsv"}


def test_two_justifications_of_a_triple_are_two_mappings(every_slot: KnowledgeGraph) -> None:
    """A triple that a person and a program found has one node for each, and stays one triple."""
    mappings = every_slot.graphs["mappings"]

    assert node_of(mappings, 1) != node_of(mappings, 1, "LexicalMatching")
    assert (BROAD, SKOS.exactMatch, mondo(1)) in mappings


def test_name_of_a_curated_mapping_follows_from_its_triple(every_slot: KnowledgeGraph) -> None:
    """Names that were published stay: a mapping that a person made is named by its triple alone."""
    mappings = every_slot.graphs["mappings"]

    assert str(node_of(mappings, 1)) == BASE.iri + "mapping/78185c7d3288e4b6"


def test_four_columns_are_enough(small: Assets) -> None:
    """SSSOM asks for four slots; built-in prefixes (skos, semapv) need no declaration."""
    mappings = load(small, f"{HEADER}{COLUMNS}\n{ROW}\n").graphs["mappings"]

    node = node_of(mappings, 1)
    assert (node, RDF.type, NOSO.Mapping) in mappings
    assert (node, RDFS.comment, None) not in mappings


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_may_end_as_spreadsheets_end_them(small: Assets, end: str) -> None:
    """CRLF and CR end a line of the header and of the table."""
    knowledge = load(small, f"{HEADER}{COLUMNS}\n{ROW}\n".replace("\n", end))

    assert knowledge.locations[node_of(knowledge.graphs["mappings"], 1)].line == 6


def test_odd_separators_in_a_cell_are_text(small: Assets) -> None:
    """A line separator of Unicode (U+2028) is a character of a cell like others."""
    text = f"{HEADER}{COLUMNS}\tcomment\n{ROW}\tone\u2028two\n"

    mappings = load(small, text).graphs["mappings"]

    assert mappings.value(node_of(mappings, 1), RDFS.comment) == Literal("one\u2028two")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f"{HEADER}{COLUMNS}\tconfidence\n{ROW}\thigh\n", 6, "confidence cannot be used: .*number"),
        (f"{HEADER}{COLUMNS}\tconfidence\n{ROW}\t2\n", 6, "confidence cannot be used: .*less than or equal to 1"),
        (f"{HEADER}{COLUMNS}\tsubject_type\n{ROW}\tclass\n", 6, "subject_type cannot be used"),
        (f"{HEADER}{COLUMNS}\tpredicate_modifier\n{ROW}\tNot\n", 6, "predicate_modifier negates"),
        (f"{HEADER}{COLUMNS}\tauthor_id\n{ROW}\torcd:1\n", 6, "'orcd:1' has a prefix"),
        (f"{HEADER}{COLUMNS}\tcomment\n{ROW}\t\"a\nb\"c\n", 6, "Text follows the quotation mark"),
        (f"{HEADER}{COLUMNS}\n{ROW.replace('MONDO:', 'MONDO:a b')}\n", 6, "does not make an IRI"),
        (f"{HEADER}{COLUMNS}\tsee_also\n{ROW}\thttps://e.org/a b\n", 6, "does not make an IRI"),
        (f"{HEADER.replace('obo/', 'o]o/').replace('MONDO', 'XY')}{COLUMNS}\n{ROW.replace('MONDO', 'XY')}\n", 6, "IRI"),
        (f"{HEADER}{COLUMNS}\n{ROW.replace('broad', 'broa]d')}\n", 6, "does not make an IRI"),
        (f"{HEADER}#mapping_date: soon\n{COLUMNS}\n{ROW}\n", 5, "header's mapping_date cannot be used"),
        (f"{HEADER}#extension_definitions:\n#  - slot_name: x\n{COLUMNS}\n{ROW}\n", 5, "'x' has no property"),
        (f"#curie_map:\n#  a: b\n{COLUMNS}\n{ROW}\n", 1, "mapping_set_id cannot be used: Field required"),
        (f"{HEADER}{COLUMNS}\tcomment\n{ROW}\t{'x' * 200_000}\n", 6, "larger than field limit"),
        ("", 1, "mapping_set_id cannot be used: Field required"),
    ],
)  # fmt: skip
def test_unusable_value_is_refused_at_its_row(small: Assets, text: str, line: int, message: str) -> None:
    """What a slot cannot hold is told with file, line, slot and reason."""
    with pytest.raises(InputErrors, match=rf"data/mappings/m.sssom.tsv:{line}: .*{message}"):
        load(small, text)


def test_a_mapping_names_its_set(every_slot: KnowledgeGraph) -> None:
    """The set has the name of its file where its identifier is elsewhere, and the graph says what it says of itself."""
    mappings = every_slot.graphs["mappings"]

    iri = BASE.resource("mapping-set", "every-slot")
    assert set(mappings.objects(node_of(mappings, 1), DCTERMS.isPartOf)) == {iri}
    assert mappings.value(iri, DCTERMS.title) == Literal("Every slot of a mapping")
    assert mappings.value(iri, OWL.versionInfo) == Literal("1.0")
    assert mappings.value(iri, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert mappings.value(iri, DCTERMS.creator) == URIRef("https://orcid.org/0000-0002-1825-0097")
    assert mappings.value(iri, URIRef(SSSOM + "mapping_set_confidence")) == Literal("0.9", datatype=XSD.decimal)


@pytest.mark.parametrize("name", ["Two Words", "import-hpo"])
def test_a_set_needs_a_name_for_its_address(small: Assets, name: str) -> None:
    """A name that makes no address, or is that of an import, is an error that names the file."""
    (small.data / "mappings" / f"{name}.sssom.tsv").write_text(HEADER + COLUMNS + "\n" + ROW + "\n", encoding="utf-8")

    with pytest.raises(InputErrors, match=re.escape(repr(name))):
        load_knowledge(small, BASE)


def test_two_files_are_not_one_set(small: Assets) -> None:
    """Two files with one identifier are an error at the second."""
    header = HEADER.replace("https://example.org/m", f"{BASE.iri}mapping-set/twice")
    for name, number in (("a", 1), ("b", 2)):
        row = ROW.replace("0000001", f"000000{number}")
        (small.data / "mappings" / f"{name}.sssom.tsv").write_text(header + COLUMNS + "\n" + row, encoding="utf-8")

    with pytest.raises(InputErrors, match=r"is in data/mappings/a\.sssom\.tsv already"):
        load_knowledge(small, BASE)
