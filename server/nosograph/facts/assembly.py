"""Statements of curated files become facts, evidence, passages and entities with their published IRIs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import cast

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SKOS, XSD
from rdflib.term import BNode, Node

from nosograph.errors import InputError, Location
from nosograph.facts.derivation import direct_triples, evidence_iri, fact_iri, passage_iri, status_of
from nosograph.facts.turtle import Statement
from nosograph.rdf.names import DEFAULT_BASE, KINDS, NOSO, STANDARD_PREFIXES, is_identifier

OA_START = URIRef(STANDARD_PREFIXES["oa"] + "start")
OA_END = URIRef(STANDARD_PREFIXES["oa"] + "end")

FACT_PROPERTIES = frozenset({RDF.type, RDF.subject, RDF.predicate, RDF.object, NOSO.context, NOSO.evidence})
QUALIFIERS = (
    NOSO.cites,
    NOSO.frequency,
    NOSO.severity,
    NOSO.onset,
    NOSO.sex,
    NOSO.intent,
    NOSO.evidenceCode,
    NOSO.comparedWith,
    NOSO.proviso,
)
"""What evidence may add to its stance and certainty."""

EVIDENCE_PROPERTIES = frozenset({RDF.type, NOSO.source, NOSO.stance, NOSO.certainty, NOSO.passage, *QUALIFIERS})
PASSAGE_PROPERTIES = frozenset({RDF.type, OA_START, OA_END, NOSO.passageDigest})
DERIVED = frozenset({NOSO.status, NOSO.subtypeOf, NOSO.hasSubtypeTransitive, NOSO.ofSource})


@dataclass
class Assembly:
    """What has been put together so far; ``errors`` has what could not be."""

    ontology: Graph
    entities: Graph = field(default_factory=lambda: Graph(bind_namespaces="none"))
    sources: Graph = field(default_factory=lambda: Graph(bind_namespaces="none"))
    facts: Graph = field(default_factory=lambda: Graph(bind_namespaces="none"))
    locations: dict[URIRef, Location] = field(default_factory=dict)
    errors: list[InputError] = field(default_factory=list)
    _homes: dict[Node, Graph] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read from the vocabulary which predicates only facts may use, and which terms there are."""
        self._fact_predicates = set(self.ontology.subjects(RDF.type, NOSO.FactPredicate))
        self._terms = {str(term) for term in self.ontology.subjects() if str(term).startswith(str(NOSO))}

    def add_file(self, statements: Iterable[Statement]) -> None:
        """Add the statements of one file."""
        described: dict[Node, list[Statement]] = {}
        for statement in statements:
            described.setdefault(statement.subject, []).append(statement)
            self._check_terms(statement)
        fact_nodes = [node for node in described if NOSO.Fact in _values(described[node], RDF.type)]
        parts: set[Node] = set()
        for node in fact_nodes:
            parts |= self._add_fact(node, described)
        for node, block in described.items():
            if node not in parts:
                self._add_entity(node, block)

    def finish(self) -> None:
        """Derive what follows from everything that was added: types, status, direct triples."""
        for graph in (self.entities, self.sources, self.facts):
            for subject, wider in list(_wider_types(graph, self.ontology)):
                graph.add((subject, RDF.type, wider))
        affirmed: list[tuple[Node, URIRef, Node]] = []
        refused: set[tuple[Node, URIRef, Node]] = set()
        for fact in self.facts.subjects(RDF.type, NOSO.Fact):
            status = status_of(
                (self.facts.value(evidence, NOSO.stance), self.facts.value(evidence, NOSO.certainty))
                for evidence in self.facts.objects(fact, NOSO.evidence)
            )
            if status is not None:
                self.facts.add((fact, NOSO.status, status))
            proposition = tuple(self.facts.value(fact, part) for part in (RDF.subject, RDF.predicate, RDF.object))
            if status == NOSO.affirmed:
                affirmed.append(cast("tuple[Node, URIRef, Node]", proposition))
            elif status in (NOSO.denied, NOSO.contested):
                refused.add(cast("tuple[Node, URIRef, Node]", proposition))
        for subject, predicate, object_ in direct_triples(affirmed, self.ontology, refused):
            self._homes.get(subject, self.entities).add((subject, predicate, object_))

    def _add_fact(self, node: Node, described: Mapping[Node, list[Statement]]) -> set[Node]:
        """Add one fact with its evidence; give the nodes of the file that it is made of."""
        block = described[node]
        location = block[0].location
        parts: set[Node] = {node}
        if not isinstance(node, BNode):
            self._refuse(
                f"The fact is named {node}.", location, "Start it with '[]': its IRI follows from what it says."
            )
        self._check_block(block, FACT_PROPERTIES, "a fact")
        proposition = []
        for part, name in ((RDF.subject, "subject"), (RDF.predicate, "predicate"), (RDF.object, "object")):
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
        contexts = _values(block, NOSO.context)
        if len(contexts) > 1:
            self._refuse("The fact has more than one noso:context.", location, "Write one fact for each context.")
        evidence_nodes = [value for value in _values(block, NOSO.evidence) if isinstance(value, BNode)]
        parts.update(evidence_nodes)
        for evidence in evidence_nodes:
            parts.update(v for v in _values(described.get(evidence, []), NOSO.passage) if isinstance(v, BNode))
        if len(proposition) < 3 or len(contexts) > 1:
            return parts
        subject, predicate, object_ = proposition
        fact = fact_iri(subject, predicate, object_, *contexts)
        self.locations.setdefault(fact, location)
        for triple in (
            (fact, RDF.type, NOSO.Fact),
            (fact, RDF.subject, subject),
            (fact, RDF.predicate, predicate),
            (fact, RDF.object, object_),
            *((fact, NOSO.context, context) for context in contexts),
        ):
            self.facts.add(triple)
        for evidence in evidence_nodes:
            self._add_evidence(fact, evidence, described)
        for statement in block:
            if statement.predicate == NOSO.evidence and statement.object not in evidence_nodes:
                self._refuse(
                    "The evidence is named or is a literal.",
                    statement.location,
                    "Write it as '[ … ]' inside the fact: its IRI follows from what it says.",
                )
        return parts

    def _add_evidence(self, fact: URIRef, node: Node, described: Mapping[Node, list[Statement]]) -> None:
        block = described.get(node, [])
        if not block:
            self._refuse(
                "The evidence is empty.", self.locations[fact], "Give it source, stance, certainty and passage."
            )
            return
        self._check_block(block, EVIDENCE_PROPERTIES, "evidence")
        sources = [value for value in _values(block, NOSO.source) if isinstance(value, URIRef)]
        description: list[tuple[Node, Node]] = []
        for statement in block:
            value: Node | None = statement.object
            if statement.predicate == NOSO.passage:
                value = self._add_passage(statement, sources, described)
            elif isinstance(value, BNode):
                self._refuse("The value is a blank node.", statement.location, "Name a term or a thing instead.")
                value = None
            if value is not None and statement.predicate != RDF.type:
                description.append((statement.predicate, value))
        evidence = evidence_iri(fact, description)
        if (fact, NOSO.evidence, evidence) in self.facts:
            self._refuse(
                "The same evidence stands here twice.", block[0].location, "Take one out: each says one thing once."
            )
        self.locations.setdefault(evidence, block[0].location)
        self.facts.add((fact, NOSO.evidence, evidence))
        self.facts.add((evidence, RDF.type, NOSO.Evidence))
        for predicate, value in description:
            self.facts.add((evidence, predicate, value))

    def _add_passage(
        self, statement: Statement, sources: list[URIRef], described: Mapping[Node, list[Statement]]
    ) -> URIRef | None:
        block = described.get(statement.object, [])
        self._check_block(block, PASSAGE_PROPERTIES, "a passage")
        start, end = (
            self._code_point(block, part, name, statement.location)
            for part, name in ((OA_START, "start"), (OA_END, "end"))
        )
        if start is None or end is None or len(sources) != 1:
            if len(sources) != 1:
                self._refuse(
                    f"The evidence has {len(sources)} values of noso:source, not one.",
                    statement.location,
                    "Name the one document that the passage stands in.",
                )
            return None
        passage = passage_iri(sources[0], start, end)
        self.locations.setdefault(passage, statement.location)
        self.sources.add((passage, RDF.type, NOSO.Passage))
        self.sources.add((passage, NOSO.ofSource, sources[0]))
        self.sources.add((passage, OA_START, Literal(start)))
        self.sources.add((passage, OA_END, Literal(end)))
        for digest in _values(block, NOSO.passageDigest):
            self.sources.add((passage, NOSO.passageDigest, digest))
        return passage

    def _code_point(self, block: list[Statement], part: URIRef, name: str, location: Location) -> int | None:
        values = _values(block, part)
        if len(values) == 1 and isinstance(values[0], Literal) and values[0].datatype == XSD.integer:
            return int(values[0])
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
                "A blank node stands here that is not a fact or a part of one.",
                location,
                "Name the thing with an IRI of its own, or type the block noso:Fact.",
            )
            return
        assert isinstance(node, URIRef)
        if node in self._homes:
            self._refuse(
                f"{_short(node)} is described at {self.locations[node]} already.",
                location,
                "Describe a thing in one place.",
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
        wanted = KINDS.get(kind)
        if not node.startswith(DEFAULT_BASE) or wanted is None or not is_identifier(identifier):
            self._refuse(
                f"{node} is not a name that data can have.",
                location,
                "Use one of the kinds' prefixes and lower-case words joined by hyphens, as condition:my-condition.",
            )
        elif NOSO[wanted] not in _values(block, RDF.type):
            self._refuse(
                f"{_short(node)} is not typed noso:{wanted}.", location, f"Write '{_short(node)} a noso:{wanted}'."
            )

    def _check_entity_statement(self, statement: Statement) -> None:
        predicate = statement.predicate
        if isinstance(statement.object, BNode):
            self._refuse("The value is a blank node.", statement.location, "Name it with an IRI, or write a literal.")
        if predicate in self._fact_predicates:
            self._refuse(
                f"{_short(predicate)} stands here as a bare statement.",
                statement.location,
                "Write it as a noso:Fact with evidence; the bare triple is derived where all evidence affirms it.",
            )
        elif predicate in DERIVED:
            self._refuse(f"{_short(predicate)} is derived.", statement.location, "Take it out; the build adds it.")
        elif predicate == OWL.sameAs or (predicate.startswith(str(SKOS)) and predicate.endswith("Match")):
            self._refuse(
                "A mapping stands among the data.",
                statement.location,
                "Write it as a row of data/mappings/*.sssom.tsv, with its justification.",
            )

    def _check_block(self, block: list[Statement], allowed: frozenset[Node], name: str) -> None:
        for statement in block:
            if statement.predicate in DERIVED:
                self._refuse(
                    f"{_short(statement.predicate)} is typed by hand.",
                    statement.location,
                    "Take it out: it is derived from the evidence.",
                )
            elif statement.predicate not in allowed:
                self._refuse(
                    f"{_short(statement.predicate)} is not a property of {name}.",
                    statement.location,
                    f"The properties of {name} are: {', '.join(sorted(map(_short, allowed)))}.",
                )

    def _check_terms(self, statement: Statement) -> None:
        """Refuse a term of the vocabulary's namespace that the vocabulary does not define."""
        for term in (statement.predicate, statement.object):
            if isinstance(term, URIRef) and term.startswith(str(NOSO)) and str(term) not in self._terms:
                close = sorted(self._terms, key=lambda known: _distance(known.lower(), str(term).lower()))[:1]
                self._refuse(
                    f"{_short(term)} is not a term of the vocabulary.",
                    statement.location,
                    f"Did you mean {_short(URIRef(close[0]))}? " * bool(close)
                    + "The terms are in ontology/; add one there first if it is new.",
                )

    def _refuse(self, what: str, location: Location, hint: str) -> None:
        self.errors.append(InputError(what, location=location, hint=hint))


def _values(block: Iterable[Statement], predicate: URIRef) -> list[Node]:
    return [statement.object for statement in block if statement.predicate == predicate]


def _wider_types(graph: Graph, ontology: Graph) -> Iterator[tuple[Node, Node]]:
    """Return each typed subject with every class that its class is a subclass of."""
    for subject, class_ in graph.subject_objects(RDF.type):
        if class_.startswith(str(NOSO)):  # type: ignore[attr-defined]
            for wider in ontology.transitive_objects(class_, RDFS.subClassOf):
                if wider is not None and wider != class_:
                    yield subject, wider


def _short(iri: Node) -> str:
    """Return an IRI with the prefix that curated files use for it."""
    text = str(iri)
    for prefix, namespace in (STANDARD_PREFIXES | {kind: f"{DEFAULT_BASE}{kind}/" for kind in KINDS}).items():
        if text.startswith(namespace):
            return f"{prefix}:{text[len(namespace) :]}"
    return text


def _distance(left: str, right: str) -> float:
    """Return how unlike two names are: 0 for the same, 1 for nothing shared."""
    return 1 - SequenceMatcher(None, left, right).ratio()
