"""A build imports again what has changed, and uses what it kept of the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from imported import SAMPLE

from nosograph.api.importing import import_declared
from nosograph.assets import Assets, find_assets
from nosograph.imports.declared import FILE
from nosograph.rdf.names import Base

Import = Callable[..., tuple[set[str], str]]

LIST = """[signs]
kind = "hpoa"
files = ["annotations.hpoa", "terms.obo"]

[genes]
kind = "hpo-genes"
files = ["genes_to_disease.txt"]
license = "https://genes.example/l"
version = "1"
"""


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    """Return assets with the project's vocabulary and a list of two imports of the sample files."""
    root, own = tmp_path / "assets", find_assets()
    (root / "data").mkdir(parents=True)
    for name in ("ontology", "shapes"):
        (root / name).symlink_to(own.root / name)
    for name in ("annotations.hpoa", "terms.obo", "genes_to_disease.txt"):
        (root / name).write_bytes((SAMPLE / name).read_bytes())
    (root / FILE).write_text(LIST)
    return Assets(root)


@pytest.fixture
def run(assets: Assets, tmp_path: Path) -> Import:
    """Return a function that imports the list and returns what was imported anew, and the reports as JSON."""
    runs = iter(range(100))
    seen: dict[str, int] = {}

    def work(base: str = "", *, anew: bool = False) -> tuple[set[str], str]:
        out = tmp_path / f"run-{next(runs)}"
        out.mkdir()
        base_iri = Base(base) if base else Base()
        kept = None if anew else tmp_path / "kept"
        paths, reports = import_declared(assets, base_iri, ["all"], out, lambda *step: None, kept=kept)
        assert [path.name for path in paths] == ["signs.nq", "genes.nq"]
        # A file that was kept is linked, so it has the same number on disk.
        made = {path.stem for path in paths if seen.get(path.stem) != path.stat().st_ino}
        seen.update({path.stem: path.stat().st_ino for path in paths})
        return made, json.dumps(reports)

    return work


def test_what_has_not_changed_is_not_imported_again(run: Import) -> None:
    """The second time nothing is made, and the reports are the same."""
    first, reports = run()
    second, same = run()

    assert first == {"signs", "genes"}
    assert second == set()
    assert same == reports


def test_what_has_changed_is_imported_again(run: Import, assets: Assets) -> None:
    """A row, a setting or the base; the other import is kept where it is not concerned."""
    run()
    path = assets.root / "annotations.hpoa"
    path.write_text(path.read_text().replace("PMID:13", "PMID:99"))
    changed, _ = run()
    (assets.root / FILE).write_text(LIST.replace('"terms.obo"]', '"terms.obo"]\nelectronic = false'))
    other_setting, reports = run()
    moved, _ = run(base="https://example.org/kg/")

    assert changed == {"signs"}
    assert other_setting == {"signs"}
    assert "inferred electronically" in reports
    assert moved == {"signs", "genes"}


@pytest.mark.parametrize("damaged", ["signs.nq", "signs.json"])
def test_what_is_damaged_is_imported_again(run: Import, tmp_path: Path, damaged: str) -> None:
    """What was kept is compared with its digest before it is used."""
    _, reports = run()
    path = tmp_path / "kept" / damaged
    path.unlink()
    path.write_bytes(b"damaged")
    again, same = run()

    assert again == {"signs"}
    assert same == reports


def test_without_a_folder_everything_is_imported(run: Import) -> None:
    """Nothing that was kept is used."""
    run()
    again, _ = run(anew=True)

    assert again == {"signs", "genes"}
