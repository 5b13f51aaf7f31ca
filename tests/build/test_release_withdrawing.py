"""Names that a data set no longer has are published as withdrawn, by comparison with the release before."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import Graph
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.release.opening import Release
from nosograph.store.lookup import ResourceLookup, State
from nosograph.store.reader import GraphReader, open_store

BASE = "https://w3id.org/nosograph/"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
NAME = f"{BASE}condition/OMIM_1"
FACT = f"{BASE}fact/00000000000000cc"


def build(folder: Path, *names: str, set_name: str = "signs", previous: Release | None = None) -> Release:
    """Build a release of the small data with an import that describes some names."""
    graph = f"<{BASE}graph/import/{set_name}>"
    lines = [f'{graph} <http://www.w3.org/2002/07/owl#versionInfo> "{len(names)}" {graph} .\n']
    for name in names:
        class_ = "Fact" if "/fact/" in name else "Entity"
        lines.append(f"<{name}> {TYPE} <{BASE}ontology#{class_}> {graph} .\n")
        if class_ == "Entity":
            lines.append(f'<{name}> {LABEL} "{name[-6:]}"@en {graph} .\n')
        lines.append(f"<{name}/evidence/1> {TYPE} <{BASE}ontology#Evidence> {graph} .\n")
    folder.mkdir(exist_ok=True)
    file = folder / "import.nq"
    file.write_text("".join(lines))
    return build_release(
        small_knowledge(), CONFORMING, folder / "releases", imports=[file], assets=ASSETS, previous=previous
    )


LABELLED = """
@prefix noso: <https://w3id.org/nosograph/ontology#> .
@prefix noso-shapes: <https://w3id.org/nosograph/shapes#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
noso-shapes:Labelled a sh:NodeShape ; sh:targetClass noso:Entity ; sh:property noso-shapes:HasLabel .
noso-shapes:HasLabel a sh:PropertyShape ; sh:path skos:prefLabel ; sh:minCount 1 ; sh:severity sh:Violation ;
    sh:message "Give it a label." .
"""


def about(release: Release, name: str) -> set[tuple[str, str]]:
    """Return what a release says of a name, as local names of properties and values."""
    return {
        (quad.predicate.value.rpartition("#")[2], str(quad.object.value))  # type: ignore[union-attr]
        for quad in parse(path=release.dump("nq"), format=RdfFormat.N_QUADS)
        if str(quad.subject) == f"<{name}>"
    }


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release with an import that describes a condition and a fact."""
    return build(tmp_path_factory.mktemp("before"), NAME, FACT)


@pytest.fixture(scope="module")
def after(before: Release, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the release after it, whose import describes neither."""
    return build(tmp_path_factory.mktemp("after"), previous=before)


def test_a_name_that_is_gone_is_withdrawn_with_its_label(after: Release) -> None:
    """Resources and facts are; evidence is part of its fact and has no state of its own."""
    assert about(after, NAME) == {
        ("deprecated", "true"),
        ("prefLabel", "OMIM_1"),
        ("changeNote", "The data set had it until version 2."),
    }
    assert ("deprecated", "true") in about(after, FACT)
    assert about(after, f"{NAME}/evidence/1") == set()


def test_a_server_says_that_it_is_gone(after: Release) -> None:
    """Whoever follows a link to it learns that it was there: its state is the one of withdrawn curated names."""
    lookup = ResourceLookup(after.base, GraphReader(open_store(after.store_folder)))

    assert lookup.state(NAME).state is State.DEPRECATED


def test_it_stays_withdrawn_until_a_data_set_has_it_again(after: Release, tmp_path: Path) -> None:
    """Two releases later it is still known, and the note is as it was; then it is a name like any other."""
    later = build(tmp_path / "later", f"{BASE}condition/OMIM_2", previous=after)
    again = build(tmp_path / "again", NAME, previous=later)

    assert about(later, NAME) == about(after, NAME)
    assert ("deprecated", "true") not in about(again, NAME)
    assert ("deprecated", "true") in about(again, f"{BASE}condition/OMIM_2")


def test_a_data_set_that_is_left_out_withdraws_nothing(before: Release, tmp_path: Path) -> None:
    """Its names come back with it, so nothing is said of them."""
    assert about(build(tmp_path, set_name="others", previous=before), NAME) == set()


def test_the_release_before_is_among_the_inputs(before: Release, after: Release, tmp_path: Path) -> None:
    """The same data after another release are another release, and the manifest says after which."""
    alone = build(tmp_path)

    assert after.manifest.inputs["previous"] == before.manifest.content_hash
    assert "previous" not in alone.manifest.inputs
    assert alone.version != after.version


def test_a_name_that_is_left_out_as_faulty_is_withdrawn(before: Release, tmp_path: Path) -> None:
    """It had a label and has none: the shapes leave it out, and who follows a link to it is told that it was there."""
    graph = f"<{BASE}graph/import/signs>"
    file = tmp_path / "import.nq"
    file.write_text(
        f'{graph} <http://www.w3.org/2002/07/owl#versionInfo> "3" {graph} .\n'
        f"<{NAME}> {TYPE} <{BASE}ontology#Entity> {graph} .\n"
    )
    shapes = Graph(bind_namespaces="none").parse(data=LABELLED, format="turtle")

    release = build_release(
        small_knowledge(shapes=shapes),
        CONFORMING,
        tmp_path / "releases",
        imports=[file],
        assets=ASSETS,
        previous=before,
    )

    assert about(release, NAME) == {
        ("deprecated", "true"),
        ("prefLabel", "OMIM_1"),
        ("changeNote", "The data set had it until version 2."),
    }
