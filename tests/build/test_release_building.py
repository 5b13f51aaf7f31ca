"""What a build gives, refuses and leaves alone."""

from __future__ import annotations

import dataclasses
import gzip
import json
import subprocess
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, parse
from rdflib import BNode, Graph, Literal, URIRef
from small_release import ASSETS, CONFORMING, FIXTURES, VIOLATED, small_knowledge

from nosograph.assets import Assets
from nosograph.build.pipeline import build_release
from nosograph.errors import ReleaseError, ValidationFailed
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import Base
from nosograph.release.names import ANNOTATIONS, CURATED_EXCHANGE_DUMPS, EXCHANGE_DUMPS, graph_file
from nosograph.release.opening import Release, latest_release

EXPECTED_DUMPS = {
    f"nosograph.{form}{packing}"
    for form in ("ttl", "jsonld", "flat.jsonld", "nt", "nq", "trig", "rdf")
    for packing in ("", ".gz", ".zst")
}


def test_a_release_holds_every_promised_file(published: Release) -> None:
    """There are dumps, descriptions, vocabulary, shapes, context, report and questions; no more is in its digests."""
    expected = EXPECTED_DUMPS | {"context.jsonld", "croissant.json", "ontology.ttl", "shapes.ttl"}
    expected |= {f"nosograph.{name}" for name in ("facts.parquet", "quads.parquet", "facts.tsv")}
    expected |= {f"nosograph.facts.tsv.{compression}" for compression in ("gz", "zst")}
    expected |= {f"nosograph.curated.{form}{packed}" for form in ("nq", "ttl") for packed in ("", ".gz", ".zst")}
    for dump in (*EXCHANGE_DUMPS, *CURATED_EXCHANGE_DUMPS):
        if dump.group != ANNOTATIONS.group:  # no predicate of this vocabulary is an aspect of annotations
            expected |= {dump.name(packed) for packed in (None, "gz", "zst")}
    expected |= {graph_file(name, packed) for name in published.manifest.terms for packed in (None, "gz", "zst")}
    expected |= {f"{name}.{form}" for name in ("void", "dcat", "hcls", "service") for form in ("ttl", "jsonld")}
    expected |= {"report.ttl", "report.json", "report.txt", "questions/01-conditions.rq", "questions/02-any-doubt.rq"}

    found = {path.relative_to(published.folder).as_posix() for path in published.folder.rglob("*") if path.is_file()}

    assert set(published.manifest.files) == expected
    own = {name for name in found if not name.startswith("derived/")}
    assert own == expected | {"manifest.json", "SHA256SUMS", "build.json"}


def test_the_version_is_the_date_and_the_content_hash(published: Release) -> None:
    """A version starts with the date of the data and ends with the start of the hash in the manifest."""
    manifest = published.manifest

    assert manifest.version == f"2026-01-31-{manifest.content_hash[:12]}"
    assert published.folder.name == manifest.version


def test_counts_are_those_of_the_dump(published: Release) -> None:
    """The manifest's counts are what counting the N-Quads dump gives."""
    quads = list(parse(path=str(published.dump("nq"))))
    counts = published.manifest.counts
    start = f"{published.base.iri}graph/"
    graphs: dict[str, int] = {}
    for quad in quads:
        name = quad.graph_name.value.removeprefix(start)
        graphs[name] = graphs.get(name, 0) + 1

    assert counts.quads == len(quads)
    assert counts.triples == len({quad.triple for quad in quads}) == len(quads) - 1
    assert counts.graphs == graphs
    assert counts.facts == 3
    assert counts.evidence == 2
    assert counts.statuses == {"affirmed": 1, "denied": 1}
    assert counts.kinds == {"condition": 2, "fact": 3, "finding": 1, "source": 1}


def test_the_store_holds_what_the_dump_holds(published: Release) -> None:
    """What is dumped is what is queried, graph names and literals included."""
    store = Store.read_only(str(published.store_folder))
    stored = {str(quad) for quad in store if quad.graph_name != DefaultGraph()}

    assert stored == {str(quad) for quad in parse(path=str(published.dump("nq")))}


def test_the_manifest_names_graphs_that_share_a_triple(published: Release) -> None:
    """Graphs that share nothing can be asked together as they are, so the release says which do not."""
    holders: dict[str, set[str]] = {}
    for quad in parse(path=str(published.dump("nq"))):
        holders.setdefault(str(quad.triple), set()).add(quad.graph_name.value)
    expected = {tuple(sorted(graphs)) for graphs in holders.values() if len(graphs) > 1}

    assert published.overlapping_graphs == expected
    assert len(expected) == 1


