"""What an engine found, before it is known where that was written."""

from __future__ import annotations

from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, parse
from pyoxigraph import RdfFormat as Format
from rdflib import Literal as RdflibLiteral
from rdflib import URIRef
from rdflib.term import BNode, Node

Term = NamedNode | BlankNode | Literal


class Finding(NamedTuple):
    """One validation result (SHACL, section 3.6.2), the same whichever engine found it.

    Attributes:
        focus: IRI of the focus node; the text, where a shape targets literals.
        shape: IRI of the source shape.
        component: IRI of the constraint component.
        constraint: IRI of the SPARQL constraint; None where the constraint is not one.
        path: IRI of the property, or None.
        value: the value as canonical N-Triples spell it; None where there is none or where it is the focus node itself.
        message: the text for the curator, with the solution's values put in.
    """

    focus: str
    shape: str
    component: str
    constraint: str | None
    path: str | None
    value: str | None
    message: str


def spell(term: Node) -> str:
    """Return an rdflib term as canonical N-Triples spell it, but for the language tag, which stays as it was written.

    Raises:
        ValueError: it is not an IRI or a literal that RDF 1.1 knows.
    """
    if isinstance(term, URIRef):
        return str(NamedNode(str(term)))
    if not isinstance(term, RdflibLiteral):
        raise ValueError(f"{term!r} is neither an IRI nor a literal")
    if term.language:
        tagged = str(Literal(str(term), language=term.language))  # the engine puts the tag into lower case
        return f"{tagged.rpartition('@')[0]}@{term.language}"
    return str(Literal(str(term), datatype=NamedNode(str(term.datatype)))) if term.datatype else str(Literal(str(term)))


def read_term(text: str) -> Node:
    """Return the rdflib term that N-Triples spell, with its lexical form as it is."""
    if text.startswith("<") and "\\" not in text:
        return URIRef(text[1:-1])
    quad = next(iter(parse(f"<urn:s> <urn:p> {text} .", Format.N_TRIPLES)))
    tag = text.rpartition('"@')[2] if text.startswith('"') and not text.endswith(('"', ">")) else None
    return to_rdflib(quad.object, tag)


def to_rdflib(term: object, tag: str | None = None) -> Node:
    """Return an engine's term as rdflib's, with its lexical form as it is and, where given, the language tag."""
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, Literal):
        if term.language:
            return RdflibLiteral(term.value, lang=tag or term.language)
        return RdflibLiteral(term.value, datatype=_datatype(term), normalize=False)
    return BNode(str(term).removeprefix("_:"))


def _datatype(literal: Literal) -> URIRef | None:
    """Return the datatype, None for xsd:string, which rdflib's plain literal is (RDF 1.1 Concepts, section 3.3)."""
    datatype = literal.datatype.value
    return None if datatype == "http://www.w3.org/2001/XMLSchema#string" else URIRef(datatype)
