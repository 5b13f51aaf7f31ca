"""What an installation takes from elsewhere is pinned and listed with its licence; the package is built alike twice."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = {"nosograph": (), "hpo": ("hpo",), "test": ("test", "hpo"), "all": ("test", "hpo", "cluster", "bench", "slow")}
"""The lock files and the extras that they are for."""

AGAIN = "run scripts/lock"


def project() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pinned(name: str) -> dict[str, Requirement]:
    """Return what a lock file pins, by name; every entry has a digest."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^ *#.*\n", "", text).strip())
    found = [Requirement(entry.partition("\\\n")[0].strip()) for entry in entries]

    assert all("--hash=sha256:" in entry for entry in entries)
    return {canonicalize_name(requirement.name): requirement for requirement in found}


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_fit_the_declared_ranges(name: str) -> None:
    """Each declared dependency is pinned to a version of its range."""
    declared = project()["project"]
    texts = [*declared["dependencies"]]
    for extra in LOCKS[name]:
        texts += declared["optional-dependencies"][extra]
    locked = pinned(name)

    for wanted in map(Requirement, texts):
        found = locked.get(canonicalize_name(wanted.name))
        assert found is not None, f"{wanted.name} is not pinned in requirements/{name}.txt: {AGAIN}"
        (exact,) = found.specifier
        assert exact.operator == "=="
        assert wanted.specifier.contains(exact.version, prereleases=True), f"{found} is not {wanted}: {AGAIN}"


def test_what_builds_the_package_is_pinned() -> None:
    """The build backend, and what an editable installation needs besides, have their lock file."""
    (wanted,) = map(Requirement, project()["build-system"]["requires"])
    locked = pinned("build")
    (exact,) = locked[wanted.name].specifier

    assert "editables" in locked
    assert wanted.specifier.contains(exact.version), AGAIN


def test_lock_files_agree() -> None:
    """A package has one version in all lock files, so what the tests ran with is what is installed."""
    tested = pinned("test")

    for name in ("nosograph", "hpo", "build", "all"):
        for package, requirement in pinned(name).items():
            if package in tested:
                assert requirement.specifier == tested[package].specifier, f"{name}: {package}: {AGAIN}"


def test_lock_files_name_no_host() -> None:
    """An installation takes the files from wherever it takes packages, and knows them by their digests."""
    for path in [*(ROOT / "requirements").glob("*.txt"), ROOT / "sbom.cdx.json"]:
        found = re.findall(r"https?://[^\s\"]+", path.read_text(encoding="utf-8"))
        assert {address for address in found if "cyclonedx.org/schema" not in address} == set(), path.name


def bill() -> dict[str, Any]:
    """Return the bill of materials."""
    found: dict[str, Any] = json.loads((ROOT / "sbom.cdx.json").read_text(encoding="utf-8"))
    return found


def test_bill_of_materials_is_valid() -> None:
    """The bill of materials holds to the strict schema of CycloneDX 1.6."""
    text = (ROOT / "sbom.cdx.json").read_text(encoding="utf-8")

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_bill_of_materials_and_notices_are_current() -> None:
    """Both list what the lock files have, each with its version and a licence, and nothing else."""
    notices = (ROOT / "docs" / "third-party.md").read_text(encoding="utf-8")
    editor = json.loads((ROOT / "server/nosograph/web/frontend/package-lock.json").read_text(encoding="utf-8"))
    bundled = {
        location.removeprefix("node_modules/"): entry["version"]
        for location, entry in editor["packages"].items()
        if location and not entry.get("dev")
    }
    libraries = [entry for entry in bill()["components"] if entry["type"] == "library"]
    listed = {
        "/".join(filter(None, (entry.get("group"), entry["name"]))): entry["version"]
        for entry in libraries
        if entry["purl"].startswith("pkg:npm/")
    }
    installed = {entry["name"]: entry["version"] for entry in libraries if entry["purl"].startswith("pkg:pypi/")}
    here = {
        name: next(iter(entry.specifier)).version
        for name, entry in pinned("nosograph").items()
        if entry.marker is None or entry.marker.evaluate({"sys_platform": "linux", "python_full_version": "3.13.0"})
    }

    assert listed == bundled
    assert {canonicalize_name(name): version for name, version in installed.items()} == here, AGAIN
    for entry in libraries:
        name = "/".join(filter(None, (entry.get("group"), entry["name"])))
        assert entry["licenses"]
        assert f"| {name} | {entry['version']} | " in notices, AGAIN
    assert notices.count("\n| ") == len(libraries) + 4


