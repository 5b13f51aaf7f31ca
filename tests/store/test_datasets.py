"""A triple counts once in the default graph of a query, however many graphs hold it (SPARQL 1.1 Query §13)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import Dataset, Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from stores import add_union

from nosograph.errors import DatasetTooLarge, QuerySyntaxError
from nosograph.rdf.formats import N_TRIPLES
from nosograph.rdf.names import Base
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import QueryForm
from nosograph.store.embedded import EmbeddedStore
from nosograph.store.failures import error_of_reply
from nosograph.store.interface import Query
from nosograph.store.oxigraph.datasets import Datasets, dataset_clauses
from nosograph.store.oxigraph.failure import Failure

FIXTURE = Path(__file__).parent / "fixtures" / "shared_triples.trig"
EXAMPLE = "http://example.org/"
GRAPHS = ("one", "two", "three", "four")
OVERLAPS = frozenset({(EXAMPLE + "one", EXAMPLE + "two"), (EXAMPLE + "four", EXAMPLE + "three")})
PATTERNS = {
    "count": "SELECT (COUNT(*) AS ?n) %s WHERE { ?s ?p ?o }",
    "count distinct": "SELECT (COUNT(DISTINCT ?s) AS ?n) %s WHERE { ?s ?p ?o }",
    "select": "SELECT ?s ?p ?o %s WHERE { ?s ?p ?o }",
    "join": "SELECT ?a ?b ?c %s WHERE { ?a e:knows ?b . ?b e:knows ?c }",
    "group": "SELECT ?s (COUNT(?o) AS ?n) %s WHERE { ?s ?p ?o } GROUP BY ?s",
    "sum": "SELECT (SUM(?o) AS ?n) %s WHERE { ?s e:age ?o }",
    "path": "SELECT ?a ?b %s WHERE { ?a e:knows+ ?b }",
    "sequence": "SELECT ?a ?b %s WHERE { ?a e:knows/e:knows ?b }",
    "alternative": "SELECT ?a ?b %s WHERE { ?a e:knows|e:label ?b }",
    "graph": "SELECT ?g ?s ?p ?o %s WHERE { GRAPH ?g { ?s ?p ?o } }",
    "graph names": "SELECT DISTINCT ?g %s WHERE { GRAPH ?g { ?s ?p ?o } }",
    "both": "SELECT ?s ?g %s WHERE { ?s e:knows ?o . GRAPH ?g { ?s e:knows ?o } }",
    "subquery": "SELECT ?n %s WHERE { { SELECT (COUNT(*) AS ?n) WHERE { ?s e:label ?o } } }",
    "exists": "SELECT (COUNT(*) AS ?n) %s WHERE { ?s ?p ?o FILTER EXISTS { ?o ?q ?r } }",
}
DATASETS = {
    "all": ((), ()),
    "one graph": (("one",), ()),
    "one graph, twice": (("one", "one"), ()),
    "nothing shared": (("one", "three"), ()),
    "shared": (("one", "two"), ()),
    "everything": (GRAPHS, ()),
    "shared and named": (("one", "two"), ("two", "three")),
    "not shared and named": (("one", "four"), ("two",)),
    "named alone": ((), ("one", "two")),
    "named alone, twice": ((), ("one", "two", "one")),
    "one graph and named twice": (("one",), ("two", "two")),
    "unknown": (("unknown",), ()),
    "unknown among others": (("one", "unknown", "two"), ("unknown",)),
}


@dataclass(frozen=True)
class SharedOnly:
    """The part of a release that an embedded store needs."""

    store_folder: Path
    overlapping_graphs: frozenset[tuple[str, str]] | None = OVERLAPS
    base: Base = Base()
    version: str = "2026-01-02-0123456789ab"
    analysis_database: Path = Path("there is none")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the fixture on disk."""
    folder = tmp_path_factory.mktemp("release") / "store"
    store = pyoxigraph.Store(str(folder))
    store.load(path=FIXTURE, format=pyoxigraph.RdfFormat.TRIG)
    add_union(store)
    store.flush()
    return folder


@pytest.fixture(scope="module", params=[OVERLAPS, None], ids=["known", "unknown"])
def store(request: pytest.FixtureRequest, folder: Path) -> Iterator[EmbeddedStore]:
    """A store that knows, or does not know, which graphs share triples."""
    opened = EmbeddedStore(
        SharedOnly(folder, request.param),
        Settings(query_workers=1, query_timeout=60.0, query_engine=Engine.STORE),
    )
    yield opened
    opened.close()


