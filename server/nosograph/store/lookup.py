"""Looks a resource up in a release: whether it is active, and what the document about it says.

What a very connected resource would make long is cut at a bound, and the document says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.rdf import iris
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.store.documents import PARTS, SPEAKS_OF, Document, DocumentFile, GatheredDocument
from nosograph.store.reader import GraphReader
from nosograph.vocabulary.terms import FACT_KIND, MAPPING_KIND

INCOMING: Final = 1000
"""Statements that point to a resource and are shown in the document about it; of the rest, the number is told."""

COUNTED: Final = 100_000
"""Statements that point to a resource and are counted; beyond it, the document says "more than"."""

NAMED: Final = (iris.SKOS_PREF_LABEL, iris.RDFS_LABEL, iris.RDF_TYPE)
"""Predicates of what a document says of a resource that it only names; of a term it says the label alone."""

_TRUE: Final = Literal("true", datatype=NamedNode(STANDARD_PREFIXES["xsd"] + "boolean"))


class State(StrEnum):
    """Whether a resource is part of the graph."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class IdentifierStatus:
    """The state of a resource, and the IRI that took its place when it was replaced."""

    state: State
    successor: str | None = None


class ResourceDescription(list[Quad]):
    """The quads of a document, the resource's own first.

    Attributes:
        incoming: how many statements point to the resource, counted up to ``COUNTED``.
        cut: whether there are more of them than the document shows; it then says so in a ``rdfs:comment``.
        whole: the resources of which it has all statements.
    """

    incoming: int = 0
    cut: bool = False
    whole: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ResourceLookup:
    """Looks resources up in one release.

    Attributes:
        base: the base of the release's IRIs.
        reader: reads the release's graph; what it has read already is not read again.
        documents: the documents that were made ahead, where there are any.
    """

    base: Base
    reader: GraphReader
    documents: DocumentFile | None = None

    def document(self, iri: str) -> Document | None:
        """Return the document about a resource, as it was made ahead or else as ``describe`` makes it; None if none."""
        if self.documents is not None:
            statements = tuple(f"{self.base.iri}{kind}/" for kind in (FACT_KIND, MAPPING_KIND))
            if not iri.startswith(statements):
                ready = self.documents.find(iri)
                if ready is not None:
                    return ready
            for about in self.documents.find_all(self._statement_is_about(iri)):
                about.tell(self.reader)
        quads = self.describe(iri)
        return None if quads is None else GatheredDocument(iri, quads)

    def _statement_is_about(self, statement: str) -> Iterable[str]:
        """Return what a fact or a mapping is about: the document on that has the fact, and whatever the fact names."""
        for quad in self.reader.statements(statement):
            if quad.predicate.value in (iris.RDF_SUBJECT, iris.SSSOM_SUBJECT) and isinstance(quad.object, NamedNode):
                yield quad.object.value

    def state(self, iri: str) -> IdentifierStatus:
        """Return whether a resource is active, deprecated, replaced (by what) or unknown."""
        if not self.reader.holds_subject(iri):
            return IdentifierStatus(State.UNKNOWN)
        if _TRUE not in self.reader.objects(iri, iris.OWL_DEPRECATED):
            return IdentifierStatus(State.ACTIVE)
        successor = self.reader.iri(iri, iris.DCTERMS_IS_REPLACED_BY)
        return IdentifierStatus(State.DEPRECATED if successor is None else State.REPLACED, successor)

    def describe(self, iri: str) -> ResourceDescription | None:
        """Return the document about a resource, or None when the release says nothing of it.

        It has the resource's own statements; those that point to it, up to ``INCOMING``; each fact, piece of evidence
        and mapping that speaks of it, whole, with evidence and passages; and label and type of everything named.
        """
        collected = _Collection(self.reader, self.base)
        collected.add_whole(iri)
        if not collected.quads:
            return None
        pointing = list(islice(self._pointing(iri), COUNTED))
        shown = pointing if len(pointing) <= INCOMING else sorted(pointing, key=str)[:INCOMING]
        if len(pointing) < COUNTED:
            self._keep_what_points(iri, pointing)
        for quad in shown:
            collected.quads[quad] = None
            if isinstance(quad.subject, NamedNode):
                if quad.predicate.value in SPEAKS_OF:
                    collected.add_whole(quad.subject.value)
                if quad.predicate.value in SPEAKS_OF or quad.predicate.value in PARTS:
                    collected.add_owners(quad.subject.value)
        description = ResourceDescription()
        description.incoming = len(pointing)
        description.cut = description.incoming > len(shown)
        if description.cut:
            collected.quads[notice(self.base, iri, len(shown), description.incoming)] = None
        collected.add_labels(self.documents)
        description.whole = frozenset(collected.whole)
        description.extend(collected.quads)
        return description

    def resources(self, class_: str) -> list[str]:
        """Return the IRIs of every resource of a class that was not withdrawn; sorted."""
        of_class = self.reader.subjects(iris.RDF_TYPE, class_)
        withdrawn = {quad.subject for quad in self.reader.match(None, NamedNode(iris.OWL_DEPRECATED), _TRUE)}
        return [iri for iri in of_class if NamedNode(iri) not in withdrawn]

    def _pointing(self, iri: str) -> Iterator[Quad]:
        """Return what points to a resource; statements about the data set only where the resource belongs to it."""
        metadata = NamedNode(str(self.base.graph("metadata")))
        of_metadata = any(quad.graph_name == metadata for quad in self.reader.statements(iri))
        for quad in self.reader.pointing(iri):
            if of_metadata or quad.graph_name != metadata:
                yield quad

    def _keep_what_points(self, iri: str, pointing: Iterable[Quad]) -> None:
        subjects: dict[str, list[str]] = {predicate: [] for predicate in (*SPEAKS_OF, *PARTS)}
        for quad in pointing:
            if quad.predicate.value in subjects and isinstance(quad.subject, NamedNode):
                subjects[quad.predicate.value].append(quad.subject.value)
        for predicate, found in subjects.items():
            self.reader.keep_subjects(predicate, iri, found)


