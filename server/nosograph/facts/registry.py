"""The identifier registry: every name that was ever published, and whether it is still in use.

A published name is never changed or reused. ``data/identifiers.tsv`` holds the state of each resource, fact, mapping
and term of the vocabulary; a published name that is gone from the data without being marked there is an error. Evidence
and passages belong to their fact and source, are named by their content, and are not listed.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, SKOS, XSD

from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import read_text
from nosograph.facts.separated_values import TableRow, read_rows
from nosograph.rdf.curies import expand, parse_iri
from nosograph.rdf.names import Base

FILE = "data/identifiers.tsv"
COLUMNS = ("identifier", "state", "replaced_by", "since", "reason", "label")
"""The header. A row ends with its last cell that is filled, from ``since`` on, and so may the header."""

_REQUIRED = 4

STATES = ("active", "deprecated", "replaced")

_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\Z", re.ASCII)
_VOCABULARIES = frozenset({"noso", "noso-shapes"})


@dataclass(frozen=True)
class Entry:
    """One published name.

    Attributes:
        identifier: the name.
        state: one of ``STATES``.
        replaced_by: the name in its place, where it is replaced.
        since: date of the data in which it took its state.
        reason: why it is no longer active, where that is told.
        label: the English label that it had when it was active, where it had one.
        line: its line in the file.
    """

    identifier: str
    state: str
    replaced_by: str
    since: str
    reason: str
    label: str
    line: int

    @property
    def cells(self) -> tuple[str, ...]:
        """Its row."""
        found = [self.identifier, self.state, self.replaced_by, self.since, self.reason, self.label]
        while len(found) > _REQUIRED and not found[-1]:
            found.pop()
        return tuple(found)


def read_registry(path: Path, base: Base) -> Mapping[str, Entry]:
    """Return the entries of the registry by identifier; none where the file is not there yet.

    Args:
        path: the file.
        base: the default base, with the kinds and prefixes of the vocabulary.

    Raises:
        InputError: the file or a row cannot be used; the location names the line.
    """
    entries: dict[str, Entry] = {}
    if not os.path.lexists(path):
        return entries
    rows = read_rows(read_text(path, FILE), FILE)
    header = next(rows, TableRow((), Location(FILE, 1)))
    if header.cells not in [COLUMNS[:length] for length in range(_REQUIRED, len(COLUMNS) + 1)]:
        raise InputError(
            "The first row is not the header.", location=header.location, hint=f"It is: {', '.join(COLUMNS)}."
        )
    for row in rows:
        entry = _read_entry(row, base)
        if entry.identifier in entries:
            raise InputError(
                f"{entry.identifier} is in the registry twice.", location=row.location, hint="Keep one row."
            )
        entries[entry.identifier] = entry
    return entries


def _read_entry(row: TableRow, base: Base) -> Entry:
    cells = (*row.cells, *[""] * (len(COLUMNS) - len(row.cells)))
    if (
        not _REQUIRED <= len(row.cells) <= len(COLUMNS)
        or cells[1] not in STATES
        or (cells[1] == "active" and any(cells[4:]))
        or not _DATE.match(cells[3])
        or (cells[1] == "replaced") != bool(cells[2])
        or any("\n" in cell or "\r" in cell for cell in cells)
    ):
        raise InputError(
            "The row is not an entry of the registry.",
            location=row.location,
            hint=f"It needs the cells {', '.join(COLUMNS)} on one line, the last two only where they are filled; "
            f"the state is {', '.join(STATES)}; replaced_by is filled exactly where the state is 'replaced', "
            "since is a day, as in 2026-01-31, and reason and label are filled nowhere where the state is 'active'.",
        )
    for name in cells[:1] if cells[1] != "replaced" else (cells[0], cells[2]):
        if name.endswith(":") or expand(name, base) is None:
            raise InputError(
                f"{name!r} is not a name that the registry can have.",
                location=row.location,
                hint="Write it as condition:my-condition, with a prefix of the project.",
            )
    identifier, state, replaced_by, since, reason, label = cells
    return Entry(identifier, state, replaced_by, since, reason, label, row.location.line or 0)


def compact_identifier(iri: str, base: Base) -> str | None:
    """Return the registry's name of an IRI, such as ``condition:scleroderma`` or ``noso:hasSymptom``.

    None for an IRI that the registry does not list: evidence, passages, graphs, and everything elsewhere.
    """
    found = parse_iri(iri, base)
    if found is None:
        return None
    listed = found.prefix in _VOCABULARIES or found.prefix in dict(base.vocabularies)
    return found.curie if listed or (found.prefix in base.kinds and "/" not in found.identifier) else None


def expand_identifier(identifier: str, base: Base) -> URIRef:
    """Return the IRI of a name in the registry."""
    iri = expand(identifier, base)
    assert iri is not None
    return URIRef(iri)


def check_registry(entries: Mapping[str, Entry], published: Iterable[str]) -> Iterator[InputError]:
    """Return what is wrong between the registry and the names that the data would publish.

    Args:
        entries: the registry.
        published: names (``compact_identifier``) of everything in the data.
    """
    present = set(published)
    for entry in entries.values():
        location = Location(FILE, entry.line)
        if entry.state == "active" and entry.identifier not in present:
            yield InputError(
                f"{entry.identifier} was published, and is gone from the data.",
                location=location,
                hint="Put it back, or mark it here as deprecated, or as replaced with its successor.",
            )
        elif entry.state != "active" and entry.identifier in present:
            yield InputError(
                f"{entry.identifier} is marked as {entry.state}, but the data still describe it.",
                location=location,
                hint="Take it out of the data, or mark it active again.",
            )
        if entry.replaced_by and entry.replaced_by not in present:
            yield InputError(
                f"{entry.identifier} is replaced by {entry.replaced_by}, which is not in the data.",
                location=location,
                hint="Name a successor that is active.",
            )
    missing = sorted(present - set(entries))
    if missing:
        some = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        yield InputError(
            f"{'A name is' if len(missing) == 1 else f'{len(missing)} names are'} not in the registry: {some}.",
            location=Location(FILE),
            hint="Run 'nosograph register' when their spelling is final: a published name stays.",
        )


def add_tombstones(graph: Graph, entries: Mapping[str, Entry], base: Base) -> None:
    """Add to a graph which names are withdrawn, since when, why, what they were called, and what replaces them."""
    for entry in entries.values():
        if entry.state != "active":
            iri = expand_identifier(entry.identifier, base)
            graph.add((iri, OWL.deprecated, Literal(True)))
            if entry.replaced_by:
                graph.add((iri, DCTERMS.isReplacedBy, expand_identifier(entry.replaced_by, base)))
            graph.add((iri, DCTERMS.date, Literal(entry.since, datatype=XSD.date)))
            if entry.reason:
                graph.add((iri, SKOS.changeNote, Literal(entry.reason, lang="en")))
            if entry.label:
                graph.add((iri, SKOS.prefLabel, Literal(entry.label, lang="en")))


def write_registry(path: Path, entries: Mapping[str, Entry], published: Iterable[str], since: str) -> tuple[str, ...]:
    """Add the names that the registry lacks, as active since a date, and return them. Nothing is ever removed.

    Raises:
        InputError: the file cannot be written; it is as it was.
    """
    added = tuple(sorted(set(published) - set(entries)))
    rows = [entry.cells for entry in entries.values()]
    rows += [(identifier, "active", "", since) for identifier in added]
    staged = path.with_name(path.name + ".new")
    try:
        with staged.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(sorted(rows))
        staged.replace(path)
    except OSError as error:
        raise InputError(
            f"The registry cannot be written: {error.strerror or error}.",
            location=Location(FILE),
            hint="Free space on the disk, or allow writing in the data folder.",
        ) from error
    return added