def fixture_graph(name: str) -> Graph:
    """Return the triples of one graph of the fixture."""
    quads = pyoxigraph.parse(path=FIXTURE, format=pyoxigraph.RdfFormat.TRIG)
    lines = [f"{quad.triple} .\n" for quad in quads if quad.graph_name == pyoxigraph.NamedNode(EXAMPLE + name)]
    return Graph().parse(data="".join(lines), format="nt")


def expected_dataset(default: tuple[str, ...], named: tuple[str, ...]) -> Dataset:
    """Return what a query asks, put together by rdflib, whose graphs are sets: FROM merges, FROM NAMED names."""
    chosen = Dataset()
    everything = not default and not named
    for name in GRAPHS if everything else default:
        for triple in fixture_graph(name):
            chosen.graph(DATASET_DEFAULT_GRAPH_ID).add(triple)
    for name in GRAPHS if everything else named:
        for triple in fixture_graph(name):
            chosen.graph(URIRef(EXAMPLE + name)).add(triple)
    return chosen


def rows_of_rdflib(dataset: Dataset, text: str) -> Counter[tuple[str, ...]]:
    """Return the rows that rdflib's own evaluation gives, with how often each is there."""
    result = dataset.query(f"PREFIX e: <{EXAMPLE}> {text % ''}")
    return Counter(tuple(sorted(f"{name} {value}" for name, value in row.asdict().items())) for row in result)


def rows_of(store: EmbeddedStore, query: Query) -> Counter[tuple[str, ...]]:
    """Return the rows of a query, with how often each is there."""
    found = json.loads(store.answer(query).read())["results"]["bindings"]
    return Counter(tuple(sorted(f"{name} {term['value']}" for name, term in row.items())) for row in found)


@pytest.mark.filterwarnings(
    "ignore:Dataset\\.(default_context|contexts|identifier) is deprecated:DeprecationWarning"
)  # rdflib's own
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
@pytest.mark.parametrize(("default", "named"), DATASETS.values(), ids=DATASETS)
def test_every_dataset_is_answered_as_rdflib_answers_it(
    store: EmbeddedStore, default: tuple[str, ...], named: tuple[str, ...], pattern: str
) -> None:
    """Counts, groups, paths and graph patterns agree with an engine that merges graphs as sets, by FROM and by URL."""
    clauses = " ".join(chain((f"FROM e:{name}" for name in default), (f"FROM NAMED e:{name}" for name in named)))
    expected = rows_of_rdflib(expected_dataset(default, named), pattern)

    by_clause = rows_of(store, Query(f"PREFIX e: <{EXAMPLE}> {pattern % clauses}"))
    by_parameter = rows_of(
        store,
        Query(
            f"PREFIX e: <{EXAMPLE}> {pattern % ''}",
            default_graphs=tuple(EXAMPLE + name for name in default),
            named_graphs=tuple(EXAMPLE + name for name in named),
        ),
    )

    assert by_clause == expected
    assert by_parameter == expected


@pytest.mark.parametrize(
    ("query", "triples"),
    [
        ("DESCRIBE e:a %s", ("e:a e:knows e:b", "e:a e:label 'Anna'", "e:a a e:Person")),
        ("DESCRIBE ?s %s { ?s e:label 'Anna' }", ("e:a e:knows e:b", "e:a e:label 'Anna'", "e:a a e:Person")),
        (
            "CONSTRUCT { ?s e:knows ?o } %s WHERE { ?s e:knows ?o }",
            ("e:a e:knows e:b", "e:b e:knows e:c", "e:c e:knows e:d"),
        ),
        ("CONSTRUCT { _:n e:of ?o } %s WHERE { e:b e:knows ?o }", ("[] e:of e:c",)),
    ],
)
@pytest.mark.parametrize("by_clause", [True, False], ids=["clause", "parameter"])
def test_graphs_as_answers_are_about_the_dataset(
    store: EmbeddedStore, by_clause: bool, query: str, triples: tuple[str, ...]
) -> None:
    """DESCRIBE and CONSTRUCT see the merge of the graphs that are named and nothing else; triples come once."""
    prefix, names = f"PREFIX e: <{EXAMPLE}> ", (EXAMPLE + "one", EXAMPLE + "two")
    clauses = " ".join(f"FROM <{name}>" for name in names) if by_clause else ""

    formats = dict.fromkeys((QueryForm.DESCRIBE, QueryForm.CONSTRUCT), N_TRIPLES)

    graphs = () if by_clause else names
    answer = store.answer(Query(prefix + query % clauses, formats, default_graphs=graphs)).read()

    expected = Graph().parse(data=prefix + " . ".join(triples) + " .", format="turtle")
    assert isomorphic(Graph().parse(data=answer, format="nt"), expected)
    assert answer.count(b"\n") == len(triples)


