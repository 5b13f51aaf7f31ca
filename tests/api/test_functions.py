"""The public functions do what the parts of the software do, with plain paths and addresses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from desk import copy_leaflets
from werkzeug.test import Client

import nosograph
from nosograph.assets import Assets
from nosograph.build.pipeline import build_release as build_by_parts
from nosograph.errors import QueryRefused, QuerySyntaxError, ReleaseError, SettingsError, ValidationFailed
from nosograph.facts.loading import load_knowledge, register_names
from nosograph.rdf.names import Base
from nosograph.release.opening import Release
from nosograph.validation.validate import validate

COUNT = "SELECT (COUNT(?f) AS ?n) { ?f a noso:Fact }"


@pytest.fixture
def copy(assets: Assets, tmp_path: Path) -> Path:
    """Return a copy of the asset folders that a test may spoil."""
    for folder in ("ontology", "shapes", "data"):
        shutil.copytree(assets.root / folder, tmp_path / folder)
    return tmp_path


def test_a_folder_is_loaded_validated_and_built(assets: Assets, tmp_path: Path) -> None:
    """The same data give the same release, by the library as by the parts."""
    leaflets = copy_leaflets(assets, tmp_path / "leaflets")
    copy = leaflets.root
    assert nosograph.validate(nosograph.load(copy)).conforms
    knowledge = load_knowledge(leaflets, Base())
    register_names(leaflets, knowledge)
    by_parts = build_by_parts(knowledge, validate(knowledge), tmp_path / "by-parts", assets=leaflets)

    built = nosograph.build_release(copy, copy / "releases")

    assert built.version == by_parts.version

    heard: list[str] = []
    again = nosograph.build_release(copy, copy / "releases", progress=lambda step, done, total: heard.append(step))
    assert again.folder == built.folder
    assert "sort quads" not in heard, "nothing changed, and it was computed again"

    dump = built.folder / "nosograph.nt"
    dump.write_bytes(dump.read_bytes()[:-1])
    nosograph.build_release(copy, copy / "releases", progress=lambda step, done, total: heard.append(step))
    assert "sort quads" in heard, "what was damaged was kept"


def test_data_that_do_not_conform_make_no_release(copy: Path) -> None:
    """The error has the report, so a program can show it."""
    file = copy / "data" / "facts" / "scleroderma.ttl"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("noso:stance noso:supports", "noso:stance noso:stated", 1), encoding="utf-8")

    with pytest.raises(ValidationFailed) as caught:
        nosograph.build_release(copy, copy / "releases")
    assert "data/facts/scleroderma.ttl" in caught.value.report
    assert not (copy / "releases").exists()


def test_a_release_is_opened_by_its_path(release: Release) -> None:
    """A text is as good as a path."""
    assert nosograph.open_release(str(release.folder)).version == release.version
    assert nosograph.compare(release, release).differs is False


@pytest.mark.parametrize(
    "name", ["condition:scleroderma", "condition/scleroderma", "https://w3id.org/nosograph/condition/scleroderma"]
)
def test_a_resource_is_looked_up_by_any_of_its_names(release: Release, name: str) -> None:
    """IRI, prefixed name and path below the base lead to the same resource."""
    found = nosograph.look_up(release, name)

    assert found is not None
    assert (found.iri, found.label) == ("https://w3id.org/nosograph/condition/scleroderma", "scleroderma")
    assert "https://w3id.org/nosograph/ontology#Condition" in found.types
    assert any(statement.language == "en" for statement in found.statements)


def test_the_facts_of_a_resource_are_complete(release: Release) -> None:
    """Every fact with the resource as subject or object is there, as a query finds it."""
    iri = "https://w3id.org/nosograph/condition/scleroderma"
    asked = nosograph.query(
        release, f"SELECT DISTINCT ?f {{ ?f a noso:Fact ; rdf:subject|rdf:object <{iri}> }}", timeout=60
    )

    found = nosograph.look_up(release, iri)

    assert found is not None
    assert {fact.iri for fact in found.facts} == {row["f"] for row in asked.rows}


def test_what_a_release_does_not_know_is_none(release: Release) -> None:
    """An unknown name is no error; an unknown prefix is, because it is a typing error."""
    assert nosograph.look_up(release, "condition/none-such") is None
    assert nosograph.look_up(release, "condition/no such") is None
    with pytest.raises(ReleaseError, match="prefix 'disease'"):
        nosograph.look_up(release, "disease:scleroderma")


def test_a_select_has_columns_and_rows(release: Release) -> None:
    """No format has to be chosen for the rows of an answer."""
    result = nosograph.query(release.folder, COUNT)

    assert (result.form, result.format, result.columns) == ("SELECT", "json", ("n",))
    assert int(result.rows[0]["n"]) == release.manifest.counts.facts
    assert result.bindings[0]["n"]["datatype"].endswith("#integer")
    assert result.boolean is None


def test_ask_and_construct_have_their_own_default(release: Release) -> None:
    """A question of yes or no is a boolean, a graph is Turtle."""
    asked = nosograph.query(release, "ASK { ?s a noso:Fact }")
    graph = nosograph.query(release, "CONSTRUCT { ?s a noso:Fact } WHERE { ?s a noso:Fact }")

    assert asked.boolean is True
    assert graph.format == "ttl"
    assert "a noso:Fact" in graph.text
    with pytest.raises(QueryRefused, match="'ttl'"):
        _ = graph.rows


def test_a_format_can_be_chosen(release: Release) -> None:
    """The answer is then what the store wrote."""
    assert nosograph.query(release, COUNT, format="csv").text.splitlines()[0] == "n"
    with pytest.raises(SettingsError, match="no format 'ttl'"):
        nosograph.query(release, COUNT, format="ttl")


def test_a_syntax_error_is_placed_in_the_text_as_given(release: Release) -> None:
    """The prefixes that are declared for the query do not move the column."""
    with pytest.raises(QuerySyntaxError) as caught:
        nosograph.query(release, "SELECT * { ?s a noso:Fact ; ?p }")
    assert (caught.value.line, caught.value.column) == (1, 32)


def test_an_endpoint_is_asked_by_its_address(release: Release, site: str) -> None:
    """A service elsewhere answers as a release does."""
    assert nosograph.query(f"{site}sparql", COUNT).rows == nosograph.query(release, COUNT).rows


def test_a_server_is_examined_within_its_budget(site: str) -> None:
    """The doctor's report comes as values, and no more is asked than was allowed."""
    report = nosograph.examine(f"{site}sparql", requests=8, pause=0)
    found = {result.check.name: result.decision.outcome.value for result in report.results}

    assert report.requests == 8
    assert found["query-get"] == "passed"
    assert found["dump-triples"] == "untested"
    with pytest.raises(SettingsError, match="not an address"):
        nosograph.examine("conditions.example.org")
    with pytest.raises(SettingsError, match="no bounds"):
        nosograph.examine(site, requests=0)


def test_the_application_answers(release: Release) -> None:
    """Any WSGI server can serve a release."""
    application = nosograph.application(release.folder, site_url="https://noso.example/")

    answer = Client(application).get("/condition/scleroderma.ttl")

    assert answer.status_code == 200
    assert "condition:scleroderma" in answer.text
    with pytest.raises(SettingsError):
        nosograph.application(release, query_timeout="soon")
