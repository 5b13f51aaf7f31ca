"""Statements of curated files become facts, evidence, passages and entities with their published IRIs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SKOS, XSD
from rdflib.term import BNode, Node

from nosograph.errors import InputError, Location
from nosograph.facts.derivation import (
    CURATED_BY,
    CURATED_ON,
    REVIEWED_BY,
    REVIEWED_ON,
    direct_triples,
    evidence_iri,
    evidence_provenance,
    fact_iri,
    passage_iri,
    status_of,
)
from nosograph.facts.inheritance import inherited_facts
from nosograph.facts.knowledge import new_graph
from nosograph.facts.suggestions import Suggestions
from nosograph.facts.turtle import Statement
from nosograph.rdf.curies import compact
from nosograph.rdf.names import DEFAULT_BASE, NOSO, STANDARD_PREFIXES, is_identifier
from nosograph.vocabulary.terms import SOURCE_KIND, Vocabulary

OA_START = URIRef(STANDARD_PREFIXES["oa"] + "start")
OA_END = URIRef(STANDARD_PREFIXES["oa"] + "end")

FACT_PROPERTIES = frozenset({RDF.type, RDF.subject, RDF.predicate, RDF.object, NOSO.context, NOSO.evidence})
PASSAGE_LINKS = (NOSO.passage, NOSO.antecedent)
"""The properties of evidence whose values are passages."""

EVIDENCE_PROPERTIES = frozenset(
    {RDF.type, NOSO.source, NOSO.stance, NOSO.certainty, NOSO.cites}
    | {CURATED_BY, CURATED_ON, REVIEWED_BY, REVIEWED_ON, *PASSAGE_LINKS}
)
"""What evidence has in every field; the vocabulary adds its qualifiers."""

PASSAGE_PROPERTIES = frozenset({RDF.type, OA_START, OA_END, NOSO.passageDigest})

# A namespace makes a new IRI at each access; these are needed for every fact.
_FACT, _EVIDENCE_CLASS, _PASSAGE_CLASS = NOSO.Fact, NOSO.Evidence, NOSO.Passage
_EVIDENCE, _SOURCE, _DIGEST, _OF_SOURCE = NOSO.evidence, NOSO.source, NOSO.passageDigest, NOSO.ofSource
_STANCE, _CERTAINTY, _CONTEXT = NOSO.stance, NOSO.certainty, NOSO.context
_TYPE, _INTEGER = RDF.type, XSD.integer
_PROPOSITION = ((RDF.subject, "subject"), (RDF.predicate, "predicate"), (RDF.object, "object"))

Block = list[Statement]
"""The statements of one subject in one file."""


@dataclass
class Assembly:
    """The graphs that have been assembled so far; ``errors`` has what could not be added to them."""

    ontology: Graph
    vocabulary: Vocabulary
    entities: Graph = field(default_factory=new_graph)
    sources: Graph = field(default_factory=new_graph)
    facts: Graph = field(default_factory=new_graph)
    locations: dict[URIRef, Location] = field(default_factory=dict)
    errors: list[InputError] = field(default_factory=list)
    _homes: dict[Node, Graph] = field(default_factory=dict)
    _propositions: dict[URIRef, tuple[Node, URIRef, Node]] = field(default_factory=dict)
    _opinions: dict[URIRef, list[tuple[Node | None, Node | None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read from the vocabulary which predicates only facts may use, and which terms there are."""
        self._base = self.vocabulary.base()
        self._fact_predicates = {URIRef(iri) for iri in self.vocabulary.predicates}
        self._derived = {URIRef(iri) for iri in self.vocabulary.derived}
        self._evidence_properties = EVIDENCE_PROPERTIES | {URIRef(entry.iri) for entry in self.vocabulary.qualifiers}
        self._terms = {term for term in self.ontology.subjects() if self._base.is_term(str(term))}
        self._suggestions = Suggestions(self.ontology, self._terms)

    def add_file(self, statements: Iterable[Statement]) -> None:
        """Add the statements of one file."""
        described: dict[Node, Block] = {}
        facts: list[Node] = []
        for statement in statements:
            described.setdefault(statement.subject, []).append(statement)
            if statement.object == _FACT and statement.predicate == _TYPE:
                facts.append(statement.subject)
        for block in described.values():
            self._check_terms(block)
        parts: set[Node] = set()
        for node in dict.fromkeys(facts):
            parts |= self._add_fact(node, described)
        for node, block in described.items():
            if node not in parts:
                self._add_entity(node, block)

    def finish(self) -> None:
        """Derive what follows from everything that was added: types, provenance, status, direct triples."""
        for graph in (self.entities, self.sources, self.facts):
            for subject, wider in list(self._wider_types(graph)):
                graph.add((subject, RDF.type, wider))
        for triple in list(evidence_provenance(self.facts, self.sources)):
            self.facts.add(triple)
        affirmed: list[tuple[Node, URIRef, Node]] = []
        refused: set[tuple[Node, URIRef, Node]] = set()
        for fact, proposition in self._propositions.items():
            status = status_of(self._opinions[fact])
            if status is not None:
                self.facts.add((fact, NOSO.status, status))
            if status == NOSO.affirmed:
                affirmed.append(proposition)
            elif status in (NOSO.denied, NOSO.contested):
                refused.add(proposition)
        for subject, predicate, object_ in direct_triples(affirmed, self.vocabulary, refused):
            self._homes.get(subject, self.entities).add((subject, predicate, object_))
        for narrower, fact in inherited_facts(self.vocabulary, self.entities, self.facts):
            self._homes.get(narrower, self.entities).add((narrower, NOSO.inherits, fact))

    def _add_fact(self, node: Node, described: Mapping[Node, Block]) -> set[Node]:
        """Add one fact with its evidence; return the nodes of the file that it is made of."""
        block = described[node]
        location = block[0].location
        if not isinstance(node, BNode):
            self._refuse(
                f"The fact is named {node}.", location, "Start it with '[]': its IRI follows from what it says."
            )
        self._check_block(block, FACT_PROPERTIES, "a fact")
        evidence_nodes = [value for value in _values(block, _EVIDENCE) if isinstance(value, BNode)]
        parts: set[Node] = {node, *evidence_nodes}
        for evidence in evidence_nodes:
            for link in PASSAGE_LINKS:
                parts.update(v for v in _values(described.get(evidence, ()), link) if isinstance(v, BNode))
        fact = self._add_proposition(block)
        if fact is None:
            return parts
        for evidence in evidence_nodes:
            self._add_evidence(fact, evidence, described)
        for statement in block:
            if statement.predicate == _EVIDENCE and not isinstance(statement.object, BNode):
                self._refuse(
                    "The evidence is named or is a literal.",
                    statement.location,
                    "Write it as '[ … ]' inside the fact: its IRI follows from what it says.",
                )
        return parts

    def _add_proposition(self, block: Block) -> URIRef | None:
        """Add what a fact says; return the fact's IRI, or None where a part of it cannot be used."""
        location = block[0].location
        proposition: list[Node] = []
        for part, name in _PROPOSITION:
            values = _values(block, part)
            if (
                len(values) != 1
                or isinstance(values[0], BNode)
                or (name != "object" and isinstance(values[0], Literal))
            ):
                self._refuse(
                    f"The fact has {len(values)} values of rdf:{name} that can be used, not one.",
                    location,
                    f"Give it one rdf:{name} ({'an IRI' if name != 'object' else 'an IRI or a literal'}).",
                )
            else:
                proposition.append(values[0])
        contexts = _values(block, _CONTEXT)
        if len(contexts) > 1:
            self._refuse("The fact has more than one noso:context.", location, "Write one fact for each context.")
        elif contexts and not isinstance(contexts[0], URIRef):
            self._refuse("The noso:context is not an IRI.", location, "Name the condition in which the fact holds.")
        if len(proposition) < len(_PROPOSITION) or len(contexts) > 1 or not all(type(c) is URIRef for c in contexts):
            return None
        subject, predicate, object_ = proposition
        assert isinstance(predicate, URIRef)
        fact = fact_iri(subject, predicate, object_, *contexts)
        if fact not in self._propositions:
            self._propositions[fact] = subject, predicate, object_
            self._opinions[fact] = []
            self.locations.setdefault(fact, location)
            self.facts.add((fact, _TYPE, _FACT))
            for (part, _), value in zip(_PROPOSITION, proposition, strict=True):
                self.facts.add((fact, part, value))
            for context in contexts:
                self.facts.add((fact, _CONTEXT, context))
        return fact

    def _add_evidence(self, fact: URIRef, node: Node, described: Mapping[Node, Block]) -> None:
        block = described.get(node, [])
        if not block:
            self._refuse(
                "The evidence is empty.", self.locations[fact], "Give it source, stance, certainty and passage."
            )
            return
        self._check_block(block, self._evidence_properties, "evidence")
        description: list[tuple[Node, Node]] = []
        stance = certainty = None
        for statement in block:
            value: Node | None = statement.object
            if statement.predicate in PASSAGE_LINKS:
                value = self._add_passage(statement, block, described)
            elif isinstance(value, BNode):
                self._refuse("The value is a blank node.", statement.location, "Name a term or a resource instead.")
                value = None
            elif statement.predicate == _STANCE:
                stance = value
            elif statement.predicate == _CERTAINTY:
                certainty = value
            if value is not None and statement.predicate != _TYPE:
                description.append((statement.predicate, value))
        evidence = evidence_iri(fact, description)
        if (fact, _EVIDENCE, evidence) in self.facts:
            self._refuse(
                f"The same evidence is at {self.locations[evidence]} already.",
                block[0].location,
                "Remove one of the two.",
            )
        self._opinions[fact].append((stance, certainty))
        self.locations.setdefault(evidence, block[0].location)
        self.facts.add((fact, _EVIDENCE, evidence))
        self.facts.add((evidence, _TYPE, _EVIDENCE_CLASS))
        for predicate, value in description:
            self.facts.add((evidence, predicate, value))

    def _add_passage(self, statement: Statement, evidence: Block, described: Mapping[Node, Block]) -> URIRef | None:
        block = described.get(statement.object, [])
        self._check_block(block, PASSAGE_PROPERTIES, "a passage")
        sources = [value for value in _values(evidence, _SOURCE) if isinstance(value, URIRef)]
        if len(sources) != 1:
            self._refuse(
                f"The evidence has {len(sources)} values of noso:source, not one.",
                statement.location,
                "Name the one document that the passage is in.",
            )
        start = self._code_point(block, OA_START, "start", statement.location)
        end = self._code_point(block, OA_END, "end", statement.location)
        if start is None or end is None or len(sources) != 1:
            return None
        passage = passage_iri(sources[0], int(start), int(end))
        self.locations.setdefault(passage, statement.location)
        self.sources.add((passage, _TYPE, _PASSAGE_CLASS))
        self.sources.add((passage, _OF_SOURCE, sources[0]))
        self.sources.add((passage, OA_START, start))
        self.sources.add((passage, OA_END, end))
        for digest in _values(block, _DIGEST):
            if isinstance(digest, BNode):
                self._refuse("The digest is a blank node.", statement.location, "Write it as 64 hexadecimal digits.")
            else:
                self.sources.add((passage, _DIGEST, digest))
        return passage

    def _code_point(self, block: list[Statement], part: URIRef, name: str, location: Location) -> Literal | None:
        values = _values(block, part)
        if len(values) == 1 and isinstance(values[0], Literal) and values[0].datatype == _INTEGER:
            return values[0]
        self._refuse(
            f"The passage has no single whole number as oa:{name}.",
            location,
            f"Write 'oa:{name} 123': a position in code points of the source's text ('nosograph cite' finds it).",
        )
        return None

    def _add_entity(self, node: Node, block: list[Statement]) -> None:
        location = block[0].location
        if isinstance(node, BNode):
            self._refuse(
                "This blank node is not a fact and not a part of one.",
                location,
                "Name the resource with an IRI of its own, or type the block noso:Fact.",
            )
            return
        assert isinstance(node, URIRef)
        if node in self._homes:
            self._refuse(
                f"{self._short(node)} is described at {self.locations[node]} already.",
                location,
                "Describe each resource once, in one file.",
            )
        self._check_name(node, block, location)
        graph = self.sources if NOSO.Source in _values(block, RDF.type) else self.entities
        self._homes[node] = graph
        self.locations.setdefault(node, location)
        for statement in block:
            self._check_entity_statement(statement)
            graph.add((node, statement.predicate, statement.object))

    def _check_name(self, node: URIRef, block: list[Statement], location: Location) -> None:
        kind, _, identifier = node.removeprefix(DEFAULT_BASE).partition("/")
        wanted = self.vocabulary.by_kind.get(kind)
        if not node.startswith(DEFAULT_BASE) or wanted is None or not is_identifier(identifier):
            self._refuse(
                f"{node} is not a name that data can have.",
                location,
                f"Use the prefix of its class and lower-case words joined by hyphens, as {self._example()}.",
            )
        elif URIRef(wanted.iri) not in _values(block, RDF.type):
            name, class_ = self._short(node), self._short(URIRef(wanted.iri))
            self._refuse(f"{name} is not typed {class_}.", location, f"Write '{name} a {class_}'.")

    def _check_entity_statement(self, statement: Statement) -> None:
        predicate = statement.predicate
        if isinstance(statement.object, BNode):
            self._refuse("The value is a blank node.", statement.location, "Name it with an IRI, or write a literal.")
        if predicate in self._fact_predicates:
            self._refuse(
                f"{self._short(predicate)} is written as a bare statement.",
                statement.location,
                "Write it as a noso:Fact with evidence; the bare triple is derived where all evidence affirms it.",
            )
        elif predicate in self._derived:
            self._refuse(f"{self._short(predicate)} is derived.", statement.location, "Remove it; the build adds it.")
        elif predicate == OWL.sameAs or (predicate.startswith(str(SKOS)) and predicate.endswith("Match")):
            self._refuse(
                "A mapping is written as a statement of the data.",
                statement.location,
                "Write it as a row of data/mappings/*.sssom.tsv, with its justification.",
            )

    def _check_block(self, block: list[Statement], allowed: frozenset[Node], name: str) -> None:
        for statement in block:
            if statement.predicate in self._derived:
                self._refuse(
                    f"{self._short(statement.predicate)} is written by hand.",
                    statement.location,
                    "Remove it: it is derived from the evidence.",
                )
            elif statement.predicate not in allowed:
                self._refuse(
                    f"{self._short(statement.predicate)} is not a property of {name}.",
                    statement.location,
                    f"The properties of {name} are: {', '.join(sorted(map(self._short, allowed)))}.",
                )

    def _check_terms(self, block: Block) -> None:
        """Refuse the terms of the vocabulary's namespace that the vocabulary does not define."""
        for statement in block:
            positions: tuple[tuple[Node, Node | None], ...] = (
                (statement.predicate, None),
                (statement.object, statement.predicate),
            )
            for term, predicate in positions:
                if isinstance(term, URIRef) and term not in self._terms and self._base.is_term(str(term)):
                    of_fact = _values(block, RDF.predicate) if predicate == RDF.object else []
                    meant = self._suggestions.closest(str(term), of_fact[0] if of_fact else predicate)
                    self._refuse(
                        f"{self._short(term)} is not a term of the vocabulary.",
                        statement.location,
                        (f"Did you mean {self._short(meant)}? " if meant else "")
                        + "The terms are in ontology/; add one there first if it is new.",
                    )

    def _wider_types(self, graph: Graph) -> Iterator[tuple[Node, Node]]:
        """Return each typed subject with every class that its class is a subclass of."""
        wider: dict[Node, list[Node]] = {}
        for subject, class_ in graph.subject_objects(_TYPE):
            if class_ not in wider:
                is_term = self._base.is_term(str(class_))
                above = self.ontology.transitive_objects(class_, RDFS.subClassOf) if is_term else ()
                wider[class_] = [node for node in above if node is not None and node != class_]
            for node in wider[class_]:
                yield subject, node

    def _example(self) -> str:
        kind = self.vocabulary.focus.kind if self.vocabulary.focus else SOURCE_KIND
        return f"{kind}:my-{kind}"

    def _short(self, iri: Node) -> str:
        """Return an IRI with the prefix that curated files use for it."""
        return compact(str(iri), self._base)

    def _refuse(self, what: str, location: Location, hint: str) -> None:
        self.errors.append(InputError(what, location=location, hint=hint))


def _values(block: Iterable[Statement], predicate: URIRef) -> list[Node]:
    return [statement.object for statement in block if statement.predicate == predicate]
