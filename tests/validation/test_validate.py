"""A knowledge graph is validated by its shapes: results with locations, or an error where the shapes are broken."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyshacl
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH, SKOS, XSD

from nosograph.assets import Assets
from nosograph.errors import InputError, InputErrors
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import NOSO, NOSO_SHAPES, Base
from nosograph.validation.reference import Sample
from nosograph.validation.report import Report
from nosograph.validation.validate import validate

HERE = Path(__file__).parent
CURATED = sorted((HERE / "curated").glob("*.ttl"))
BROKEN = sorted((HERE / "broken").glob("*.ttl"))


@pytest.fixture
def folders(assets: Assets, tmp_path: Path) -> Assets:
    """Return asset folders with the project's vocabulary and shapes, and a few invented data that conform."""
    shutil.copytree(assets.ontology, tmp_path / "ontology")
    shutil.copytree(assets.shapes, tmp_path / "shapes")
    shutil.copytree(HERE / "world", tmp_path / "data")
    return Assets(tmp_path)


def load(folders: Assets, base: Base | None = None) -> KnowledgeGraph:
    """Return the graph of the folders, which have no registry of names."""
    return load_knowledge(folders, base or Base())


def test_there_are_examples() -> None:
    """A folder of examples that has gone missing would make tests below pass."""
    assert len(CURATED) >= 9
    assert len(BROKEN) >= 12


def test_conforming_data_have_no_violation(folders: Assets) -> None:
    """The invented data conform, so what the tests below find comes from what they add."""
    report = validate(load(folders))

    assert report.conforms, report.to_text()
    assert report.nodes > 200
    assert report.shapes > 80


@pytest.mark.parametrize("path", CURATED, ids=lambda path: path.stem)
def test_curated_mistake_is_found_at_its_line(folders: Assets, path: Path) -> None:
    """A mistake in a curated file is a violation of its rule, with the file and line that the curator must open."""
    announced = re.match(r"# (\w+) speaks about line (\d+)\n", path.read_text(encoding="utf-8"))
    assert announced is not None
    shutil.copy(path, folders.data / "facts" / path.name)

    report = validate(load(folders))

    found = [result for result in report.results if result.shape == str(NOSO_SHAPES[announced[1]])]
    locations = {(result.location.file, result.location.line) for result in found if result.location}
    assert not report.conforms
    assert (f"data/facts/{path.name}", int(announced[2])) in locations, report.to_text()


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_shapes_file_is_an_error_at_its_line(folders: Assets, path: Path) -> None:
    """A shape that finds nothing is an error with file and line, never a report that finds nothing."""
    announced = re.match(r"# error at line (\d+): (.+)\n", path.read_text(encoding="utf-8"))
    assert announced is not None
    shutil.rmtree(folders.shapes)
    folders.shapes.mkdir()
    shutil.copy(path, folders.shapes / path.name)

    with pytest.raises((InputError, InputErrors)) as caught:
        validate(load(folders))

    errors = caught.value.errors if isinstance(caught.value, InputErrors) else (caught.value,)
    matching = [error for error in errors if announced[2] in error.what]
    assert matching, str(caught.value)
    assert matching[0].location is not None
    assert (matching[0].location.file, matching[0].location.line) == (f"shapes/{path.name}", int(announced[1]))
    assert matching[0].hint


def test_shapes_file_that_is_not_turtle_is_an_error_with_line_and_column(folders: Assets) -> None:
    """A shapes file that does not parse stops the loading, at the character."""
    (folders.shapes / "typo.ttl").write_text("@prefix sh: <http://www.w3.org/ns/shacl#> .\n<a> a sh:NodeShape ,, .\n")

    with pytest.raises(InputErrors) as caught:
        load(folders)

    location = caught.value.errors[0].location
    assert location is not None
    assert (location.file, location.line) == ("shapes/typo.ttl", 2)
    assert location.column is not None


def test_another_base_gives_the_same_report(folders: Assets) -> None:
    """The rules do not depend on where the data are published."""
    shutil.copy(HERE / "curated" / "nothing-there.ttl", folders.data / "facts" / "more.ttl")

    here, there = (validate(load(folders, base)) for base in (Base(), Base("https://data.example/x/")))

    assert [(result.shape, result.location) for result in here.results] == [
        (result.shape, result.location) for result in there.results
    ]
    assert all("https://w3id.org/nosograph/finding/" not in str(result.value) for result in there.results)


def test_validating_twice_gives_the_same_report(folders: Assets) -> None:
    """The order of results depends on the content alone."""
    for path in CURATED[:3]:
        shutil.copy(path, folders.data / "facts" / path.name)

    first, second = validate(load(folders)), validate(load(folders))

    assert first.results == second.results


@pytest.mark.parametrize(
    "literal",
    [Literal("3", datatype=XSD.nonNegativeInteger), Literal("Husten", lang="de-AT")],
    ids=["derived-integer", "capital-tag"],
)
def test_literal_that_the_engine_rewrites_is_validated_as_written(folders: Assets, literal: Literal) -> None:
    """The engine that answers the queries would hide what the rule is about, so such data are validated without it."""
    knowledge = load(folders)
    resources = Graph(bind_namespaces="none") + knowledge.graphs["conditions"]
    resources.add((Base().resource("finding", "cough"), SKOS.altLabel, literal))

    report = validate(replace(knowledge, graphs={**knowledge.graphs, "conditions": resources}))

    assert str(literal) in {result.value for result in report.results if result.severity == "Violation"}