def test_ask_is_about_the_dataset(store: EmbeddedStore) -> None:
    """What stands in other graphs than those that are named is not there."""
    patterns = ("e:c e:knows e:d", "e:d e:age 41")
    texts = [f"PREFIX e: <{EXAMPLE}> ASK FROM e:one FROM e:two {{ {pattern} }}" for pattern in patterns]

    found = [json.loads(store.answer(Query(text)).read())["boolean"] for text in texts]

    assert found == [True, False]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT * FROM <http://example.org/one> FROM { ?s ?p ?o }", 1, 45),
        ("SELECT *\nFROM <http://example.org/one>\nFROM 'two' { ?s ?p ?o }", 3, 6),
    ],
)
def test_a_broken_from_is_a_syntax_error_with_its_location(
    store: EmbeddedStore, text: str, line: int, column: int
) -> None:
    """The engine says where it stopped reading; only what it would misread is told without a location."""
    with pytest.raises(QuerySyntaxError) as caught:
        store.answer(Query(text))

    assert (caught.value.line, caught.value.column) == (line, column)


def test_counts_are_those_of_the_dumps(release: Release) -> None:
    """A release's endpoint counts as many triples as its N-Triples have lines, and as many quads as its N-Quads."""
    store = EmbeddedStore(release, Settings(query_workers=1, query_timeout=60.0))
    try:
        triples = rows_of(store, Query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))
        quads = rows_of(store, Query("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"))
        named = " ".join(f"FROM <{release.base.graph(name)}>" for name in release.manifest.counts.graphs)
        merged = rows_of(store, Query(f"SELECT (COUNT(*) AS ?n) {named} {{ ?s ?p ?o }}"))
    finally:
        store.close()

    lines = {name: release.dump(name).read_bytes().count(b"\n") for name in ("nt", "nq")}
    assert triples == Counter([(f"n {lines['nt']}",)])
    assert quads == Counter([(f"n {lines['nq']}",)])
    assert merged == triples


@pytest.fixture
def opened() -> pyoxigraph.Store:
    """The store of the fixture, in this process."""
    store = pyoxigraph.Store()
    store.load(path=FIXTURE, format=pyoxigraph.RdfFormat.TRIG)
    add_union(store)
    return store


def test_graphs_that_share_nothing_are_asked_as_they_are(opened: pyoxigraph.Store) -> None:
    """Where the build found no shared triple, nothing is copied, however large the graphs are."""
    datasets = Datasets(opened, OVERLAPS, {}, bound=0)

    for first, second in combinations(GRAPHS, 2):
        pair = {(EXAMPLE + first, EXAMPLE + second), (EXAMPLE + second, EXAMPLE + first)}
        if not pair & OVERLAPS:
            found = datasets.find("ASK {}", None, [EXAMPLE + first, EXAMPLE + second], [])
            assert found.store is opened


@pytest.mark.parametrize(("bound", "fits"), [(8, True), (7, False)])
def test_graphs_that_share_triples_are_copied_up_to_a_bound(opened: pyoxigraph.Store, bound: int, fits: bool) -> None:
    """Both graphs together have eight quads; a bound below that is an error that names it, never a wrong number."""
    datasets = Datasets(opened, OVERLAPS, {}, bound=bound)

    def find() -> pyoxigraph.Store:
        return datasets.find("ASK FROM <http://example.org/one> FROM <http://example.org/two> {}", None, [], []).store

    if fits:
        assert len(find()) == 6
    else:
        with pytest.raises(Failure) as caught:
            find()
        assert (caught.value.header["error"], caught.value.header["limit"]) == ("dataset_too_large", bound)


