"""Writes the statements of an import as lines of N-Quads: resources, facts with evidence, sources, agents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Final

from pyoxigraph import Literal, NamedNode
from rdflib import URIRef
from rdflib.term import Node

from nosograph.facts.derivation import (
    CURATED_BY,
    CURATED_ON,
    direct_triples,
    name_evidence,
    name_fact,
    status_of,
)
from nosograph.imports.codes import ForeignCode
from nosograph.imports.terms import ImportTerms
from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import DEFAULT_BASE, NOSO, STANDARD_PREFIXES, Base
from nosograph.vocabulary.terms import AGENT_KIND, SOURCE_KIND


def spell_iri(iri: str) -> str:
    """Return an IRI as N-Quads spell it."""
    return f"<{iri}>"


def spell_text(text: str, language: str = "en") -> str:
    """Return a text in a language as canonical N-Quads spell it."""
    return str(Literal(text, language=language))


def spell_value(value: str, datatype: str = "string") -> str:
    """Return a literal of a datatype of XML Schema as canonical N-Quads spell it."""
    return str(Literal(value, datatype=NamedNode(STANDARD_PREFIXES["xsd"] + datatype)))


def _in(prefix: str, local: str) -> str:
    return spell_iri(STANDARD_PREFIXES[prefix] + local)


TYPE: Final = spell_iri(iris.RDF_TYPE)
PREF_LABEL: Final = spell_iri(iris.SKOS_PREF_LABEL)
ALT_LABEL: Final = spell_iri(iris.SKOS_ALT_LABEL)
DEFINITION: Final = spell_iri(iris.SKOS_DEFINITION)
BROADER: Final = _in("skos", "broader")
EXACT_MATCH: Final = _in("skos", "exactMatch")
COMMENT: Final = spell_iri(iris.RDFS_COMMENT)
IDENTIFIER: Final = _in("dcterms", "identifier")
PAGE: Final = _in("foaf", "page")
DEPRECATED: Final = spell_iri(iris.OWL_DEPRECATED)
REPLACED_BY: Final = spell_iri(iris.DCTERMS_IS_REPLACED_BY)
CHANGE_NOTE: Final = _in("skos", "changeNote")
TRUE: Final = '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'
CURATOR: Final = spell_iri(str(CURATED_BY))
CURATION_DAY: Final = spell_iri(str(CURATED_ON))
CURATION: Final = spell_iri(iris.CURATION)
CITES: Final = spell_iri(iris.CITES)
EVIDENCE_CODE: Final = spell_iri(iris.EVIDENCE_CODE)

_SUBJECT, _PREDICATE, _OBJECT = map(spell_iri, (iris.RDF_SUBJECT, iris.RDF_PREDICATE, iris.RDF_OBJECT))
_STATUS, _EVIDENCE, _SOURCE = map(spell_iri, (iris.STATUS, iris.EVIDENCE, iris.SOURCE))
_STANCE, _CERTAINTY = spell_iri(iris.STANCE), spell_iri(iris.CERTAINTY)
_SUPPORTS, _DISPUTES, _STATED = (spell_iri(noso(name)) for name in ("supports", "disputes", "stated"))

_FACT_TYPES: Final = (spell_iri(noso("Fact")), _in("rdf", "Statement"))
"""Facts and evidence of imports have no classes of other vocabularies: these would be a tenth of all statements."""

_SUPPORTED, _DISPUTED = 1, 2
_OPINIONS: Final[dict[int, list[tuple[Node | None, Node | None]]]] = {
    _SUPPORTED: [(NOSO.supports, NOSO.stated)],
    _DISPUTED: [(NOSO.disputes, NOSO.stated)],
    _SUPPORTED | _DISPUTED: [(NOSO.supports, NOSO.stated), (NOSO.disputes, NOSO.stated)],
}


class GraphWriter:
    """Writes the triples of one named graph; names follow from the default base, and IRIs move below the base.

    Args:
        stream: what the lines go to.
        base: the base of the published IRIs.
        name: local name of the graph, below ``graph/import/``.
        terms: the vocabulary.

    Attributes:
        withheld: beginning of a code → how many codes were not written because they may not be republished.
    """

    def __init__(self, stream: IO[bytes], base: Base, name: str, terms: ImportTerms) -> None:
        self.withheld: Counter[str] = Counter()
        self.graph = f"{DEFAULT_BASE}graph/import/{name}"
        self.terms = terms
        self._write = stream.write
        self._moved: Callable[[str], str] | None = None if base.iri == DEFAULT_BASE else self._rebasing(base)
        self._tail = f" <{base.rebase(self.graph)}> .\n"
        classes = [entry.iri for entry in terms.vocabulary.classes]
        self._types = {class_: [spell_iri(iri) for iri in terms.types(class_)] for class_ in classes}
        self._described: set[str] = set()
        self._facts: dict[str, list[str | int]] = {}
        self._evidence: set[str] = set()

    def add(self, subject: str, predicate: str, value: str) -> None:
        """Write a triple of terms that are spelled as N-Quads have them."""
        if self._moved is not None:
            subject, predicate, value = self._moved(subject), self._moved(predicate), self._moved(value)
        self._write(f"{subject} {predicate} {value}{self._tail}".encode())

    def name(self, kind: str, code: ForeignCode) -> str:
        """Return the spelled IRI of the resource that is named after a code."""
        return f"<{DEFAULT_BASE}{kind}/{code.name}>"

    def describe(self, kind: str, code: ForeignCode, class_: str) -> str:
        """Write the types, the identifier and the code of a resource once, and return its spelled IRI."""
        resource = self.name(kind, code)
        if self.is_new(resource):
            self.add_types(resource, class_)
            self.add(resource, IDENTIFIER, spell_value(code.text))
            if code.iri is not None:
                self.add(resource, EXACT_MATCH, spell_iri(code.iri))
        return resource

    def is_new(self, resource: str) -> bool:
        """Return whether a resource is asked about for the first time."""
        if resource in self._described:
            return False
        self._described.add(resource)
        return True

    def add_types(self, resource: str, class_: str) -> None:
        """Write a class of the vocabulary as the type of a resource, with every class above it."""
        for type_ in self._types.get(class_) or [spell_iri(class_)]:
            self.add(resource, TYPE, type_)

    def withholds(self, code: str) -> bool:
        """Return whether a code, as a CURIE or an IRI, may not be republished, and count it then."""
        if not self.terms.is_withheld(code):
            return False
        system, _, rest = code.partition(":")
        starts = (start for start in self.terms.withheld if code.lower().startswith(start))
        self.withheld[next(starts) if rest.startswith("//") else system] += 1
        return True

    def cited(self, codes: Iterable[ForeignCode]) -> Iterator[tuple[str, str]]:
        """Return that evidence cites references, as predicate and value; those that may not be named are left out."""
        return ((CITES, self._reference(code)) for code in codes if not self.withholds(code.text))

    def _reference(self, code: ForeignCode) -> str:
        """Write a reference that a source gives, which nobody read here, once; return its spelled IRI."""
        resource = self.name(SOURCE_KIND, code)
        if self.is_new(resource):
            self.add_types(resource, noso("Source"))
            self.add(resource, PREF_LABEL, spell_text(code.text))
            self.add(resource, IDENTIFIER, spell_value(code.text))
            if code.iri is not None and code.iri.startswith("http"):
                self.add(resource, PAGE, spell_iri(code.iri))
        return resource

    def agent(self, code: ForeignCode) -> str:
        """Write someone who recorded evidence, once; return the spelled IRI."""
        resource = self.name(AGENT_KIND, code)
        if self.is_new(resource):
            self.add_types(resource, noso("Agent"))
            self.add(resource, PREF_LABEL, spell_text(code.text))
            self.add(resource, IDENTIFIER, spell_value(code.text))
            if code.iri is not None and code.iri.startswith("https://orcid.org/"):
                self.add(resource, PAGE, spell_iri(code.iri))
        return resource

    def curated(self, occasions: Iterable[tuple[ForeignCode, str]]) -> Iterator[tuple[str, str]]:
        """Return what evidence says of those who recorded it, and when: predicate and value.

        Where there are several occasions, each is a resource too, which says who belongs to which day.
        """
        found = list(dict.fromkeys(occasions))
        for code, day in found:
            agent, date = self.agent(code), spell_value(day, "date")
            yield CURATOR, agent
            yield CURATION_DAY, date
            if len(found) > 1:
                occasion = f"{agent[:-1]}/curation/{day}>"
                if self.is_new(occasion):
                    self.add_types(occasion, noso("Curation"))
                    self.add(occasion, CURATOR, agent)
                    self.add(occasion, CURATION_DAY, date)
                yield CURATION, occasion

    def add_evidence(
        self, proposition: tuple[str, str, str], source: str, denied: bool, said: Iterable[tuple[str, str]]
    ) -> bool:
        """Write what one row says for or against a proposition; return False where another row said the same.

        Args:
            proposition: subject, predicate and object, spelled.
            source: the source of the statement, spelled.
            denied: whether the row speaks against the proposition.
            said: predicate and value of everything else that the row says, spelled.
        """
        fact = name_fact(*proposition)
        description = {
            (_SOURCE, source),
            (_STANCE, _DISPUTES if denied else _SUPPORTS),
            (_CERTAINTY, _STATED),
            *said,
        }
        evidence = name_evidence(fact, (f"{predicate} {value} .\n" for predicate, value in description))
        if evidence in self._evidence:
            return False
        self._evidence.add(evidence)
        fact, evidence = spell_iri(fact), spell_iri(evidence)
        known = self._facts.setdefault(fact, [*proposition, 0])
        known[3] = int(known[3]) | (_DISPUTED if denied else _SUPPORTED)
        self.add(fact, _EVIDENCE, evidence)
        self.add_types(evidence, noso("Evidence"))
        for predicate, value in description:
            self.add(evidence, predicate, value)
        return True

    def finish(self) -> Counter[str]:
        """Write every fact with its status, and the bare triples that affirmed facts allow; return facts by status."""
        affirmed: list[tuple[Node, URIRef, Node]] = []
        refused: set[tuple[Node, URIRef, Node]] = set()
        statuses: Counter[str] = Counter()
        for fact, (subject, predicate, value, opinions) in self._facts.items():
            status = status_of(_OPINIONS[int(opinions)])
            assert status is not None
            statuses[iris_local(status)] += 1
            for type_ in _FACT_TYPES:
                self.add(fact, TYPE, type_)
            for part, term in ((_SUBJECT, subject), (_PREDICATE, predicate), (_OBJECT, value)):
                self.add(fact, part, str(term))
            self.add(fact, _STATUS, spell_iri(status))
            said = (URIRef(str(subject)[1:-1]), URIRef(str(predicate)[1:-1]), URIRef(str(value)[1:-1]))
            if status == NOSO.affirmed:
                affirmed.append(said)
            else:
                refused.add(said)
        for triple in direct_triples(affirmed, self.terms.vocabulary, refused):
            self.add(*(spell_iri(str(term)) for term in triple))
        return statuses

    @staticmethod
    def _rebasing(base: Base) -> Callable[[str], str]:
        start = f"<{DEFAULT_BASE}"

        def move(term: str) -> str:
            return spell_iri(base.rebase(term[1:-1])) if term.startswith(start) else term

        return move


def iris_local(iri: str) -> str:
    """Return the local name of a term of the evidence model."""
    return str(iri).removeprefix(str(NOSO))
