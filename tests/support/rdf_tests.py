"""Reads the manifests of the W3C's rdf-tests from a folder, and compares answers with what they expect."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
)
from rdflib import RDF, Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

FOLDER = Path(os.environ["NOSOGRAPH_RDF_TESTS"]) if os.environ.get("NOSOGRAPH_RDF_TESTS") else None
"""A checkout of https://github.com/w3c/rdf-tests; the project holds no copy of it."""

ABSENT = "set NOSOGRAPH_RDF_TESTS to a checkout of https://github.com/w3c/rdf-tests to run the W3C's own tests"

PLACE = "http://rdf-tests.example/"
"""Where the files of the suite seem to be: the same for queries, data and expected results."""

EMPTY = PLACE + "empty"

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"

ENGINE_FORMATS = {".ttl": RdfFormat.TURTLE, ".nt": RdfFormat.N_TRIPLES, ".rdf": RdfFormat.RDF_XML}
RESULT_FORMATS = {
    ".srx": QueryResultsFormat.XML,
    ".srj": QueryResultsFormat.JSON,
    ".tsv": QueryResultsFormat.TSV,
}

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """One test of a manifest about a query.

    Attributes:
        name: folder and local name, which no two tests share.
        kind: local name of its class.
        query: the file of the query.
        data: files of the default graph.
        named: files of the named graphs.
        result: the file of the expected result, or None for a test of the syntax.
    """

    name: str
    kind: str
    query: Path
    data: tuple[Path, ...]
    named: tuple[Path, ...]
    result: Path | None

    @property
    def text(self) -> str:
        """The query with the base that its file has."""
        return f"BASE <{iri_of(self.query)}> " + self.query.read_text(encoding="utf-8")


def iri_of(path: Path) -> str:
    """Return the IRI that a file of the suite seems to have."""
    assert FOLDER is not None
    return PLACE + path.relative_to(FOLDER).as_posix()


def read_graph(path: Path) -> Graph:
    """Return a manifest as a graph in which files are named by their paths on disk."""
    graph = Graph()
    graph.parse(path, format="turtle", publicID=path.resolve().as_uri())
    return graph


def entries(graph: Graph) -> Iterable[Node]:
    """Return the tests of a manifest in its order."""
    for head in graph.objects(None, MF.entries):
        yield from Collection(graph, head)


def read_cases(*manifests: str) -> list[Case]:
    """Return the tests about queries of some manifests, which may include others."""
    if FOLDER is None:
        return []
    found = []
    for name in manifests:
        path = FOLDER / name
        graph = read_graph(path)
        for include in graph.objects(None, MF.include):
            inner = [path_of(node).relative_to(FOLDER.resolve()).as_posix() for node in Collection(graph, include)]
            found += read_cases(*inner)
        for entry in entries(graph):
            case = _read_case(graph, entry, path.parent.name)
            if case is not None:
                found.append(case)
    return found


def _read_case(graph: Graph, entry: Node, folder: str) -> Case | None:
    kind = str(graph.value(entry, RDF.type)).rpartition("#")[2]
    action = graph.value(entry, MF.action)
    if "Update" in kind or "Protocol" in kind or "ServiceDescription" in kind or action is None:
        return None
    query = graph.value(action, QT.query)
    result = graph.value(entry, MF.result)
    local = re.split(r"[#/]", str(entry))[-1]
    return Case(
        f"{folder}/{local}",
        kind,
        path_of(query if query is not None else action),
        tuple(path_of(node) for node in graph.objects(action, QT.data)),
        tuple(path_of(node) for node in graph.objects(action, QT.graphData)),
        path_of(result) if result is not None else None,
    )


def path_of(node: Node | None) -> Path:
    """Return the file that a node of a manifest names."""
    return Path(unquote(urlsplit(str(node)).path))


