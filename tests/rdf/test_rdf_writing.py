"""Documents mean the statements that they were written from, whatever their names and texts hold."""

from __future__ import annotations

import io
import json
import re

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse
from rdflib import Dataset, Graph

from nosograph.rdf.formats import JSON_LD, N_QUADS, N_TRIPLES, RDF_FORMATS, RDF_XML, TRIG, TURTLE, Format
from nosograph.rdf.jsonld_context import read_context
from nosograph.rdf.names import Base
from nosograph.rdf.writer import InexpressibleError, engine_format, used_prefixes, write_document, write_statements

E = "https://e.org/"
PREFIXES = {"Zed": E, "f": E + "f/", "hash": E + "h#", "under": E + "U_", "xsd": "http://www.w3.org/2001/XMLSchema#"}
LOCAL_NAMES = [
    "plain", "a/b", "a#b", "a%2Fb", "x(y)~;,.", "-first", "last.", "a:b", "é·", "", "quote'", "a_b", "&=+$!*@?", "a..b",
]  # fmt: skip
TEXTS = [
    "plain", "", "line\nfeed", "carriage\rreturn", "both\r\n", "\r", "tab\t", "f:a\\/b", 'f:a\\/b "f:a\\/b"', "\\", '"',
    "<f:a>", "@prefix f: <x> .", "# f:a\\#b", "e\u0301\u200f\U0001f701", "\u2028", "x" * 20000 + "\\" + "y" * 20000,
]  # fmt: skip
STARTS = [E, E + "f/", E + "h#", E + "U_"]


def iri(text: str) -> NamedNode:
    """Return a node of the examples."""
    return NamedNode(E + text)


STATEMENTS = [
    *(
        Triple(NamedNode(start + name), iri("f/p"), NamedNode(start + name))
        for start in STARTS
        for name in LOCAL_NAMES
        if not ("#" in start and "#" in name)
    ),
    *(Triple(iri("f/s"), iri("p"), Literal(text)) for text in TEXTS),
    *(Triple(iri("f/s"), iri("p"), Literal(text, language="en")) for text in TEXTS),
    *(Triple(iri("f/s/t"), iri("p"), Literal("1", datatype=iri(f"f/{name}"))) for name in LOCAL_NAMES),
    Triple(iri("f/s"), iri("h#a/b"), Literal("1", datatype=NamedNode(PREFIXES["xsd"] + "integer"))),
    Triple(NamedNode("urn:x:y"), iri("f/a.b"), Literal("true", datatype=NamedNode(PREFIXES["xsd"] + "boolean"))),
]
GRAPHS = [E + "f/g", E + "f/g/h"]
QUADS = [Quad(*triple, NamedNode(graph)) for graph in GRAPHS for triple in STATEMENTS]
CONTEXT = read_context(json.dumps({"@context": {"f": E + "f/", "label": {"@id": E + "p", "@language": "en"}}}), Base())
RDFLIB_NAMES = {"ttl": "turtle", "rdf": "xml", "nt": "nt", "nq": "nquads", "trig": "trig", "jsonld": "json-ld"}
IN_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')


