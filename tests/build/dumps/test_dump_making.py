"""Dumps are the same files whoever writes them, and those of a large release are compressed alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.dumps.making import DumpJob, make_dumps
from nosograph.build.pipeline import build_release
from nosograph.build.quads import write_sorted
from nosograph.errors import ReleaseError
from nosograph.rdf.jsonld import prefix_context
from nosograph.rdf.lines import read_lines
from nosograph.release.names import DUMPS
from nosograph.release.opening import Release
from nosograph.release.verifying import verify_release

TURTLE_AND_NQUADS = [dump for dump in DUMPS if dump.extension in ("ttl", "nq")]
RDF_XML = [dump for dump in DUMPS if dump.extension == "rdf"]


def _job(folder: Path, lines: Iterator[bytes]) -> DumpJob:
    folder.mkdir()
    prefixes = {"e": "http://e.org/"}
    return DumpJob(write_sorted(lines, folder), folder, folder, prefixes, prefix_context(prefixes))


def test_processes_do_not_show(published: Release, tmp_path: Path) -> None:
    """Files, sizes and digests are the same in this process and in others; both report what they do."""
    steps: set[str] = set()
    one = _job(tmp_path / "one", read_lines(published.dump("nq")))
    other = _job(tmp_path / "other", read_lines(published.dump("nq")))

    here = make_dumps(one, lambda *_: None, dumps=TURTLE_AND_NQUADS)
    apart = make_dumps(other, lambda step, *_: steps.add(step), dumps=TURTLE_AND_NQUADS, side_by_side=0, at_once=2)

    assert here == apart
    assert len(here) == 6
    assert steps == {f"{done} nosograph.{name}" for done in ("write", "check") for name in ("ttl", "nq")}


def test_what_another_process_cannot_write_is_an_error_here(tmp_path: Path) -> None:
    """RDF/XML has no name for the predicate; the error says so, with its hint, as if it had been raised here."""
    line = b"<http://e.org/s> <http://e.org/p/1> <http://e.org/o> <http://e.org/g> .\n"
    job = _job(tmp_path / "job", iter([line]))

    with pytest.raises(ReleaseError, match="cannot be written as RDF/XML") as caught:
        make_dumps(job, lambda *_: None, dumps=RDF_XML, side_by_side=0, at_once=2)

    assert caught.value.hint


def test_a_large_release_has_compressed_dumps_alone(tmp_path: Path) -> None:
    """Beyond the number of quads that is given, only the N-Quads are plain as well, and nothing names other files."""
    release = build_release(small_knowledge(), CONFORMING, tmp_path / "releases", assets=ASSETS, plain_quads=10)

    dumps = {name for dump in DUMPS for name in (dump.name(), dump.name("gz"), dump.name("zst"))}
    found = dumps & set(release.manifest.files)

    assert found == {name for name in dumps if name.endswith((".gz", ".zst"))} | {"nosograph.nq"}
    assert "nosograph.facts.tsv" not in release.manifest.files
    assert "nosograph.facts.tsv.gz" in release.manifest.files
    assert not verify_release(release.folder).damaged
    described = release.file("dcat.ttl").read_text(encoding="utf-8")
    assert "nosograph.ttl.gz>" in described
    assert "nosograph.ttl>" not in described
