"""Reads the triples of a release by pattern: the only way in which pages look at the graph.

Pages never evaluate a query: the engine's parser can bring its process down, a look-up by pattern cannot.
Which named graph a triple stands in makes no difference to a reader, so patterns match the default graph, in which a
store holds the union of its named graphs, each triple once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

Term = NamedNode | BlankNode | Literal | Triple


class QuadSource(Protocol):
    """What triples are read from: an engine's store, or anything that answers the same patterns."""

    def quads_for_pattern(
        self,
        subject: NamedNode | BlankNode | None,
        predicate: NamedNode | None,
        object: Term | None,
        graph_name: NamedNode | BlankNode | DefaultGraph | None = None,
        /,
    ) -> Iterator[Quad]:
        """Return the quads that match; None matches everything."""
        ...


@dataclass(frozen=True)
class Triples:
    """The union of the named graphs, asked by subject, predicate and object.

    Every answer but those of ``match`` and ``having`` is in a fixed order.
    """

    source: QuadSource

    @classmethod
    def of(cls, quads: Iterable[Quad]) -> Triples:
        """Return the triples of some quads, held in memory."""
        store = Store()
        store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        return cls(store)

    def match(
        self, subject: NamedNode | None = None, predicate: NamedNode | None = None, object: Term | None = None
    ) -> Iterator[Quad]:
        """Return the triples that match, each once, in the store's order; None matches everything."""
        return self.source.quads_for_pattern(subject, predicate, object, DefaultGraph())

    def objects(self, subject: str, predicate: str) -> tuple[Term, ...]:
        """Return every object of a subject and a predicate."""
        found = self.match(NamedNode(subject), NamedNode(predicate))
        return tuple(sorted({quad.object for quad in found}, key=str))

    def iris(self, subject: str, predicate: str) -> tuple[str, ...]:
        """Return every object that is an IRI, as strings."""
        return tuple(term.value for term in self.objects(subject, predicate) if isinstance(term, NamedNode))

    def iri(self, subject: str, predicate: str) -> str | None:
        """Return the first object that is an IRI, or None."""
        return next(iter(self.iris(subject, predicate)), None)

    def literals(self, subject: str, predicate: str) -> tuple[Literal, ...]:
        """Return every object that is a literal."""
        return tuple(term for term in self.objects(subject, predicate) if isinstance(term, Literal))

    def literal(self, subject: str, predicate: str, language: str = "en") -> Literal | None:
        """Return one literal: the one in the language, else one without a language, else any; None if there is none."""
        found = self.literals(subject, predicate)
        for wanted in (language, None):
            for literal in found:
                if literal.language == wanted:
                    return literal
        return found[0] if found else None

    def value(self, subject: str, predicate: str) -> str | None:
        """Return the text of one literal, chosen as ``literal`` does, or None."""
        literal = self.literal(subject, predicate)
        return None if literal is None else literal.value

    def subjects(self, predicate: str, object: str, limit: int | None = None) -> tuple[str, ...]:
        """Return every subject that is an IRI and has this IRI as an object of the predicate.

        Args:
            predicate: the predicate's IRI.
            object: the object's IRI.
            limit: stop reading after so many, which keeps a look-up short however large the graph is.
        """
        found: set[str] = set()
        for quad in self.match(None, NamedNode(predicate), NamedNode(object)):
            if isinstance(quad.subject, NamedNode):
                found.add(quad.subject.value)
                if limit is not None and len(found) >= limit:
                    break
        return tuple(sorted(found))

    def having(self, predicate: str, limit: int) -> Iterator[Quad]:
        """Return the triples with this predicate, at most ``limit``."""
        return islice(self.match(None, NamedNode(predicate)), limit)

    def about(self, subject: str) -> tuple[tuple[str, Term], ...]:
        """Return every predicate and object of a subject."""
        found = self.match(NamedNode(subject))
        pairs = {(quad.predicate.value, quad.object) for quad in found}
        return tuple(sorted(pairs, key=lambda pair: (pair[0], str(pair[1]))))

    def pointing_at(self, object: str, limit: int) -> tuple[tuple[str, str], ...]:
        """Return the subjects and predicates of triples that have this IRI as their object, at most ``limit``."""
        found: set[tuple[str, str]] = set()
        for quad in self.match(object=NamedNode(object)):
            if isinstance(quad.subject, NamedNode):
                found.add((quad.subject.value, quad.predicate.value))
                if len(found) >= limit:
                    break
        return tuple(sorted(found))

    def holds(self, subject: str, predicate: str, object: str) -> bool:
        """Return whether a triple of three IRIs is there."""
        found = self.match(NamedNode(subject), NamedNode(predicate), NamedNode(object))
        return next(iter(found), None) is not None
