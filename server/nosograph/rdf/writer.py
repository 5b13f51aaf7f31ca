"""Writes quads as the bytes of a document, the same bytes every time, in any of the RDF formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse, serialize

from nosograph.rdf import jsonld
from nosograph.rdf.formats import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE, Format
from nosograph.rdf.names import Base

_ENGINE_FORMATS: Final[dict[str, RdfFormat]] = {
    TURTLE.name: RdfFormat.TURTLE,
    N_TRIPLES.name: RdfFormat.N_TRIPLES,
    N_QUADS.name: RdfFormat.N_QUADS,
    TRIG.name: RdfFormat.TRIG,
    RDF_XML.name: RdfFormat.RDF_XML,
}
_PREFIXED: Final = (TURTLE, TRIG, RDF_XML)


def write_document(
    quads: Iterable[Quad], format: Format, base: Base, context: jsonld.Context, first: str = ""
) -> bytes:
    """Return the document that holds some quads.

    Turtle, N-Triples, RDF/XML and JSON-LD get each triple once, whatever graphs it is in: a JSON-LD document with named
    graphs would look empty to the many readers that load the default graph alone.

    Args:
        quads: the statements.
        format: one of ``RDF_FORMATS``.
        base: the base of the data, for its prefixes.
        context: the JSON-LD context of the release.
        first: IRI of the subject whose statements come first; everything else follows by subject.
    """
    ordered = sorted(quads, key=lambda quad: _order(quad, first))
    prefixes = _used_prefixes(ordered, base) if format in _PREFIXED else None
    if format in (N_QUADS, TRIG):
        return _serialized(sorted(ordered, key=lambda quad: str(quad.graph_name)), format, prefixes)
    triples = dict.fromkeys(quad.triple for quad in ordered)
    if format is JSON_LD:
        plain = (Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
        return jsonld.write_document(plain, context, named=False)
    return _serialized(triples, format, prefixes)


def _serialized(
    statements: Iterable[Quad] | Iterable[Triple], format: Format, prefixes: dict[str, str] | None
) -> bytes:
    content = serialize(statements, format=_ENGINE_FORMATS[format.name], prefixes=prefixes)
    assert content is not None
    if format is RDF_XML:
        return content.replace(b"\r", b"&#xD;")  # a parser reads a bare one as a line feed (XML 1.0 §2.11)
    return _with_sorted_prefixes(content) if prefixes else content


def _with_sorted_prefixes(content: bytes) -> bytes:
    """Return Turtle or TriG with its prefixes in order: the engine writes them in that of its hash table."""
    lines = content.split(b"\n")
    end = next((number for number, line in enumerate(lines) if not line.startswith(b"@prefix ")), len(lines))
    return b"\n".join(sorted(lines[:end], key=lambda line: line.partition(b":")[0].lower()) + lines[end:])


def read_graph(turtle: bytes, graph: str) -> list[Quad]:
    """Return the triples of a Turtle document as quads of one named graph."""
    name = NamedNode(graph)
    triples = parse(turtle, format=RdfFormat.TURTLE)
    return [Quad(triple.subject, triple.predicate, triple.object, name) for triple in triples]


def _order(quad: Quad, first: str) -> tuple[bool, str, bool, str, str]:
    subject = str(quad.subject)
    type_first = not quad.predicate.value.endswith("#type")
    return (subject != f"<{first}>", subject, type_first, quad.predicate.value, str(quad.object))


def _used_prefixes(quads: Iterable[Quad], base: Base) -> dict[str, str]:
    """Return the prefixes that shorten something in these quads; a document does not need the rest."""
    names: set[str] = set()
    for quad in quads:
        names.update(term.value for term in quad if isinstance(term, NamedNode))
        datatype = getattr(quad.object, "datatype", None)
        if datatype is not None:
            names.add(datatype.value)
    spaces = {name[: max(name.rfind("/"), name.rfind("#"), name.rfind("_")) + 1] for name in names}
    spaces |= {name[: max(name.rfind("/"), name.rfind("#")) + 1] for name in names}
    return {prefix: iri for prefix, iri in base.prefixes().items() if iri in spaces}
