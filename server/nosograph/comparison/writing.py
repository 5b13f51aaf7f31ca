"""Writes what differs between two releases: as text to read, JSON, TSV and RDF Patch, a piece at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import Final

from nosograph.comparison.differences import SECTIONS, Change, Comparison
from nosograph.rdf.curies import compact
from nosograph.rdf.formats import JSON, PLAIN_TEXT, RDF_PATCH, TSV, Format
from nosograph.rdf.names import Base
from nosograph.vocabulary.terms import RELEASE_KIND

_COLUMNS: Final = tuple(field.name for field in fields(Change))
_MARKS: Final = {"added": "+", "removed": "-", "withdrawn": "!"}


def json_chunks(comparison: Comparison) -> Iterator[bytes]:
    """Return a comparison as JSON: every change with whole IRIs, then how many of each sort there are."""
    head = {"old": comparison.old, "new": comparison.new, "base": comparison.base.iri}
    yield json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "changes": ['
    separator = b"\n"
    for change in comparison.changes():
        yield separator + json.dumps(change.to_json(), ensure_ascii=False).encode()
        separator = b",\n"
    summary = comparison.summary
    graphs = {graph: asdict(changes) for graph, changes in summary.graphs.items()}
    counts = json.dumps(dict(summary.counts))
    yield f'\n], "counts": {counts}, "graphs": {json.dumps(graphs, ensure_ascii=False)}}}\n'.encode()


def tsv_chunks(comparison: Comparison) -> Iterator[bytes]:
    """Return a comparison as TSV: a row for each change, under the names of its fields."""
    yield ("\t".join(_COLUMNS) + "\n").encode()
    for change in comparison.changes():
        yield ("\t".join(_cell(getattr(change, name)) for name in _COLUMNS) + "\n").encode()


def patch_chunks(comparison: Comparison) -> Iterator[bytes]:
    """Return a comparison as RDF Patch: what to delete and to add so that the older release becomes the newer one.

    The header names the releases, so that patches which follow each other fit together.
    """
    release = comparison.base.resource(RELEASE_KIND, "")
    yield f"H id <{release}{comparison.new}> .\nH prev <{release}{comparison.old}> .\nTX .\n".encode()
    for resource in comparison.resources():
        yield b"".join([*(b"D " + line for line in resource.removed), *(b"A " + line for line in resource.added)])
    yield b"TC .\n"


def text_chunks(comparison: Comparison) -> Iterator[bytes]:
    """Return a comparison as text to read, with the first changes of each sort."""
    yield f"{to_text(comparison)}\n".encode()


CHUNKS: Final[Mapping[Format, Callable[[Comparison], Iterator[bytes]]]] = MappingProxyType(
    {PLAIN_TEXT: text_chunks, JSON: json_chunks, TSV: tsv_chunks, RDF_PATCH: patch_chunks}
)
"""Format of a comparison → what writes it."""


def to_text(comparison: Comparison) -> str:
    """Return a comparison as lines to read: ``+`` is only in the newer release, ``-`` only in the older."""
    counts, quads = comparison.counts, comparison.summary.of_data(comparison.base)
    lines = [
        f"{comparison.old} → {comparison.new}: {quads.added} quads added, {quads.removed} removed, without those that "
        "describe the releases"
    ]
    for section, heading in SECTIONS.items():
        if not counts[section]:
            continue
        lines += ["", f"{heading} ({counts[section]})"]
        mark = _MARKS.get(section.rpartition("_")[2], "~")
        shown = comparison.summary.first[section]
        lines += [f"{mark} {change_in_words(change, comparison.base)}" for change in shown]
        if counts[section] > len(shown):
            lines.append(f"  and {counts[section] - len(shown)} more, which the table has (--format {TSV.name})")
    if not comparison.differs:
        lines.append("The data do not differ.")
    return "\n".join(lines)


def change_in_words(change: Change, base: Base) -> str:
    """Return a change in one line, with prefixed names."""

    def short(iri: str) -> str:
        return compact(iri, base)

    words = [short(change.iri)]
    if change.predicate:
        words += [short(change.subject), short(change.predicate), short(change.object)]
    elif change.label:
        words.append(f"{change.label_before} → {change.label}" if change.label_before else change.label)
    if change.status:
        before = f"{short(change.status_before)} → " if change.status_before else ""
        words.append(f"({before}{short(change.status)})")
    if change.section == "evidence_changed":
        words.append(f"(evidence: {len(change.evidence_added)} added, {len(change.evidence_removed)} removed)")
    return " ".join(words)


def _cell(value: object) -> str:
    """Return a value as a cell; several share one, and what would end a cell or a row becomes a space."""
    text = " | ".join(value) if isinstance(value, tuple) else str(value)
    return " ".join(text.split("\t")).replace("\r", " ").replace("\n", " ")
