"""The hierarchy of resources: what is broader and narrower than what, as trees that open step by step."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from pyoxigraph import NamedNode

from nosograph.rdf import iris
from nosograph.vocabulary.terms import ResourceClass
from nosograph.web.views.choices import identifier_of
from nosograph.web.views.facts import Reader, Value
from nosograph.web.views.overview import PageOfList

SORTED_UP_TO: Final = 5000
"""Resources of one level up to which it is in the order of labels; a longer one is in the order of IRIs."""

PAGE_LENGTH: Final = 100
"""Resources of one level that a page shows."""

MOST_NODES: Final = 200
"""Further resources, below those of the page's own level, that it holds; what is deeper is a link away."""

DEEPEST: Final = 4
"""Levels that a page holds at most."""

MOST_BESIDE: Final = 8
"""Resources with the same broader one that are offered for a comparison, of the first ``MOST_READ_BESIDE``."""

MOST_READ_BESIDE: Final = 50

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
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._properties = tuple(sorted({*reader.vocabulary.broader_properties(), iris.SKOS_BROADER}))

    def broader(self, iri: str) -> tuple[Value, ...]:
        """Return the resources that are directly broader, by label."""
        triples = self._reader.triples
        return self._resources({one for name in self._properties for one in triples.iris(iri, name)} - {iri})

    def narrower(self, iri: str, limit: int | None = None) -> set[str]:
        """Return the IRIs of the resources that are directly narrower; with a limit, at most so many of a property."""
        triples = self._reader.triples
        found = {one for name in self._properties for one in triples.subjects(name, iri, limit)} - {iri}
        return {one for one in found if self._reader.addresses.kind(one)}

    def beside(self, iri: str, broader: Iterable[Value]) -> tuple[Value, ...]:
        """Return some of the resources that are directly narrower than the first of the broader ones, by label.

        The first alone, because every further one takes look-ups that no document has ready.
        """
        for parent in broader:
            return self._resources(self.narrower(parent.iri, MOST_READ_BESIDE) - {iri})[:MOST_BESIDE]
        return ()

    def roots(self) -> dict[str, tuple[set[str], int]]:
        """Return the resources of each kind that have narrower ones and no broader one, and how many have either."""
        above: set[str] = set()
        below: set[str] = set()
        kind_of = self._reader.addresses.kind
        for name in self._properties:
            for quad in self._reader.triples.match(None, NamedNode(name)):
                if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                    narrower, broader = quad.subject.value, quad.object.value
                    if narrower != broader and kind_of(narrower) and kind_of(broader):
                        above.add(broader)
                        below.add(narrower)
        found: dict[str, tuple[set[str], int]] = {}
        for kind, number in Counter(kind_of(iri) or "" for iri in above | below).items():
            found[kind] = ({iri for iri in above - below if kind_of(iri) == kind}, number)
        return found

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

    def level(self, found: Iterable[str], page: int, address: str) -> Level:
        """Return one page of resources that stand beside each other, with as much below them as the page holds.

        Args:
            found: the resources.
            page: which page, from 1.
            address: address of the pages.
        """
        every = list(found)
        start = (page - 1) * PAGE_LENGTH
        if len(every) <= SORTED_UP_TO:
            shown = [value.iri for value in self._resources(every)][start : start + PAGE_LENGTH]
        else:
            shown = sorted(every)[start : start + PAGE_LENGTH]
        last = start + len(shown)
        return Level(
            nodes=self._open(shown),
            total=len(every),
            page=PageOfList(
                words=f"{start + 1:,} to {last:,} of {len(every):,}",
                before=f"{address}?page={page - 1}" if page > 1 else "",
                after=f"{address}?page={page + 1}" if last < len(every) else "",
            ),
        )

    def _open(self, found: Iterable[str]) -> tuple[TreeNode, ...]:
        """Return resources with those below them, the upper levels first, until the page holds enough."""
        top = [_Opened(iri, frozenset((iri,))) for iri in found]
        waiting = deque(top)
        left = MOST_NODES
        while waiting:
            node = waiting.popleft()
            node.narrower = self.narrower(node.iri)
            if len(node.above) < DEEPEST and 0 < len(node.narrower) <= left and not node.narrower & node.above:
                left -= len(node.narrower)
                node.below = [_Opened(value.iri, node.above | {value.iri}) for value in self._resources(node.narrower)]
                waiting.extend(node.below)
        return tuple(self._node(node) for node in top)

    def _node(self, opened: _Opened) -> TreeNode:
        value = self._reader.value(opened.iri)
        return TreeNode(
            value=value,
            href=address_of(value),
            narrower=len(opened.narrower),
            facts=self._facts(opened.iri),
            nodes=tuple(self._node(node) for node in opened.below),
        )

    def _facts(self, iri: str) -> int:
        node, match = NamedNode(iri), self._reader.triples.match
        parts = (iris.RDF_SUBJECT, iris.RDF_OBJECT)
        return len({quad.subject for part in parts for quad in match(None, NamedNode(part), node)})

    def _resources(self, found: Iterable[str]) -> tuple[Value, ...]:
        return tuple(value for value in self._reader.values(found) if value.kind)


@dataclass
class _Opened:
    """A resource while a page is put together: what stands above it there, itself included, and what below it."""

    iri: str
    above: frozenset[str]
    narrower: set[str] = field(default_factory=set)
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


def ways_from(reader: Reader, iri: str) -> Ways:
    """Return where a reader may go from the page of a resource."""
    hierarchy = Hierarchy(reader)
    value = reader.value(iri)
    broader = hierarchy.broader(iri)
    stands = bool(broader or hierarchy.narrower(iri, 1))
    return Ways(
        hierarchy=address_of(value) if stands else "",
        compare=f"/compare/{value.kind}",
        identifier=identifier_of(value),
        beside=hierarchy.beside(iri, broader),
    )


def kind_trees(reader: Reader, numbers: dict[str, int], kind: str = "", page: int = 1) -> tuple[KindTree, ...]:
    """Return the hierarchy of each kind that has one, in the order of the vocabulary.

    Args:
        reader: reads the release.
        numbers: how many resources there are of each kind.
        kind: the kind that alone is wanted, or empty.
        page: which page of its broadest resources, from 1.
    """
    hierarchy = Hierarchy(reader)
    roots = hierarchy.roots()
    return tuple(
        KindTree(
            entry,
            hierarchy.level(roots[entry.kind][0], page, f"/hierarchy/{entry.kind}/"),
            max(numbers.get(entry.kind, 0) - roots[entry.kind][1], 0),
        )
        for entry in reader.vocabulary.classes
        if entry.kind in roots and kind in ("", entry.kind)
    )


def position(reader: Reader, iri: str, page: int = 1) -> Position:
    """Return where a resource stands, with one page of the narrower ones."""
    hierarchy = Hierarchy(reader)
    value = reader.value(iri)
    definition = reader.triples.literal(iri, iris.SKOS_DEFINITION)
    return Position(
        value=value,
        entry=reader.vocabulary.by_kind[value.kind],
        definition=None if definition is None else reader.value(definition),
        paths=hierarchy.paths(iri),
        broader=hierarchy.broader(iri),
        level=hierarchy.level(hierarchy.narrower(iri), page, address_of(value)),
    )
