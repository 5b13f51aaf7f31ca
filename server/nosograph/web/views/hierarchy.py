"""The hierarchy of resources: what is broader and narrower than what, as trees that open step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from nosograph.rdf.iris import RDFS_LABEL, SKOS_DEFINITION
from nosograph.store.documents import DocumentFile
from nosograph.vocabulary.terms import ResourceClass
from nosograph.web.views.choices import identifier_of
from nosograph.web.views.facts import Reader, Value
from nosograph.web.views.overview import PageOfList

PAGE_LENGTH: Final = 100
"""Resources of one level that a page shows."""

MOST_NODES: Final = 200
"""Further resources, below those of the page's own level, that it holds; what is deeper is a link away."""

DEEPEST: Final = 4
"""Levels that a page holds at most."""

MOST_BESIDE: Final = 8
"""Resources with the same broader one that are offered for a comparison."""

MOST_PATHS: Final = 6
"""Ways up from a resource that its page shows; one with more broader resources names the others alone."""


@dataclass(frozen=True)
class TreeNode:
    """A resource in the hierarchy.

    Attributes:
        value: the resource.
        href: its page in the hierarchy.
        narrower: how many resources are directly narrower.
        facts: how many facts name it as what they are about or as what they say.
        nodes: the narrower ones that the page holds; all of them, or none.
    """

    value: Value
    href: str
    narrower: int
    facts: int
    nodes: tuple[TreeNode, ...] = ()


@dataclass(frozen=True)
class Level:
    """Resources beside each other, with what is below them.

    Attributes:
        nodes: the resources of one page.
        total: how many there are in all.
        page: which part is shown.
    """

    nodes: tuple[TreeNode, ...]
    total: int
    page: PageOfList


@dataclass(frozen=True)
class KindTree:
    """The hierarchy of one kind.

    Attributes:
        entry: the class.
        level: the resources that have narrower ones and no broader one.
        alone: how many of the kind have neither.
    """

    entry: ResourceClass
    level: Level
    alone: int


@dataclass(frozen=True)
class Position:
    """Where a resource stands.

    Attributes:
        value: the resource.
        entry: its class.
        definition: what it is.
        paths: the ways that lead to it, each from the broadest resource down; none where nothing is broader.
        broader: directly broader resources, those of the paths included.
        level: directly narrower resources.
    """

    value: Value
    entry: ResourceClass
    definition: Value | None
    paths: tuple[tuple[Value, ...], ...]
    broader: tuple[Value, ...]
    level: Level


class Hierarchy:
    """Reads what is broader and narrower: by the predicates of forms, and by SKOS.

    Args:
        reader: reads the release.
        documents: its hierarchy, as it was written ahead.
    """

    def __init__(self, reader: Reader, documents: DocumentFile) -> None:
        self._reader = reader
        self._documents = documents

    def broader(self, iri: str) -> tuple[Value, ...]:
        """Return the resources that are directly broader, by label."""
        return self._values(self._documents.broader(iri))

    def narrower(self, iri: str) -> list[str]:
        """Return the IRIs of the resources that are directly narrower, by label."""
        return self._documents.narrower((iri,)).get(iri, [])

    def beside(self, iri: str, broader: Iterable[Value]) -> tuple[Value, ...]:
        """Return some of the resources that are directly narrower than the first of the broader ones, by label."""
        for parent in broader:
            return self._values([one for one in self.narrower(parent.iri) if one != iri][:MOST_BESIDE])
        return ()

    def paths(self, iri: str) -> tuple[tuple[Value, ...], ...]:
        """Return the ways down to a resource, one for each directly broader one, above that by the first label."""
        found = []
        for parent in self.broader(iri)[:MOST_PATHS]:
            path = [parent]
            seen = {iri, parent.iri}
            while ahead := [value for value in self.broader(path[0].iri) if value.iri not in seen]:
                path.insert(0, ahead[0])
                seen.add(ahead[0].iri)
            found.append(tuple(path))
        return tuple(found)

    def level(self, found: Sequence[str], page: int, address: str) -> Level:
        """Return one page of resources that stand beside each other, with as much below them as the page holds.

        Args:
            found: the resources, by label.
            page: which page, from 1.
            address: address of the pages.
        """
        start = (page - 1) * PAGE_LENGTH
        shown = found[start : start + PAGE_LENGTH]
        last, total = start + len(shown), len(found)
        return Level(
            nodes=self._open(shown),
            total=total,
            page=PageOfList(
                words=f"{start + 1:,} to {last:,} of {total:,}",
                before=f"{address}?page={page - 1}" if page > 1 else "",
                after=f"{address}?page={page + 1}" if last < total else "",
            ),
        )

    def _open(self, found: Iterable[str]) -> tuple[TreeNode, ...]:
        """Return resources with those below them, the upper levels first, until the page holds enough."""
        top = level = [_Opened(iri, frozenset((iri,))) for iri in found]
        every, left = list(top), MOST_NODES
        while level:
            narrower = self._documents.narrower(node.iri for node in level)
            below: list[_Opened] = []
            for node in level:
                node.narrower = narrower.get(node.iri, [])
                fits = 0 < len(node.narrower) <= left and node.above.isdisjoint(node.narrower)
                if fits and len(node.above) < DEEPEST:
                    left -= len(node.narrower)
                    node.below = [_Opened(iri, node.above | {iri}) for iri in node.narrower]
                    below += node.below
            every += below
            level = below
        self._tell(node.iri for node in every)
        numbers = self._documents.fact_numbers(node.iri for node in every)
        return tuple(self._node(node, numbers) for node in top)

    def _node(self, opened: _Opened, numbers: Mapping[str, int]) -> TreeNode:
        value = self._reader.value(opened.iri)
        return TreeNode(
            value=value,
            href=address_of(value),
            narrower=len(opened.narrower),
            facts=numbers.get(opened.iri, 0),
            nodes=tuple(self._node(node, numbers) for node in opened.below),
        )

    def _values(self, found: Iterable[str]) -> tuple[Value, ...]:
        known = list(found)
        self._tell(known)
        return tuple(map(self._reader.value, known))

    def _tell(self, found: Iterable[str]) -> None:
        """Let the reader know how resources are called, those of which it does not yet."""
        unknown = [iri for iri in found if not self._reader.triples.knows(iri, RDFS_LABEL)]
        for entry in self._documents.listed(unknown):
            entry.tell(self._reader.triples)