def notice(base: Base, iri: str, shown: int, counted: int) -> Quad:
    """Return what a document says of itself that shows only some of the statements that point to its resource."""
    number = f"more than {counted}" if counted >= COUNTED else str(counted)
    text = (
        f"This document shows {shown} of {number} statements that point to this resource; "
        f"the SPARQL endpoint and the dumps have all of them."
    )
    graph = NamedNode(str(base.graph("metadata")))
    return Quad(NamedNode(iri), NamedNode(iris.RDFS_COMMENT), Literal(text, language="en"), graph)


class _Collection:
    """Quads, each once, in the order in which they were found."""

    def __init__(self, reader: GraphReader, base: Base) -> None:
        self._reader = reader
        self._base = base
        self._large = tuple(f"{base.iri}{kind}/" for kind in base.kinds if kind not in (FACT_KIND, MAPPING_KIND))
        self.whole: set[str] = set()
        self.quads: dict[Quad, None] = {}

    def add_whole(self, iri: str) -> None:
        """Add the statements of a resource, and those of its parts, evidence and passages."""
        waiting = [iri]
        while waiting:
            subject = waiting.pop()
            if subject in self.whole:
                continue
            self.whole.add(subject)
            self.quads |= dict.fromkeys(self._reader.statements(subject))
            for part in PARTS:
                waiting += self._reader.iris(subject, part)

    def add_owners(self, iri: str) -> None:
        """Add the evidence that a passage belongs to and the fact that a piece of evidence belongs to."""
        self.add_whole(iri)
        for part in PARTS:
            for owner in self._reader.subjects(part, iri):
                if owner not in self.whole:
                    self.add_owners(owner)

    def add_labels(self, documents: DocumentFile | None) -> None:
        """Add label and type of all that is named so far and not described whole; of terms the label alone."""
        named = dict.fromkeys(names(self.quads))
        if documents is not None:
            resources = (iri for iri in named if iri.startswith(self._large))
            for entry in documents.listed(iri for iri in resources if not self._reader.knows(iri, iris.RDFS_LABEL)):
                entry.tell(self._reader)
        for iri in named:
            if iri not in self.whole:
                if not iri.startswith(self._large) and not self._reader.knows(iri, iris.RDFS_LABEL):
                    self._reader.statements(iri)  # one look-up in place of one for each predicate
                for predicate in (iris.RDFS_LABEL,) if self._base.is_term(iri) else NAMED:
                    self.quads |= dict.fromkeys(self._reader.statements(iri, predicate))


def names(quads: Iterable[Quad]) -> list[str]:
    """Return the IRIs of all subjects, predicates and objects."""
    found = []
    for quad in quads:
        subject, object = quad.subject, quad.object
        if isinstance(subject, NamedNode):
            found.append(subject.value)
        found.append(quad.predicate.value)
        if isinstance(object, NamedNode):
            found.append(object.value)
    return found