class Pieces(io.BytesIO):
    """A target that hands on each piece as it comes, so that where pieces end is part of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.largest = 0

    def write(self, data: object) -> int:
        """Take a piece."""
        assert isinstance(data, bytes)
        self.largest = max(self.largest, len(data))
        return super().write(data)


def written(format: Format, quads: list[Quad] = QUADS) -> bytes:
    """Return the document that holds some quads."""
    return write_document(quads, format, PREFIXES, CONTEXT, first=E + "f/s")


def through_rdflib(document: bytes, format: Format) -> set[str]:
    """Return the triples that rdflib reads in a document, spelled by the engine."""
    graph: Graph = Dataset(default_union=True) if format.quads else Graph()
    graph.parse(data=document, format=RDFLIB_NAMES[format.name])
    plain = Graph()
    for triple in graph.triples((None, None, None)):
        plain.add(triple)
    return {str(quad.triple) for quad in parse(plain.serialize(format="nt", encoding="utf-8"), RdfFormat.N_TRIPLES)}


@pytest.mark.parametrize("format", RDF_FORMATS, ids=lambda format: format.name)
def test_the_engine_reads_back_what_was_written(format: Format) -> None:
    """Every name and every text survives, in every format."""
    found = {
        str(quad if format in (N_QUADS, TRIG) else quad.triple)
        for quad in parse(written(format), engine_format(format))
    }

    assert found == {str(quad if format in (N_QUADS, TRIG) else quad.triple) for quad in QUADS}


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # rdflib's own
@pytest.mark.parametrize("format", RDF_FORMATS, ids=lambda format: format.name)
def test_rdflib_reads_back_what_was_written(format: Format) -> None:
    """A second reader, whose parsers have nothing in common with the engine, finds the same triples."""
    assert through_rdflib(written(format), format) == {str(triple) for triple in STATEMENTS}


@pytest.mark.parametrize("format", [TURTLE, TRIG], ids=lambda format: format.name)
def test_local_names_are_never_escaped(format: Format) -> None:
    """Outside literals there is no reverse solidus: a name that would need one is written as a whole IRI."""
    syntax = IN_LITERAL.sub("", written(format).decode())

    assert "\\" not in syntax
    assert f"<{E}f/a/b>" in syntax
    assert "f:plain" in syntax


@pytest.mark.parametrize("format", [TURTLE, TRIG], ids=lambda format: format.name)
def test_prefixes_are_in_the_order_given(format: Format) -> None:
    """The order does not depend on a hash; that of a base is alphabetical."""
    lines = written(format).decode().splitlines()

    assert [line.split()[1] for line in lines if line.startswith("@prefix ")] == [f"{name}:" for name in PREFIXES]


def test_only_prefixes_that_abbreviate_are_declared() -> None:
    """A document does not declare a prefix whose names would all need an escape, or that nothing begins with."""
    deep = [Triple(NamedNode(E + "f/a/b"), NamedNode(E + "U_p"), NamedNode(E + "h#x"))]

    assert used_prefixes(deep, PREFIXES) == {"hash": E + "h#", "under": E + "U_"}


def test_statements_stream() -> None:
    """However many statements there are, no piece of the document is longer than what a few statements need."""
    target = Pieces()
    many = (Triple(NamedNode(f"{E}f/{number}/x"), NamedNode(E + "p"), Literal("\\" * 10)) for number in range(50_000))

    write_statements(many, TURTLE, target, PREFIXES)

    assert target.largest < 100_000
    assert target.tell() > 2_000_000
    assert target.getvalue().count(b"<https://e.org/f/") == 50_000 + 1


@pytest.mark.parametrize("format", RDF_FORMATS, ids=lambda format: format.name)
def test_no_statement_is_a_document(format: Format) -> None:
    """An empty document is well-formed in every format."""
    assert list(parse(written(format, []), engine_format(format))) == []


@pytest.mark.parametrize("format", [N_TRIPLES, N_QUADS], ids=lambda format: format.name)
def test_line_formats_are_the_engine_s_own(format: Format) -> None:
    """N-Triples and N-Quads have no prefix; a line is a statement."""
    assert len(written(format).splitlines()) == len(STATEMENTS) * (2 if format is N_QUADS else 1)


@pytest.mark.parametrize("text", ["\x01", "\x0b", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_hold_are_refused(text: str) -> None:
    """RDF/XML with a control character would be no XML, so it is not written."""
    statement = Triple(NamedNode(E), NamedNode(E + "p"), Literal("x" * 8190 + text))

    with pytest.raises(InexpressibleError, match="control character"):
        write_statements([statement], RDF_XML, io.BytesIO(), {})


def test_predicates_that_are_no_xml_names_are_refused() -> None:
    """RDF/XML names an element after a predicate; the error names the predicate."""
    statement = Triple(NamedNode(E), NamedNode(E + "p/1"), Literal(""))

    with pytest.raises(InexpressibleError, match=r"<https://e\.org/p/1>"):
        write_statements([statement], RDF_XML, io.BytesIO(), {})


def test_json_ld_without_a_context_has_the_prefixes() -> None:
    """What was asked for by a query is abbreviated too, and its context holds no more than the prefixes given."""
    target = io.BytesIO()

    write_statements(STATEMENTS[:1], JSON_LD, target, {"f": E + "f/"}, named=False)

    assert json.loads(target.getvalue()) == {
        "@context": {"f": E + "f/"},
        "@graph": [{"@id": f"{E}plain", "f:p": {"@id": f"{E}plain"}}],
    }
