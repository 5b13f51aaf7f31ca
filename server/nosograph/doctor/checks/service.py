"""Whether pages of other sites may use an endpoint, whether it tells its limits, and what it says of itself."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from nosograph.doctor.bodies import read_number, read_table, read_triples
from nosograph.doctor.checks.clauses import fetch, http, protocol, service_description
from nosograph.doctor.descriptions import SD, DescriptionGraph
from nosograph.doctor.examination import Examination
from nosograph.doctor.exchange import Exchange
from nosograph.doctor.outcomes import (
    Check,
    CheckOutcome,
    Decision,
    NotAnswered,
    UnreadableBody,
    cannot_tell,
    failed,
    holds,
    inapplicable,
    passed,
)
from nosograph.doctor.probes import ORIGIN, ROWS
from nosograph.rdf.formats import ANSWER_FORMATS, N_TRIPLES, SPARQL_CSV, SPARQL_JSON, SPARQL_TSV, SPARQL_XML, TURTLE

_CORS: Final = fetch("3.3 HTTP CORS protocol", "http-cors-protocol")
_LIMITED: Final = frozenset({408, 413, 422, 429, 500, 503, 504})
"""Statuses by which a server ends what is too much for it."""

_EXPOSED: Final = ("link", "etag", "location", "retry-after")
_PROBES_OF_FORMATS: Final = {
    SPARQL_JSON.feature: "select-json",
    SPARQL_XML.feature: "select-xml",
    SPARQL_CSV.feature: "select-csv",
    SPARQL_TSV.feature: "select-tsv",
    TURTLE.feature: "construct-turtle",
    N_TRIPLES.feature: "construct-ntriples",
}
"""IRI of a format → the probe that asks for it."""


def _allows(answer: Exchange) -> bool:
    return answer.header("Access-Control-Allow-Origin") in ("*", ORIGIN)


def _cors(seen: Examination) -> Decision:
    answer = seen.exchange("query-get")
    said = answer.header("Access-Control-Allow-Origin") or "missing"
    return holds(_allows(answer), f"Access-Control-Allow-Origin is {said}.")


def _cors_of_errors(seen: Examination) -> Decision:
    answer = seen.exchange("malformed")
    said = answer.header("Access-Control-Allow-Origin") or "missing"
    return holds(_allows(answer), f"Access-Control-Allow-Origin of an error ({answer.status}) is {said}.")


def _preflight(seen: Examination) -> Decision:
    """Return whether a browser may post a query after this answer to its preflight request."""
    answer = seen.exchange("preflight")
    fields = {part.strip().lower() for part in answer.header("Access-Control-Allow-Headers").split(",")}
    # POST needs no permission of its own (Fetch, "CORS-safelisted method"); the media type of a query does.
    fulfilled = 200 <= answer.status < 300 and _allows(answer) and bool({"content-type", "*"} & fields)
    origin, named = answer.header("Access-Control-Allow-Origin") or "none", ", ".join(sorted(fields - {""})) or "none"
    return holds(fulfilled, f"The preflight is answered with {answer.status}; origins: {origin}; headers: {named}.")


def _exposed(seen: Examination) -> Decision:
    answer = seen.exchange("query-get")
    said = {part.strip().lower() for part in answer.header("Access-Control-Expose-Headers").split(",")}
    there = [name for name in _EXPOSED if answer.header(name)]
    hidden = [name for name in there if name not in said and "*" not in said]
    if not _allows(answer):
        return failed("Pages of other sites may not read the answer at all.")
    return holds(
        not hidden,
        f"Exposed: {', '.join(sorted(said - {''})) or 'nothing, and there is nothing to expose'}.",
        f"Not exposed: {', '.join(hidden)}.",
    )


def _long(seen: Examination) -> Decision:
    """Return whether a query of the length that editors make is answered."""
    for name, size in (("long-get", "6 KB by GET"), ("long-post", "100 KB in a form")):
        answer = seen.exchange(name)
        try:
            read_number(answer)
        except UnreadableBody as error:
            return failed(f"A query of {size} is not answered. {error.what}")
    return passed("Queries of 6 KB by GET and of 100 KB in a form are answered.")


def _whole(seen: Examination) -> Decision:
    """Return whether a table comes whole, or else an error; it is never cut in silence."""
    answer = seen.exchange("rows")
    if answer.status in _LIMITED:
        return passed(f"A table of {ROWS} rows is refused with {answer.status}, and not cut.")
    if answer.status != 200:
        return cannot_tell(f"A table of {ROWS} rows is answered with {answer.to_text()}.")
    try:
        found = len(read_table(answer))
        total = read_number(seen.exchange("count"))
    except UnreadableBody as error:
        return cannot_tell(f"The rows or their number cannot be read: {error.what}")
    expected = min(ROWS, total)
    tells = [name for name, _ in answer.headers if "maxrows" in name.lower() or "truncat" in name.lower()]
    detail = f"{found} rows of {expected} came"
    if found < expected:
        return failed(
            f"{detail}, with status 200{' and only the header ' + tells[0] if tells else ' and no word of it'}."
        )
    if total < ROWS:
        return passed(f"{detail}; there are no more to see whether a longer table is cut.")
    return passed(f"{detail}.")


def _heavy(seen: Examination) -> Decision:
    """Return whether a query that takes too long ends in an error that says so."""
    answer = _ended(seen)
    if answer is None:
        return cannot_tell("There was no answer in the time that this client waits; a limit may be longer than that.")
    if answer.status == 200:
        return cannot_tell("The query was answered; this server is too fast, or its data too small, to show a limit.")
    return holds(
        answer.status in _LIMITED and len(answer.body) > 20,
        f"It is ended with {answer.status}: {_start(answer)}",
    )


def _ended(seen: Examination) -> Exchange | None:
    """Return the answer to a query that takes long; None where there was none in the time that this client waits."""
    try:
        return seen.exchange("heavy")
    except NotAnswered as error:
        if error.outcome is not CheckOutcome.FAILED:
            raise
        return None


def _retry(seen: Examination) -> Decision:
    answer = _ended(seen)
    if answer is None:
        return inapplicable("The query was not refused.")
    if answer.status != 503:
        return inapplicable(f"The answer is {answer.status}, not 503.")
    said = answer.retry_after
    return holds(
        said is not None, f"Retry-After is {said:g} s." if said is not None else "", "There is no Retry-After."
    )


def _alive(seen: Examination) -> Decision:
    """Return whether the server answers others after a query that took too long."""
    _ended(seen)
    try:
        read_number(seen.exchange("heavy-after"))
    except UnreadableBody as error:
        return failed(error.what)
    return passed("The next query is answered.")


def _start(answer: Exchange) -> str:
    return " ".join(answer.body[:300].decode("utf-8", errors="replace").split())[:160]


def _description(seen: Examination) -> DescriptionGraph:
    return DescriptionGraph(seen.triples("no-query"))


def _described(seen: Examination) -> Decision:
    """Return whether the endpoint without a query gives RDF about a service."""
    answer = seen.exchange("no-query")
    if answer.is_truncated:
        return failed(f"{len(answer.body):,} bytes and more of {answer.media_type} came, which is no description.")
    try:
        triples = read_triples(answer)
    except UnreadableBody as error:
        return failed(error.what)
    services = DescriptionGraph(triples).of_type(SD + "Service")
    return holds(bool(services), f"It describes a service in {answer.media_type}.", "The RDF describes no sd:Service.")


def _endpoint(seen: Examination) -> Decision:
    """Return whether the description names the endpoint that it came from, or its permanent IRI."""
    graph = _description(seen)
    if not graph.of_type(SD + "Service"):
        return inapplicable("There is no service description.")
    named = list(graph.anywhere(SD + "endpoint"))
    if not named:
        return failed("There is no sd:endpoint.")
    known = (seen.endpoint, seen.exchange("no-query").call.url)
    if any(_same(url, other) or _same(seen.site_address(url), other) for url in named for other in known):
        return passed(f"sd:endpoint is {named[0]}.")
    return failed(f"sd:endpoint is {named[0]}, and {seen.endpoint} was asked.")


def _same(first: str, second: str) -> bool:
    one, other = urlsplit(first), urlsplit(second)
    return (one.netloc, one.path.rstrip("/")) == (other.netloc, other.path.rstrip("/"))


def _language(seen: Examination) -> Decision:
    graph = _description(seen)
    if not graph.of_type(SD + "Service"):
        return inapplicable("There is no service description.")
    found = [iri.rpartition("#")[2] for iri in graph.anywhere(SD + "supportedLanguage")]
    return holds(any("Query" in name for name in found), f"Languages: {', '.join(found) or 'none'}.")


def _formats(seen: Examination) -> Decision:
    """Return whether the formats that are declared can be had."""
    graph = _description(seen)
    declared = set(graph.anywhere(SD + "resultFormat"))
    if not graph.of_type(SD + "Service"):
        return inapplicable("There is no service description.")
    if not declared:
        return failed("There is no sd:resultFormat.")
    wrong = []
    known = {format.feature: format for format in ANSWER_FORMATS}
    for iri, probe in _PROBES_OF_FORMATS.items():
        if iri in declared and seen.exchange(probe).media_type not in (known[iri].media_type, *known[iri].aliases):
            wrong.append(known[iri].label)
    count = len([iri for iri in declared if iri in _PROBES_OF_FORMATS])
    return holds(
        not wrong,
        f"{len(declared)} formats are declared; the {count} that were asked for came.",
        f"Declared, but not answered: {', '.join(wrong)}.",
    )


def _vary(seen: Examination) -> Decision:
    """Return whether an answer that was chosen by Accept says so, where caches may keep it."""
    answer = seen.exchange("query-get")
    if "no-store" in answer.header("Cache-Control").lower():
        return passed("The answer is not kept by caches.")
    said = answer.header("Vary").lower()
    return holds("accept" in [part.strip() for part in said.split(",")] or said == "*", f"Vary is {said or 'missing'}.")


CROSS_ORIGIN: Final = (
    Check(
        "cors",
        5,
        "Pages of other sites may read answers.",
        _CORS,
        "Send Access-Control-Allow-Origin: * with every answer of a public endpoint.",
        _cors,
    ),
    Check(
        "cors-errors",
        3,
        "Pages of other sites may read errors.",
        _CORS,
        "Send Access-Control-Allow-Origin with errors too, or an editor shows a network failure for a typing error.",
        _cors_of_errors,
    ),
    Check(
        "cors-preflight",
        3,
        "Pages of other sites may post queries.",
        fetch("4.8 CORS-preflight fetch", "cors-preflight-fetch"),
        "Answer OPTIONS with 2xx, Access-Control-Allow-Origin, and Access-Control-Allow-Headers: Content-Type.",
        _preflight,
    ),
    Check(
        "cors-exposed",
        1,
        "Pages of other sites may read the header fields that matter.",
        fetch("3.3.4 HTTP responses", "http-access-control-expose-headers"),
        "List Link, ETag, Location and Retry-After in Access-Control-Expose-Headers.",
        _exposed,
    ),
)
LIMITS: Final = (
    Check(
        "whole-tables",
        5,
        "A table comes whole, or an error comes instead.",
        protocol("2.1.6 Success Responses", "query-success"),
        "Answer with an error where a bound on rows is reached; do not cut an answer of status 200.",
        _whole,
    ),
    Check(
        "long-queries",
        3,
        "Long queries are answered.",
        http("4.1"),
        "Accept at least 8,000 bytes of an address, and more in a form.",
        _long,
    ),
    Check(
        "time-limit",
        3,
        "A query that takes too long ends in an error that says so.",
        http("15.6.4"),
        "Bound the time of a query, and answer 503 with the limit in words.",
        _heavy,
    ),
    Check(
        "time-limit-retry",
        1,
        "A refusal says when to ask again.",
        http("10.2.3"),
        "Send Retry-After with 503 and 429.",
        _retry,
    ),
    Check(
        "time-limit-alive",
        3,
        "A query that took too long leaves others unharmed.",
        http("15.6.4"),
        "Stop the evaluation of a query whose time is over.",
        _alive,
    ),
)
SERVICE_DESCRIPTION: Final = (
    Check(
        "service-description",
        3,
        "The endpoint without a query describes itself.",
        service_description("2 Accessing a Service Description", "accessing"),
        "Answer a GET without a query with RDF about an sd:Service, where RDF is asked for.",
        _described,
    ),
    Check(
        "service-endpoint",
        3,
        "The description names its endpoint.",
        service_description("sd:endpoint", "sd-endpoint"),
        "Write sd:endpoint with the address at which queries are answered.",
        _endpoint,
    ),
    Check(
        "service-language",
        1,
        "The description names the query language.",
        service_description("sd:supportedLanguage", "sd-supportedLanguage"),
        "Write sd:supportedLanguage sd:SPARQL11Query.",
        _language,
    ),
    Check(
        "service-formats",
        3,
        "The formats that the description declares can be had.",
        service_description("sd:resultFormat", "sd-resultFormat"),
        "Write sd:resultFormat for each format that is answered, and for no other.",
        _formats,
    ),
    Check(
        "endpoint-vary",
        3,
        "Caches are told that answers depend on Accept.",
        http("12.5.5"),
        "Send Vary: Accept with every answer that is negotiated.",
        _vary,
    ),
)
