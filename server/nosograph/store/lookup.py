"""Returns what a release says of one thing, without any query: look-ups by pattern in the store, in this process.

No text of a client reaches the engine here except as an IRI, so nothing here can run away or crash; what a very
connected thing would make long is cut at a bound, and the document says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from nosograph.errors import Location, ReleaseError
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES, Base
from nosograph.release.opening import Release
from nosograph.store.triples import Term

INCOMING: Final = 1000
"""Statements that point to a thing and are shown in the document about it; the rest is told by number."""

COUNTED: Final = 100_000
"""Statements that point to a thing and are counted; beyond it, the document says "more than"."""


def _node(prefix: str, name: str) -> NamedNode:
    return NamedNode(STANDARD_PREFIXES[prefix] + name)


def _noso(name: str) -> NamedNode:
    return NamedNode(str(NOSO) + name)


_TYPE: Final = _node("rdf", "type")
_COMMENT: Final = _node("rdfs", "comment")
_PREFERRED_LABEL: Final = _node("skos", "prefLabel")
_LABEL: Final = _node("rdfs", "label")
_DEPRECATED: Final = _node("owl", "deprecated")
_REPLACED_BY: Final = _node("dcterms", "isReplacedBy")
_TRUE: Final = Literal("true", datatype=_node("xsd", "boolean"))
_EVIDENCE: Final = _noso("evidence")
_PASSAGE: Final = _noso("passage")
_ANTECEDENT: Final = _noso("antecedent")
_PARTS: Final = (_EVIDENCE, _PASSAGE, _ANTECEDENT)
_OWNERS: Final = frozenset(_PARTS)
_SPEAKS_OF: Final = frozenset(
    {
        *(_node("rdf", name) for name in ("subject", "object")),
        *(_noso(name) for name in ("context", "source", "cites")),
        _node("owl", "annotatedSource"),
        _node("owl", "annotatedTarget"),
    }
)
"""Predicates whose subject is a statement about the thing: a fact, a piece of evidence, a mapping."""


class State(StrEnum):
    """Whether a thing is part of the graph."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class IdentifierStatus:
    """The state of a thing, and the IRI that took its place when it was replaced."""

    state: State
    successor: str | None = None


class ResourceDescription(list[Quad]):
    """The quads of a document, the thing's own first.

    Attributes:
        incoming: how many statements point to the thing, counted up to ``COUNTED``.
        cut: whether there are more of them than the document shows; it then says so in a ``rdfs:comment``.
    """

    incoming: int = 0
    cut: bool = False


def open_store(release: Release) -> Store:
    """Return the store of a release, opened read-only, which takes milliseconds.

    Raises:
        ReleaseError: the store cannot be opened.
    """
    try:
        return Store.read_only(str(release.store_folder))
    except (OSError, RuntimeError, ValueError) as error:
        raise ReleaseError(
            f"The store of the release cannot be opened: {error}.",
            location=Location(str(release.store_folder)),
            hint="Build the release again.",
        ) from error


