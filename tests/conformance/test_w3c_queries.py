"""The W3C's query tests through the server: every test's data are graphs of one store, named in the request.

They run when ``NOSOGRAPH_RDF_TESTS`` names a checkout of the suite. Each test that is left out stands under its reason.
"""

import re
import shutil
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import rdf_tests
from live import Reply, Server
from pyoxigraph import QueryResultsFormat, RdfFormat, parse
from rdf_tests import ABSENT, EMPTY, FOLDER, Case, iri_of, read_cases
from stores import exchange_store

from nosograph.release.opening import Release

pytestmark = pytest.mark.skipif(FOLDER is None, reason=ABSENT)

MANIFESTS = (
    "sparql/sparql11/manifest-sparql11-query.ttl",
    "sparql/sparql11/manifest-sparql11-results.ttl",
    "sparql/sparql10/manifest-syntax.ttl",
    "sparql/sparql10/manifest-evaluation.ttl",
)
CASES = read_cases(*MANIFESTS)

REASONS = {
    "the engine keeps numbers, booleans and dates by value, so their spellings are lost": (
        "csv-tsv-res/csv03",
        "distinct/distinct-1",
        "distinct/distinct-9",
        "expr-builtin/dawg-str-1",
        "expr-builtin/dawg-str-2",
        "expr-builtin/sameTerm-eq",
        "expr-builtin/sameTerm-not-eq",
        "expr-builtin/sameTerm-simple",
        "expr-equals/eq-graph-1",
        "expr-equals/eq-graph-2",
        "open-world/date-2",
        "open-world/open-eq-01",
        "reduced/reduced-1",
        "reduced/reduced-2",
    ),
    "the engine evaluates what stands inside GRAPH ?g without binding ?g to each graph first": (
        "aggregates/agg-empty-group-count-graph",
        "bindings/graph",
        "graph/graph-optional",
        "graph/graph-variable-scope",
        "negation/graph-minus",
    ),
    "the engine leaves out a path of length zero from a term that no statement holds": (
        "property-path/zero_or_more_set_end",
        "property-path/zero_or_more_set_start",
        "property-path/zero_or_one_set_end",
        "property-path/zero_or_one_set_start",
    ),
    "the engine joins language-tagged strings into one with a tag": (
        "aggregates/agg-groupconcat-04",
        "aggregates/agg-groupconcat-06",
    ),
    'the engine gives BNODE("x") the same node in every solution': ("functions/bnode01",),
    "the engine takes true and false in lower case alone": ("expr-builtin/case-insensitive-booleans",),
    "the engine reads a comparison where the longest token would be an IRI": ("syntax-sparql3/syn-bad-26",),
}
"""Why this server does not pass some tests → their names."""

LEFT_OUT = {name: reason for reason, names in REASONS.items() for name in names}


@pytest.fixture(scope="module")
def suite_server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of a release whose store holds the data of all tests; its analysis file does not."""
    folder = tmp_path_factory.mktemp("suite") / release.version
    shutil.copytree(release.folder, folder)
    files = {path: iri_of(path) for case in CASES for path in (*case.data, *case.named)}
    for case in CASES:
        for name in re.findall(r"FROM\s+(?:NAMED\s+)?<([^>:]+)>", case.text):
            if (case.query.parent / name).is_file():
                files[case.query.parent / name] = iri_of(case.query.parent / name)
    exchange_store(folder, lambda store: rdf_tests.load_files(store, files.items()))
    running = Server("--release", str(folder), "--query-engine", "store", log=folder.parent / "log.jsonl")
    yield running
    assert running.stop() == 0


def ask(server: Server, case: Case, accept: str) -> Reply:
    """Ask a test's query of its dataset."""
    dataset = [("default-graph-uri", iri_of(path)) for path in case.data]
    dataset += [("named-graph-uri", iri_of(path)) for path in case.named]
    if re.search(r"\bFROM\b", case.text) and not case.data:
        dataset = []
    elif not case.data:
        dataset.append(("default-graph-uri", EMPTY))
    return server.request(
        "POST",
        f"/sparql?{urlencode(dataset)}",
        {"Content-Type": "application/sparql-query", "Accept": accept},
        case.text.encode(),
    )


def of_kind(*kinds: str) -> list[object]:
    """Return the tests of some kinds as parameters; those that are left out are marked with their reasons."""
    return [
        pytest.param(
            case,
            id=case.name,
            marks=pytest.mark.skip(reason=LEFT_OUT[case.name]) if case.name in LEFT_OUT else (),
        )
        for case in CASES
        if case.kind in kinds
    ]


@pytest.mark.parametrize("case", of_kind("QueryEvaluationTest"))
def test_evaluation(suite_server: Server, case: Case) -> None:
    """The answer over HTTP is the one that the suite expects (SPARQL 1.1 Query §18)."""
    expected = rdf_tests.expected_of(case)
    if isinstance(expected, set):
        reply = ask(suite_server, case, "application/n-triples")
        assert reply.status == 200, reply.text
        found = {quad.triple for quad in parse(reply.body, RdfFormat.N_TRIPLES)}
        assert rdf_tests.same_graphs(found, expected)
        return
    reply = ask(suite_server, case, "application/sparql-results+json")
    assert reply.status == 200, reply.text
    rows = rdf_tests.rows_of(reply.body, QueryResultsFormat.JSON)
    if isinstance(expected, bool) or isinstance(rows, bool):
        assert rows == expected
        return
    ordered = case.name.startswith("sort/")
    assert rdf_tests.same_rows(rows, expected, ordered=ordered), (rows, expected)


@pytest.mark.parametrize("case", of_kind("CSVResultFormatTest"))
def test_csv_results(suite_server: Server, case: Case) -> None:
    """The CSV over HTTP is the one that the suite expects."""
    reply = ask(suite_server, case, "text/csv")

    assert reply.status == 200, reply.text
    assert case.result is not None
    assert rdf_tests.same_csv(reply.text, case.result.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", of_kind("PositiveSyntaxTest", "PositiveSyntaxTest11"))
def test_good_syntax(suite_server: Server, case: Case) -> None:
    """A query of the grammar is answered, or refused because of a function that only others have (§19)."""
    reply = ask(suite_server, case, "*/*")

    assert reply.status == 200 or "is not supported" in reply.json["detail"], reply.text


@pytest.mark.parametrize("case", of_kind("NegativeSyntaxTest", "NegativeSyntaxTest11"))
def test_bad_syntax(suite_server: Server, case: Case) -> None:
    """A text outside the grammar is 400, and the position of the error is named."""
    reply = ask(suite_server, case, "*/*")

    assert reply.status == 400, reply.text
    assert reply.json["code"] == "query-syntax"