@dataclass
class _Opened:
    """A resource while a page is put together: what stands above it there, itself included, and what below it."""

    iri: str
    above: frozenset[str]
    narrower: list[str] = field(default_factory=list)
    below: list[_Opened] = field(default_factory=list)


def address_of(value: Value) -> str:
    """Return the address at which the hierarchy shows a resource."""
    return f"/hierarchy/{value.kind}/{quote(identifier_of(value), safe='-._~')}"


@dataclass(frozen=True)
class Ways:
    """Where a reader may go from the page of a resource.

    Attributes:
        hierarchy: address of the resource in the hierarchy; empty where it stands in none.
        compare: address of the comparisons of its kind.
        identifier: its identifier, which names it there.
        beside: some resources that have a broader one with it in common.
    """

    hierarchy: str
    compare: str
    identifier: str
    beside: tuple[Value, ...]


def ways_from(reader: Reader, documents: DocumentFile, iri: str) -> Ways:
    """Return where a reader may go from the page of a resource."""
    hierarchy = Hierarchy(reader, documents)
    value = reader.value(iri)
    broader = hierarchy.broader(iri)
    stands = bool(broader or hierarchy.narrower(iri))
    return Ways(
        hierarchy=address_of(value) if stands else "",
        compare=f"/compare/{value.kind}",
        identifier=identifier_of(value),
        beside=hierarchy.beside(iri, broader),
    )


def kind_trees(
    reader: Reader, documents: DocumentFile, numbers: Mapping[str, int], kind: str = "", page: int = 1
) -> tuple[KindTree, ...]:
    """Return the hierarchy of each kind that has one, in the order of the vocabulary.

    Args:
        reader: reads the release.
        documents: its hierarchy.
        numbers: how many resources there are of each kind.
        kind: the kind that alone is wanted, or empty.
        page: which page of its broadest resources, from 1.
    """
    hierarchy = Hierarchy(reader, documents)
    roots = documents.roots()
    return tuple(
        KindTree(
            entry,
            hierarchy.level(roots[entry.kind][0], page, f"/hierarchy/{entry.kind}/"),
            max(numbers.get(entry.kind, 0) - roots[entry.kind][1], 0),
        )
        for entry in reader.vocabulary.classes
        if entry.kind in roots and kind in ("", entry.kind)
    )


def position(reader: Reader, documents: DocumentFile, iri: str, page: int = 1) -> Position:
    """Return where a resource stands, with one page of the narrower ones."""
    hierarchy = Hierarchy(reader, documents)
    value = reader.value(iri)
    definition = reader.triples.literal(iri, SKOS_DEFINITION)
    return Position(
        value=value,
        entry=reader.vocabulary.by_kind[value.kind],
        definition=None if definition is None else reader.value(definition),
        paths=hierarchy.paths(iri),
        broader=hierarchy.broader(iri),
        level=hierarchy.level(hierarchy.narrower(iri), page, address_of(value)),
    )
