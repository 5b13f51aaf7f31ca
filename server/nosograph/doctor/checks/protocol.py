"""Whether an endpoint answers queries as the SPARQL 1.1 Protocol says."""

from __future__ import annotations

from typing import Final

from nosograph.doctor.bodies import find_format, read_boolean, read_number, read_table, read_triples, text_of
from nosograph.doctor.checks.clauses import http, protocol
from nosograph.doctor.examination import Examination
from nosograph.doctor.outcomes import (
    Check,
    CheckOutcome,
    Decision,
    UnreadableBody,
    cannot_tell,
    failed,
    holds,
    passed,
)
from nosograph.doctor.probes import NOBODY
from nosograph.rdf.formats import ANSWER_FORMATS, GRAPH_FORMATS, SELECT_FORMATS

_SUCCESS: Final = protocol("2.1.6 Success Responses", "query-success")
_FAILURE: Final = protocol("2.1.7 Failure Responses", "query-failure")
_FORMATS: Final = protocol("2.1.5 Accepted Response Formats", "conneg")
_TABLE: Final = ["é✓", "b", "1"]
_CLIENT_ERROR: Final = range(400, 500)


def _answers(seen: Examination, name: str) -> Decision:
    """Return whether a SELECT of the number 1 is answered with it."""
    answer = seen.exchange(name)
    try:
        found = read_number(answer)
    except UnreadableBody as error:
        return failed(error.what)
    return holds(found == 1, f"The answer is {answer.to_text()}.", f"1 was asked for, and the answer is {found}.")


def _answers_ask(seen: Examination, name: str) -> Decision:
    """Return whether an ``ASK {}`` is answered with true."""
    answer = seen.exchange(name)
    try:
        found = read_boolean(answer)
    except UnreadableBody as error:
        return failed(error.what)
    return holds(
        found, f"The answer is {answer.to_text()}, true.", "ASK {} is answered with false, and is always true."
    )


def _answers_xml(seen: Examination) -> Decision:
    """Return whether an ASK is answered with true, in SPARQL XML."""
    found = _answers_ask(seen, "ask-xml")
    return _in_format(seen, "ask-xml") if found.outcome is CheckOutcome.PASSED else found


def _answers_table(seen: Examination, name: str) -> Decision:
    """Return whether a table of one row comes as it was asked for."""
    answer = seen.exchange(name)
    try:
        rows = read_table(answer)
    except UnreadableBody as error:
        return failed(error.what)
    found = [(value or "").strip('"') for value in rows[0]] if len(rows) == 1 else []
    if found != _TABLE:
        return failed(f"One row with {', '.join(_TABLE)} was asked for, and the answer holds {rows[:2]!r}."[:300])
    return _in_format(seen, name)


def _in_format(seen: Examination, name: str) -> Decision:
    """Return whether an answer is in the format that was asked for."""
    answer = seen.exchange(name)
    asked = next(value for header, value in answer.call.headers if header == "Accept")
    if asked == "*/*":
        return passed(f"Without a wish the answer is {answer.media_type}.")
    format = find_format((*SELECT_FORMATS, *GRAPH_FORMATS), answer.media_type)
    return holds(
        answer.media_type == asked or (format is not None and asked in (format.media_type, *format.aliases)),
        f"The answer is {answer.to_text()}.",
        f"{asked} was asked for, and the answer is in {answer.media_type}.",
    )


def _answers_graph(seen: Examination, name: str) -> Decision:
    """Return whether a graph of one triple comes as it was asked for."""
    answer = seen.exchange(name)
    try:
        triples = read_triples(answer)
    except UnreadableBody as error:
        return failed(error.what)
    values = [getattr(triple.object, "value", "") for triple in triples]
    if values != ["é✓"]:
        return failed(
            f"One triple with the text é✓ was asked for, and the answer has {len(triples)} with {values[:2]!r}."
        )
    return _in_format(seen, name)


def _describes(seen: Examination) -> Decision:
    """Return whether a DESCRIBE of a resource that nobody has is answered with a graph."""
    try:
        found = read_triples(seen.exchange("describe"))
    except UnreadableBody as error:
        return failed(error.what)
    return passed(f"The answer is a graph of {len(found)} triples.")


def _is_refused(seen: Examination, name: str, what: str) -> Decision:
    """Return whether a request is refused as the client's error."""
    answer = seen.exchange(name)
    return holds(
        answer.status in _CLIENT_ERROR,
        f"{what} is answered with {answer.status}.",
        f"{what} is answered with {answer.to_text()}, where an error of the client (4xx) is right.",
    )


