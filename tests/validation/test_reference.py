"""The engines find what pySHACL finds: over every example, over mutations of them, and where literals are rewritten."""

from __future__ import annotations

import os
from pathlib import Path

import pyshacl
import pytest
from mutations import mutate
from rdflib import Graph, URIRef
from rdflib.namespace import SH

from nosograph.rdf.names import NOSO
from nosograph.validation.data import DataGraph, read_graphs
from nosograph.validation.findings import Finding, spell
from nosograph.validation.reference import Sample, check_against_reference
from nosograph.validation.validate import find

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "tests" / "shapes").glob("*/*.ttl"))
MUTATIONS = int(os.environ.get("NOSOGRAPH_TEST_MUTATIONS", "200"))
PLAIN = max(3, MUTATIONS // 100)
EVERYTHING = Sample(whole=1_000_000)


def read_folder(folder: Path) -> Graph:
    """Return the triples of every Turtle file in a folder."""
    graph = Graph(bind_namespaces="none")
    for file in sorted(folder.glob("*.ttl")):
        graph.parse(file)
    return graph


SHAPES = read_folder(ROOT / "shapes")
ONTOLOGY = read_folder(ROOT / "ontology")
WORLD = Graph(bind_namespaces="none").parse(ROOT / "tests" / "shapes" / "world.ttl")


def example(path: Path) -> Graph:
    """Return the shared world with an example added to it."""
    return WORLD + Graph(bind_namespaces="none").parse(path)


def vocabulary(data: Graph) -> Graph:
    """Return what the vocabulary says of each term that the data name, and of the terms that it names there."""
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


def read(data: Graph) -> DataGraph:
    """Return a data graph with the part of the vocabulary that it needs."""
    return read_graphs([data, vocabulary(data)], {})


def find_plainly(data: Graph) -> set[Finding]:
    """Return what pySHACL finds by itself, over a plain rdflib graph and with rdflib's own SPARQL."""
    _, found, _ = pyshacl.validate(data + vocabulary(data), shacl_graph=SHAPES, advanced=False)
    assert isinstance(found, Graph)
    findings = set()
    for node in found.objects(None, SH.result):
        parts = {name: found.value(node, SH[name]) for name in ("focusNode", "resultPath", "value", "sourceConstraint")}
        value = parts["value"]
        findings.add(
            Finding(
                focus=str(parts["focusNode"]),
                shape=str(found.value(node, SH.sourceShape)),
                component=str(found.value(node, SH.sourceConstraintComponent)),
                constraint=None if parts["sourceConstraint"] is None else str(parts["sourceConstraint"]),
                path=None if parts["resultPath"] is None else str(parts["resultPath"]),
                value=None if value is None or value == parts["focusNode"] else spell(value),
                message=" ".join(sorted(map(str, found.objects(node, SH.resultMessage)))),
            )
        )
    return findings


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_examples_have_the_findings_of_the_reference(path: Path) -> None:
    """Over each example of a rule, kept and broken, the engines find what pySHACL finds."""
    data = read(example(path))

    check_against_reference(list(find(data, SHAPES, {})), data, SHAPES, {}, EVERYTHING)


@pytest.mark.parametrize("seed", range(MUTATIONS))
def test_mutations_have_the_findings_of_the_reference(seed: int) -> None:
    """Over seeded mutations of the examples the engines find what pySHACL finds.

    ``NOSOGRAPH_TEST_MUTATIONS`` sets how many there are.
    """
    data = read(mutate(example(EXAMPLES[seed % len(EXAMPLES)]), seed, rewritten=False))

    check_against_reference(list(find(data, SHAPES, {})), data, SHAPES, {}, EVERYTHING)


@pytest.mark.parametrize("seed", range(PLAIN))
def test_any_literal_has_the_findings_of_plain_pyshacl(seed: int) -> None:
    """Literals that the store rewrites are validated as written, and no query is asked of the engine's own store."""
    mutated = mutate(WORLD, seed, rewritten=True)
    plain = Graph(bind_namespaces="none")
    for triple in mutated:
        if not any("\\" in term for term in triple):  # pySHACL reads a backslash in a value as an escape
            plain.add(triple)

    found = set(find(read(plain), SHAPES, {}))

    assert found == find_plainly(plain)
