"""What a narrower resource inherits of what is said of the broader ones: the one rule, for pages, questions and dumps.

The vocabulary says how the facts of each predicate pass on (``noso:inheritance``, ``noso:restrictedBy``). In
doubt a fact is not inherited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SKOS
from rdflib.term import Node

from nosograph.rdf.names import NOSO, last_segment
from nosograph.rdf.reachability import reachable
from nosograph.vocabulary.terms import Inheritance, Vocabulary

REFUSED: Final = frozenset({"denied", "contested"})
"""Statuses of facts whose propositions a source denies."""

_FACT, _STATUS, _CONTEXT = NOSO.Fact, NOSO.status, NOSO.context


def inherited_facts(vocabulary: Vocabulary, entities: Graph, facts: Graph) -> Iterator[tuple[URIRef, URIRef]]:
    """Return each narrower resource with each fact that it inherits.

    Args:
        vocabulary: the vocabulary.
        entities: the resources with their derived hierarchy.
        facts: the facts with their status.
    """
    broader: dict[str, list[str]] = {}
    for name in vocabulary.broader_properties():
        for narrow, broad in entities.subject_objects(URIRef(name)):
            broader.setdefault(str(narrow), []).append(str(broad))
    if not broader:
        return
    above: dict[str, list[str]] = {}
    for special, general in entities.subject_objects(SKOS.broader):
        above.setdefault(_key(special), []).append(_key(general))
    rule = InheritanceRule(vocabulary, broader, above, _propositions(facts))
    for resource, fact in rule.inherited():
        yield URIRef(resource), URIRef(fact)


def _propositions(facts: Graph) -> Iterator[Proposition]:
    for fact in facts.subjects(RDF.type, _FACT):
        values = {part: facts.value(fact, part) for part in (RDF.subject, RDF.predicate, RDF.object, _STATUS)}
        subject, predicate, object_, status = values.values()
        if subject is not None and predicate is not None and object_ is not None and status is not None:
            contexts = tuple(str(context) for context in facts.objects(fact, _CONTEXT))
            name = last_segment(str(status))
            yield Proposition(str(fact), str(subject), str(predicate), _key(object_), contexts, name)


def _key(term: Node) -> str:
    """Return a term as text that tells IRIs from literals."""
    return term.n3() if isinstance(term, Literal) else str(term)


@dataclass(frozen=True)
class Proposition:
    """A fact as the rule sees it: terms as text, so that an IRI and a literal are never the same.

    Attributes:
        iri: the fact.
        subject: its subject.
        predicate: its predicate.
        object: its object.
        contexts: the resources in which it holds, where its subject is not one itself.
        status: local name of its status.
    """

    iri: str
    subject: str
    predicate: str
    object: str
    contexts: tuple[str, ...]
    status: str

    @property
    def holders(self) -> tuple[str, ...]:
        """The resources of which it is said: its contexts, or its subject."""
        return self.contexts or (self.subject,)


class InheritanceRule:
    """The rule over one set of facts.

    Args:
        vocabulary: how the facts of each predicate pass on.
        broader: what each resource is directly a form of.
        above: what each object is directly a special case of (``skos:broader``).
        facts: every fact.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        broader: Mapping[str, Iterable[str]],
        above: Mapping[str, Iterable[str]],
        facts: Iterable[Proposition],
    ) -> None:
        self._vocabulary = vocabulary
        self._broader = broader
        self._above = above
        self._facts: dict[str, list[Proposition]] = {}
        for fact in facts:
            for holder in fact.holders:
                self._facts.setdefault(holder, []).append(fact)
        self._ancestors = {resource: _reached(resource, broader) - {resource} for resource in broader}
        members = {*self._ancestors, *(other for found in self._ancestors.values() for other in found)}
        self._said = {member: _Said(self._facts.get(member, ()), vocabulary, above) for member in members}

    def inherited(self) -> Iterator[tuple[str, str]]:
        """Return each narrower resource with the IRI of each fact that it inherits, in no order."""
        for resource, ancestors in self._ancestors.items():
            for ancestor in ancestors:
                between = [other for other in ancestors if ancestor in self._ancestors.get(other, ())]
                nearer = [self._said[other] for other in (resource, *between)]
                for fact in self._facts.get(ancestor, ()):
                    if self._passes_on(fact) and not any(said.blocks(fact) for said in nearer):
                        yield resource, fact.iri

    def _passes_on(self, fact: Proposition) -> bool:
        return self._vocabulary.predicate(fact.predicate).inheritance is not Inheritance.NEVER


class _Said:
    """What is said of one resource, in the form in which it keeps facts of broader ones from being inherited.

    A fact with a context is compared with facts about the same subject, so its keys have that subject.
    """

    def __init__(
        self, facts: Iterable[Proposition], vocabulary: Vocabulary, above: Mapping[str, Iterable[str]]
    ) -> None:
        self._vocabulary = vocabulary
        self._above = above
        self._stated: set[tuple[str, str, str]] = set()
        self._valued: set[tuple[str, str]] = set()
        self._limits: dict[str, set[str]] = {}
        self._refused: dict[tuple[str, str], _Objects] = {}
        self._denied = _Objects(above)
        for fact in facts:
            self._add(fact)

    def _add(self, fact: Proposition) -> None:
        subject = fact.subject if fact.contexts else ""
        self._stated.add((subject, fact.predicate, fact.object))
        if fact.status in REFUSED:
            self._refused.setdefault((subject, fact.predicate), _Objects(self._above)).add(fact.object)
        else:
            self._stated |= {(subject, wider, fact.object) for wider in self._wider(fact.predicate)}
        if fact.status == "denied" and not fact.contexts:
            self._denied.add(fact.object)
        if fact.status != "denied":
            self._valued.add((subject, fact.predicate))
        if fact.status == "affirmed":
            self._limits.setdefault(fact.predicate, set()).add(fact.object)

    def blocks(self, fact: Proposition) -> bool:
        """Return whether a fact of a broader resource is not inherited, because of what is said of this one."""
        subject = fact.subject if fact.contexts else ""
        predicate = self._vocabulary.predicate(fact.predicate)
        if (subject, fact.predicate, fact.object) in self._stated:
            return True
        if predicate.inheritance is Inheritance.SINGLE_VALUED and (subject, fact.predicate) in self._valued:
            return True
        limits = set().union(*(self._limits.get(limiting, ()) for limiting in predicate.restricted_by))
        if limits and not limits & _reached(fact.object, self._above):
            return True
        refused = (self._refused.get((subject, wider)) for wider in self._wider(fact.predicate))
        if any(objects.overlap(fact.object) for objects in refused if objects):
            return True
        # A step of a causal chain does not hold where one of its ends is denied.
        return bool(fact.contexts) and any(self._denied.overlap(end) for end in (fact.subject, fact.object))

    def _wider(self, predicate: str) -> frozenset[str]:
        return self._vocabulary.predicate(predicate).wider | {predicate}


class _Objects:
    """Objects, and what they are special cases of."""

    def __init__(self, above: Mapping[str, Iterable[str]]) -> None:
        self._above = above
        self._own: set[str] = set()
        self._wider: set[str] = set()

    def add(self, term: str) -> None:
        self._own.add(term)
        self._wider |= _reached(term, self._above)

    def overlap(self, term: str) -> bool:
        """Return whether a term is one of the objects, a special case of one, or one is a special case of it."""
        return term in self._wider or not self._own.isdisjoint(_reached(term, self._above))


def _reached(start: str, edges: Mapping[str, Iterable[str]]) -> frozenset[str]:
    return frozenset(reachable([start], lambda node: edges.get(node, ())))
