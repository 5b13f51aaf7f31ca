"""The dumps for other tools as these tools read them: SSSOM, KGX with the Biolink Model, nanopublications.

Each tool is installed with its many dependencies into an environment of its own, which is kept in the cache of pytest.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import SECONDS, output
from sharing import alone_in

from nosograph.release.opening import Release

HERE = Path(__file__).parent
SSSOM = ("sssom==0.4.21",)
KGX = ("kgx==2.6.0", "biolink-model==4.4.6")
NANOPUB = ("nanopub==2.0.1",)

pytestmark = pytest.mark.slow
Environment = Callable[[tuple[str, ...]], Path]


@pytest.fixture(scope="session")
def environment(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return what installs packages into an environment of their own and returns its Python."""

    def make(packages: tuple[str, ...]) -> Path:
        name = f"python-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:16]}"
        cache = getattr(pytestconfig, "cache", None)
        folder = cache.mkdir(name) if cache else tmp_path_factory.getbasetemp() / name
        folder.mkdir(exist_ok=True)
        python = folder / "bin" / "python"
        with alone_in(folder):
            if not (folder / "installed").exists():
                subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=SECONDS)
                command = [str(python), "-m", "pip", "install", "--quiet", *packages]
                done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
                if done.returncode:
                    pytest.skip(f"pip could not install {', '.join(packages)}: {done.stderr[-300:]}")
                (folder / "installed").touch()
        return python

    return make


def found(*command: object) -> Any:
    """Return the JSON that a command prints in its last line."""
    return json.loads(output(*command).splitlines()[-1])


def test_sssom_validates_each_set(environment: Environment, release: Release) -> None:
    """``sssom validate`` accepts the table of each mapping set, and its reader finds the same in table and RDF."""
    python = environment(SSSOM)
    tables = sorted((release.folder / "mapping-sets").glob("*.sssom.tsv"))

    assert tables
    for table in tables:
        output(python.parent / "sssom", "validate", table)
        read = found(python, HERE / "sssom" / "read_set.py", table, table.with_name(f"{table.name[:-10]}.ttl"))
        assert read["table"] == read["rdf"]
        assert len(read["table"]) > 1


def test_kgx_validates_nodes_and_edges(environment: Environment, release: Release) -> None:
    """KGX finds no error by the Biolink Model but that it has no prefix for resources without a code elsewhere."""
    python = environment(KGX)
    files = [release.dump(f"kgx_{part}.jsonl") for part in ("nodes", "edges")]
    own = [*release.base.kinds, "ORPHA", "DECIPHER"]

    report = found(python, HERE / "biolink" / "validate_kgx.py", *files, *own)

    assert report["errors"] == {}
    assert {"knowledge_level", "agent_type"} <= set(report["required"]["edges"])
    assert report["seen"] == {
        kind: len(path.read_text(encoding="utf-8").splitlines())
        for kind, path in zip(("NODE", "EDGE"), files, strict=True)
    }


def test_kgx_validator_finds_errors(environment: Environment, tmp_path: Path) -> None:
    """The validator that passes the release refuses an edge without a knowledge level, and an unknown category."""
    (tmp_path / "a_nodes.jsonl").write_text('{"id": "HP:1", "category": ["biolink:Nothing"]}\n')
    (tmp_path / "a_edges.jsonl").write_text(
        '{"id": "e", "subject": "HP:1", "predicate": "biolink:related_to", "object": "HP:1",'
        ' "agent_type": "not_provided"}\n'
    )

    report = found(
        environment(KGX), HERE / "biolink" / "validate_kgx.py", tmp_path / "a_nodes.jsonl", tmp_path / "a_edges.jsonl"
    )

    assert set(report["errors"]["ERROR"]) == {"INVALID_CATEGORY", "MISSING_EDGE_PROPERTY"}


def test_nanopub_accepts_each_nanopublication(environment: Environment, release: Release) -> None:
    """The package ``nanopub`` finds each valid, and computes the code that its trusty URI ends in."""
    report = found(
        environment(NANOPUB),
        HERE / "nanopublications" / "check_nanopublications.py",
        release.dump("nanopublications.trig"),
    )

    assert report == {"nanopublications": release.manifest.counts.evidence, "wrong": {}}
