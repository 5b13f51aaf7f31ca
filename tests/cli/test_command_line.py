"""The command line as a user meets it: real processes, exit codes, what goes to which stream."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from desk import copy_leaflets
from rdflib import Graph
from rdflib.namespace import RDF, SH

from nosograph.assets import Assets
from nosograph.cli.program import COMMANDS, cli
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge, register_names
from nosograph.rdf.names import Base
from nosograph.release.opening import Release


def run(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Return what a run of the command line ended with."""
    command = [sys.executable, "-m", "nosograph.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, input=stdin, check=False, timeout=300)


@pytest.fixture
def copy(assets: Assets, tmp_path: Path) -> Path:
    """Return a copy of the asset folders that a test may spoil."""
    for folder in ("ontology", "shapes", "data"):
        shutil.copytree(assets.root / folder, tmp_path / folder)
    return tmp_path


@pytest.fixture
def small(assets: Assets, tmp_path: Path) -> Path:
    """Return asset folders with three facts that a test may spoil, whose names are registered."""
    leaflets = copy_leaflets(assets, tmp_path / "leaflets")
    register_names(leaflets, load_knowledge(leaflets, Base()))
    return leaflets.root


def replace(file: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file, which must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_has_examples(name: str) -> None:
    """Every command explains itself and shows how it is used."""
    done = CliRunner().invoke(cli, [name, "--help"], prog_name="nosograph")

    assert done.exit_code == 0
    assert f"nosograph {name}" in done.stdout.partition("Examples:")[2]


@pytest.mark.parametrize(
    "arguments", [("fly",), ("build", "--speed", "9"), ("query",), ("query", "-e", "ASK {}", "file.rq"), ("cite",)]
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    """A command that cannot be understood is told so on standard error."""
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_bad_base_iri_exits_with_2() -> None:
    """A base that is no IRI is named, with an example of one."""
    done = run("validate", "--base-iri", "not an iri")

    assert done.returncode == 2
    assert "'not an iri'" in done.stderr
    assert "https://" in done.stderr


def test_unreadable_configuration_exits_with_2(tmp_path: Path) -> None:
    """The configuration file that was named must be one."""
    (tmp_path / "c.toml").write_text("port = [", encoding="utf-8")

    done = run("--config", tmp_path / "c.toml", "validate")

    assert done.returncode == 2
    assert f"{tmp_path / 'c.toml'}: " in done.stderr


def test_validate_tells_syntax_errors_with_line_and_column(copy: Path) -> None:
    """Turtle that does not parse is found at file, line and column, and the exit code is 1."""
    file = copy / "data" / "findings.ttl"
    file.write_text(file.read_text(encoding="utf-8") + "finding:x a noso:Finding\nfinding:y", encoding="utf-8")
    line = file.read_text(encoding="utf-8").count("\n") + 1

    done = run("validate", "--assets", copy)

    assert done.returncode == 1
    assert f"data/findings.ttl:{line}:" in done.stderr


def test_validate_as_rdf_is_a_report_in_turtle() -> None:
    """The report comes first, and reads back as one sh:ValidationReport with its results."""
    done = run("validate", "--rdf")

    graph = Graph().parse(data=done.stdout, format="turtle")
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert f"\n\n<{report}> a sh:ValidationReport ;" in done.stdout
    assert set(graph.objects(report, SH.result)) == set(graph.subjects(RDF.type, SH.ValidationResult))


def test_validate_as_json_can_be_piped(copy: Path) -> None:
    """Violations stand in the JSON with their location, and nothing else is on standard output."""
    replace(copy / "data" / "conditions.ttl", '"systemic scleroderma"@en', '"scleroderma"@en')

    done = run("validate", "--assets", copy, "--json")

    results = [entry for entry in json.loads(done.stdout)["results"] if entry["severity"] == "Violation"]
    assert done.returncode == 1
    assert results
    assert {entry["file"] for entry in results} == {"data/conditions.ttl"}


def test_new_fact_is_validated_before_its_name_is_asked_for(copy: Path) -> None:
    """A curator first hears what is wrong with a fact; nothing wrong enters the registry, where it would stay."""
    registry = copy / "data" / "identifiers.tsv"
    before = registry.read_text(encoding="utf-8")
    with (copy / "data" / "facts" / "scleroderma.ttl").open("a", encoding="utf-8") as stream:
        stream.write(
            "[] a noso:Fact ; rdf:subject condition:localized-scleroderma ;"
            " rdf:predicate noso:hasSymptom ; rdf:object structure:face .\n"
        )

    validated = run("validate", "--assets", copy)
    registered = run("register", "--assets", copy)

    assert (validated.returncode, registered.returncode) == (1, 1)
    assert "FactHasEvidence" in validated.stdout
    assert "registry" not in validated.stdout + validated.stderr
    assert registry.read_text(encoding="utf-8") == before


def test_build_refuses_names_that_are_not_registered(small: Path, tmp_path: Path) -> None:
    """Data that conform but bring a new name stop, and the message tells the command that registers it."""
    registry = small / "data" / "identifiers.tsv"
    lines = registry.read_text(encoding="utf-8").splitlines(keepends=True)
    registry.write_text("".join(line for line in lines if not line.startswith("finding:warm-feet")), encoding="utf-8")

    done = run("build", "--assets", small, "--out", tmp_path / "releases", "--quiet")

    assert done.returncode == 1
    assert "finding:warm-feet" in done.stderr
    assert "nosograph register" in done.stderr
    assert not (tmp_path / "releases").exists()


def test_query_file_that_is_not_there_exits_with_2(tmp_path: Path) -> None:
    """The file is named."""
    done = run("query", tmp_path / "missing.rq")

    assert done.returncode == 2
    assert str(tmp_path / "missing.rq") in done.stderr


def test_build_that_fails_its_shapes_leaves_the_last_release(small: Path, release: Release, tmp_path: Path) -> None:
    """Data that do not conform make no release, and the one before stays what latest names."""
    releases = tmp_path / "releases"
    shutil.copytree(release.folder, releases / release.folder.name)
    (releases / "latest").symlink_to(release.folder.name)
    replace(small / "data" / "facts" / "fever.ttl", "noso:stance noso:supports", "noso:stance noso:stated")

    done = run("build", "--assets", small, "--out", releases, "--quiet")

    assert done.returncode == 1
    assert "data/facts/fever.ttl" in done.stderr
    assert {path.name for path in releases.iterdir() if not path.name.startswith(".")} == {
        release.folder.name,
        "latest",
    }
    assert (releases / "latest").readlink() == Path(release.folder.name)


def test_query_answers_as_table(release: Release) -> None:
    """The project's prefixes need no declaration, and IRIs are shown with them."""
    text = "SELECT ?s WHERE { condition:scleroderma noso:hasSubtype ?s } ORDER BY ?s"

    done = run("query", "--release", release.folder, "-e", text)

    assert done.returncode == 0, done.stderr
    header, rule, *rows = done.stdout.splitlines()
    assert (header, set(rule)) == ("s", {"-"})
    assert rows == ["condition:localized-scleroderma", "condition:systemic-scleroderma", "2 rows"]


@pytest.mark.parametrize("engine", ["store", "analysis"])
def test_query_asks_the_engine_that_is_named(release: Release, engine: str) -> None:
    """Both engines answer alike; a name that is none is refused with those that are."""
    text = "SELECT (COUNT(*) AS ?n) { ?s a noso:Condition }"

    done = run("query", "--release", release.folder, "--engine", engine, "--format", "csv", "-e", text)
    refused = run("query", "--release", release.folder, "--engine", "fastest", "-e", text)

    assert (done.returncode, done.stdout.split()[0]) == (0, "n")
    assert int(done.stdout.split()[1]) == release.manifest.counts.kinds["condition"]
    assert refused.returncode == 2
    assert "'fastest' is not one of automatic, store, analysis" in refused.stderr


def test_query_reads_standard_input_and_writes_csv(release: Release) -> None:
    """A query can be piped in, its answer piped on."""
    done = run("query", "--release", release.folder, "--format", "csv", "-", stdin="SELECT (1 + 1 AS ?two) WHERE {}")

    assert (done.returncode, done.stdout.split()) == (0, ["two", "2"])


def test_query_error_has_line_and_column(release: Release) -> None:
    """A syntax error is told where it stands in the text that the user wrote."""
    done = run("query", "--release", release.folder, "-e", "SELECT * WHERE { ?s ?p }")

    assert done.returncode == 3
    assert "Query line 1, column 24: Expected" in done.stderr


def test_query_format_that_does_not_fit_is_refused(release: Release) -> None:
    """A graph has no CSV; the message lists what it has."""
    done = run("query", "--release", release.folder, "--format", "csv", "-e", "CONSTRUCT WHERE { ?s ?p ?o }")

    assert done.returncode == 2
    assert "ttl" in done.stderr


def test_query_without_a_release_says_what_to_do(tmp_path: Path) -> None:
    """Nobody has to guess that a release must be built first."""
    done = run("query", "--releases", tmp_path, "-e", "ASK {}")

    assert done.returncode == 3
    assert "nosograph build" in done.stderr


def test_broken_pipe_is_no_error(release: Release) -> None:
    """A reader that has enough ('| head') ends the command in peace."""
    query = f"-m nosograph.cli query --release {release.folder} --format nt -e 'CONSTRUCT WHERE {{ ?s ?p ?o }}'"

    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} {query} | head -n 1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_verify_citations_reports_as_json(knowledge: KnowledgeGraph, source_texts: Path) -> None:
    """Every passage of the project's own data holds, and a program can read so."""
    done = run("verify-citations", "--sources", source_texts, "--json")

    verdict = json.loads(done.stdout)
    assert done.returncode == 0
    assert verdict["counts"]["verified"] == len(verdict["citations"])


def test_verify_citations_without_texts_exits_with_1(tmp_path: Path) -> None:
    """Passages that nobody could check are not passed off as checked."""
    done = run("verify-citations", "--sources", tmp_path)

    assert done.returncode == 1
    assert "no text found" in done.stdout


def test_verify_citations_of_a_missing_folder_exits_with_3(tmp_path: Path) -> None:
    """The folder is named, and what to do."""
    done = run("verify-citations", "--sources", tmp_path / "nowhere")

    assert done.returncode == 3
    assert str(tmp_path / "nowhere") in done.stderr
