"""What the lines of N-Quads say of a subject, in the order of a document; terms are as N-Quads write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

BRACKET: Final = ord("<")
"""The first byte of an IRI; a literal and a blank node have another one."""


def node(iri: str) -> bytes:
    """Return an IRI as N-Quads write it."""
    return f"<{iri}>".encode()


def iri_of(name: bytes) -> str:
    """Return the IRI that N-Quads write so."""
    return name[1:-1].decode()


def nodes(names: Iterable[str]) -> tuple[bytes, ...]:
    """Return IRIs as N-Quads write them, in their order."""
    return tuple(map(node, names))


@dataclass(frozen=True, slots=True)
class SubjectLines:
    """What is said of a subject.

    Attributes:
        subject: the subject.
        by_predicate: predicate → its lines in byte order; the predicates stand in the order of a document.
        objects: predicate → its objects that are IRIs, each once, in byte order.
        names: the IRIs of subject, predicates and objects.
        graphs: the IRIs of the graphs of the lines, without brackets.
        text: all lines, in the order of a document.
    """

    subject: bytes
    by_predicate: Mapping[bytes, Sequence[bytes]]
    objects: Mapping[bytes, Sequence[bytes]]
    names: frozenset[bytes]
    graphs: frozenset[bytes]
    text: bytes

    @property
    def lines(self) -> Iterator[bytes]:
        """All lines, in the order of a document."""
        return chain.from_iterable(self.by_predicate.values())

    def iris(self, predicate: bytes) -> Sequence[bytes]:
        """Return every object of a predicate that is an IRI, each once, in byte order."""
        return self.objects.get(predicate, ())

    def lines_with(self, predicates: Iterable[bytes]) -> Iterator[bytes]:
        """Return the lines with some predicates, in the order of these."""
        return chain.from_iterable(self.by_predicate.get(predicate, ()) for predicate in predicates)


def lines_of_subject(subject: bytes, lines: Iterable[bytes]) -> SubjectLines:
    """Return what distinct lines with one subject say of it; those of a predicate are in byte order."""
    by_predicate: dict[bytes, list[bytes]] = {}
    objects: dict[bytes, list[bytes]] = {}
    graphs = set()
    begin = len(subject) + 1
    for line in lines:
        at = line.index(b" ", begin)
        predicate = line[begin:at]
        if predicate in by_predicate:
            by_predicate[predicate].append(line)
        else:
            by_predicate[predicate] = [line]
        if line[at + 1] == BRACKET:
            value = line[at + 1 : line.index(b" ", at + 1)]
            known = objects.setdefault(predicate, [])
            if not known or known[-1] != value:  # a triple of several graphs
                known.append(value)
        graphs.add(line[line.rindex(b" <") + 2 : -4])
    ordered = {name: by_predicate[name] for name in sorted(by_predicate, key=_predicate_order)}
    names = frozenset((subject, *by_predicate)).union(*objects.values())
    text = b"".join(chain.from_iterable(ordered.values()))
    return SubjectLines(subject, ordered, objects, names, frozenset(graphs), text)


@lru_cache(4096)
def _predicate_order(predicate: bytes) -> tuple[bool, bytes]:
    """Return what decides where the statements with a predicate stand among those of a subject in a document."""
    return not predicate.endswith(b"#type>"), predicate[:-1]
