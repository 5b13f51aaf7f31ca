"""Makes the derived files of a release: beside those that are there, then swapped in one step under a lock."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from nosograph.analysis.writing import write_analysis
from nosograph.errors import Location, ReleaseError
from nosograph.indexing.apart import SIDE_BY_SIDE, processors, run_apart, run_side_by_side
from nosograph.progress import Progress
from nosograph.rdf.lines import counted_lines, parse_lines, read_lines
from nosograph.release.derived import DerivedRecord, derived_problem, describe_derived, read_record, write_record
from nosograph.release.digests import check_file
from nosograph.release.durability import remove, sync_folder, sync_tree
from nosograph.release.locking import locked
from nosograph.release.names import (
    ANALYSIS_NAME,
    ANSWERS_NAME,
    CANONICAL_DUMP,
    DOCUMENTS_NAME,
    SEARCH_NAME,
    STORE_NAME,
)
from nosograph.release.opening import Release
from nosograph.search.index import searched_lines, write_search
from nosograph.search.words import fold
from nosograph.store.answer_writing import write_ready_answers
from nosograph.store.document_writing import write_documents
from nosograph.store.oxigraph.loading import check_store, write_store
from nosograph.store.quad_file import open_quad_file


def make_derived(release: Release, progress: Progress, *, anew: bool = False) -> DerivedRecord:
    """Make the derived files of a release where those that are there do not fit, and return the record of them.

    Of several processes that come at once, one makes the files and the others wait for it and use them.

    Args:
        release: the release; a reader of its present derived files is not disturbed.
        progress: called with a step's name, how much of it is done, and how much there is.
        anew: make them even where those that are there fit.

    Raises:
        ReleaseError: the N-Quads are not as published, or nothing can be written there.
    """
    target = release.derived_folder
    prefix = f".{target.name}-"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.parent / f".{target.name}.lock"):
            found = None if anew or derived_problem(release) else read_record(target)
            if found is not None:
                return found
            for left in target.parent.glob(f"{prefix}*"):  # by a process that died: this one has the lock
                remove(left)
            staged = target.parent / f"{prefix}{secrets.token_hex(8)}"
            try:
                record = write_derived(release, staged, progress)
                sync_tree(staged)
                _swap(staged, target, target.parent / f"{prefix}{secrets.token_hex(8)}")
            finally:
                shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise ReleaseError(
            f"The store and the search index of the release cannot be written: {error.strerror or error}.",
            location=Location(str(target)),
            hint="Give room and write permission there, or name a folder for them with the setting cache (--cache).",
        ) from error
    if problem := derived_problem(release):
        raise ReleaseError(
            f"The store and the search index that were just made do not fit: {problem}.",
            location=Location(str(target)),
            hint="Check the disk, and build the release again.",
        )
    return record


def write_derived(
    release: Release,
    folder: Path,
    progress: Progress,
    *,
    checked: bool = False,
    side_by_side: int = SIDE_BY_SIDE,
    at_once: int | None = None,
) -> DerivedRecord:
    """Write the derived files of a release and their record into a new folder, and return the record.

    None needs another, so those of a large release are written side by side in processes of their own.

    Args:
        release: the release.
        folder: takes the files; it is not there.
        progress: called with a step's name, how much of it is done, and how much there is.
        checked: whether the store is read back as well, to hold it against the N-Quads.
        side_by_side: quads from which on each file is written by a process of its own.
        at_once: how many such processes run at once; by default as many as this process may use.

    Raises:
        ReleaseError: the N-Quads are not as published, the store does not hold them, or a process died.
        OSError: a file cannot be written.
    """
    progress("check the N-Quads", 0, 0)
    check_file(release.folder, release.manifest.files[CANONICAL_DUMP], deep=True)
    folder.mkdir()
    at_once = at_once or processors()
    if at_once < 2 or release.manifest.counts.quads < side_by_side:
        made = {name: write_file(name, release, folder, progress, checked=checked) for name in DERIVED_FILES}
    else:
        tasks = [partial(_write_apart, name, release, folder, checked) for name in DERIVED_FILES]
        made = dict(zip(DERIVED_FILES, run_side_by_side(tasks, progress, at_once=at_once), strict=True))
    record = describe_derived(release, folder, made[STORE_NAME], made[SEARCH_NAME], made[DOCUMENTS_NAME])
    write_record(record, folder)
    return record


def write_file(name: str, release: Release, folder: Path, progress: Progress, *, checked: bool) -> int:
    """Write one derived file of a release into a folder, and return how many entries it has."""
    number = DERIVED_FILES[name](release, folder, progress)
    if checked and name == STORE_NAME:
        step, quads = "check store", release.manifest.counts.quads
        progress(step, 0, quads)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            check_store(_quads(release), folder / name, Path(work), lambda done: progress(step, done, quads))
        progress(step, quads, quads)
    return number


def _write_apart(name: str, release: Release, folder: Path, checked: bool, progress: Progress) -> int:
    """Write a derived file by a process of its own, and return how many entries it has."""

    def died(status: int) -> ReleaseError:
        return ReleaseError(
            f"The process that writes {name} ended with status {status}.",
            location=Location(str(folder)),
            hint="Give it more memory, and run `nosograph index` with this release.",
        )

    arguments = (name, str(folder), str(release.folder), str(release.cache or ""), "checked" if checked else "")
    made = run_apart("nosograph.indexing.file_process", *arguments, report=progress, died=died)
    return int(made["entries"])


def _write_store(release: Release, folder: Path, progress: Progress) -> int:
    return write_store(_lines(release, "load store", progress), folder / STORE_NAME)


def _write_search(release: Release, folder: Path, progress: Progress) -> int:
    lines = searched_lines(_lines(release, "index labels", progress))
    return write_search(parse_lines(lines), folder / SEARCH_NAME, release.base, release.version)


def _write_documents(release: Release, folder: Path, progress: Progress) -> int:
    step = "write documents"
    progress(step, 0, 0)
    with open_quad_file(_quads(release), release.vocabulary, release.base, folder) as source:
        number = write_documents(
            source,
            folder / DOCUMENTS_NAME,
            release.base,
            release.vocabulary,
            lambda done, total: progress(step, done, total),
            order=fold,
        )
    progress(step, number, number)
    return number


def _write_analysis(release: Release, folder: Path, progress: Progress) -> int:
    """Write the analysis file and the answers that it gives to the published questions."""
    write_analysis(_quads(release), folder / ANALYSIS_NAME, progress)
    progress("answer questions", 0, 0)
    questions = dict(_questions(release))
    write_ready_answers(questions, folder / ANALYSIS_NAME, folder / ANSWERS_NAME, release.base.prefixes())
    return len(questions)


DERIVED_FILES: Final[Mapping[str, Callable[[Release, Path, Progress], int]]] = {
    DOCUMENTS_NAME: _write_documents,
    STORE_NAME: _write_store,
    SEARCH_NAME: _write_search,
    ANALYSIS_NAME: _write_analysis,
}
"""Name of each derived file → what writes it into a folder and returns how many entries it has; the longest first."""


def _quads(release: Release) -> Path:
    return release.folder / release.manifest.files[CANONICAL_DUMP].name


def _lines(release: Release, step: str, progress: Progress) -> Iterator[bytes]:
    """Return the lines of the N-Quads of a release, and report how many have passed."""
    quads = release.manifest.counts.quads
    progress(step, 0, quads)
    yield from counted_lines(read_lines(_quads(release)), lambda done: progress(step, done, quads))
    progress(step, quads, quads)


def _questions(release: Release) -> Iterator[tuple[str, str]]:
    """Return name and query of each published question, but of none whose file was dropped or is damaged."""
    for path in release.questions:
        with contextlib.suppress(ReleaseError):
            yield path.stem, release.read(f"questions/{path.name}").decode()


def _swap(staged: Path, target: Path, aside: Path) -> None:
    """Replace a folder by another; who opened files of the old one keeps them."""
    if target.exists():
        target.rename(aside)
    staged.rename(target)
    sync_folder(target.parent)
    if aside.exists():
        remove(aside)
