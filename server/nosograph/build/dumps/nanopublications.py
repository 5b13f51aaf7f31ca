"""Makes a nanopublication of each piece of evidence, with a trusty URI that holds for exactly its content.

The assertion says what the source says of a fact: its stance, its certainty, what it adds. The proposition itself
stands there as a triple only where the release has it as one: where the fact is affirmed and the source states it. So
nothing disputed or doubted is asserted.

What a nanopublication says depends on its evidence alone, not on the release, so the same evidence keeps its trusty
URI. The URI is a fragment of that of the evidence, and leads to it.

Formats: https://nanopub.net/guidelines/working_draft/ and https://trustyuri.net/spec/v1.html (module RA).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.lines import GroundQuad, graph_part, parse_ground
from nosograph.rdf.names import STANDARD_PREFIXES, Base

NANOPUBLICATION: Final = "http://www.nanopub.org/nschema#"
"""The vocabulary of nanopublications; no prefix of the project abbreviates it."""

_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_PAV: Final = STANDARD_PREFIXES["pav"]
_PROV: Final = STANDARD_PREFIXES["prov"]
_RDF: Final = STANDARD_PREFIXES["rdf"]
_DATE: Final = NamedNode(f"{STANDARD_PREFIXES['xsd']}date")
_NAME_LENGTH: Final = 16
"""Characters of the local name of a fact."""

_PROPOSITION: Final = (iris.RDF_SUBJECT, iris.RDF_PREDICATE, iris.RDF_OBJECT)
_OF_FACT: Final = (*_PROPOSITION, iris.CONTEXT)
_GRAPHS: Final = {"Assertion": "assertion", "Provenance": "provenance", "PublicationInfo": "pubinfo"}
_SELF: Final = NamedNode("about:nanopublication")
_PART: Final = "about:nanopublication."
"""What stands for the IRI of a nanopublication, and how that of one of its graphs begins, while it has no code yet."""

_ASSERTION: Final = NamedNode(f"{_PART}assertion")

_Term = NamedNode | Literal
_Statement = tuple[str, _Term, str, _Term]
"""Name of the graph within the nanopublication, subject, predicate, object."""


@dataclass(frozen=True)
class Credit:
    """Whose the statements of a named graph are.

    Attributes:
        license: IRI of their licence, or empty.
        publisher: name of who publishes them, or empty.
        date: day of their version, YYYY-MM-DD, or empty.
    """

    license: str = ""
    publisher: str = ""
    date: str = ""


def nanopublications(
    lines: Iterable[bytes], base: Base, credits: Mapping[str, Credit], publisher: str
) -> Iterator[Quad]:
    """Return the quads of the nanopublications, graph by graph, in the order of the evidence.

    Args:
        lines: sorted lines of canonical N-Quads.
        base: the base below which the facts are.
        credits: IRI of a named graph of facts → whose its statements are; facts of other graphs are left out.
        publisher: IRI of who publishes the nanopublications.
    """
    start = f"<{base.resource('fact', '')}".encode()
    known = {graph.encode() for graph in credits}
    of_facts = (line for line in lines if line.startswith(start) and graph_part(line) in known)
    for _, block in groupby(of_facts, lambda line: line[: len(start) + _NAME_LENGTH]):
        yield from _of_fact(list(parse_ground(block)), credits, NamedNode(publisher))


def _of_fact(quads: list[GroundQuad], credits: Mapping[str, Credit], publisher: NamedNode) -> Iterator[Quad]:
    said: dict[tuple[str, str], list[GroundQuad]] = {}
    for quad in quads:
        said.setdefault((quad.subject.value, quad.graph), []).append(quad)
    statuses = {quad.object.value for quad in quads if quad.predicate == iris.STATUS}
    facts = {(quad.object.value, quad.graph): quad.subject for quad in quads if quad.predicate == iris.EVIDENCE}
    for (evidence, graph), fact in sorted(facts.items(), key=lambda pair: pair[0]):
        about = {quad.predicate: quad.object for quad in said[fact.value, graph]}
        own = said.get((evidence, graph), [])
        statements = list(_statements(fact, about, own, statuses, credits[graph], publisher, evidence))
        yield from _published(evidence, statements)


def _statements(
    fact: NamedNode,
    about: Mapping[str, _Term],
    own: list[GroundQuad],
    statuses: set[str],
    credit: Credit,
    publisher: NamedNode,
    evidence: str,
) -> Iterator[_Statement]:
    yield "Head", _SELF, f"{_RDF}type", NamedNode(f"{NANOPUBLICATION}Nanopublication")
    for name, graph in _GRAPHS.items():
        yield "Head", _SELF, f"{NANOPUBLICATION}has{name}", NamedNode(f"{_PART}{graph}")
    said = {quad.predicate: quad.object.value for quad in own}
    plainly = said.get(iris.STANCE) == noso("supports") and said.get(iris.CERTAINTY) == noso("stated")
    if plainly and statuses == {noso("affirmed")} and iris.CONTEXT not in about:
        subject, predicate, value = (about[part] for part in _PROPOSITION)
        yield "assertion", subject, predicate.value, value
    for property_ in _OF_FACT:
        if property_ in about:
            yield "assertion", fact, property_, about[property_]
    yield "assertion", fact, iris.EVIDENCE, NamedNode(evidence)
    for quad in own:
        yield "assertion", quad.subject, quad.predicate, quad.object
    for quad in own:
        if quad.predicate == iris.SOURCE:
            yield "provenance", _ASSERTION, f"{_PROV}wasDerivedFrom", quad.object
        if quad.predicate == f"{_PAV}curatedBy":
            yield "provenance", _ASSERTION, f"{_PROV}wasAttributedTo", quad.object
    if credit.publisher:
        yield "provenance", _ASSERTION, f"{_DCTERMS}publisher", Literal(credit.publisher)
    days = [quad.object.value for quad in own if quad.predicate == f"{_PAV}curatedOn"]
    if days or credit.date:
        yield "pubinfo", _SELF, f"{_DCTERMS}created", Literal(max(days, default=credit.date), datatype=_DATE)
    yield "pubinfo", _SELF, f"{_DCTERMS}creator", publisher
    if credit.license:
        yield "pubinfo", _SELF, f"{_DCTERMS}license", NamedNode(credit.license)


def _published(evidence: str, statements: list[_Statement]) -> Iterator[Quad]:
    """Return the quads of a nanopublication under its trusty URI, each once, in the order of its graphs."""
    iri = f"{evidence}#{_trusty_code(statements, f'{evidence}# ')}"
    seen = dict.fromkeys(
        (graph, _resolved(subject, iri), predicate, _resolved(value, iri))
        for graph, subject, predicate, value in statements
    )
    for graph, subject, predicate, value in seen:
        assert isinstance(subject, NamedNode)
        yield Quad(subject, NamedNode(predicate), value, NamedNode(f"{iri}.{graph}"))


def _resolved(term: _Term, iri: str) -> _Term:
    return NamedNode(_spelled(term.value, iri)) if isinstance(term, NamedNode) else term


def _spelled(value: str, iri: str) -> str:
    """Return an IRI, with that of the nanopublication in place of what stands for it."""
    if value == _SELF.value:
        return iri
    return f"{iri}.{value.removeprefix(_PART)}" if value.startswith(_PART) else value


def _trusty_code(statements: Iterable[_Statement], iri: str) -> str:
    """Return the artifact code of statements (trusty URIs, module RA); ``iri`` has a space in place of the code."""
    rows = sorted(
        {
            (f"{iri}.{graph}", _spelled(subject.value, iri), predicate, *_key(value, iri))
            for graph, subject, predicate, value in statements
        }
    )
    digest = hashlib.sha256()
    for graph, subject, predicate, literal, value, datatype, language in rows:
        if literal:
            text = value.replace("\\", "\\\\").replace("\n", "\\n")
            value = f"@{language} {text}" if language else f"^{datatype} {text}"
        digest.update(f"{graph}\n{subject}\n{predicate}\n{value}\n".encode())
    return "RA" + base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")


def _key(value: _Term, iri: str) -> tuple[bool, str, str, str]:
    """Return what decides where a statement stands among those that differ in their object alone."""
    if isinstance(value, NamedNode):
        return False, _spelled(value.value, iri), "", ""
    if value.language:
        return True, value.value, "", value.language.lower()
    return True, value.value, value.datatype.value, ""