def test_a_triple_of_two_graphs_counts_once(published: Release) -> None:
    """A query that names no graph sees the union of the graphs, each triple once (SPARQL 1.1 Query §13.1)."""
    store = Store.read_only(str(published.store_folder))
    counted = next(iter(store.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")))["n"].value

    assert int(counted) == published.manifest.counts.triples < published.manifest.counts.quads


def test_no_published_file_has_a_blank_node(published: Release) -> None:
    """Neither the dumps nor any description beside them has a node without an IRI."""
    files = [
        published.dump("nq"),
        *(published.file(name) for name in published.manifest.files if name.endswith(".ttl")),
    ]

    terms = [term for path in files for quad in parse(path=str(path)) for term in (quad.subject, quad.object)]

    assert terms
    assert not [term for term in terms if not isinstance(term, NamedNode) and not hasattr(term, "datatype")]


def test_imported_quads_are_in_the_release(published: Release) -> None:
    """A further file of quads becomes a graph of its own, its literals in canonical spelling and its digest noted."""
    lines = published.dump("nq").read_text().splitlines()
    imported = [line for line in lines if line.endswith("graph/import/made-up> .")]

    assert len(imported) == 2
    assert any('"café"@en ' in line for line in imported)
    assert "import/import.nq" in published.manifest.inputs


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('<http://e.org/s> <http://e.org/p> "o" <http://e.org/g> .', "not in a graph below"),
        ('<http://e.org/s> <http://e.org/p> "o" .', "not in a graph below"),
        ('_:b <http://e.org/p> "o" <https://w3id.org/nosograph/graph/import/x> .', "blank node"),
        ("<http://e.org/s> <http://e.org/p> _:b <https://w3id.org/nosograph/graph/import/x> .", "blank node"),
        ('<http://e.org/s> <http://e.org/p> "a\\u0001b" <https://w3id.org/nosograph/graph/import/x> .', "control"),
        ("<http://e.org/s> <http://e.org/p", "not N-Quads"),
    ],
)
def test_an_import_that_cannot_be_published_is_refused(tmp_path: Path, line: str, message: str) -> None:
    """Quads outside the graphs for imports, blank nodes, control characters and broken lines name their file."""
    file = tmp_path / "wrong.nq"
    file.write_text(line + "\n")

    with pytest.raises(ReleaseError, match=message) as caught:
        build_release(small_knowledge(), CONFORMING, tmp_path / "r", imports=[file], assets=ASSETS)

    assert "wrong.nq" in str(caught.value)
    assert latest_release(tmp_path / "r") is None


def test_a_graph_that_does_not_conform_is_not_published(own: Release, knowledge: KnowledgeGraph) -> None:
    """A report with a violation stops the build before anything is written."""
    releases = own.folder.parent
    before = sorted(path.name for path in releases.iterdir())

    with pytest.raises(ValidationFailed, match="does not conform"):
        build_release(knowledge, VIOLATED, releases, assets=ASSETS)

    assert sorted(path.name for path in releases.iterdir()) == before
    assert latest_release(releases) == own.folder.resolve()


@pytest.mark.parametrize("node", [BNode("b"), Literal("a\x01b"), URIRef("http://e.org/a b")])
def test_a_term_that_cannot_be_published_is_refused(tmp_path: Path, node: URIRef | BNode | Literal) -> None:
    """A blank node, a control character and a malformed IRI are refused before anything is published."""
    wrong = Graph()
    wrong.add((URIRef("http://e.org/s"), URIRef("http://e.org/p"), node))

    with pytest.raises(ReleaseError, match=r"http://e\.org/s"):
        build_release(small_knowledge(facts=wrong), CONFORMING, tmp_path / "r", assets=ASSETS)

    assert [path.name for path in (tmp_path / "r").iterdir()] == [".lock"]


def test_a_literal_that_the_store_rewrites_is_refused(tmp_path: Path) -> None:
    """A decimal that is not canonical would be queried as another literal than the dumps hold, so it is refused."""
    wrong = Graph()
    xsd_decimal = URIRef("http://www.w3.org/2001/XMLSchema#decimal")
    wrong.add(
        (URIRef("http://e.org/s"), URIRef("http://e.org/p"), Literal("1.50", datatype=xsd_decimal, normalize=False))
    )

    with pytest.raises(ReleaseError, match=r'1\.50".*as the store keeps it'):
        build_release(small_knowledge(facts=wrong), CONFORMING, tmp_path / "r", assets=ASSETS)