def test_hostile_label_is_reported_as_it_is(folders: Assets) -> None:
    """A label with backslashes, braces and markup neither breaks a message nor is interpreted."""
    knowledge = load(folders)
    label = Literal("\\1 {$this} <b>\\g<0></b> ", lang="en")
    resources = Graph(bind_namespaces="none") + knowledge.graphs["conditions"]
    resources.add((Base().resource("finding", "cough"), SKOS.altLabel, label))

    report = validate(replace(knowledge, graphs={**knowledge.graphs, "conditions": resources}))

    assert str(label) in {result.value for result in report.results}


def test_project_data_conform(report: Report) -> None:
    """The curated data and the vocabulary keep every rule that stops a release."""
    assert report.conforms, report.to_text()
    assert all(result.location is not None for result in report.results)


def test_shapes_follow_the_standard(knowledge: KnowledgeGraph) -> None:
    """The shapes conform to the shapes for shapes that the standard itself gives (SHACL, appendix C)."""
    nothing = Graph(bind_namespaces="none")

    shapes = Graph(bind_namespaces="none") + knowledge.graphs["shapes"]  # pySHACL adds to the graph that it is given
    conforms, _, text = pyshacl.validate(nothing, shacl_graph=shapes, meta_shacl=True)

    assert conforms, text


def test_every_rule_has_a_target_that_can_occur(knowledge: KnowledgeGraph) -> None:
    """No rule has a target that does not occur: each has nodes to validate, in these data or by its class."""
    shapes = knowledge.graphs["shapes"]
    classes = set(shapes.objects(None, SH.targetClass))
    ontology = knowledge.graphs["ontology"]

    for class_ in classes:
        described = (class_, RDF.type, None) in ontology
        occurs = (None, RDF.type, class_) in ontology
        assert described or occurs, class_
    assert URIRef(NOSO.Fact) in classes


@pytest.mark.parametrize("whole", [Sample.whole, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_reference_finds_the_same_in_the_project_data(knowledge: KnowledgeGraph, report: Report, whole: int) -> None:
    """PySHACL validates the curated data again, as in a build or all of them; the report is the same as without it."""
    assert validate(knowledge, replace(Sample.of(knowledge.inputs), whole=whole)) == report


def test_sample_follows_from_the_input_files() -> None:
    """The same input gives the same sample on every machine, other input another one."""
    assert Sample.of({"a.ttl": "1", "b.ttl": "2"}) == Sample.of({"b.ttl": "2", "a.ttl": "1"})
    assert Sample.of({"a.ttl": "1"}) != Sample.of({"a.ttl": "2"})


def test_difference_to_the_reference_stops_the_build(folders: Assets, tmp_path: Path) -> None:
    """A build whose validator and reference disagree makes no release, and says about which shape and node."""
    shutil.copy(HERE / "shapes" / "wrongly-set-wise.ttl", folders.shapes)
    command = [sys.executable, "-m", "nosograph.cli", "build", "--assets", str(folders.root)]

    done = subprocess.run([*command, "--out", str(tmp_path / "releases")], capture_output=True, text=True, timeout=120)

    assert done.returncode == 3, done.stderr
    assert "https://example.org/shapes#OnlyOne" in done.stderr
    assert not (tmp_path / "releases").exists()


def test_mapping_mistake_is_found_at_its_row(folders: Assets) -> None:
    """A code of the wrong kind is told with the row of the mapping set, which is what the curator must open."""
    write_mappings(folders, "condition:alpha\tskos:exactMatch\tHP:0000009")

    report = validate(load(folders))

    found = [result for result in report.results if result.shape == str(NOSO_SHAPES.MappedCodeIsOfSameKind)]
    assert [str(result.location) for result in found] == ["data/mappings/own.sssom.tsv:7"]


def test_duplicate_is_told_with_both_locations(folders: Assets) -> None:
    """Of two resources with one label, text and JSON name where each was written."""
    shutil.copy(HERE / "curated" / "same-label.ttl", folders.data / "facts" / "same-label.ttl")

    report = validate(load(folders))

    alpha = str(Base().resource("condition", "alpha"))
    result = next(result for result in report.results if result.focus.endswith("/gamma"))
    assert result.shape == str(NOSO_SHAPES.LabelIsItsOwn)
    assert str(result.location) == "data/facts/same-label.ttl:11"
    [(iri, written)] = result.related
    assert (iri, written.file) == (alpha, "data/things.ttl")
    assert f"see {written}  condition:alpha" in report.to_text()
    assert {"iri": alpha, "file": written.file, "line": written.line} in [
        related for entry in report.to_json()["results"] for related in entry["related"]
    ]


def test_date_after_the_data_is_found(folders: Assets) -> None:
    """The date of the data, in dataset.ttl, is the latest that anything in them can have."""
    write_mappings(folders, "condition:alpha\tskos:closeMatch\tMONDO:0000009", date="2110-01-31")

    report = validate(load(folders))

    found = [result for result in report.results if result.shape == str(NOSO_SHAPES.DateIsNotAfterData)]
    assert [(str(result.location), result.value) for result in found] == [
        ("data/mappings/own.sssom.tsv:7", "2110-01-31")
    ]


def write_mappings(folders: Assets, row: str, date: str = "2025-01-31") -> None:
    """Write a mapping set with one row, of which the first cells are given."""
    prefixes = {
        "condition": str(Base().resource("condition", "")),
        "HP": "http://purl.obolibrary.org/obo/HP_",
        "MONDO": "http://purl.obolibrary.org/obo/MONDO_",
    }
    lines = ["#mapping_set_id: https://example.org/own", "#curie_map:"]
    lines += [f"#  {prefix}: {iri}" for prefix, iri in prefixes.items()]
    lines += ["subject_id\tpredicate_id\tobject_id\tmapping_justification\tauthor_label\tmapping_date"]
    lines += [f"{row}\tsemapv:ManualMappingCuration\tA. Curator\t{date}"]
    (folders.data / "mappings").mkdir(exist_ok=True)
    (folders.data / "mappings" / "own.sssom.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
