"""Store, search index and documents are made from the N-Quads whenever those that are there do not fit."""

from __future__ import annotations

import dataclasses
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from damage import flip, halve
from pyoxigraph import NamedNode, Quad, Store

import nosograph
from nosograph.errors import ReleaseError
from nosograph.indexing.making import make_derived, write_derived
from nosograph.indexing.preparing import prepare_release
from nosograph.progress import quiet
from nosograph.release.derived import DerivedFile, derived_problem, engine_versions, read_record, write_record
from nosograph.release.opening import Release, open_release


def test_processes_do_not_show(published: Release, tmp_path: Path) -> None:
    """Files that processes of their own write have as many entries as those of the release, and documents the same."""
    steps: set[str] = set()

    record = write_derived(published, tmp_path / "apart", lambda step, *_: steps.add(step), side_by_side=0, at_once=2)

    there = read_record(published.derived_folder)
    assert there is not None
    assert (record.stored, record.names, record.documents) == (there.stored, there.names, there.documents)
    assert (tmp_path / "apart" / "documents.sqlite").read_bytes() == published.documents_file.read_bytes()
    assert {"load store", "index labels", "write documents", "answer questions"} <= steps


def test_a_file_that_cannot_be_written_apart_is_an_error_here(published: Release, tmp_path: Path) -> None:
    """A process that finds no manifest says so as if the error had been raised here."""
    shutil.copytree(published.folder, tmp_path / "copy")
    copied = open_release(tmp_path / "copy")
    (copied.folder / "manifest.json").unlink()

    with pytest.raises(ReleaseError, match="manifest") as caught:
        write_derived(copied, tmp_path / "apart", quiet, side_by_side=0, at_once=2)

    assert caught.value.hint


def store_manifest(release: Release) -> Path:
    """Return the file in which the engine lists the others of its store."""
    return next(release.store_folder.glob("MANIFEST-*"))


def edit_record(release: Release, **values: Any) -> None:
    """Change what the record of derived files says."""
    record = read_record(release.derived_folder)
    assert record is not None
    write_record(dataclasses.replace(record, **values), release.derived_folder)


def flip_digest(release: Release) -> None:
    """Change a digit of a digest in the record, as a disk may: no file changes, nor its size or time."""
    path = release.derived_folder / "derived.json"
    before = path.read_text()
    after = re.sub(
        r'("sha256": ")([0-9a-f])', lambda found: found[1] + ("1" if found[2] == "0" else "0"), before, count=1
    )
    assert after != before
    path.write_text(after)


def add_a_quad(release: Release) -> None:
    """Write another quad into the store, and forget that its files changed."""
    store = Store(str(release.store_folder))
    node = NamedNode("https://example.org/extra")
    store.add(Quad(node, node, node, node))
    store.flush()
    del store
    from_disk = {
        path.relative_to(release.derived_folder).as_posix(): DerivedFile(
            path.stat().st_size, "0" * 64, path.stat().st_mtime_ns
        )
        for path in release.derived_folder.rglob("*")
        if path.is_file() and path.name != "derived.json"
    }
    edit_record(release, files=from_disk)


def says(words: str, text: str) -> bool:
    """Return whether a text has some words, as pytest's ``match`` has it."""
    return bool(re.search(words, text))


