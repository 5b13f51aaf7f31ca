"""Makes the derived files of a release: beside those that are there, then swapped in one step under a lock."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from nosograph.analysis.writing import write_analysis
from nosograph.errors import Location, ReleaseError
from nosograph.progress import Progress
from nosograph.rdf.lines import counted_lines, parse_lines, read_lines
from nosograph.release.derived import DerivedRecord, derived_problem, describe_derived, read_record
from nosograph.release.digests import check_file
from nosograph.release.durability import remove, sync_folder, sync_tree
from nosograph.release.locking import locked
from nosograph.release.names import (
    ANALYSIS_NAME,
    ANSWERS_NAME,
    CANONICAL_DUMP,
    DOCUMENTS_NAME,
    RECORD_NAME,
    SEARCH_NAME,
    STORE_NAME,
)
from nosograph.release.opening import Release
from nosograph.search.index import searched_lines, write_search
from nosograph.search.words import fold
from nosograph.store.answer_writing import write_ready_answers
from nosograph.store.document_writing import write_documents
from nosograph.store.oxigraph.loading import write_store
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


def write_derived(release: Release, folder: Path, progress: Progress) -> DerivedRecord:
    """Write the derived files of a release and their record into a new folder, and return the record.

    Raises:
        ReleaseError: the N-Quads are not as published.
        OSError: a file cannot be written.
    """
    quads = release.manifest.counts.quads
    source = release.manifest.files[CANONICAL_DUMP]
    progress("check the N-Quads", 0, 0)
    check_file(release.folder, source, deep=True)
    path = release.folder / source.name
    folder.mkdir()

    def report(step: str) -> Callable[[int], None]:
        return lambda done: progress(step, done, quads)

    progress("load store", 0, quads)
    stored = write_store(counted_lines(read_lines(path), report("load store")), folder / STORE_NAME)
    progress("index labels", 0, quads)
    lines = searched_lines(counted_lines(read_lines(path), report("index labels")))
    names = write_search(parse_lines(lines), folder / SEARCH_NAME, release.base, release.version)
    progress("index labels", quads, quads)
    documents = _write_documents(release, path, folder, progress)
    write_analysis(path, folder / ANALYSIS_NAME, progress)
    progress("answer questions", 0, 0)
    questions = dict(_questions(release))
    write_ready_answers(questions, folder / ANALYSIS_NAME, folder / ANSWERS_NAME, release.base.prefixes())
    record = describe_derived(release, folder, stored, names, documents)
    (folder / RECORD_NAME).write_text(json.dumps(record.to_json(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return record


def _questions(release: Release) -> Iterator[tuple[str, str]]:
    """Return name and query of each published question, but of none whose file was dropped or is damaged."""
    for path in release.questions:
        with contextlib.suppress(ReleaseError):
            yield path.stem, release.read(f"questions/{path.name}").decode()


def _write_documents(release: Release, quads: Path, folder: Path, progress: Progress) -> int:
    """Write the documents that are made ahead, and return how many there are."""
    step = "write documents"
    progress(step, 0, 0)
    with open_quad_file(quads, release.vocabulary, release.base, folder) as source:
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


def _swap(staged: Path, target: Path, aside: Path) -> None:
    """Replace a folder by another; who opened files of the old one keeps them."""
    if target.exists():
        target.rename(aside)
    staged.rename(target)
    sync_folder(target.parent)
    if aside.exists():
        remove(aside)
