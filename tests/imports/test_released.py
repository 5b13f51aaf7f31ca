"""A release of the curated data with imports: what breaks a rule is left out, the rest is published."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from imported import SAMPLE
from pyoxigraph import NamedNode, RdfFormat, parse
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS

from nosograph.api.importing import import_data
from nosograph.assets import find_assets
from nosograph.build.pipeline import build_release
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.imports.description import ImportProfile
from nosograph.imports.running import ImportRequest
from nosograph.rdf.names import CURATED_GRAPHS, Base
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.validation.report import Report
from nosograph.web.application import create_application

BASE = "https://w3id.org/nosograph/"
HTML = {"Accept": "text/html"}
IMPORTS: tuple[tuple[str, str, tuple[str, ...], dict[str, str]], ...] = (
    ("signs", "hpoa", ("annotations.hpoa", "terms.obo"), {}),
    ("genes", "hpo-genes", ("genes_to_disease.txt",), {"license": "https://genes.example/l", "version": "1"}),
    ("diseases", "obo", ("diseases.obo",), {}),
    ("sets", "sssom", ("diseases.sssom.tsv",), {}),
)


@pytest.fixture(scope="module")
def released(knowledge: KnowledgeGraph, report: Report, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the release of the curated data and of the sample files."""
    folder = tmp_path_factory.mktemp("imports")
    quiet: Callable[..., None] = lambda *step: None  # noqa: E731
    results = [
        import_data(
            find_assets(),
            Base(),
            ImportRequest(kind, tuple(SAMPLE / file for file in files), ImportProfile(name, **said)),
            folder / f"{name}.nq",
            quiet,
        )
        for name, kind, files, said in IMPORTS
    ]
    return build_release(
        knowledge,
        report,
        folder / "releases",
        imports=[result.path for result in results],
        accounts=[result.to_json() for result in results],
    )


@pytest.fixture(scope="module")
def said(released: Release) -> dict[str, Any]:
    """Return what the report of the release says of its imports."""
    found: dict[str, Any] = json.loads((released.folder / "report.json").read_text())["imports"]
    return found


def objects(released: Release, subject: str, predicate: str) -> set[str]:
    """Return the values of a subject below the base and a predicate."""
    return {
        quad.object.value
        for quad in parse(path=released.dump("nq"), format=RdfFormat.N_QUADS)
        if quad.subject == NamedNode(BASE + subject) and quad.predicate.value.endswith(predicate)
    }


def test_what_imports_may_lack_is_counted_by_graph(said: dict[str, Any]) -> None:
    """No passage, no definition of ours, no mapping with an author: published all the same."""
    lacking = said["shapes"]["import/signs"]["lacking"]

    assert lacking["noso-shapes:EvidenceHasOnePassage"] == 14
    assert lacking["noso-shapes:HasDefinition"] > 0
    assert said["shapes"]["import/signs"]["leftOut"] == {}
    assert said["accounts"][0]["files"][0]["read"] == 15


def test_what_breaks_a_rule_is_left_out_with_all_that_hangs_on_it(released: Release, said: dict[str, Any]) -> None:
    """A mapping of a disease that no import describes goes, and the bare triple that it stands for goes with it."""
    assert said["shapes"]["import/sets"]["leftOut"] == {"noso-shapes:NothingDangles": 1}
    assert objects(released, "condition/OMIM_100002", "Match") == set()
    assert "http://purl.obolibrary.org/obo/MONDO_0000010" in objects(
        released, "condition/OMIM_100001", "core#exactMatch"
    )


def test_each_graph_has_its_own_terms(released: Release) -> None:
    """Licence, publisher, title and version of an import stand in the manifest."""
    terms = released.manifest.terms

    assert terms["import/signs"].license == "https://terms.example/license"
    assert terms["import/signs"].version == "2026-01-31"
    assert terms["import/signs"].publisher == ""  # nobody said who publishes it, and it is not we
    assert terms["import/sets"].license == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert terms["conditions"].license == "https://creativecommons.org/licenses/by/4.0/"


