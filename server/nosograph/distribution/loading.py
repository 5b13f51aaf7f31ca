"""Fills a SPARQL service with a release, part by part, so that what was interrupted goes on where it stopped.

What names the release is taken away first and written last, when counts and a sample have been compared: a service that
is half filled is never taken for a whole one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph

from nosograph.errors import Location, NosographError, ReleaseError, RemoteStoreError
from nosograph.progress import Progress
from nosograph.rdf.formats import N_TRIPLES
from nosograph.rdf.lines import graph_part, parse_lines, quad_line, read_lines, triple_part
from nosograph.release.digests import check_file
from nosograph.release.opening import Release
from nosograph.release.service_copy import PART, ServiceCopy
from nosograph.sparql.service import SparqlService

SAMPLED: Final = 200
"""Subjects of which everything that the service holds is compared."""

_SAMPLED_AT_ONCE: Final = 20
_LONGEST_SUBJECT: Final = 500
_SHOWN: Final = 3


class LoadedWrong(NosographError):
    """The service does not hold what the release holds."""


@dataclass(frozen=True)
class Loaded:
    """What was found when a service was compared with a release.

    Attributes:
        version: the version that the service holds.
        graphs: IRI of each graph → its triples there.
        sent: triples that were sent; the others were there.
        subjects: subjects whose triples were compared one by one.
        sample: SHA-256 of the quads of these subjects, sorted.
    """

    version: str
    graphs: Mapping[str, int]
    sent: int
    subjects: int
    sample: str

    def to_json(self) -> dict[str, Any]:
        """Return it as values of JSON."""
        return asdict(self)


def load_release(
    release: Release, copy: ServiceCopy, service: SparqlService, graph_store: str, *, anew: bool, progress: Progress
) -> Loaded:
    """Fill a service with a release by the Graph Store Protocol, compare the two, and name the release in it.

    Args:
        release: the release, whose N-Quads must be as they were published.
        copy: how it stands in the service.
        service: the service.
        graph_store: the address at which it takes graphs, by ``?graph=``.
        anew: send everything, even what an interrupted loading has sent already.
        progress: told how far it is.

    Raises:
        ReleaseError: the N-Quads of the release are not there.
        StoreError: the service refused something, or cannot be reached.
        LoadedWrong: it does not hold afterwards what was sent.
    """
    dump = _checked_dump(release, progress)
    there = {} if anew else _parts_there(copy, service)
    graphs = _GraphStore(service, graph_store)
    graphs.put(copy.statement, copy.progress_triples())
    for graph in copy.stored:
        if graph not in there:
            graphs.delete(graph)
    sample = _Sample(copy)
    parts = {graph: _Part(copy.part, there.get(graph, 0)) for graph in copy.stored}
    total, done = sum(copy.stored.values()), 0
    progress("loading", 0, total)
    previous = b""
    for line in read_lines(dump):
        sample.add(line)
        triple, graph = triple_part(line), graph_part(line).decode()
        targets = [graph] if triple == previous or not copy.union else [graph, copy.union]
        previous = triple
        for target in targets:
            if target not in parts:
                raise ReleaseError(
                    f"The dump has a quad in the graph {target}, which the manifest does not count.",
                    location=Location(str(dump)),
                    hint="See what `nosograph verify` says.",
                )
            done += 1
            if parts[target].add(triple + b" .\n"):
                graphs.post(target, parts[target].take())
                progress("loading", done, total)
    for graph, part in parts.items():
        if content := part.take():
            graphs.post(graph, content)
    progress("loading", total, total)
    found = compare_copy(copy, service, sample.lines(), progress, sent=graphs.sent)
    graphs.put(copy.statement, copy.statement_triples())
    return found


def write_copy(release: Release, copy: ServiceCopy, target: Path, progress: Progress) -> int:
    """Write everything that a service holds as one N-Quads file, for the loader of an engine; return its quads.

    Raises:
        ReleaseError: the file is there already, or cannot be written.
    """
    dump = _checked_dump(release, progress)
    total, number = sum(copy.stored.values()), 0
    staged = target.with_name(f".{target.name}.part")
    try:
        if target.exists():
            raise FileExistsError(17, "it is there already")
        with staged.open("wb", buffering=1 << 20) as file:
            for number, line in enumerate(copy.quad_lines(read_lines(dump)), 1):
                file.write(line)
                if number % PART == 0:
                    progress("writing", number, total)
        staged.replace(target)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise ReleaseError(
            f"The file cannot be written: {error.strerror}.",
            location=Location(str(target)),
            hint="Name another file.",
        ) from error
    return number


def check_copy(release: Release, copy: ServiceCopy, service: SparqlService, progress: Progress) -> Loaded:
    """Compare what a service holds with a release, and return what was found; nothing is changed.

    Raises:
        StoreError: the service cannot be asked.
        LoadedWrong: it holds something else.
    """
    versions = {row["version"].value for row in service.rows(copy.identity_query)}
    if versions != {copy.version}:
        held = ", ".join(sorted(versions)) or "no release as a whole"
        raise LoadedWrong(
            f"The service {service.address} holds {held}, not {copy.version}.",
            hint="Fill it with `nosograph load`.",
        )
    dump = _checked_dump(release, progress)
    sample = _Sample(copy)
    total = sum(copy.graphs.values())
    for number, line in enumerate(read_lines(dump)):
        sample.add(line)
        if number % PART == 0:
            progress("sampling", number, total)
    return compare_copy(copy, service, sample.lines(), progress)


def compare_copy(
    copy: ServiceCopy, service: SparqlService, sample: Mapping[str, list[bytes]], progress: Progress, *, sent: int = 0
) -> Loaded:
    """Compare the number of triples of each graph, and every quad of some subjects.

    Args:
        copy: how the release stands in the service.
        service: the service.
        sample: IRI of each subject → its lines in the release.
        progress: told how far it is.
        sent: triples that were sent, for what is returned.

    Raises:
        LoadedWrong: they differ.
    """
    counts = {}
    for number, (graph, expected) in enumerate(copy.stored.items()):
        progress("counting", number, len(copy.stored))
        counts[graph] = _count(service, graph)
        if counts[graph] != expected:
            raise LoadedWrong(
                f"The graph {graph} has {counts[graph]:,} triples in {service.address}; it should have {expected:,}.",
                hint="Load it again, with --anew.",
            )
    expected_lines = _as_stored(line for lines in sample.values() for line in lines)
    subjects = sorted(sample)
    found_lines: list[bytes] = []
    for start in range(0, len(subjects), _SAMPLED_AT_ONCE):
        progress("comparing", start, len(subjects))
        found_lines += _lines_of(copy, service, subjects[start : start + _SAMPLED_AT_ONCE])
    found = _as_stored(found_lines)
    if found != expected_lines:
        missing, added = sorted(expected_lines - found), sorted(found - expected_lines)
        shown = [f"- {line}" for line in missing[:_SHOWN]] + [f"+ {line}" for line in added[:_SHOWN]]
        raise LoadedWrong(
            f"Of {len(subjects)} subjects, {len(missing)} quads are not in {service.address} as they should be, "
            f"and {len(added)} are there that should not be:\n" + "\n".join(shown) + "\n",
            hint="Load it again, with --anew; an engine that changes what it is given cannot hold a release.",
        )
    digest = hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
    return Loaded(copy.version, counts, sent, len(subjects), digest)


class _GraphStore:
    """Sends graphs by the Graph Store Protocol."""

    def __init__(self, service: SparqlService, address: str) -> None:
        self._service = service
        self._address = address
        self.sent = 0

    def put(self, graph: str, triples: bytes) -> None:
        self._send("PUT", graph, triples)

    def post(self, graph: str, triples: bytes) -> None:
        self._send("POST", graph, triples)
        self.sent += triples.count(b"\n")

    def delete(self, graph: str) -> None:
        try:
            self._send("DELETE", graph, b"")
        except RemoteStoreError as error:
            if error.status != 404:  # there is no such graph, which is what is wanted
                raise

    def _send(self, method: str, graph: str, triples: bytes) -> None:
        mark = "&" if "?" in self._address else "?"
        headers = {"Content-Type": N_TRIPLES.media_type} if triples else {}
        address = f"{self._address}{mark}graph={quote(graph, safe='')}"
        with self._service.exchange(method, address, triples, headers) as response:
            response.read()


class _Part:
    """Collects the triples of a graph that are sent next, leaving out those that are there already."""

    def __init__(self, size: int, there: int) -> None:
        self._size = size
        self._there = there
        self._lines: list[bytes] = []

    def add(self, line: bytes) -> bool:
        """Take a line; return whether there are enough of them to be sent."""
        if self._there:
            self._there -= 1
            return False
        self._lines.append(line)
        return len(self._lines) == self._size

    def take(self) -> bytes:
        """Return the lines, and collect new ones."""
        content, self._lines = b"".join(self._lines), []
        return content


class _Sample:
    """Chooses subjects by the digest of their IRI, the same whenever the release is read."""

    def __init__(self, copy: ServiceCopy) -> None:
        self._every = max(1, copy.triples // (SAMPLED * 20))
        self._chosen: dict[str, list[bytes]] = {}
        self._subject = b""
        self._wanted = False

    def add(self, line: bytes) -> None:
        """Take a line of the sorted dump."""
        subject = line.partition(b" ")[0]
        if subject != self._subject:
            self._subject = subject
            number = int.from_bytes(hashlib.blake2b(subject, digest_size=4, usedforsecurity=False).digest())
            self._wanted = number % self._every == 0 and len(subject) < _LONGEST_SUBJECT
            if self._wanted and len(self._chosen) == SAMPLED:
                self._wanted = False
        if self._wanted:
            self._chosen.setdefault(subject[1:-1].decode(), []).append(line)

    def lines(self) -> Mapping[str, list[bytes]]:
        """Return the lines of each subject that was chosen."""
        return self._chosen


def _checked_dump(release: Release, progress: Progress) -> Path:
    """Return the N-Quads of a release, which are as they were published.

    Raises:
        ReleaseError: they are not, or not there.
    """
    dump = release.dump("nq")
    progress("checking", 0, 0)
    check_file(release.folder, release.manifest.files[dump.name], deep=True)
    return dump


def _parts_there(copy: ServiceCopy, service: SparqlService) -> dict[str, int]:
    """Return of each graph that an interrupted loading of this release has begun how many triples need no sending."""
    methods = [row["method"].value for row in service.rows(copy.progress_query)]
    if methods != [copy.progress]:
        return {}
    there = {}
    for graph, expected in copy.stored.items():
        number = _count(service, graph)
        if number == expected or (number < expected and number % copy.part == 0):
            there[graph] = number
    return there


def _count(service: SparqlService, graph: str) -> int:
    (row,) = service.rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
    return int(row["n"].value)


def _lines_of(copy: ServiceCopy, service: SparqlService, subjects: Iterable[str]) -> Iterator[bytes]:
    """Return what the service says of some subjects in the graphs of the release, as lines of N-Quads."""
    values = " ".join(f"<{subject}>" for subject in subjects)
    rows = service.rows(f"SELECT ?s ?p ?o ?g WHERE {{ VALUES ?s {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }}")
    for row in rows:
        if row["g"].value in copy.graphs:
            yield quad_line(pyoxigraph.Quad(row["s"], row["p"], row["o"], row["g"]))


def _as_stored(lines: Iterable[bytes]) -> set[str]:
    """Return quads as the reference engine holds them, which writes numbers and dates in their canonical form."""
    store = pyoxigraph.Store()
    store.bulk_extend(parse_lines(lines))
    return {str(quad) for quad in store}