def load_files(store: Store, files: Iterable[tuple[Path, str]]) -> None:
    """Load files into named graphs; blank nodes of different files stay different."""
    for path, graph in files:
        quads = pyoxigraph.parse(
            path=str(path), format=ENGINE_FORMATS[path.suffix], base_iri=graph, rename_blank_nodes=True
        )
        store.extend(Quad(quad.subject, quad.predicate, quad.object, NamedNode(graph)) for quad in quads)


def expected_of(case: Case) -> bool | Rows | set[Triple]:
    """Return the expected result: a boolean, rows, or a graph."""
    assert case.result is not None
    suffix = case.result.suffix
    if suffix in RESULT_FORMATS:
        return rows_of(case.result.read_bytes(), RESULT_FORMATS[suffix])
    base = iri_of(case.result)
    quads = pyoxigraph.parse(path=str(case.result), format=ENGINE_FORMATS[suffix], base_iri=base)
    triples = {quad.triple for quad in quads}
    result_set = [t.subject for t in triples if t.object == NamedNode(RS + "ResultSet")]
    return _result_set(triples, result_set[0]) if result_set else triples


def _result_set(triples: set[Triple], subject: Any) -> bool | Rows:
    """Read a result that is written in the result-set vocabulary."""

    def values(node: Any, name: str) -> list[Any]:
        return [t.object for t in triples if t.subject == node and t.predicate == NamedNode(RS + name)]

    if boolean := values(subject, "boolean"):
        return bool(boolean[0].value == "true")
    rows = []
    for solution in values(subject, "solution"):
        index = values(solution, "index")
        row = {values(b, "variable")[0].value: values(b, "value")[0] for b in values(solution, "binding")}
        rows.append((int(index[0].value) if index else 0, row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def rows_of(content: bytes, format: QueryResultsFormat) -> bool | Rows:
    """Return the rows or the boolean of a result."""
    found = pyoxigraph.parse_query_results(content, format=format)
    if isinstance(found, QueryBoolean):
        return bool(found)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [{name: row[name] for name in names if row[name] is not None} for row in found]


def _as_stored(term: Any) -> Any:
    """Return a term as the engine gives it back: it writes numbers in their canonical form."""
    if not isinstance(term, pyoxigraph.Literal):
        return term
    store = Store()
    store.add(Quad(NamedNode("x:x"), NamedNode("x:x"), term))
    return next(iter(store)).object


def same_rows(first: Rows, second: Rows, *, ordered: bool) -> bool:
    """Return whether two results have the same rows, blank nodes standing for each other."""
    left, right = ([{name: _as_stored(term) for name, term in row.items()} for row in rows] for rows in (first, second))
    if not any(isinstance(term, BlankNode) for row in [*left, *right] for term in row.values()):
        if ordered:
            return left == right
        return Counter(frozenset(row.items()) for row in left) == Counter(frozenset(row.items()) for row in right)
    return len(left) == len(right) and _canonical(_row_quads(left)) == _canonical(_row_quads(right))


def _row_quads(rows: Rows) -> list[Quad]:
    quads = []
    for number, row in enumerate(rows):
        node = BlankNode(f"row{number}")
        quads.append(Quad(node, NamedNode("x:is"), NamedNode("x:row")))
        quads += [Quad(node, NamedNode(f"x:{name}"), term) for name, term in row.items()]
    return quads


def same_graphs(first: Iterable[Triple], second: Iterable[Triple]) -> bool:
    """Return whether two graphs are isomorphic."""
    left, right = ([Quad(t.subject, t.predicate, _as_stored(t.object)) for t in triples] for triples in (first, second))
    return _canonical(left) == _canonical(right)


def _canonical(quads: list[Quad]) -> set[str]:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


def same_csv(first: str, second: str) -> bool:
    """Return whether two CSV results have the same rows, whatever the order of columns and the labels of nodes."""

    def table(text: str) -> Counter[frozenset[tuple[str, str]]]:
        rows = csv.DictReader(io.StringIO(text))
        return Counter(
            frozenset((name, "_:" if cell.startswith("_:") else cell) for name, cell in row.items()) for row in rows
        )

    return table(first) == table(second)
