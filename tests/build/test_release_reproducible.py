"""The same input gives the same bytes: in another folder, process, time zone, locale and hash seed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

import pytest
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.release.manifest import RELEASE_FORMAT
from nosograph.release.opening import Release

PROGRAM = Path(__file__).parents[1] / "support" / "small_release.py"


def _files(folder: Path) -> dict[str, bytes]:
    """Everything in a release but what belongs to one machine: derived files, and the record of the build."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in ("derived", "build.json")
    }


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "Pacific/Pago_Pago", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
    ],
    ids=["east", "west"],
)
def test_another_process_writes_the_same_bytes(own: Release, tmp_path: Path, environment: dict[str, str]) -> None:
    """Every dump, description, manifest and checksums are equal byte for byte."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path / "other")],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )

    first, second = _files(own.folder), _files(tmp_path / "other" / done.stdout.strip())
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_the_epoch_dates_the_release(tmp_path: Path, knowledge: KnowledgeGraph) -> None:
    """SOURCE_DATE_EPOCH gives the date, in UTC, in the version, the manifest and the descriptions; twice the same."""
    one = build_release(knowledge, CONFORMING, tmp_path / "one", epoch=86_400 * 366 - 1, assets=ASSETS)
    two = build_release(knowledge, CONFORMING, tmp_path / "two", epoch=86_400 * 366 - 1, assets=ASSETS)

    assert one.manifest.date.isoformat() == "1971-01-01"
    assert one.version.startswith("1971-01-01-")
    assert "1971-01-01" in one.file("dcat.ttl").read_text()
    assert _files(one.folder) == _files(two.folder)


def test_what_is_said_of_the_data_is_part_of_the_version(
    own: Release, knowledge: KnowledgeGraph, tmp_path: Path
) -> None:
    """A changed question changes the metadata graph, so it changes the version too."""
    fewer = dataclasses.replace(knowledge, questions=knowledge.questions[:1])

    other = build_release(fewer, CONFORMING, tmp_path / "other", assets=ASSETS)

    assert other.version != own.version


def test_no_file_knows_when_or_where_it_was_built(knowledge: KnowledgeGraph, tmp_path: Path) -> None:
    """No published text holds the folder that it was built in."""
    built = build_release(knowledge, CONFORMING, tmp_path / "releases", assets=ASSETS)

    named = [name for name, content in _files(built.folder).items() if str(tmp_path).encode() in content]

    assert named == []


def test_versions_of_tools_are_in_no_digest(own: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Manifest and SHA256SUMS name the same bytes on every Python version; what built a release is recorded beside."""
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    monkeypatch.setattr("zlib.ZLIB_RUNTIME_VERSION", "9.9.9")
    other = build_release(small_knowledge(), CONFORMING, tmp_path / "other", assets=ASSETS)

    assert _files(own.folder) == _files(other.folder)
    assert json.loads((other.folder / "build.json").read_text())["tools"]["python"] == "3.99.0"
    assert "python" not in (other.folder / "manifest.json").read_text().lower()


def test_the_release_format_stands_for_these_bytes(own: Release) -> None:
    """A change of the software that changes bytes of a dump raises ``RELEASE_FORMAT``, which is in the content hash.

    So two releases of one version are the same bytes, whichever version of the software built them. If this fails,
    raise the number and write the new digest here; leave the number alone only while it is not yet published.
    """
    if installed_version("pyoxigraph") != "0.5.13":
        pytest.skip("the digest was taken with the serialisers of pyoxigraph 0.5.13")
    digest = hashlib.sha256()
    for name, file in own.manifest.files.items():
        if file.compression is None and name.startswith("nosograph.") and not name.endswith(".parquet"):
            digest.update(f"{name} {file.sha256}\n".encode())

    assert (RELEASE_FORMAT, digest.hexdigest()) == (
        3,
        "9e485947000046153f603ce5f0fafd0be8ade04adf0777b77a8aecea61804e77",
    )
