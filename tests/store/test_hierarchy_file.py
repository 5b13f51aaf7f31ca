"""The hierarchy in the file of documents: its steps, and the groups that follow from them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store
from stores import write_documents_of

from nosograph.assets import find_assets
from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.store.documents import DocumentFile
from nosograph.vocabulary.reading import read_vocabulary_folder
from nosograph.vocabulary.terms import Vocabulary

GRAPH = NamedNode(DEFAULT_BASE + "graph/import/terms")


def term(name: str) -> str:
    """Return the IRI of a term."""
    return f"{DEFAULT_BASE}finding/{name}"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """Return the project's vocabulary."""
    return read_vocabulary_folder(find_assets().ontology)


def file_of(edges: Iterable[str], vocabulary: Vocabulary, folder: Path) -> DocumentFile:
    """Return the file of terms, each edge written as ``narrower>broader``."""
    store = Store()
    for edge in edges:
        narrower, _, broader = edge.partition(">")
        for name in (narrower, broader):
            store.add(Quad(NamedNode(term(name)), NamedNode(iris.RDF_TYPE), NamedNode(noso("Finding")), GRAPH))
            store.add(Quad(NamedNode(term(name)), NamedNode(iris.SKOS_PREF_LABEL), Literal(name, language="en"), GRAPH))
        store.add(Quad(NamedNode(term(narrower)), NamedNode(iris.SKOS_BROADER), NamedNode(term(broader)), GRAPH))
    return write_documents_of(store, folder / "documents.sqlite", vocabulary)


@pytest.mark.parametrize(
    ("edges", "resource", "groups"),
    [
        pytest.param(["eye>all", "lens>eye", "cataract>lens"], "cataract", ["eye"], id="child of the broadest"),
        pytest.param(["eye>all", "lens>eye"], "eye", ["eye"], id="itself"),
        pytest.param(["eye>all", "lens>eye"], "all", [], id="the broadest has none"),
        pytest.param(["voice>all", "eye>all", "lens>eye"], "voice", ["all"], id="leaf below the broadest"),
        pytest.param(["a>top", "b>a", "c>b", "x>top", "c>x"], "c", ["x", "a"], id="the nearest first"),
        pytest.param(["b>top", "c>b", "a>top", "c>a"], "c", ["a", "b"], id="equally near by IRI"),
        pytest.param(["a>one", "x>a", "b>two", "x>b"], "x", ["a", "b"], id="several broadest"),
        pytest.param(["a>b", "b>a", "c>a"], "c", [], id="a circle has no broadest"),
    ],
)
def test_a_group_is_what_stands_below_the_broadest(
    edges: list[str], resource: str, groups: list[str], vocabulary: Vocabulary, tmp_path: Path
) -> None:
    """The child of a broadest resource where it has something narrower itself, else the broadest."""
    found = file_of(edges, vocabulary, tmp_path).groups([term(resource)])

    assert found.groups.get(term(resource), ()) == tuple(map(term, groups))
    assert found.lines.keys() == set(map(term, groups))


def test_steps_are_in_the_order_of_labels(vocabulary: Vocabulary, tmp_path: Path) -> None:
    """What is narrower, broader and broadest is read in the order in which lists have it."""
    documents = file_of(["b>top", "a>top", "c>a", "c>b", "z>y"], vocabulary, tmp_path)

    assert documents.narrower([term("top"), term("a"), term("c")]) == {
        term("top"): [term("a"), term("b")],
        term("a"): [term("c")],
    }
    assert documents.broader(term("c")) == [term("a"), term("b")]
    assert documents.roots() == {"finding": ([term("top"), term("y")], 6)}
