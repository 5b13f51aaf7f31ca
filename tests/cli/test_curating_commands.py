"""A curator with an empty folder, a leaflet and a table gets to a release by the command line alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]
PSORIASIS = Path(__file__).parents[1] / "curation" / "psoriasis"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs the command in an empty folder, with the exit code that a test expects."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NOSOGRAPH_")}
    clean["PYTHONPATH"] = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)

    def call(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "nosograph.cli", *arguments],
            cwd=tmp_path,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return call


@pytest.mark.slow  # the guide for curators does the same in each run
def test_second_disease_from_an_empty_folder_to_a_release(run: Run, tmp_path: Path) -> None:
    """New folder, source, table, check, curate, register, validate, build with the texts as a gate, and ask."""
    shutil.copytree(PSORIASIS / "texts", tmp_path / "texts")
    run("new", "own", "--title", "Facts about psoriasis", "--creator", "A. Curator", "--date", "2026-01-31")
    described = json.loads(run("describe-source", "texts/psoriasis-leaflet.txt", "--json"))
    run("curate", "--template", "psoriasis.tsv", "--assets", "own")
    for path in PSORIASIS.glob("*.tsv"):
        assert (tmp_path / path.name).exists()
        shutil.copy(path, tmp_path)

    assert "would be written" in run("curate", "psoriasis.tsv", "--sources", "texts", "--check", "--assets", "own")
    report = json.loads(run("curate", "psoriasis.tsv", "--sources", "texts", "--json", "--assets", "own"))
    run("register", "--assets", "own")
    run("validate", "--assets", "own")
    run("build", "--sources", "texts", "--out", "releases", "--quiet", "--assets", "own")

    assert (report["rows"], report["kept"], report["problems"]) == (20, 20, [])
    assert described["digest"] in (tmp_path / "own/data/resources/psoriasis.ttl").read_text(encoding="utf-8")
    query = (
        "SELECT ?label ?status { ?fact rdf:subject condition:psoriasis ; rdf:predicate noso:hasSymptom ; "
        "rdf:object/skos:prefLabel ?label ; noso:status/skos:prefLabel ?status } ORDER BY ?label"
    )
    rows = json.loads(run("query", "--release", "releases/latest", "--format", "json", "-e", query))["results"][
        "bindings"
    ]
    assert [(row["label"]["value"], row["status"]["value"]) for row in rows] == [
        ("itch", "affirmed"),
        ("pitted nails", "affirmed"),
    ]
    published = json.loads((tmp_path / "releases/latest/report.json").read_text(encoding="utf-8"))
    assert published["citations"]["verified"] is True


def test_wrong_row_ends_with_code_1_and_the_others_are_kept(run: Run, tmp_path: Path) -> None:
    """The exit code tells a script that something is left to do."""
    shutil.copytree(PSORIASIS, tmp_path, dirs_exist_ok=True)
    run("new", "own", "--title", "Facts", "--creator", "A. Curator")
    table = tmp_path / "psoriasis.tsv"
    table.write_text(table.read_text(encoding="utf-8").replace("There is no cure", "There is a cure"), encoding="utf-8")

    output = run("curate", "psoriasis.tsv", "--sources", "texts", "--assets", "own", code=1)

    assert (
        "psoriasis.tsv, row 18, column quotation: The quotation is not in the text of source:psoriasis-leaflet"
        in output
    )
    assert "There is no cure" in output
    assert "19 of 20 rows kept" in output


def test_quotation_is_found_by_itself(run: Run, tmp_path: Path) -> None:
    """``cite`` finds a quotation as ``curate`` does, and shows the words as they stand."""
    shutil.copytree(PSORIASIS, tmp_path, dirs_exist_ok=True)
    run("new", "own", "--title", "Facts", "--creator", "A. Curator")
    run("curate", "psoriasis.tsv", "--sources", "texts", "--assets", "own")

    found = run("cite", "psoriasis-leaflet", "THE PATCHES OFTEN ITCH", "--sources", "texts", "--assets", "own")
    missed = run("cite", "psoriasis-leaflet", "There was no cure", "--sources", "texts", "--assets", "own", code=1)

    assert found.count("# The patches often itch\n[ oa:start ") == 2
    assert "nearest passage is at" in missed


def test_what_is_not_asked_for_clearly_is_refused(run: Run, tmp_path: Path) -> None:
    """No table, two tasks, a folder that is not empty: each says what to write."""
    assert "Name a TABLE" in run("curate", code=2)
    assert "Name a TABLE" in run("curate", "x.tsv", "--list", code=2)
    (tmp_path / "kept.txt").touch()
    assert "The folder is not empty" in run("new", ".", "--title", "t", "--creator", "c", code=1)


def test_list_has_every_predicate_and_value(run: Run) -> None:
    """What a curator may write is printed from the vocabulary."""
    listed = json.loads(run("curate", "--list", "--json"))

    assert {"name", "label", "subject", "object", "definition", "note"} == set(listed["predicates"][0])
    assert {"supports", "disputes"} == {value["name"] for value in listed["values"]["stance"]}
    assert "hasSymptom  (condition → finding)" in run("curate", "--list")
