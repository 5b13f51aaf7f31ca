"""Answers are the same where they hold the same rows or triples, whatever their order and the labels of their nodes."""

from __future__ import annotations

import pytest

from nosograph.rdf.formats import (
    N_TRIPLES,
    SPARQL_CSV,
    SPARQL_JSON,
    SPARQL_TSV,
    SPARQL_XML,
    TURTLE,
    Format,
)
from nosograph.sparql.form import QueryForm
from nosograph.store.answer_comparison import same_answer

ONE = '{"n":{"type":"uri","value":"urn:a"}}'
TWO = '{"n":{"type":"literal","value":"b","xml:lang":"en"}}'
XML_NAMESPACE = "http://www.w3.org/2005/sparql-results#"


def json(*rows: str) -> bytes:
    """Return an answer in SPARQL JSON."""
    return f'{{"head":{{"vars":["n"]}},"results":{{"bindings":[{",".join(rows)}]}}}}'.encode()


def xml(*rows: str) -> bytes:
    """Return an answer in SPARQL XML."""
    results = "".join(f'<result><binding name="n">{row}</binding></result>' for row in rows)
    head = '<head><variable name="n"/></head>'
    return f'<sparql xmlns="{XML_NAMESPACE}">{head}<results>{results}</results></sparql>'.encode()


SAME = {
    "order of rows": (SPARQL_JSON, json(ONE, TWO), json(TWO, ONE)),
    "spelling": (SPARQL_JSON, json(ONE), json(ONE.replace(":", " : ", 1))),
    "labels of nodes": (SPARQL_TSV, b"?n\n_:a\n", b"?n\n_:b\n"),
    "rows of XML": (
        SPARQL_XML,
        xml("<uri>urn:a</uri>", "<uri>urn:b</uri>"),
        xml("<uri>urn:b</uri>", "<uri>urn:a</uri>"),
    ),
    "rows of CSV": (SPARQL_CSV, b'n\r\n"a\nb"\r\nc\r\n', b'n\r\nc\r\n"a\nb"\r\n'),
}
DIFFERENT = {
    "a row twice": (SPARQL_JSON, json(ONE, ONE), json(ONE)),
    "another language": (SPARQL_JSON, json(TWO), json(TWO.replace("en", "de"))),
    "another datatype": (SPARQL_TSV, b'?n\n"1"^^<http://www.w3.org/2001/XMLSchema#integer>\n', b'?n\n"1"\n'),
    "another variable": (SPARQL_TSV, b"?n\n<urn:a>\n", b"?m\n<urn:a>\n"),
    "unbound": (SPARQL_TSV, b"?n\n<urn:a>\n\n", b"?n\n<urn:a>\n"),
    "another cell": (SPARQL_CSV, b"n\r\na\r\n", b"n\r\nb\r\n"),
}


@pytest.mark.parametrize(("format", "first", "second"), SAME.values(), ids=SAME.keys())
def test_solutions_are_a_multiset(format: Format, first: bytes, second: bytes) -> None:
    """Without an order the rows count, not where they stand, nor how they are spelled."""
    assert same_answer(QueryForm.SELECT, format, first, second, ordered=False)


@pytest.mark.parametrize(("format", "first", "second"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_another_row_is_a_difference(format: Format, first: bytes, second: bytes) -> None:
    """One row more, or one term that is another, is told."""
    assert not same_answer(QueryForm.SELECT, format, first, second, ordered=False)


def test_an_ordered_answer_is_a_sequence() -> None:
    """Under ORDER BY the same rows in another order are another answer."""
    assert not same_answer(QueryForm.SELECT, SPARQL_JSON, json(ONE, TWO), json(TWO, ONE), ordered=True)
    assert same_answer(QueryForm.SELECT, SPARQL_JSON, json(ONE, TWO), json(ONE, TWO) + b"\n", ordered=True)


@pytest.mark.parametrize(
    ("format", "yes", "no"),
    [
        (SPARQL_JSON, b'{"head":{},"boolean":true}', b'{"head":{}, "boolean" : false}'),
        (SPARQL_CSV, b"true", b"false"),
        (SPARQL_TSV, b"true\n", b"false\n"),
    ],
)
def test_truths_are_compared(format: Format, yes: bytes, no: bytes) -> None:
    """ASK has two answers, in every format."""
    assert same_answer(QueryForm.ASK, format, yes, yes + b"\n", ordered=False)
    assert not same_answer(QueryForm.ASK, format, yes, no, ordered=False)


@pytest.mark.parametrize("format", [TURTLE, N_TRIPLES])
def test_graphs_are_sets_of_triples(format: Format) -> None:
    """Triples in another order are the same graph; another object is another graph."""
    one, two = b"<urn:a> <urn:p> _:x .\n", b'<urn:b> <urn:p> "l"@en .\n'
    first, other = one + two, two + one.replace(b"_:x", b"_:y")

    assert same_answer(QueryForm.CONSTRUCT, format, first, other, ordered=False)
    assert not same_answer(QueryForm.CONSTRUCT, format, first, first.replace(b'"l"', b'"m"'), ordered=False)