def test_a_dataset_that_is_too_large_says_so() -> None:
    """The error names the bound and another way to ask."""
    error = error_of_reply({"error": "dataset_too_large", "limit": 250_000}, Settings(), 512)

    assert isinstance(error, DatasetTooLarge)
    assert "250,000 quads" in error.what
    assert "GRAPH" in error.hint


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM <http://example.org/one> FROM <http://example.org/two> { ?s ?p ?o }",
        "BASE <http://example.org/x> SELECT*FROM<one>FROM<two>WHERE{?s ?p ?o}",
        "PREFIX e: <http://example.org/> "
        "SELECT (EXISTS { ?from ?p ?o } AS ?x) FROM e:one # FROM e:three\nfrom e:two {}",
        "PREFIX FROM: <http://example.org/> "
        "CONSTRUCT { ?s FROM:p 'FROM' } FROM FROM:one FROM FROM:two WHERE { ?s ?p ?o }",
        "PREFIX e: <http://example.org/> CONSTRUCT FROM e:one FROM e:two WHERE { ?s e:from ?o }",
        "DESCRIBE ?s FROM <http://example.org/\\u006Fne> FROM <http://example.org/two> { ?s ?p ?o }",
        "ASK FROM <http://example.org/one> FROM <http://example.org/two> FROM NAMED <http://example.org/one> {}",
    ],
)
def test_from_is_found_however_it_is_written(opened: pyoxigraph.Store, text: str) -> None:
    """Prefixes, base, escapes, comments and missing space make no difference: the engine resolves what was found."""
    found = Datasets(opened, OVERLAPS, {}).find(text, None, [], [])

    assert found.store is not opened
    assert len(list(found.store.quads_for_pattern(None, None, None, pyoxigraph.DefaultGraph()))) == 6


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX e: <http://example.org/> SELECT (COUNT(*) AS ?n) FROMe:one FROM e:two { ?s ?p ?o }",
        "PREFIX e: <http://example.org/> SELECT (COUNT(*) AS ?n) FROM e:one FROMe:two { ?s ?p ?o }",
        "PREFIX e: <http://example.org/> SELECT (COUNT(*) AS ?n) FROM NAMEDe:one FROM NAMEDe:two { ?s ?p ?o }",
    ],
)
def test_from_that_is_glued_to_a_name_is_a_syntax_error(store: EmbeddedStore, text: str) -> None:
    """The engine would read the letters as FROM, the grammar reads one name, so the query is not counted wrongly."""
    with pytest.raises(QuerySyntaxError) as caught:
        store.answer(Query(text))

    assert "FROM" in caught.value.hint


def test_what_only_looks_like_from_is_left_alone() -> None:
    """Variables, strings, names in patterns and the end of a query may hold the word."""
    text = "PREFIX from: <http://e/> SELECT ?from { ?from from:from 'FROM <a> FROM <b>' } ORDER BY from:from(?from)"

    assert dataset_clauses(text).default == ()


def test_the_default_graph_has_no_name(store: EmbeddedStore) -> None:
    """GRAPH gives the named graphs alone, each quad once."""
    rows = rows_of(store, Query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"))

    assert rows == Counter((f"g {EXAMPLE}{name}", f"n {len(fixture_graph(name))}") for name in GRAPHS)


def test_default_formats_answer_every_form(store: EmbeddedStore) -> None:
    """A query for which no format is named is answered in JSON or in Turtle."""
    answers: list[Callable[[], bytes]] = [
        store.answer(Query(text)).read for text in ("ASK {}", "SELECT * {}", "DESCRIBE <http://e/>", "CONSTRUCT {} {}")
    ]

    assert [read()[:1] for read in answers[:2]] == [b"{", b"{"]
    assert all(isinstance(read(), bytes) for read in answers)


def test_from_takes_known_prefixes(opened: pyoxigraph.Store) -> None:
    """A prefix that need not be declared is understood in FROM too."""
    known = {"known": EXAMPLE, "graph": "http://example.org/elsewhere/"}
    datasets = Datasets(opened, OVERLAPS, known)

    found = datasets.find("ASK FROM known:one FROM known:two {}", None, [], [])

    assert len(list(found.store.quads_for_pattern(None, None, None, pyoxigraph.DefaultGraph()))) == 6