DAMAGES: dict[str, tuple[Callable[[Release], object], str]] = {
    "removed": (lambda release: shutil.rmtree(release.derived_folder), "not there"),
    "no record": (lambda release: (release.derived_folder / "derived.json").unlink(), "incomplete"),
    "half a record": (lambda release: halve(release.derived_folder / "derived.json"), "incomplete"),
    "a digit of the record": (flip_digest, "record is damaged"),
    "half a store": (lambda release: halve(store_manifest(release)), "bytes where the record says"),
    "empty store": (lambda release: store_manifest(release).write_bytes(b""), "0 bytes where the record says"),
    "missing file": (lambda release: store_manifest(release).unlink(), "is missing"),
    "flipped index": (lambda release: flip(release.search_database), r"SHA-256 of search\.sqlite"),
    "flipped documents": (lambda release: flip(release.documents_file), r"SHA-256 of documents\.sqlite"),
    "another number of documents": (lambda release: edit_record(release, documents=0), "where the record says 0"),
    "another quad": (add_a_quad, "statements where the release has"),
    "another engine": (lambda release: edit_record(release, engines={"pyoxigraph": "0.1"}), "another version"),
    "another format": (lambda release: edit_record(release, format=0), "another version"),
    "another release": (lambda release: edit_record(release, source="0" * 64), "another release"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_does_not_fit_is_found(own: Release, name: str) -> None:
    """Whatever is missing, damaged or of another version is told as what it is."""
    damage, words = DAMAGES[name]
    assert derived_problem(open_release(own.folder)) == ""

    damage(own)

    assert says(words, derived_problem(open_release(own.folder)))


@pytest.mark.parametrize("name", ["removed", "a digit of the record", "half a store", "another quad"])
def test_what_does_not_fit_is_made_anew(own: Release, name: str) -> None:
    """Where something is found, a release that is prepared says it and makes all derived files again."""
    damage, words = DAMAGES[name]
    damage(own)
    heard: list[str] = []

    release = prepare_release(own.folder, progress=lambda step, done, total: heard.append(step))

    assert derived_problem(release, deep=True) == ""
    assert says(words, heard[0])
    assert {"load store", "index labels", "write documents"} <= set(heard)
    assert len(Store.read_only(str(release.store_folder))) == release.manifest.counts.stored
    assert sorted(path.name for path in own.folder.glob(".derived*")) == [".derived.lock"]


def test_what_fits_is_left_alone(own: Release) -> None:
    """A release whose derived files fit is opened without a step."""
    before = own.search_database.stat().st_ino

    prepare_release(own.folder, progress=lambda step, done, total: pytest.fail(f"step {step}"))

    assert own.search_database.stat().st_ino == before


def test_a_copy_without_derived_files_is_answered_from(own: Release, tmp_path: Path) -> None:
    """Manifest, dumps and documents alone are a release: a copy of them is indexed and asked."""
    copy = tmp_path / "copy"
    shutil.copytree(own.folder, copy, ignore=shutil.ignore_patterns("derived", "build.json"))

    answer = nosograph.query(copy, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")

    assert answer.rows == [{"n": str(own.manifest.counts.triples)}]


def test_damaged_quads_make_no_store(own: Release) -> None:
    """A store is made of N-Quads whose digest is right; what was there stays."""
    flip(own.dump("nq"))
    shutil.rmtree(own.derived_folder)

    with pytest.raises(ReleaseError, match=r"nosograph\.nq.*SHA-256"):
        make_derived(Release(own.folder, own.manifest), quiet)

    assert [path.name for path in own.folder.glob(".derived*")] == [".derived.lock"]
    assert not own.derived_folder.exists()


def test_two_processes_at_once_make_one_store(own: Release) -> None:
    """Started together on a release without a store, all of them use the one that the first makes."""
    shutil.rmtree(own.derived_folder)
    program = (
        "import sys; from pathlib import Path; from nosograph.indexing.preparing import prepare_release\n"
        "release = prepare_release(Path(sys.argv[1]), progress=lambda *_: None)\n"
        "print(release.search_database.stat().st_ino)"
    )
    command = [sys.executable, "-c", program, str(own.folder)]

    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [process.communicate(timeout=120)[0].strip() for process in running]

    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(set(outputs)) == 1
    assert derived_problem(own, deep=True) == ""


def test_what_a_killed_process_left_is_swept(own: Release) -> None:
    """SIGKILL while a store is made leaves the one that was there, and the next process removes the rest."""
    program = (
        "import sys, os; from pathlib import Path; from nosograph.indexing.making import make_derived\n"
        "from nosograph.release.opening import open_release\n"
        "def stop(step, done, total):\n"
        "    if step == 'index labels': print('here', flush=True); sys.stdin.readline()\n"
        "make_derived(open_release(Path(sys.argv[1])), stop, anew=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(own.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert derived_problem(own) == ""
    assert len(list(own.folder.glob(".derived-*"))) == 1

    make_derived(own, quiet, anew=True)

    assert list(own.folder.glob(".derived-*")) == []
    assert derived_problem(own, deep=True) == ""


def test_a_cache_folder_holds_what_a_release_cannot(own: Release, tmp_path: Path) -> None:
    """With a cache folder, a release is asked without a byte being written into it."""
    shutil.rmtree(own.derived_folder)
    before = sorted(path.name for path in own.folder.iterdir())

    release = prepare_release(own.folder, cache=tmp_path / "cache", progress=quiet)
    prepare_release(own.folder, cache=tmp_path / "cache", progress=lambda step, done, total: pytest.fail(step))

    assert sorted(path.name for path in own.folder.iterdir()) == before
    assert release.store_folder == tmp_path / "cache" / own.version / "store"
    assert nosograph.query(release, "ASK { ?s ?p ?o }").boolean


def test_a_folder_that_cannot_be_written_is_a_clear_error(own: Release) -> None:
    """Where nothing can be written the message says where, and names the setting that helps."""
    shutil.rmtree(own.derived_folder)
    blocked = dataclasses.replace(own, cache=own.folder / "manifest.json")

    with pytest.raises(ReleaseError, match=r"cannot be written.*--cache"):
        make_derived(blocked, quiet)


def test_the_record_names_what_made_the_files(own: Release) -> None:
    """The record beside the files has engine, format, counts and digests, and none of it is in the manifest."""
    record = read_record(own.derived_folder)

    assert record is not None
    assert (record.version, dict(record.engines)) == (own.version, engine_versions())
    assert record.stored == own.manifest.counts.stored
    assert record.names > 0
    assert "search.sqlite" in record.files
    assert not any(name.startswith(("derived", "store", "search")) for name in own.manifest.files)