class Documents:
    """Looks things up in one release; may be used from several threads at once.

    Args:
        release: the release.
        store: its store, opened read-only (``open_store``).
    """

    def __init__(self, release: Release, store: Store) -> None:
        self._release = release
        self._store = store

    def state(self, iri: str) -> IdentifierStatus:
        """Return whether a thing is active, deprecated, replaced (by what) or unknown."""
        node = _named(iri)
        if node is None or next(self._match(node), None) is None:
            return IdentifierStatus(State.UNKNOWN)
        if next(self._match(node, _DEPRECATED, _TRUE), None) is None:
            return IdentifierStatus(State.ACTIVE)
        for quad in self._match(node, _REPLACED_BY):
            if isinstance(quad.object, NamedNode):
                return IdentifierStatus(State.REPLACED, quad.object.value)
        return IdentifierStatus(State.DEPRECATED)

    def describe(self, iri: str) -> ResourceDescription | None:
        """Return the document about a thing, or None when the release says nothing of it.

        It has the thing's own statements; those that point to it, up to ``INCOMING``; each fact, piece of evidence
        and mapping that speaks of it, whole, with evidence and passages; and label and type of everything named.
        """
        node = _named(iri)
        if node is None:
            return None
        collected = _Collection(self._store, self._release.base)
        collected.add_whole(node)
        if not collected.quads:
            return None
        pointing = self._pointing(node, collected.quads)
        shown = list(islice(pointing, INCOMING))
        for quad in shown:
            collected.add(quad)
            if isinstance(quad.subject, NamedNode):
                if quad.predicate in _SPEAKS_OF:
                    collected.add_whole(quad.subject)
                if quad.predicate in _SPEAKS_OF or quad.predicate in _OWNERS:
                    collected.add_owners(quad.subject)
        description = ResourceDescription()
        description.incoming = len(shown) + sum(1 for _ in islice(pointing, COUNTED - len(shown)))
        description.cut = description.incoming > len(shown)
        if description.cut:
            collected.add(self._notice(node, len(shown), description.incoming))
        collected.add_labels()
        description.extend(collected.quads)
        return description

    def labels(self, iris: Iterable[str]) -> dict[str, str]:
        """Return the label of each thing that has one; an English or untagged one before others."""
        found = {}
        for iri in iris:
            node = _named(iri)
            label = node and self._label(node)
            if label:
                found[iri] = label
        return found

    def graph(self, iri: str) -> list[Quad]:
        """Return every quad of a named graph; none when there is no such graph."""
        node = _named(iri)
        return [] if node is None else list(self._store.quads_for_pattern(None, None, None, node))

    def resources(self, kind: str) -> list[str]:
        """Return the IRIs of every resource of a kind, without those that were withdrawn; sorted.

        Raises:
            KeyError: the vocabulary of the release has no such kind.
        """
        of_kind = self._match(None, _TYPE, NamedNode(self._release.vocabulary.by_kind[kind].iri))
        found = {quad.subject for quad in of_kind if isinstance(quad.subject, NamedNode)}
        gone = {quad.subject for quad in self._match(None, _DEPRECATED, _TRUE)}
        return sorted(node.value for node in found - gone)

    def _match(
        self, subject: NamedNode | None = None, predicate: NamedNode | None = None, object: Term | None = None
    ) -> Iterator[Quad]:
        """Return what matches in the default graph, which holds the union of the named graphs."""
        return self._store.quads_for_pattern(subject, predicate, object, DefaultGraph())

    def _pointing(self, node: NamedNode, own: Iterable[Quad]) -> Iterator[Quad]:
        """Return the statements that point to a thing; those about the data set only when the thing belongs to it."""
        metadata = NamedNode(str(self._release.base.graph("metadata")))
        of_metadata = any(quad.graph_name == metadata for quad in own)
        for quad in _named_quads(self._store, object=node):
            if of_metadata or quad.graph_name != metadata:
                yield quad

    def _label(self, node: NamedNode) -> str | None:
        labels = [quad.object for name in (_PREFERRED_LABEL, _LABEL) for quad in self._match(node, name)]
        texts = [label for label in labels if isinstance(label, Literal)]
        texts.sort(key=lambda label: label.language not in (None, "en"))
        return texts[0].value if texts else None

    def _notice(self, node: NamedNode, shown: int, counted: int) -> Quad:
        number = f"more than {counted}" if counted >= COUNTED else str(counted)
        text = (
            f"This document shows {shown} of {number} statements that point to this thing; "
            f"the SPARQL endpoint and the dumps have all of them."
        )
        graph = NamedNode(str(self._release.base.graph("metadata")))
        return Quad(node, _COMMENT, Literal(text, language="en"), graph)


class _Collection:
    """Quads, each once, in the order in which they were found."""

    def __init__(self, store: Store, base: Base) -> None:
        self._store = store
        self._base = base
        self._quads: dict[Quad, None] = {}
        self._whole: set[NamedNode] = set()

    @property
    def quads(self) -> Iterable[Quad]:
        return self._quads.keys()

    def add(self, quad: Quad) -> None:
        self._quads[quad] = None

    def add_whole(self, node: NamedNode) -> None:
        """Add the statements of a node, and those of its parts, evidence and passages."""
        waiting = [node]
        while waiting:
            subject = waiting.pop()
            if subject in self._whole:
                continue
            self._whole.add(subject)
            for quad in _named_quads(self._store, subject):
                self.add(quad)
                if quad.predicate in _PARTS and isinstance(quad.object, NamedNode):
                    waiting.append(quad.object)

    def add_owners(self, node: NamedNode) -> None:
        """Add the evidence that a passage belongs to and the fact that a piece of evidence belongs to."""
        self.add_whole(node)
        for predicate in _OWNERS:
            for quad in _named_quads(self._store, None, predicate, node):
                if isinstance(quad.subject, NamedNode) and quad.subject not in self._whole:
                    self.add_owners(quad.subject)

    def add_labels(self) -> None:
        """Add label and type of every thing that is named so far and not described whole; of terms the label alone."""
        for node in dict.fromkeys(self._named()):
            if node not in self._whole:
                is_term = self._base.is_term(node.value)
                for predicate in (_LABEL,) if is_term else (_PREFERRED_LABEL, _LABEL, _TYPE):
                    for quad in _named_quads(self._store, node, predicate):
                        self.add(quad)

    def _named(self) -> Iterator[NamedNode]:
        for quad in list(self._quads):
            for term in (quad.subject, quad.predicate, quad.object):
                if isinstance(term, NamedNode):
                    yield term


def _named_quads(
    store: Store, subject: NamedNode | None = None, predicate: NamedNode | None = None, object: Term | None = None
) -> Iterator[Quad]:
    """Return the quads of the named graphs that match; the default graph only repeats them."""
    for quad in store.quads_for_pattern(subject, predicate, object):
        if not isinstance(quad.graph_name, DefaultGraph):
            yield quad


def _named(iri: str) -> NamedNode | None:
    try:
        return NamedNode(iri)
    except ValueError:
        return None