def test_lists_are_what_the_script_writes() -> None:
    """Nobody edits the lists by hand; where other versions than the pinned are installed, the script cannot tell."""
    loader = importlib.machinery.SourceFileLoader("supply", str(ROOT / "scripts" / "supply"))
    specification = importlib.util.spec_from_loader(loader.name, loader)
    assert specification is not None
    script = importlib.util.module_from_spec(specification)
    sys.modules[loader.name] = script  # its dataclasses look themselves up there
    loader.exec_module(script)
    try:
        packages = [*script.python_packages(), *script.editor_packages()]
    except SystemExit as said:
        pytest.skip(str(said))

    assert script.write_bill(packages) == (ROOT / "sbom.cdx.json").read_text(encoding="utf-8"), AGAIN
    assert script.write_notices(packages) == (ROOT / "docs" / "third-party.md").read_text(encoding="utf-8"), AGAIN


def test_table_of_code_systems_is_in_the_notices() -> None:
    """Data of others that are inside the package are named with version and licence."""
    first = (ROOT / "server/nosograph/search/code_systems.tsv").read_text(encoding="utf-8").partition("\n")[0]
    name, licence, _ = first.removeprefix("# ").split(", ")

    assert f"| {name} | {licence} |" in (ROOT / "docs" / "third-party.md").read_text(encoding="utf-8")


def tracked_copy(folder: Path, mask: int, modified: float) -> Path:
    """Return a copy of what a clone has, made under a umask, with all files modified at a time."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if not names:
        pytest.skip("this is no clone, so it is not known which files belong to the project")
    before = os.umask(mask)
    try:
        for name in filter(None, names.split("\0")):
            source, target = ROOT / name, folder / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
                target.chmod((0o777 if os.access(source, os.X_OK) else 0o666) & ~mask)
                os.utime(target, (modified, modified))
    finally:
        os.umask(before)
    return folder


def build(folder: Path, out: Path, mask: int, frontend: str) -> dict[str, str]:
    """Return the digests of wheel and source distribution, built in a folder under a umask."""
    environment = {**os.environ, "NOSOGRAPH_FRONTEND": frontend, "SOURCE_DATE_EPOCH": "1767225600"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(out)]
    before = os.umask(mask)
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}


@pytest.mark.slow
def test_package_is_built_alike_anywhere(tmp_path: Path) -> None:
    """Wheel and source distribution have the same bytes from another folder, umask and time, the editor included."""
    frontend = "require" if shutil.which("npm") else "skip"
    one = tracked_copy(tmp_path / "one", 0o022, 1_000_000_000.0)
    other = tracked_copy(tmp_path / "another" / "folder", 0o077, 1_700_000_000.0)

    first = build(one, tmp_path / "first", 0o022, frontend)
    second = build(other, tmp_path / "second", 0o077, frontend)

    assert first == second
    assert len(first) == 2
    (source,) = (tmp_path / "first").glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    third = build(unpacked, tmp_path / "third", 0o022, frontend)
    assert third == first
    (wheel,) = (tmp_path / "first").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith(".dist-info/sboms/sbom.cdx.json") for name in names)
    assert any(name.endswith(".dist-info/licenses/docs/third-party.md") for name in names)
    assert "nosograph/assets_packaged/docs/deploy/nginx.conf" in names
    assert ("nosograph/web/static/built/notices.txt" in names) == (frontend == "require")


def test_signatures_of_the_guide_hold(tmp_path: Path) -> None:
    """The commands that sign and check a version do so: a changed file and another's signature are found."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    text = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
    sums, sign, verify, check = re.findall(r"(?m)^(?:sha256sum|ssh-keygen) .+$", text)
    folder = tmp_path / "dist"
    for path in (
        folder / "a.whl",
        folder / "a.tar.gz",
        tmp_path / "sbom.cdx.json",
        tmp_path / "requirements" / "a.txt",
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(path.name, encoding="utf-8")
    keys = {name: tmp_path / name for name in ("key", "stranger")}
    for key in keys.values():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = (tmp_path / "key.pub").read_text(encoding="utf-8")
    (folder / "allowed_signers").write_text(f"releases@example.org {public}", encoding="utf-8")

    def run(command: str, key: str = "key") -> int:
        own = command.replace("~/.ssh/nosograph_release", str(keys[key]))
        return subprocess.run(["sh", "-c", own], cwd=folder, capture_output=True, check=False).returncode

    assert [run(command) for command in (sums, sign, verify, check)] == [0, 0, 0, 0]
    (folder / "a.whl").write_text("changed", encoding="utf-8")
    assert run(check) != 0
    (folder / "SHA256SUMS.sig").unlink()
    assert [run(sign, "stranger"), run(verify) == 0] == [0, False]
