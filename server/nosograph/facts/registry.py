"""The identifier registry: every name that was ever published, and whether it is still in use.

A published name is never changed or reused. ``data/identifiers.tsv`` holds, for each thing, fact, mapping and term of
the vocabulary, its state; a name that went away without a word there is an error. Evidence and passages are parts of
their fact and source, named by their content, and are not listed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL

from nosograph.errors import InputError, Location
from nosograph.rdf.names import KINDS, NOSO, NOSO_SHAPES, Base

FILE = "data/identifiers.tsv"
COLUMNS = ("identifier", "state", "replaced_by", "since")
STATES = ("active", "deprecated", "replaced")


@dataclass(frozen=True)
class Entry:
    """One published name; ``since`` is the date of the data in which it took its state."""

    identifier: str
    state: str
    replaced_by: str
    since: str
    line: int


def read_registry(path: Path) -> Mapping[str, Entry]:
    """Return the entries of the registry by identifier.

    Raises:
        InputError: a row cannot be used; the place names the line.
    """
    entries: dict[str, Entry] = {}
    if not path.is_file():
        return entries
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t", strict=True)
        if tuple(next(rows, ())) != COLUMNS:
            raise InputError(
                "The first row is not the header.", location=Location(FILE, 1), hint=f"It is: {', '.join(COLUMNS)}."
            )
        for line, cells in enumerate(rows, start=2):
            location = Location(FILE, line)
            if len(cells) != len(COLUMNS) or cells[1] not in STATES or (cells[1] == "replaced") != bool(cells[2]):
                raise InputError(
                    "The row is not an entry of the registry.",
                    location=location,
                    hint=f"It needs {len(COLUMNS)} cells; the state is {', '.join(STATES)}; "
                    "replaced_by is filled exactly where the state is 'replaced'.",
                )
            if cells[0] in entries:
                raise InputError(f"{cells[0]} stands in the registry twice.", location=location, hint="Keep one row.")
            entries[cells[0]] = Entry(cells[0], cells[1], cells[2], cells[3], line)
    return entries


def compact_identifier(iri: str) -> str | None:
    """Return the registry's name of an IRI, such as ``condition:scleroderma`` or ``noso:hasSymptom``.

    None for an IRI that the registry does not list: evidence, passages, graphs, and everything elsewhere.
    """
    for namespace, prefix in ((str(NOSO), "noso"), (str(NOSO_SHAPES), "noso-shapes")):
        if iri.startswith(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    below = iri.removeprefix(Base().iri)
    kind, slash, local = below.partition("/")
    return f"{kind}:{local}" if below != iri and slash and kind in KINDS and "/" not in local else None


def expand_identifier(identifier: str) -> URIRef:
    """Return the IRI of a name in the registry."""
    prefix, _, local = identifier.partition(":")
    return URIRef(Base().prefixes()[prefix] + local)


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


def add_tombstones(graph: Graph, entries: Mapping[str, Entry]) -> None:
    """Say in a graph which names are withdrawn, and what replaces them."""
    for entry in entries.values():
        if entry.state != "active":
            iri = expand_identifier(entry.identifier)
            graph.add((iri, OWL.deprecated, Literal(True)))
            if entry.replaced_by:
                graph.add((iri, DCTERMS.isReplacedBy, expand_identifier(entry.replaced_by)))


def write_registry(path: Path, entries: Mapping[str, Entry], published: Iterable[str], since: str) -> tuple[str, ...]:
    """Add the names that the registry lacks, as active since a date; give what was added. Nothing is ever removed."""
    added = tuple(sorted(set(published) - set(entries)))
    rows = [(entry.identifier, entry.state, entry.replaced_by, entry.since) for entry in entries.values()]
    rows += [(identifier, "active", "", since) for identifier in added]
    staged = path.with_name(path.name + ".new")
    with staged.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(sorted(rows))
    staged.replace(path)
    return added
