"""Writes facts as RDF 1.2 has them: each names its proposition by ``rdf:reifies``, which asserts nothing.

In RDF 1.1 a fact has a subject, a predicate and an object. Here these three statements are one, whose object is the
proposition as a triple term (https://www.w3.org/TR/rdf12-concepts/#section-triple-terms). Everything else stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from nosograph.rdf import iris
from nosograph.rdf.lines import triple_part
from nosograph.rdf.names import STANDARD_PREFIXES, Base

_PARTS: Final = tuple(f"<{iri}>".encode() for iri in (iris.RDF_SUBJECT, iris.RDF_PREDICATE, iris.RDF_OBJECT))
_REIFIES: Final = f"<{STANDARD_PREFIXES['rdf']}reifies>".encode()


def reified_lines(lines: Iterable[bytes], base: Base) -> Iterator[bytes]:
    """Return sorted lines of N-Quads with the proposition of each fact as a triple term, sorted as well.

    Args:
        lines: sorted lines of canonical N-Quads.
        base: the base below which the facts are.
    """
    start = f"<{base.resource('fact', '')}".encode()
    for of_facts, some in groupby(lines, lambda line: line.startswith(start)):
        if not of_facts:
            yield from some
            continue
        for _, block in groupby(some, lambda line: line.partition(b" ")[0]):
            yield from _reified(list(block))


def _reified(block: list[bytes]) -> list[bytes]:
    """Return the lines about one subject, sorted."""
    parts: dict[bytes, dict[bytes, bytes]] = {}
    others = []
    for line in block:
        subject, predicate, value = triple_part(line).split(b" ", 2)
        tail = line[len(subject) + len(predicate) + len(value) + 2 :]
        if predicate in _PARTS:
            parts.setdefault(tail, {})[predicate] = value
        else:
            others.append(line)
    if not parts:
        return block
    for tail, values in parts.items():
        if len(values) != len(_PARTS):  # no proposition
            return block
        proposition = b" ".join(values[part] for part in _PARTS)
        others.append(subject + b" " + _REIFIES + b" <<( " + proposition + b" )>>" + tail)
    return sorted(others)
