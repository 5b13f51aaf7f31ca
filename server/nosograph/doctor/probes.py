"""Every request that an examination may send, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from nosograph.doctor.exchange import HttpCall
from nosograph.rdf.formats import (
    FORM_DATA,
    HTML,
    N_TRIPLES,
    PLAIN_TEXT,
    RDF_XML,
    SPARQL_CSV,
    SPARQL_JSON,
    SPARQL_QUERY,
    SPARQL_TSV,
    SPARQL_UPDATE,
    SPARQL_XML,
    TURTLE,
    Format,
)

if TYPE_CHECKING:
    from nosograph.doctor.examination import Examination

ORIGIN: Final = "https://elsewhere.example"
"""Where a page that asks from another site would come from."""

ROWS: Final = 10_001
"""Rows that are asked for, to see whether a server cuts a table without saying so."""

NOBODY: Final = "http://example.org/nosograph-doctor/nothing"
"""An IRI that no data have."""

TABLE: Final = 'SELECT ("é✓" AS ?a) ("b"@en AS ?b) (1 AS ?c) WHERE {}'
GRAPH: Final = 'CONSTRUCT { <http://example.org/s> <http://example.org/p> "é✓" } WHERE {}'
ONE: Final = "SELECT (1 AS ?x) WHERE {}"
ASK: Final = "ASK {}"
MALFORMED: Final = "SELECT * WHERE { ?s ?p"
NO_UPDATE: Final = "INSERT DATA {}"
"""An update that changes nothing, wherever it should be done."""

HEAVY: Final = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?c < ?f && ?f < ?i) }"
LONG: Final = f"{ONE} # {'long ' * 1200}"
VERY_LONG: Final = f"{ONE} # {'long ' * 20_000}"
UNACCEPTABLE: Final = "image/x-nosograph-doctor"
ANY_RDF: Final = f"{TURTLE.media_type}, {N_TRIPLES.media_type};q=0.9, {RDF_XML.media_type};q=0.8"
_ANYTHING: Final = ("Accept", "*/*")

Make = Callable[["Examination"], HttpCall | None]


@dataclass(frozen=True)
class Probe:
    """A request that an examination may send.

    Attributes:
        purpose: what is sent where, for a reader.
        make: returns the request, or None where there is nothing to send it to.
        redirects: how many redirects are followed.
        is_query: whether it asks a query interface, which is for programs.
        expects_refusal: whether 503 is an answer.
        is_dump: whether the bound of a dump holds for what is read.
        is_on_demand: whether it is sent only where the user asked for it.
    """

    purpose: str
    make: Make
    redirects: int = 0
    is_query: bool = False
    expects_refusal: bool = False
    is_dump: bool = False
    is_on_demand: bool = False

    @property
    def requests(self) -> int:
        """How many requests it may become."""
        return 1 + self.redirects


def with_parameters(url: str, parameters: Mapping[str, str] | list[tuple[str, str]]) -> str:
    """Return an address with parameters added to its query part."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))


def _accept(*formats: Format) -> tuple[str, str]:
    return "Accept", ", ".join(format.media_type for format in formats)


def _to_endpoint(purpose: str, make: Callable[[str], HttpCall], *, on_demand: bool = False) -> Probe:
    """Return a probe of the endpoint."""
    return Probe(
        purpose,
        lambda seen: make(seen.endpoint) if seen.endpoint else None,
        is_query=True,
        expects_refusal=on_demand,
        is_on_demand=on_demand,
    )


def _get(query: str, *headers: tuple[str, str], note: str = "", on_demand: bool = False, **more: str) -> Probe:
    """Return a probe that asks the endpoint a query by GET."""
    text = note or "".join(f" with {name.replace('_', '-')}={value}" for name, value in more.items())
    parameters = {"query": query} | {name.replace("_", "-"): value for name, value in more.items()}
    return _to_endpoint(
        f"GET the endpoint: {query if len(query) < 200 else query[:20] + '…'}{text}, {headers[0][1]}",
        lambda endpoint: HttpCall("GET", with_parameters(endpoint, parameters), headers),
        on_demand=on_demand,
    )


def _post(content_type: str, body: str, *headers: tuple[str, str], shown: str = "") -> Probe:
    """Return a probe that posts to the endpoint."""
    return _to_endpoint(
        f"POST the endpoint: {shown or body} as {content_type}",
        lambda endpoint: HttpCall("POST", endpoint, (("Content-Type", content_type), *headers), body.encode()),
    )


def _form(**parameters: str) -> str:
    return urlencode(parameters)


def _found(
    purpose: str,
    address: Callable[[Examination], str],
    *headers: tuple[str, str],
    method: str = "GET",
    **more: int | bool,
) -> Probe:
    """Return a probe of an address that the examination has found."""

    def make(seen: Examination) -> HttpCall | None:
        url = address(seen)
        return HttpCall(method, url, headers) if url else None

    return Probe(f"{method} {purpose}", make, **more)  # type: ignore[arg-type]