def test_another_base_moves_the_data_and_not_the_vocabulary(tmp_path: Path) -> None:
    """With a base of one's own the resources, graphs, context and addresses are below it; terms stay where they are."""
    base = Base("https://example.org/kb/")

    release = build_release(small_knowledge(base), CONFORMING, tmp_path / "r", assets=ASSETS)

    subjects = {quad.subject.value for quad in parse(path=str(release.dump("nq")))}
    assert "https://example.org/kb/condition/dryness" in subjects
    assert "https://w3id.org/nosograph/ontology#Condition" in subjects
    assert not [iri for iri in subjects if iri.startswith("https://w3id.org/nosograph/condition")]
    context = json.loads(release.context.read_text())["@context"]
    assert context["condition"] == "https://example.org/kb/condition/"
    assert context["noso"] == "https://w3id.org/nosograph/ontology#"


def test_a_context_of_other_assets_is_refused(tmp_path: Path, knowledge: KnowledgeGraph) -> None:
    """The JSON-LD context must be the one whose digest is among the inputs."""
    other = dataclasses.replace(knowledge, inputs={"ontology/context.jsonld": "f" * 64})

    with pytest.raises(ReleaseError, match="not the one that the data were loaded with"):
        build_release(other, CONFORMING, tmp_path / "r", assets=ASSETS)


def test_a_context_that_is_gone_is_an_error_with_its_location(tmp_path: Path, knowledge: KnowledgeGraph) -> None:
    """Data that were loaded beside a context are not published with another, and the message names the file."""
    loaded = dataclasses.replace(knowledge, inputs={"ontology/context.jsonld": "f" * 64})

    with pytest.raises(ReleaseError, match=r"context\.jsonld"):
        build_release(loaded, CONFORMING, tmp_path / "r", assets=Assets(tmp_path))


def test_a_folder_without_a_context_gets_one(tmp_path: Path, knowledge: KnowledgeGraph) -> None:
    """The context of a vocabulary that comes without one names its properties and prefixes."""
    release = build_release(knowledge, CONFORMING, tmp_path / "r", assets=Assets(tmp_path))

    made = json.loads(release.context.read_text(encoding="utf-8"))["@context"]
    assert made["hasSymptom"] == "noso:hasSymptom"
    assert made["condition"] == f"{release.base.iri}condition/"


@pytest.mark.parametrize("epoch", [10**18, -(10**18)])
def test_an_epoch_beyond_the_calendar_is_refused(tmp_path: Path, knowledge: KnowledgeGraph, epoch: int) -> None:
    """SOURCE_DATE_EPOCH must name a day."""
    with pytest.raises(ReleaseError, match="SOURCE_DATE_EPOCH"):
        build_release(knowledge, CONFORMING, tmp_path / "r", epoch=epoch, assets=ASSETS)


def test_the_checksums_satisfy_sha256sum(published: Release) -> None:
    """Coreutils' ``sha256sum -c`` accepts SHA256SUMS, and it lists every file of the manifest."""
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=published.folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(published.manifest.files) + 1


def test_progress_tells_the_steps_in_order(tmp_path: Path, knowledge: KnowledgeGraph) -> None:
    """The callback hears of sorting before writing, of writing before checking, and last of what was published."""
    heard: list[str] = []

    build_release(
        knowledge, CONFORMING, tmp_path / "r", assets=ASSETS, progress=lambda step, done, total: heard.append(step)
    )

    order = [heard.index(step) for step in ("sort quads", "write nosograph.ttl", "check nosograph.ttl", "load store")]
    assert order == sorted(order)
    assert heard[-1].startswith("published 2026-01-31-")


def test_an_unwritable_location_is_a_clear_error(tmp_path: Path, knowledge: KnowledgeGraph) -> None:
    """A file where the releases folder should be is named, with what to do."""
    (tmp_path / "r").write_text("a file")

    with pytest.raises(ReleaseError, match="cannot be written") as caught:
        build_release(knowledge, CONFORMING, tmp_path / "r", assets=ASSETS)

    assert caught.value.hint


def test_an_empty_graph_still_makes_a_release(tmp_path: Path) -> None:
    """No data at all is not an error of the build: the release describes that there are none."""
    nothing = {name: Graph() for name in ("conditions", "facts", "sources", "mappings", "ontology", "shapes")}

    release = build_release(small_knowledge(**nothing), CONFORMING, tmp_path / "r", assets=ASSETS)

    assert release.manifest.counts.facts == 0
    assert list(parse(path=str(release.dump("ttl")), format=RdfFormat.TURTLE))


def test_imports_can_be_compressed(tmp_path: Path, published: Release) -> None:
    """A gzip file of quads gives the same version as the plain one."""
    packed = tmp_path / "import.nq.gz"
    packed.write_bytes(gzip.compress((FIXTURES / "import.nq").read_bytes()))

    release = build_release(small_knowledge(), CONFORMING, tmp_path / "r", imports=[packed], assets=ASSETS)

    assert release.version == published.version
