"""Gathers the document of each resource of a release from the lines of its N-Quads, which are copied and not parsed.

A document is put together of what is said of each subject in it. That is read once for many documents: a fact stands
in the document of what it is about and in that of what it says, and a name in hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, Protocol

from nosograph.rdf import iris
from nosograph.rdf.lines import graph_part, quad_line
from nosograph.rdf.names import Base
from nosograph.store import lookup
from nosograph.store.documents import LISTED, PARTS, SPEAKS_OF
from nosograph.store.reader import NAMING, GraphReader, quads_in_memory
from nosograph.store.subject_lines import BRACKET, SubjectLines, iri_of, lines_of_subject, node, nodes

_SUBJECTS_KEPT: Final = 4096
"""Subjects whose statements are kept: some thirty megabytes."""

_NAMES_KEPT: Final = 1 << 16
"""Resources whose names are kept: some two hundred megabytes at most."""

_PARTS: Final = nodes(PARTS)
_SPEAKS_OF: Final = frozenset(nodes(SPEAKS_OF))
_CLIMBING: Final = _SPEAKS_OF.union(_PARTS)
_CITING: Final = nodes((iris.SOURCE, iris.CITES))
_NAMING: Final = nodes(NAMING)
_LISTED: Final = nodes(LISTED)
_NAMED: Final = nodes(lookup.NAMED)
_NAMED_TERM: Final = (node(iris.RDFS_LABEL),)
_TYPE: Final = node(iris.RDF_TYPE)


class LineSource(Protocol):
    """What lines of N-Quads are read from, by subjects and by objects as N-Quads write them."""

    def with_subject(self, subject: bytes) -> list[bytes]:
        """Return the lines with a subject, in order."""
        ...

    def with_object(self, object: bytes) -> Iterable[bytes]:
        """Return the lines with an object, in order."""
        ...


@dataclass(frozen=True)
class _Name:
    """What a document and its page say of a resource that they only name.

    Attributes:
        shown: what the document says.
        beside: lines that the page shows besides.
        listed: lines of what a list shows, in the order of ``LISTED``.
        label: its label, or None.
    """

    shown: SubjectLines
    beside: tuple[bytes, ...]
    listed: bytes
    label: str | None


@dataclass(frozen=True)
class DescribedLines:
    """The document of a resource, as lines.

    Attributes:
        iri: the resource.
        types: its classes, in order.
        graphs: the named graphs that say what the document says, in order.
        incoming: as ``ResourceDescription`` has it.
        cut: as ``ResourceDescription`` has it.
        lines: its lines in the order of a document.
        names: the IRIs of all their subjects, predicates and objects, as N-Quads write them.
        named: the resources of which it and what is beside it tell label and type alone, in order.
        beside: the lines of the sources that it cites and more labels, in order.
    """

    iri: str
    types: tuple[str, ...]
    graphs: tuple[str, ...]
    incoming: int
    cut: bool
    lines: bytes
    names: frozenset[bytes]
    named: tuple[str, ...]
    beside: bytes


class LineGatherer:
    """Gathers documents and what lists say from the lines of a release.

    A document has what ``ResourceLookup.describe`` returns for the same resource.

    Args:
        source: the lines.
        base: the base of the data.
    """

    def __init__(self, source: LineSource, base: Base) -> None:
        self._source = source
        self._base = base
        self._nothing = quads_in_memory(())
        self._metadata = str(base.graph("metadata")).encode()
        self.subject = lru_cache(_SUBJECTS_KEPT)(self._read_subject)
        self._owners = lru_cache(_SUBJECTS_KEPT)(self._read_owners)
        self._name = lru_cache(_NAMES_KEPT)(self._read_name)

    def pointing(self, object: bytes) -> list[bytes]:
        """Return the lines with a resource of the data set or a class as their object, in order."""
        return list(self._source.with_object(object))

    def subjects(self, predicate: bytes, lines: Iterable[bytes]) -> list[bytes]:
        """Return the subjects of the lines with a predicate that are IRIs, each once, in order."""
        found = (line.split(b" ", 2) for line in lines)
        subjects = {subject for subject, name, _ in found if name == predicate and subject[0] == BRACKET}
        return sorted(subjects, key=iri_of)

    def label(self, name: bytes) -> str | None:
        """Return the label of a resource, or None."""
        return self._name(name).label

    def listed(self, name: bytes) -> bytes:
        """Return the lines of what a list shows of a resource."""
        return self._name(name).listed

    def gather(self, iri: str, pointing: list[bytes]) -> DescribedLines:
        """Return the document of a resource that something is said of.

        Args:
            iri: the resource.
            pointing: the lines with it as their object, in order.
        """
        subject = node(iri)
        whole: dict[bytes, SubjectLines] = {}
        self._add_whole(subject, whole)
        counted, shown = self._bound(pointing, whole[subject])
        partial: dict[bytes, list[bytes]] = {}
        for line in shown:
            speaking, predicate, _ = line.split(b" ", 2)
            partial.setdefault(speaking, []).append(line)
            if predicate in _SPEAKS_OF:
                self._add_whole(speaking, whole)
            if predicate in _CLIMBING:
                self._add_owners(speaking, whole)
        cut = counted > len(shown)
        own = whole[subject]
        if cut:
            notice = quad_line(lookup.notice(self._base, iri, len(shown), counted))
            own = whole[subject] = lines_of_subject(subject, sorted({*own.lines, notice}))
        partial = {name: lines for name, lines in partial.items() if name not in whole}
        blocks = self._name_all(whole, partial)
        names = frozenset().union(*(said.names for said in blocks.values()))
        named, beside = self._beside(names, blocks, whole, partial)
        order = sorted(blocks)
        order.remove(subject)
        return DescribedLines(
            iri,
            tuple(sorted(map(iri_of, own.iris(_TYPE)))),
            tuple(sorted(name.decode() for name in frozenset().union(*(block.graphs for block in blocks.values())))),
            counted,
            cut,
            b"".join([own.text, *(blocks[name].text for name in order)]),
            names,
            named,
            beside,
        )

    def _bound(self, pointing: list[bytes], own: SubjectLines) -> tuple[int, list[bytes]]:
        """Return how many statements point to a resource, and those that its document shows."""
        if self._metadata not in own.graphs:
            pointing = list(islice((line for line in pointing if graph_part(line) != self._metadata), lookup.COUNTED))
        return min(len(pointing), lookup.COUNTED), pointing[: lookup.INCOMING]

    def _add_whole(self, subject: bytes, whole: dict[bytes, SubjectLines]) -> None:
        waiting = [subject]
        while waiting:
            found = waiting.pop()
            if found not in whole:
                whole[found] = said = self.subject(found)
                for part in _PARTS:
                    waiting += said.iris(part)

    def _add_owners(self, subject: bytes, whole: dict[bytes, SubjectLines]) -> None:
        self._add_whole(subject, whole)
        for owner in self._owners(subject):
            if owner not in whole:
                self._add_owners(owner, whole)

    def _name_all(
        self, whole: Mapping[bytes, SubjectLines], partial: Mapping[bytes, list[bytes]]
    ) -> dict[bytes, SubjectLines]:
        """Return by subject all that a document says, given what it says besides the names of what it names."""
        blocks = {subject: said for subject, said in whole.items() if said.by_predicate}
        pointing = {subject: lines_of_subject(subject, lines) for subject, lines in partial.items()}
        names = frozenset().union(*(said.names for said in (*blocks.values(), *pointing.values())))
        for name in names.difference(whole):
            shown = self._name(name).shown
            if name in partial:
                shown = lines_of_subject(name, sorted({*shown.lines, *partial[name]}))
            if shown.by_predicate:
                blocks[name] = shown
        return blocks

    def _beside(
        self,
        named: frozenset[bytes],
        blocks: Mapping[bytes, SubjectLines],
        whole: Mapping[bytes, SubjectLines],
        partial: Mapping[bytes, list[bytes]],
    ) -> tuple[tuple[str, ...], bytes]:
        """Return what is only named in a document and in the sources that it cites, and the lines beside it."""
        sources = {source for said in whole.values() for name in _CITING for source in said.iris(name)}
        cited = [self.subject(source) for source in sources.difference(whole)]
        described = {source.subject for source in cited if source.by_predicate}.union(whole)
        named = named.union(*(said.names for said in cited)).difference(described)
        lines = [line for source in cited for line in source.lines]
        for name in named:
            found = self._name(name)
            more = found.beside if name in blocks else (*found.shown.lines, *found.beside)
            lines += [line for line in more if line not in partial[name]] if name in partial else more
        return tuple(sorted(map(iri_of, named))), b"".join(sorted(lines))

    def _read_subject(self, subject: bytes) -> SubjectLines:
        return lines_of_subject(subject, self._source.with_subject(subject))

    def _read_owners(self, part: bytes) -> tuple[bytes, ...]:
        """Return what has a resource as its part, in the order of the properties."""
        pointing = self.pointing(part)
        return tuple(owner for name in _PARTS for owner in self.subjects(name, pointing)) if pointing else ()

    def _read_name(self, name: bytes) -> _Name:
        said = self.subject(name)
        if not said.by_predicate:
            return _Name(said, (), b"", None)
        iri = iri_of(name)
        shown = _NAMED_TERM if self._base.is_term(iri) else _NAMED
        reader = GraphReader(self._nothing)
        reader.keep_parts(iri, NAMING, b"".join(said.lines_with(_NAMING)))
        label = reader.label(iri)
        return _Name(
            lines_of_subject(name, said.lines_with(shown)),
            tuple(said.lines_with(predicate for predicate in _NAMING if predicate not in shown)),
            b"".join(said.lines_with(_LISTED)),
            None if label is None else label.value,
        )
