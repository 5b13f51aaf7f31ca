"""Stores as a release has them: the default graph holds the union of the named graphs, each triple once."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from pyoxigraph import DefaultGraph, Quad, Store

from nosograph.rdf.lines import quad_line
from nosograph.release.derived import describe_derived, read_record, write_record
from nosograph.release.digests import checksum_lines, digest_file
from nosograph.release.opening import open_release
from nosograph.store.document_writing import write_documents
from nosograph.store.documents import DocumentFile
from nosograph.store.quad_file import open_quad_file
from nosograph.store.reader import QuadSource
from nosograph.vocabulary.terms import Vocabulary


def add_union(store: Store) -> None:
    """Add each triple of the named graphs to the default graph."""
    store.bulk_extend([Quad(quad.subject, quad.predicate, quad.object) for quad in store])


def write_documents_of(source: QuadSource, path: Path, vocabulary: Vocabulary) -> DocumentFile:
    """Write the documents of the named graphs of a source as a build does, from sorted N-Quads, and return them."""
    quads = source.quads_for_pattern(None, None, None)
    lines = sorted(quad_line(quad) for quad in quads if not isinstance(quad.graph_name, DefaultGraph))
    with tempfile.TemporaryDirectory() as work:
        sorted_quads = Path(work) / "sorted.nq"
        sorted_quads.write_bytes(b"".join(lines))
        with open_quad_file(sorted_quads, vocabulary, vocabulary.base(), Path(work)) as found:
            write_documents(found, path, vocabulary.base(), vocabulary, lambda done, total: None)
    return DocumentFile(path)


class CountingSource:
    """Answers patterns from another source, and counts how often each pattern is asked.

    Attributes:
        asked: patterns as text, with how often each was asked.
    """

    def __init__(self, source: QuadSource) -> None:
        self._source = source
        self.asked: Counter[tuple[str, ...]] = Counter()

    def quads_for_pattern(self, *pattern: object) -> Iterator[Quad]:
        """Return the quads that match."""
        self.asked[tuple(map(str, pattern))] += 1
        return self._source.quads_for_pattern(*pattern)  # type: ignore[arg-type]


def exchange_store(folder: Path, fill: Callable[[Store], object]) -> None:
    """Replace the store of a copy of a release, with a manifest and a record that count what it holds.

    Args:
        folder: the copy.
        fill: puts quads into the new store; their union is added.
    """
    release = open_release(folder)
    shutil.rmtree(release.store_folder)
    store = Store(str(release.store_folder))
    fill(store)
    add_union(store)
    store.flush()
    triples = sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph()))
    stored = len(store)
    del store
    names = read_record(release.derived_folder)
    assert names is not None
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    content["counts"] |= {"triples": triples, "quads": stored - triples}
    path.write_text(json.dumps(content))
    digests = {file.name: file.sha256 for file in release.manifest.files.values()} | {path.name: digest_file(path)}
    (folder / "SHA256SUMS").write_text(checksum_lines(digests.items()))
    record = describe_derived(release, release.derived_folder, stored, names.names, names.documents)
    write_record(record, release.derived_folder)


class CountingDocuments(DocumentFile):
    """A file of documents that counts its queries.

    Attributes:
        queries: how many there were.
    """

    queries = 0

    def _connection(self) -> sqlite3.Connection:
        self.queries += 1
        return super()._connection()
