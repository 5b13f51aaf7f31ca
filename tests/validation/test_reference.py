"""The engines find what pySHACL finds: over every example, over mutations of them, and where literals are rewritten."""

from __future__ import annotations

import os
from pathlib import Path

import pyshacl
import pytest
from mutations import mutate
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH, SKOS, XSD
from rdflib.term import BNode, Node

from nosograph.errors import InputError, Location, ReferenceDiffers
from nosograph.rdf.names import DEFAULT_BASE, NOSO
from nosograph.validation.core import find_core
from nosograph.validation.data import DataGraph, read_graphs, read_lines, read_quads
from nosograph.validation.findings import Finding, spell
from nosograph.validation.reference import Sample, check_against_reference, find_by_reference
from nosograph.validation.shapes import SET_WISE
from nosograph.validation.validate import find, validate_data

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "tests" / "shapes").glob("*/*.ttl"))
MUTATIONS = int(os.environ.get("NOSOGRAPH_TEST_MUTATIONS", "60"))
TOGETHER = 72
"""How many examples, or mutations, stand in one graph: asking pySHACL costs more for its rules than for the data."""

STRIDE = -(-len(EXAMPLES) // TOGETHER)
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


def world_with(paths: list[Path]) -> Graph:
    """Return the shared world with some examples added to it; each has its own names for what it adds."""
    world = Graph(bind_namespaces="none")
    world += WORLD
    known = {*WORLD.all_nodes(), *ONTOLOGY.all_nodes(), *ONTOLOGY.predicates()}
    for number, path in enumerate(paths):
        example = Graph(bind_namespaces="none")
        example.parse(data=path.read_text(encoding="utf-8").replace("00000000000000f", f"{number:014}f"))
        own = {
            node: URIRef(f"{node}x{number}")
            for triple in example
            for node in triple
            if isinstance(node, URIRef) and node.startswith(DEFAULT_BASE) and "/fact/" not in node and node not in known
        }
        for triple in example:
            world.add(tuple(own.get(term, term) for term in triple))
    return world


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


def compare(graph: Graph) -> set[str]:
    """Check that the engines find what pySHACL finds in a graph, and return the names of the rules that found it."""
    data = read(graph)
    findings = list(find(data, SHAPES, {}))
    check_against_reference(findings, data, SHAPES, {}, EVERYTHING)
    return {finding.shape.rpartition("#")[2] for finding in findings}


def find_plainly(data: Graph, shapes: Graph) -> set[Finding]:
    """Return what pySHACL finds by itself, over a plain rdflib graph and with rdflib's own SPARQL."""
    _, found, _ = pyshacl.validate(data + vocabulary(data), shacl_graph=shapes, advanced=False)
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


@pytest.mark.parametrize("start", range(STRIDE))
def test_examples_have_the_findings_of_the_reference(start: int) -> None:
    """Over the examples of every rule, kept and broken, the engines find what pySHACL finds."""
    together = EXAMPLES[start::STRIDE]
    found = compare(world_with(together))

    for path in together:
        if path.stem == "invalid" and path.parent.name not in found:  # another example hides it
            assert path.parent.name in compare(world_with([path]))


@pytest.mark.parametrize("first", range(0, MUTATIONS, TOGETHER))
def test_mutations_have_the_findings_of_the_reference(first: int) -> None:
    """Over seeded mutations of the examples the engines find what pySHACL finds.

    ``NOSOGRAPH_TEST_MUTATIONS`` sets how many there are.
    """
    seeds = range(first, min(first + TOGETHER, MUTATIONS))
    mutated = world_with([EXAMPLES[seed % len(EXAMPLES)] for seed in seeds])
    for seed in seeds:
        mutated = mutate(mutated, seed, rewritten=False)

    compare(mutated)


def some_shapes(part: int) -> Graph:
    """Return the shapes with one in so many of their queries, which cost rdflib nearly a second each."""
    asked = sorted(SHAPES.subject_objects(SH.sparql))
    return SHAPES - [(shape, SH.sparql, node) for number, (shape, node) in enumerate(asked) if number % part]


ALL = [pytest.param(seed, 1, marks=pytest.mark.slow) for seed in range(3)]


@pytest.mark.parametrize(("seed", "part"), [(0, 16), *ALL])
def test_any_literal_has_the_findings_of_plain_pyshacl(seed: int, part: int) -> None:
    """Literals that the store rewrites are validated as written, and no query is asked of the engine's own store."""
    shapes = some_shapes(part)
    mutated = mutate(WORLD, seed, rewritten=True)
    plain = Graph(bind_namespaces="none")
    for triple in mutated:
        if not any("\\" in term for term in triple):  # pySHACL reads a backslash in a value as an escape
            plain.add(triple)

    found = set(find(read(plain), shapes, {}))

    assert found == find_plainly(plain, shapes)


@pytest.fixture(scope="module")
def broken() -> DataGraph:
    """Return a data graph in which many rules of every kind find something."""
    data = Graph(bind_namespaces="none")
    for path in EXAMPLES:
        if path.stem == "invalid" and path.parent.name not in ("LanguageTagIsLowerCase", "LiteralHasPlainDatatype"):
            data.parse(path)
    return read(WORLD + data)


def read_shapes(name: str) -> Graph:
    """Return shapes that stand beside the tests."""
    return Graph(bind_namespaces="none").parse(Path(__file__).parent / "shapes" / f"{name}.ttl")


def test_pieces_of_any_size_have_the_same_findings(broken: DataGraph) -> None:
    """Core constraints find the same whether the graph is read in one piece or in many."""
    whole = set(find_core(broken, SHAPES, {}))

    assert len(whole) > 40
    assert set(find_core(broken, SHAPES, {}, piece=1)) == whole
    assert set(find_core(broken, SHAPES, {}, piece=97)) == whole


def test_shapes_that_look_further_are_asked_of_the_whole_graph(broken: DataGraph) -> None:
    """Nested shapes, targets by object and absent nodes have pySHACL's findings, whatever the size of a piece."""
    shapes = read_shapes("not-local")

    findings = list(find_core(broken, shapes, {}, piece=1))

    assert {finding.shape.rpartition("#")[2] for finding in findings} == {
        "EvidenceSourceIsRead",
        "NobodyIsDescribed",
        "ObjectHasAlternative",
    }
    assert check_against_reference(findings, broken, shapes, {}, EVERYTHING) > 0


def test_query_that_does_not_say_it_is_set_wise_is_asked_for_each_node(broken: DataGraph) -> None:
    """Without noso-shapes:setWise a query is asked as SHACL has it, and finds the same."""
    singly = Graph(bind_namespaces="none")
    for triple in SHAPES:
        if triple[1] != SET_WISE:
            singly.add(triple)

    assert set(find(broken, singly, {})) == set(find(broken, SHAPES, {}))


def test_query_that_is_wrongly_set_wise_is_a_difference(broken: DataGraph) -> None:
    """A query that has another answer when it is asked once for all is found out by the reference."""
    shapes = read_shapes("wrongly-set-wise")

    with pytest.raises(ReferenceDiffers) as caught:
        check_against_reference(list(find(broken, shapes, {})), broken, shapes, {}, EVERYTHING)

    assert "https://example.org/shapes#OnlyOne" in caught.value.what
    assert f"{DEFAULT_BASE}condition/" in caught.value.what
    assert "pySHACL finds and this validator does not find" in caught.value.what
    assert "set-wise" in caught.value.hint


def test_a_value_in_the_place_of_a_predicate_matches_nothing(broken: DataGraph) -> None:
    """A query may join a literal with a predicate; read by rdflib as it was written, it finds what the engines find."""
    shapes = read_shapes("value-as-predicate")
    condition = sorted(finding.focus for finding in find(broken, shapes, {}))[0]

    found = set(find_by_reference(broken, shapes, [condition], {}, as_written=True))

    assert found == {finding for finding in find(broken, shapes, {}) if finding.focus == condition}


def test_finding_that_pyshacl_has_not_is_a_difference(broken: DataGraph) -> None:
    """The check works both ways: what only the engines find stops the build as well."""
    findings = list(find(broken, SHAPES, {}))
    invented = findings[0]._replace(message="Nobody says so.")

    with pytest.raises(ReferenceDiffers, match="does not find and this validator finds"):
        check_against_reference([*findings[1:], findings[0], invented], broken, SHAPES, {}, EVERYTHING)


def test_sample_is_bounded_and_the_same_for_a_seed(broken: DataGraph) -> None:
    """Beyond the limit a sample is looked at, which the seed alone decides."""
    findings = list(find(broken, SHAPES, {}))
    small = Sample(seed=7, whole=10, size=30, found=10)

    numbers = {check_against_reference(findings, broken, SHAPES, {}, small) for _ in range(2)}

    assert len(numbers) == 1
    assert 30 <= numbers.pop() <= 30 + 10 + len(set(SHAPES.objects(None, SH.targetClass))) + len(EXAMPLES)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_sample_misses_nothing_that_a_rule_reads_elsewhere(broken: DataGraph, seed: int) -> None:
    """A sampled node is validated within the whole graph, so a sample finds no difference where the whole has none."""
    findings = list(find(broken, SHAPES, {}))

    assert check_against_reference(findings, broken, SHAPES, {}, Sample(seed=seed, whole=0, size=20, found=20)) > 0


def test_too_many_rewritten_literals_are_refused() -> None:
    """Resources with a literal that the store rewrites are validated one by one, so there is a limit to them."""
    lines = [f'<urn:{number}> <urn:p> "0{number}"^^<{XSD.integer}> .\n'.encode() for number in range(5)]

    with pytest.raises(InputError, match="More than 3 resources") as caught:
        read_lines(lambda: lines, most_rewritten=3)

    assert "<urn:3>" in caught.value.what
    assert len(read_lines(lambda: lines, most_rewritten=5).written) == 5


def test_literal_that_is_no_value_of_its_datatype_is_a_finding_and_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An import may hold one: the rules find it, pySHACL too, and rdflib's log of a failed conversion is kept back."""
    length = f'<urn:a> <{NOSO.textLength}> "seven"^^<{XSD.integer}> .\n'
    lines = [f"<urn:a> <{RDF.type}> <{NOSO.Source}> .\n".encode(), length.encode()]

    report = validate_data(read_lines(lambda: lines), SHAPES, reference=EVERYTHING)

    assert "seven" in {result.value for result in report.results}
    assert caplog.records == []


def test_file_of_quads_is_validated_as_the_union_of_its_graphs(broken: DataGraph, tmp_path: Path) -> None:
    """A build's sorted quads have the findings of their union; a triple in two graphs counts once."""
    twice = [(line, graph) for line in broken.lines() for graph in (b"<urn:a>", b"<urn:b>")]
    other = b"<urn:x> <urn:y> <urn:z> <urn:without> .\n"
    quads = sorted([line[: -len(b".\n")] + graph + b" .\n" for line, graph in twice] + [other])
    path = tmp_path / "quads.nq"
    path.write_bytes(b"".join(quads))

    data = read_quads(path, without=["urn:without"])

    assert len(data.store) == len(broken.store)
    assert set(find(data, SHAPES, {})) == set(find(broken, SHAPES, {}))


@pytest.mark.parametrize("term", [Literal("x", lang="a-too-long-subtag"), BNode()], ids=["language-tag", "blank-node"])
def test_term_that_no_release_can_hold_is_an_error_with_its_location(term: Node) -> None:
    """A term that the engines cannot read is an error at the line of its subject."""
    data = Graph(bind_namespaces="none")
    data.add((URIRef("urn:subject"), SKOS.altLabel, term))
    location = Location("data/findings.ttl", 7)

    with pytest.raises(InputError) as caught:
        read_graphs([data], {URIRef("urn:subject"): location})

    assert caught.value.location == location
    assert caught.value.hint


def test_report_keeps_the_first_results_of_a_shape_and_counts_the_others(broken: DataGraph) -> None:
    """A report on millions of triples stays small, and its verdict is that of all findings."""
    whole = validate_data(broken, SHAPES)

    short = validate_data(broken, SHAPES, most=1)

    shapes = [result.shape for result in short.results]
    assert len(shapes) == len(set(shapes)) == len({result.shape for result in whole.results})
    assert all(short.count(severity) == whole.count(severity) for severity in ("Violation", "Warning", "Info"))
    assert set(short.results) <= set(whole.results)


def test_a_sample_of_much_data_is_smaller() -> None:
    """A focus node costs the more the more data there are; every class has at least one all the same."""
    whole, tenth = (Sample.of({"quads": "1"}, quads) for quads in (1_000_000, 10_000_000))

    assert (whole.size, tenth.size) == (Sample.size, Sample.size // 10)
    assert whole.seed == tenth.seed