def _malformed(seen: Examination) -> Decision:
    answer = seen.exchange("malformed")
    return holds(
        answer.status == 400,
        "A malformed query is answered with 400.",
        f"A malformed query is answered with {answer.to_text()}, not with 400.",
    )


def _reason(seen: Examination) -> Decision:
    """Return whether the answer to a malformed query says what is wrong with it, as text for a reader."""
    answer = seen.exchange("malformed")
    if answer.status < 400:
        return failed(f"There is no error message: the answer is {answer.to_text()}.")
    try:
        text = text_of(answer)
    except UnreadableBody as error:
        return failed(error.what)
    words = " ".join(text.split())
    if len(words) < 20:
        return failed(f"The message is {words!r}: it does not say what is wrong.")
    tells_where = any(
        mark in words.lower() for mark in ("line", "column", "position", "expected", "encountered", "parse")
    )
    detail = f"{answer.media_type or 'without a type'}: {words[:120]}"
    return holds(
        tells_where and not answer.is_html,
        detail,
        f"The message does not tell a program where the query is wrong: {detail}",
    )


def _update(seen: Examination) -> Decision:
    """Return whether an update is refused, however it is sent; it changes nothing where it is done."""
    unclear = ""
    for name, how in (("update-form", "in a form"), ("update-direct", "as the content")):
        answer = seen.exchange(name)
        if answer.status < 300 and (answer.is_html or find_format(ANSWER_FORMATS, answer.media_type)):
            unclear = f"An update that is sent {how} is answered with {answer.to_text()}: it may have been done or not."
        elif answer.status < 300:
            return failed(
                f"An update that is sent {how} is answered with {answer.to_text()}: anybody may change the data."
            )
    return cannot_tell(unclear) if unclear else passed("Updates are refused, in a form and as the content.")


def _unknown_graph(seen: Examination) -> Decision:
    """Return whether a data set of the request is used, or refused, but never ignored."""
    answer = seen.exchange("unknown-graph")
    if answer.status in _CLIENT_ERROR:
        return passed(f"A graph that is not here is refused with {answer.status}.")
    try:
        found = read_table(answer)
    except UnreadableBody as error:
        return failed(error.what)
    return holds(
        not found,
        "A graph that is not here is an empty one.",
        f"The parameter is ignored: in <{NOBODY}> alone there is a triple.",
    )


def _head(seen: Examination) -> Decision:
    answer, whole = seen.exchange("head"), seen.exchange("query-get")
    same = (answer.status, answer.media_type) == (whole.status, whole.media_type)
    return holds(
        same, f"HEAD is answered with {answer.to_text()}.", f"GET gives {whole.to_text()}, and HEAD {answer.to_text()}."
    )


def _not_utf8(seen: Examination) -> Decision:
    return _is_refused(seen, "not-utf-8", "A query that is not UTF-8")