def _same_again(seen: Examination) -> HttpCall | None:
    """Return a conditional request for the document about the sampled resource."""
    document = seen.exchange("resource-turtle")
    tag, date = document.header("ETag"), document.header("Last-Modified")
    if not tag and not date:
        return None
    condition = ("If-None-Match", tag) if tag else ("If-Modified-Since", date)
    return HttpCall("GET", document.call.url, (("Accept", ANY_RDF), condition))


def _other_scheme(seen: Examination) -> str:
    """Return the IRI of the resource with http for https, or the other way round, where no port is named in it."""
    parts = urlsplit(seen.resource_iri)
    if not seen.resource_iri or parts.port or seen.is_mirror:
        return ""
    return urlunsplit(parts._replace(scheme={"http": "https", "https": "http"}[parts.scheme]))


_SITE_PROBES: Final[dict[str, Probe]] = {
    "robots": _found("/robots.txt of the host", lambda seen: urljoin(seen.url, "/robots.txt"), redirects=2),
    "front": _found("the address, as RDF", lambda seen: seen.url, ("Accept", f"{ANY_RDF}, */*;q=0.1"), redirects=2),
    "void": _found(
        "/.well-known/void of the host",
        lambda seen: urljoin(seen.url, "/.well-known/void"),
        ("Accept", ANY_RDF),
        redirects=2,
    ),
    "catalogue": _found(
        "the catalogue that a description or the front page links",
        lambda seen: seen.catalogue,
        ("Accept", ANY_RDF),
        redirects=2,
    ),
    "security": _found(
        "/.well-known/security.txt of the host",
        lambda seen: urljoin(seen.url, "/.well-known/security.txt"),
        redirects=2,
    ),
    "https": _found(
        "the same address with https for http",
        lambda seen: "https" + seen.url[4:] if seen.url.startswith("http:") and not urlsplit(seen.url).port else "",
        method="HEAD",
    ),
    "resource": _found("a resource of the data, without following", lambda seen: seen.resource, ("Accept", ANY_RDF)),
    "resource-again": _found(
        "the same resource once more", lambda seen: seen.resource, ("Accept", ANY_RDF), ("Cache-Control", "no-cache")
    ),
    "resource-iri": _found(
        "the permanent IRI of the resource, where it is not at the site",
        lambda seen: seen.resource_iri if seen.is_mirror else "",
        ("Accept", ANY_RDF),
        redirects=2,
    ),
    "resource-turtle": _found("the resource, as Turtle", lambda seen: seen.resource, _accept(TURTLE), redirects=2),
    "resource-html": _found(
        "the resource, as a browser asks",
        lambda seen: seen.resource,
        ("Accept", f"{HTML.media_type},*/*;q=0.1"),
        redirects=2,
    ),
    "resource-unacceptable": _found(
        "the resource, in a format that nobody has", lambda seen: seen.resource, ("Accept", UNACCEPTABLE)
    ),
    "resource-head": _found(
        "the document about the resource", lambda seen: seen.document, ("Accept", ANY_RDF), method="HEAD"
    ),
    "resource-if-changed": Probe("GET the document about the resource, if it has changed", _same_again),
    "resource-scheme": _found(
        "the resource's IRI with http for https or the other way round",
        _other_scheme,
        ("Accept", ANY_RDF),
        method="HEAD",
    ),
    "resource-unknown": _found(
        "a resource that is not there", lambda seen: seen.unknown_resource, ("Accept", ANY_RDF), redirects=2
    ),
    "timegate": _found(
        "the Memento TimeGate of the document, where it links one",
        lambda seen: seen.timegate,
        ("Accept-Datetime", "Fri, 01 Jan 2100 00:00:00 GMT"),
    ),
    "timemap": _found(
        "the Memento TimeMap of the document, where it links one", lambda seen: seen.timemap, redirects=1
    ),
    "version": _found(
        "the current or the previous version that a description names",
        lambda seen: seen.version,
        ("Accept", ANY_RDF),
        redirects=2,
    ),
    "dump-head": _found("the dump that is sampled", lambda seen: seen.dump_address, method="HEAD", redirects=2),
    "dump-range": _found(
        "a byte of that dump", lambda seen: seen.dump_address, ("Range", "bytes=0-0"), redirects=2, is_dump=True
    ),
    "dump": _found(
        "that dump, where it is small enough",
        lambda seen: seen.dump_address if seen.is_dump_small else "",
        redirects=2,
        is_dump=True,
    ),
}

