"""What servers send is read as what it says it is, and what would bring the parser down is not given to it."""

from __future__ import annotations

import contextlib

import pytest

from nosograph.doctor.bodies import check_shape, read_table, read_triples, text_of
from nosograph.doctor.exchange import Exchange, HttpCall
from nosograph.doctor.outcomes import UnreadableBody
from nosograph.rdf.formats import N_TRIPLES, RDF_XML, SPARQL_JSON, SPARQL_XML, TURTLE, Format

DEEP = 30_000
TERM = b"<< <e:s> <e:p> "
JSON_TERM = (
    b'{"type":"triple","value":{"subject":{"type":"uri","value":"e:s"},'
    b'"predicate":{"type":"uri","value":"e:p"},"object":'
)
ENTITIES = b"<!DOCTYPE r [%s]><r xmlns='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>%s</r>"
HOSTILE: list[tuple[Format, bytes]] = [
    (N_TRIPLES, b"<e:s> <e:p> " + b"<<( <e:s> <e:p> " * DEEP + b"<e:o>" + b" )>>" * DEEP + b" ."),
    (TURTLE, b"<e:s> <e:p> '\"' , " + TERM * DEEP + b"<e:o> '\"' ."),
    (TURTLE, b'# it\'s """\n' + TERM * DEEP),
    (TURTLE, TERM * DEEP + b"<e:o> " + b">> " * DEEP + b"<e:p> <e:o> ."),
    (SPARQL_JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":' + JSON_TERM * DEEP + b"1" + b"}}" * DEEP),
    (SPARQL_XML, b"<sparql><results><result><binding>" + b"<triple><subject>" * DEEP),
    (RDF_XML, ENTITIES % (b'<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">', b"&b;")),
    (RDF_XML, ENTITIES % (b'<!ENTITY a "' + b"a" * 100_000 + b'">', b"&a;" * 1000)),
    (RDF_XML, ENTITIES % (b'<!ENTITY a "\'aaaaaaaa"><!ENTITY b "\'&a;&a;&a;"><!ENTITY c "\'&b;&b;">', b"&c;")),
    (RDF_XML, ENTITIES % (b"<!ENTITY a ''>" * 1000, b"")),
    (RDF_XML, ENTITIES % (b'<!ENTITY % a "b">', b"")),
    (RDF_XML, ENTITIES % (b'<!ENTITY a "a"><!ENTITY b "b"><!ENTITY b "&a;&a;&a;">', b"&b;")),
    (RDF_XML, b"<a" * DEEP),
    (SPARQL_XML, b"<s:sparql xmlns:s='a'>" + b"<s:triple><!--</triple></triple>--><s:subject>" * DEEP),
    (TURTLE, b"@prefix e: <e:> . e:a\\# e:p " + b"<<( e:s e:p " * DEEP),
    (TURTLE, b"@prefix e: <e:> . e:a\\' e:p " + b"<<( e:s e:p " * DEEP + b"e:a\\' ."),
]
HONEST: list[tuple[Format, bytes]] = [
    (N_TRIPLES, b'<e:s> <e:p> <<( <e:s> <e:p> "a << b" )>> .\n' * 10_000),
    (SPARQL_JSON, b'{"results":{"bindings":[' + b'{"x":{"value":"[[[ {{ \\" {{"}},' * 10_000 + b"{}]}}"),
    (
        SPARQL_XML,
        b"<sparql><results>" + b"<result><binding><uri>a</uri></binding></result>" * 10_000 + b"</results></sparql>",
    ),
    (RDF_XML, ENTITIES % (b'<!ENTITY xsd "http://www.w3.org/2001/XMLSchema#">', b"<a b='&xsd;int'/><c>1</c>" * 10_000)),
    (TURTLE, b'<e:s> <e:p> \'<<\', \'"\', """<< " \'""" . # << it\'s\n' * 10_000),
]


def answer(format: Format, content: bytes) -> Exchange:
    """Return an answer with some content."""
    return Exchange(HttpCall("GET", "https://example.org/"), 200, (("Content-Type", format.media_type),), content)


@pytest.mark.parametrize(("format", "content"), HOSTILE, ids=range(len(HOSTILE)))
def test_what_would_bring_the_parser_down_is_refused(format: Format, content: bytes) -> None:
    """The parser runs in this process, and ends it, or takes all memory, by a few hundred bytes of some kinds."""
    read = read_table if format in (SPARQL_JSON, SPARQL_XML) else read_triples

    with pytest.raises(UnreadableBody, match=r"nested|entities|not (?:RDF/)?XML"):
        read(answer(format, content))


@pytest.mark.parametrize(("format", "content"), HONEST, ids=range(len(HONEST)))
def test_what_honest_servers_send_is_not_refused(format: Format, content: bytes) -> None:
    """Long answers, marks of depth in texts, and entities for the beginnings of IRIs are usual."""
    check_shape(content, format)


@pytest.mark.parametrize("charset", ["utf-8", '"UTF-8"', "utf-8; header=present", "utf-8 ;version=1.2"])
def test_other_parameters_of_a_media_type_are_no_charset(charset: str) -> None:
    """A media type may have parameters of its own (RFC 4180, section 3: header)."""
    found = Exchange(
        HttpCall("GET", "https://a.example/"), 200, (("Content-Type", f"text/csv; charset={charset}"),), b"x"
    )

    assert text_of(found) == "x"


@pytest.mark.parametrize(
    ("format", "content"),
    [(SPARQL_JSON, b'\\"'), (TURTLE, b'\\"'), (TURTLE, b"'"), (TURTLE, b'"""'), (N_TRIPLES, b"<"), (RDF_XML, b"<!")],
)
def test_a_megabyte_of_nonsense_is_looked_at_once(format: Format, content: bytes) -> None:
    """Beginnings without an end do not take the time of their square, which would be hours."""
    with contextlib.suppress(UnreadableBody):
        check_shape(content * 500_000, format)