CHECKS: Final = (
    Check(
        "query-get",
        5,
        "A query by GET is answered.",
        protocol("2.1.1 Query via GET", "query-via-get"),
        "Take the parameter query of the address, percent-decoded once, and answer it.",
        lambda seen: _answers(seen, "query-get"),
    ),
    Check(
        "query-form",
        5,
        "A query in a form that is posted is answered.",
        protocol("2.1.2 Query via POST with URL-encoded parameters", "query-via-post-urlencoded"),
        "Take the parameter query of a body in the media type of forms.",
        lambda seen: _answers(seen, "query-form"),
    ),
    Check(
        "query-direct",
        5,
        "A query that is the content of a POST is answered.",
        protocol("2.1.3 Query via POST directly", "query-via-post-direct"),
        "Take a body in the media type of SPARQL queries as the query.",
        lambda seen: _answers(seen, "query-direct"),
    ),
    Check(
        "ask-json",
        5,
        "An ASK is answered with true or false.",
        _SUCCESS,
        "Answer ASK with a boolean, as the result formats have it; a table is for SELECT.",
        lambda seen: _answers_ask(seen, "ask-json"),
    ),
    Check(
        "ask-xml",
        3,
        "An ASK is answered in SPARQL XML where that is asked for.",
        _FORMATS,
        "Choose the format of a result by the Accept header.",
        _answers_xml,
    ),
    Check(
        "select-json",
        5,
        "A SELECT is answered in SPARQL JSON where that is asked for.",
        _FORMATS,
        "Write results in SPARQL 1.1 Query Results JSON, with its media type.",
        lambda seen: _answers_table(seen, "select-json"),
    ),
    Check(
        "select-xml",
        3,
        "A SELECT is answered in SPARQL XML where that is asked for.",
        _FORMATS,
        "Write results in SPARQL Query Results XML, with its media type.",
        lambda seen: _answers_table(seen, "select-xml"),
    ),
    Check(
        "select-csv",
        3,
        "A SELECT is answered in CSV where that is asked for.",
        _FORMATS,
        "Write results in SPARQL 1.1 Query Results CSV: a header of names without question marks, in UTF-8.",
        lambda seen: _answers_table(seen, "select-csv"),
    ),
    Check(
        "select-tsv",
        3,
        "A SELECT is answered in TSV where that is asked for.",
        _FORMATS,
        "Write results in SPARQL 1.1 Query Results TSV: a header of ?names, terms as in Turtle, in UTF-8.",
        lambda seen: _answers_table(seen, "select-tsv"),
    ),
    Check(
        "select-default",
        5,
        "A SELECT without a wish for a format is answered in a format for results.",
        _SUCCESS,
        "Answer in SPARQL JSON or XML where the client takes anything; web pages are for clients that ask for them.",
        lambda seen: _answers_table(seen, "select-default"),
    ),
    Check(
        "construct-turtle",
        5,
        "A CONSTRUCT is answered in Turtle where that is asked for.",
        _FORMATS,
        "Write graphs in Turtle, with its media type, in UTF-8.",
        lambda seen: _answers_graph(seen, "construct-turtle"),
    ),
    Check(
        "construct-ntriples",
        3,
        "A CONSTRUCT is answered in N-Triples where that is asked for.",
        _FORMATS,
        "Write graphs in N-Triples, with its media type.",
        lambda seen: _answers_graph(seen, "construct-ntriples"),
    ),
    Check(
        "construct-xml",
        1,
        "A CONSTRUCT is answered in RDF/XML where that is asked for.",
        _FORMATS,
        "Write graphs in RDF/XML, with its media type, for older clients.",
        lambda seen: _answers_graph(seen, "construct-xml"),
    ),
    Check(
        "construct-default",
        5,
        "A CONSTRUCT without a wish for a format is answered in an RDF format.",
        _SUCCESS,
        "Answer in Turtle or another RDF format where the client takes anything.",
        lambda seen: _answers_graph(seen, "construct-default"),
    ),
    Check(
        "describe",
        3,
        "A DESCRIBE is answered with a graph, for an unknown resource as well.",
        _SUCCESS,
        "Answer with the empty graph, and status 200, where nothing is known.",
        _describes,
    ),
    Check(
        "head",
        1,
        "HEAD is answered as GET, without the content.",
        http("9.3.2"),
        "Send the header of GET for HEAD.",
        _head,
    ),
    Check(
        "malformed-status",
        5,
        "A malformed query is answered with status 400.",
        _FAILURE,
        "Answer 400 where a query cannot be parsed; 500 says that the server is at fault.",
        _malformed,
    ),
    Check(
        "malformed-reason",
        3,
        "The answer to a malformed query says what is wrong, in words that a program can show.",
        _FAILURE,
        "Name line, column and what was expected, as plain text or problem details (RFC 9457).",
        _reason,
    ),
    Check(
        "two-queries",
        5,
        "Two queries in one request are refused.",
        protocol("2.1 query operation", "query-operation"),
        "Answer 400 where the parameter query is there twice.",
        lambda seen: _is_refused(seen, "two-queries", "A request with two queries"),
    ),
    Check(
        "wrong-type",
        3,
        "A query as plain text is refused.",
        http("15.5.16"),
        "Answer 415 where the content is neither a form nor in the media type of queries.",
        lambda seen: _is_refused(seen, "wrong-type", "A query as plain text"),
    ),
    Check(
        "not-utf-8",
        3,
        "A query that is not UTF-8 is refused.",
        protocol("2.1.1 Query via GET", "query-via-get"),
        "Answer 400 where the decoded query is not UTF-8, rather than to guess.",
        _not_utf8,
    ),
    Check(
        "update-refused",
        5,
        "The public endpoint does no update.",
        protocol("4.1 Security"),
        "Offer updates at another address, to those alone who may change the data.",
        _update,
    ),
    Check(
        "unknown-graph",
        5,
        "A data set that the request names is used, or refused.",
        protocol("2.1.4 Specifying an RDF Dataset", "dataset"),
        "Evaluate over the graphs of default-graph-uri and named-graph-uri, or answer 400; never ignore them.",
        _unknown_graph,
    ),
)
