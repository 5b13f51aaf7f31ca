"""Every rule has an example that keeps it and one that breaks it alone."""

from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import BNode

from nosograph.rdf.names import NOSO, NOSO_SHAPES
from nosograph.validation.data import read_graphs
from nosograph.validation.report import Report
from nosograph.validation.shapes import check_shapes, rules
from nosograph.validation.validate import validate_data

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
EXAMPLES = sorted(folder.name for folder in HERE.iterdir() if folder.is_dir() and folder.name != "__pycache__")


def read_folder(folder: Path) -> Graph:
    """Return the triples of every Turtle file in a folder."""
    graph = Graph(bind_namespaces="none")
    for file in sorted(folder.glob("*.ttl")):
        graph.parse(file)
    return graph


SHAPES = read_folder(ROOT / "shapes")
ONTOLOGY = read_folder(ROOT / "ontology")
WORLD = Graph(bind_namespaces="none").parse(HERE / "world.ttl")


def part_of_the_vocabulary(data: Graph) -> Graph:
    """Return the descriptions of the terms that the data name, of those that these name, and so on."""
    part = Graph(bind_namespaces="none")
    ahead = {node for triple in data for node in triple if isinstance(node, URIRef) and node in NOSO}
    seen: set[URIRef] = set()
    while ahead:
        term = ahead.pop()
        seen.add(term)
        for triple in ONTOLOGY.triples((term, None, None)):
            part.add(triple)
            ahead |= {node for node in triple if isinstance(node, URIRef) and node in NOSO} - seen
    return part


def validate_example(name: str, kind: str) -> Report:
    """Return the report on the shared world with one example added to it."""
    example = Graph(bind_namespaces="none").parse(HERE / name / f"{kind}.ttl")
    data = WORLD + example
    for subject, class_ in list(data.subject_objects(RDF.type)):
        for wider in ONTOLOGY.transitive_objects(class_, RDFS.subClassOf):
            if wider in NOSO:
                data.add((subject, RDF.type, wider))
    return validate_data(read_graphs([data, part_of_the_vocabulary(data)], {}), SHAPES)


def test_shapes_are_what_a_shapes_graph_must_be():
    """The shapes themselves are sound; every example below is validated by shapes that were checked."""
    check_shapes(SHAPES, {})


def test_each_rule_has_a_folder_and_each_folder_a_rule():
    """No rule goes without examples, and no examples outlive their rule."""
    named = {str(rule).removeprefix(str(NOSO_SHAPES)) for rule in rules(SHAPES)}

    assert EXAMPLES
    assert set(EXAMPLES) == named


@pytest.mark.parametrize("name", EXAMPLES)
def test_folder_holds_one_valid_and_one_invalid_example(name):
    """A folder holds the two examples, neither of them empty, and nothing else."""
    files = {file.name: Graph().parse(file) for file in (HERE / name).iterdir()}

    assert set(files) == {"valid.ttl", "invalid.ttl"}
    assert all(len(graph) > 0 for graph in files.values())


@pytest.mark.parametrize("name", EXAMPLES)
def test_invalid_example_breaks_its_rule_alone(name):
    """The invalid example makes its own rule speak, with the rule's severity, and no other rule."""
    rule = NOSO_SHAPES[name]

    report = validate_example(name, "invalid")

    assert {result.shape for result in report.results} == {str(rule)}, report.to_text()
    severity = str(SHAPES.value(rule, SH.severity)).removeprefix(str(SH))
    assert {result.severity for result in report.results} == {severity}
    assert report.conforms == (severity != "Violation")


@pytest.mark.parametrize("name", EXAMPLES)
def test_valid_example_keeps_every_rule(name):
    """The valid example makes no rule speak at all."""
    report = validate_example(name, "valid")

    assert report.results == (), report.to_text()


@pytest.mark.parametrize("name", EXAMPLES)
def test_rule_tells_its_name_its_meaning_and_what_to_do(name):
    """A rule has label, explanation, message, severity and the IRI of the shapes that it belongs to."""
    rule = NOSO_SHAPES[name]
    explanation = SH.description if (rule, RDF.type, SH.PropertyShape) in SHAPES else RDFS.comment

    for predicate in (RDFS.label, explanation, SH.message, SH.severity, RDFS.isDefinedBy):
        assert len(list(SHAPES.objects(rule, predicate))) == 1, predicate


def test_shapes_hold_no_blank_node():
    """Published data have no blank node, and the shapes are published."""
    assert not [node for node in SHAPES.all_nodes() if isinstance(node, BNode)]


def test_shapes_use_no_undefined_term():
    """Every term of the vocabulary that a shape names, in its text or its query, is defined."""
    defined = set(ONTOLOGY.subjects(RDF.type, None))
    named = {node for triple in SHAPES for node in triple if isinstance(node, URIRef) and node in NOSO}

    assert named - defined == set()