def test_codes_of_others_join_what_is_imported(released: Release) -> None:
    """The graph for clients without reasoning relates the code of a condition to that of its finding."""
    found = {
        quad.object.value
        for quad in parse(path=released.dump("nq"), format=RdfFormat.N_QUADS)
        if quad.subject == NamedNode("http://purl.obolibrary.org/obo/MONDO_0000010")
        and quad.predicate.value.endswith("RO_0002200")
    }

    assert found == {"http://purl.obolibrary.org/obo/HP_0000301"}


def test_data_sets_are_joined_in_a_graph_of_its_own(released: Release) -> None:
    """The report counts what is joined, and no other graph but the description of the data names a group."""
    said = json.loads((released.folder / "report.json").read_text())["alignment"]
    group = f"{BASE}alignment/"
    graphs = {
        quad.graph_name.value.removeprefix(f"{BASE}graph/")
        for quad in parse(path=released.dump("nq"), format=RdfFormat.N_QUADS)
        if quad.subject.value.startswith(group) or getattr(quad.object, "value", "").startswith(group)
    }

    assert (said["groups"], said["resources"], said["refused"]) == (1, 2, [])
    assert "\nAlignment\n  groups: 1\n  resources: 2\n" in (released.folder / "report.txt").read_text()
    assert graphs <= {"alignment", "metadata"}
    assert released.manifest.counts.graphs["alignment"] == 5


def test_no_withheld_code_is_in_the_release(released: Release) -> None:
    """Neither as a cross-reference nor as the code of a mapping; the vocabulary alone names their systems."""
    found = {
        quad.object.value
        for quad in parse(path=released.dump("nq"), format=RdfFormat.N_QUADS)
        if quad.graph_name.value.startswith(f"{BASE}graph/import/")
        and quad.object.value.lower().startswith(("snomed", "meddra", "http://snomed"))
    }

    assert found == set()


def test_curated_dumps_hold_the_curated_graphs_alone(released: Release) -> None:
    """Who wants none of the imports has files without them, which say all that was curated and nothing else."""
    counts = released.manifest.counts.graphs
    quads = list(parse(path=released.file("nosograph.curated.nq"), format=RdfFormat.N_QUADS))
    triples = list(parse(path=released.file("nosograph.curated.ttl"), format=RdfFormat.TURTLE))

    assert Counter(quad.graph_name.value.removeprefix(f"{BASE}graph/") for quad in quads) == {  # type: ignore[union-attr]
        name: counts[name] for name in CURATED_GRAPHS
    }
    assert {str(quad.triple) for quad in quads} == {str(quad.triple) for quad in triples}


def test_annotations_come_out_as_they_went_in(released: Release) -> None:
    """Each imported row that is plain is a row of the dump, cell by cell; neither side of what is contested is one.

    All that the sample says of the third disease is contested: a term and one that was merged into it disagree.
    """
    columns, *rows = annotations((SAMPLE / "annotations.hpoa").read_text(encoding="utf-8"))
    written, *found = annotations(released.read("nosograph.hpoa.tsv").decode())

    assert written == columns
    assert sorted(found) == sorted({row for row in rows if row[0] != "DECIPHER:3"})
    assert f"#version: {released.version}\n" in released.read("nosograph.hpoa.tsv").decode()


def annotations(text: str) -> list[tuple[str, ...]]:
    """Return the cells of the rows about imported diseases, after the names of the columns.

    What stands in one cell is in no order.
    """
    rows = [[cell.strip() for cell in line.split("\t")] for line in text.splitlines() if not line.startswith("#")]
    cells = [tuple(";".join(sorted(cell.split(";"))) for cell in row) for row in rows]
    return [row for row in cells if not row[0].startswith("MONDO:")]


def test_licences_are_stated_for_each_file_and_none_for_the_whole(released: Release) -> None:
    """A file with imports states every licence and that none holds for the whole; the curated one has its own."""
    described = Graph().parse(released.file("dcat.ttl"))
    release = f"{BASE}release/{released.version}"
    whole, curated = URIRef(f"{release}#dump-nq"), URIRef(f"{release}#dump-curated.nq")

    assert {str(value) for value in described.objects(whole, DCTERMS.license)} == set(released.manifest.licenses())
    assert len(released.manifest.licenses()) > 1
    assert "No licence holds for the whole" in str(described.value(whole, DCTERMS.rights))
    assert [str(value) for value in described.objects(curated, DCTERMS.license)] == [released.manifest.profile.license]
    assert described.value(curated, DCTERMS.rights) is None
    assert (URIRef(release), DCAT.distribution, curated) in described
    assert str(described.value(URIRef(release), DCTERMS.rights)).startswith("No licence")