_ENDPOINT_PROBES: Final[dict[str, Probe]] = {
    "query-get": _get(ONE, _accept(SPARQL_JSON), ("Origin", ORIGIN)),
    "query-form": _post(FORM_DATA.media_type, _form(query=ONE), _accept(SPARQL_JSON), shown=f"query={ONE}"),
    "query-direct": _post(SPARQL_QUERY.media_type, ONE, _accept(SPARQL_JSON)),
    "ask-json": _get(ASK, _accept(SPARQL_JSON)),
    "ask-xml": _get(ASK, _accept(SPARQL_XML)),
    "select-json": _get(TABLE, _accept(SPARQL_JSON)),
    "select-xml": _get(TABLE, _accept(SPARQL_XML)),
    "select-csv": _get(TABLE, _accept(SPARQL_CSV)),
    "select-tsv": _get(TABLE, _accept(SPARQL_TSV)),
    "select-default": _get(TABLE, _ANYTHING),
    "construct-turtle": _get(GRAPH, _accept(TURTLE)),
    "construct-ntriples": _get(GRAPH, _accept(N_TRIPLES)),
    "construct-xml": _get(GRAPH, _accept(RDF_XML)),
    "construct-default": _get(GRAPH, _ANYTHING),
    "describe": _get(f"DESCRIBE <{NOBODY}>", _accept(TURTLE)),
    "head": _to_endpoint(
        f"HEAD the endpoint: {ONE}",
        lambda endpoint: HttpCall("HEAD", with_parameters(endpoint, {"query": ONE}), (_accept(SPARQL_JSON),)),
    ),
    "malformed": _get(MALFORMED, _accept(SPARQL_JSON), ("Origin", ORIGIN)),
    "two-queries": _to_endpoint(
        f"GET the endpoint: {ONE} twice",
        lambda endpoint: HttpCall(
            "GET", with_parameters(endpoint, [("query", ONE), ("query", f"{ONE} # 2")]), (_accept(SPARQL_JSON),)
        ),
    ),
    "wrong-type": _post(PLAIN_TEXT.media_type, ONE, _accept(SPARQL_JSON)),
    "not-utf-8": _to_endpoint(
        "GET the endpoint: a query that is not UTF-8",
        lambda endpoint: HttpCall(
            "GET",
            with_parameters(endpoint, {})
            + ("&" if "?" in endpoint else "?")
            + "query=SELECT%20(1%20AS%20?x)%20%7B%7D%20%23%20%E4",
            (_accept(SPARQL_JSON),),
        ),
    ),
    "update-form": _post(
        FORM_DATA.media_type, _form(update=NO_UPDATE), shown=f"update={NO_UPDATE} (which changes nothing)"
    ),
    "update-direct": _post(SPARQL_UPDATE.media_type, NO_UPDATE, shown=f"{NO_UPDATE} (which changes nothing)"),
    "unknown-graph": _get("SELECT ?p WHERE { ?s ?p ?o } LIMIT 1", _accept(SPARQL_JSON), default_graph_uri=NOBODY),
    "no-query": _to_endpoint(
        "GET the endpoint, without a query", lambda endpoint: HttpCall("GET", endpoint, (_accept(TURTLE),))
    ),
    "preflight": _to_endpoint(
        "OPTIONS the endpoint, as a browser before a POST",
        lambda endpoint: HttpCall(
            "OPTIONS",
            endpoint,
            (
                ("Origin", ORIGIN),
                ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", "content-type"),
            ),
        ),
    ),
    "long-get": _get(LONG, _accept(SPARQL_JSON), note=" (6 KB)"),
    "long-post": _post(FORM_DATA.media_type, _form(query=VERY_LONG), _accept(SPARQL_JSON), shown="a query of 100 KB"),
    "count": _get("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }", _accept(SPARQL_JSON)),
    "rows": _get(f"SELECT (1 AS ?x) WHERE {{ ?s ?p ?o }} LIMIT {ROWS}", _accept(SPARQL_CSV)),
    "sample": _get("SELECT ?s WHERE { ?s a ?c FILTER(isIRI(?s)) } LIMIT 50", _accept(SPARQL_JSON)),
    "heavy": _get(HEAVY, _accept(SPARQL_JSON), on_demand=True),
    "heavy-after": _get(ONE, _accept(SPARQL_JSON), note=" after it", on_demand=True),
}

DISCOVERY: Final[dict[str, Probe]] = {
    f"endpoint-{number}": Probe(f"GET {words}: {ONE}", lambda seen: None, redirects=1, is_query=True)
    for number, words in enumerate(
        ("the address", "the endpoint that a description names", "/sparql below the address"), 1
    )
}
"""Requests by which the endpoint is found; where they lead, the examination says."""

PROBES: Final[dict[str, Probe]] = _SITE_PROBES | _ENDPOINT_PROBES
"""Name → request, those that need no endpoint first."""


def most_requests(*, is_heavy: bool) -> int:
    """Return how many requests an examination may send, with the ``robots.txt`` of three more hosts."""
    asked = [probe for probe in (*DISCOVERY.values(), *PROBES.values()) if is_heavy or not probe.is_on_demand]
    return sum(probe.requests for probe in asked) + 9