@pytest.fixture(scope="module")
def client(released: Release) -> Iterator[FlaskClient]:
    """A client of the application that serves the release."""
    app = create_application(released, Settings(query_workers=1), report=lambda fields: None)
    yield app.test_client()
    app.extensions["nosograph"].store.close()


def test_pages_name_the_imported_sets_that_they_show(client: FlaskClient, released: Release) -> None:
    """Title, publisher, version and licence of a set stand on the pages that show something of it, and on no other."""
    name = re.findall(r'href="[^"]*(ORPHA_\w+\.html)', client.get("/condition/").text)[0]
    of_import = client.get(f"/condition/{name}")
    curated = client.get("/source/nord.html")
    terms = released.manifest.terms["import/signs"]

    assert f"{terms.title}, version {terms.version}" in of_import.text
    assert f'rel="license" href="{terms.license}"' in of_import.text
    assert terms.license in of_import.headers["Link"]
    assert terms.title in client.get("/condition/").text
    assert terms.title not in curated.text


def test_a_term_out_of_use_leads_to_its_replacement(client: FlaskClient) -> None:
    """Its address moves to the term in its place, and the page that is kept of it has a link there."""
    moved = client.get("/finding/HP_0000303")
    page = client.get("/finding/HP_0000303.html")

    assert (moved.status_code, moved.headers["Location"]) == (308, "HP_0000301")
    assert page.status_code == 200
    assert re.search(r'In its place stands .*href="[^"]*HP_0000301\.html"', page.text)


def test_a_question_about_imports_lacks_nothing_here(client: FlaskClient) -> None:
    """Where there is something to join, an answer without rows is just that."""
    assert "which this release does not have" not in client.get("/questions/16-imports-agree").text


def test_downloads_tell_what_is_under_which_licence(client: FlaskClient, released: Release) -> None:
    """The page claims no licence for the whole, lists the sets, and has the files without them."""
    page = client.get("/downloads").text
    versions = f"/dumps/{released.version}/nosograph.curated"

    assert "no licence holds for the whole" in page
    assert all(terms.title in page for name, terms in released.manifest.terms.items() if name.startswith("import/"))
    for extension in ("nq", "ttl", "nq.gz", "ttl.zst"):
        assert f'href=".{versions}.{extension}"' in page
        links = client.head(f"{versions}.{extension}").headers["Link"]
        assert links.count('rel="license"') == 1
        assert released.manifest.profile.license in links
    assert client.head(f"/dumps/{released.version}/nosograph.nq").headers["Link"].count('rel="license"') > 1


def test_rows_of_a_program_are_labelled(client: FlaskClient) -> None:
    """A statement that a program inferred says so beside it."""
    page = client.get("/condition/DECIPHER_3.html").text

    assert "inferred electronically" in page


def test_a_data_set_that_contradicts_itself_is_shown_so(client: FlaskClient) -> None:
    """Where rows of one file support and deny a finding, the summary says both."""
    card = client.get("/condition/DECIPHER_3.html").text.partition('id="summary"')[2].partition("</section>")[0]

    assert "states it" in card
    assert "denies it" in card


def test_the_front_page_begins_with_what_curators_state(client: FlaskClient) -> None:
    """Imported conditions, which may be thousands, stand behind the curated ones, and each stands there once."""
    cards = re.findall(r'<li class="card"><h3><a href="[^"]*condition/([^".]+)\.html', client.get("/").text)
    imported = [bool(re.match(r"[A-Za-z]+_\d+$", name)) for name in cards]

    assert len(cards) == len(set(cards)) == 10
    assert not imported[0]
    assert imported == sorted(imported)
    assert any(imported)
