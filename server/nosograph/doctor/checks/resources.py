"""Whether the IRIs of the data lead to documents about them, and stay what they are."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pyoxigraph import NamedNode

from nosograph.doctor.bodies import read_triples
from nosograph.doctor.checks.clauses import best_practices, cool_uris, http, rfc
from nosograph.doctor.examination import Examination
from nosograph.doctor.exchange import REDIRECTS, Exchange
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

_SESSION: Final = re.compile(r"(?i)(?:^|[;?&/])(?:jsessionid|phpsessid|sid|session(?:_?id)?|token)=")


def _resource(seen: Examination, name: str) -> Exchange:
    """Return what came back for a probe of the resource.

    Raises:
        NotAnswered: there is no publisher, no resource was found, or nothing came back.
    """
    seen.need_publisher()
    if not seen.resource:
        raise NotAnswered("No resource of the data was found that this site answers for.", CheckOutcome.INAPPLICABLE)
    return seen.exchange(name)


def _describes(answer: Exchange, iri: str) -> Decision:
    """Return whether a document is RDF that says something about a resource."""
    try:
        triples = read_triples(answer)
    except UnreadableBody as error:
        return failed(error.what)
    names = (iri, answer.call.url)
    about = sum(
        1
        for triple in triples
        for node in (triple.subject, triple.object)
        if isinstance(node, NamedNode) and node.value in names
    )
    return holds(
        about > 0,
        f"{len(triples)} triples; {about} times they name {iri}.",
        f"{len(triples)} triples, and none of them names {iri}.",
    )


def _dereferences(seen: Examination) -> Decision:
    answer = _resource(seen, "resource-turtle")
    found = _describes(answer, seen.resource_iri)
    mirrored = f" It was asked for at {seen.resource}." if seen.is_mirror else ""
    return Decision(found.outcome, found.detail + mirrored)


def _distinct(seen: Examination) -> Decision:
    """Return whether the IRI of a resource is told from the document about it: 303, or a fragment."""
    answer = _resource(seen, "resource")
    if "#" in seen.resource_iri:
        return passed("The IRI has a fragment, so it is not that of its document.")
    if answer.status == 303:
        return passed(f"303 to {answer.location}.")
    if answer.status in REDIRECTS:
        return failed(f"{answer.status} to {answer.location}: a redirect other than 303 says that both are one.")
    return failed(f"The answer is {answer.to_text()}: the IRI of the resource is that of a document.")


def _html(seen: Examination) -> Decision:
    answer = _resource(seen, "resource-html")
    return holds(answer.status == 200 and answer.is_html, f"A browser gets {answer.to_text()}.")


def _vary(seen: Examination) -> Decision:
    """Return whether what is negotiated says so, unless there is nothing to choose."""
    answer, page = _resource(seen, "resource"), seen.exchange("resource-html")
    document = seen.exchange("resource-turtle")
    first = page.redirects[0][1] if page.redirects else page.media_type
    second = document.redirects[0][1] if document.redirects else document.media_type
    if first == second:
        return inapplicable("The answer does not depend on Accept.")
    said = [part.strip().lower() for part in answer.header("Vary").split(",")]
    return holds("accept" in said or "*" in said, f"Vary is {answer.header('Vary') or 'missing'}.")


def _unacceptable(seen: Examination) -> Decision:
    """Return whether a wish that cannot be fulfilled is told, or answered by something that says what it is."""
    answer = _resource(seen, "resource-unacceptable")
    if answer.status == 406:
        return passed("406.")
    if answer.status in REDIRECTS or (answer.status == 200 and answer.media_type):
        return failed(f"{answer.to_text()}, as if the wish were fulfilled.")
    return failed(f"{answer.to_text()}, where 406 is right.")


def _alternates(seen: Examination) -> Decision:
    answer = _resource(seen, "resource-turtle")
    links = [*answer.links, *seen.exchange("resource").links]
    found = sorted(
        {link.media_type for link in links if link.relations & {"alternate", "describedby"} and link.media_type}
    )
    return holds(bool(found), f"Link names {', '.join(found) or 'no other form'}.")


def _head(seen: Examination) -> Decision:
    """Return whether HEAD of the document is GET without the content."""
    whole, head = _resource(seen, "resource-turtle"), seen.exchange("resource-head")
    different = [name for name in ("Content-Type", "ETag", "Last-Modified") if whole.header(name) != head.header(name)]
    if whole.status != head.status:
        return failed(f"GET gives {whole.status}, and HEAD {head.status}.")
    return holds(
        not different,
        "Status, type and validators are those of GET.",
        f"HEAD differs from GET in {', '.join(different)}.",
    )


def _conditional(seen: Examination) -> Decision:
    """Return whether an unchanged document is not sent again."""
    whole = _resource(seen, "resource-turtle")
    if not whole.header("ETag") and not whole.header("Last-Modified"):
        return failed("There is no ETag and no Last-Modified.")
    answer = seen.exchange("resource-if-changed")
    return holds(answer.status == 304, f"The answer to a conditional request is {answer.status}.")


def _cache(seen: Examination) -> Decision:
    answer = _resource(seen, "resource-turtle")
    said = answer.header("Cache-Control") or answer.header("Expires")
    return holds(bool(said), f"Cache-Control is {said or 'missing'}.")


def _unknown(seen: Examination) -> Decision:
    answer = _resource(seen, "resource-unknown")
    return holds(answer.status in (404, 410), f"A resource that is not there is {answer.to_text()}.")


def _iri(seen: Examination) -> Decision:
    """Return whether the IRI of the resource holds nothing that belongs to a visit or a program."""
    _resource(seen, "resource")
    parts = urlsplit(seen.resource_iri)
    text = unquote(f"{parts.path}?{parts.query}")
    if _SESSION.search(text):
        return failed(f"{seen.resource_iri} holds a session.")
    if re.search(r"\.(?:php|asp|aspx|jsp|cgi|do)(?:/|\Z)", parts.path):
        return failed(f"{seen.resource_iri} names the program that answers.")
    return holds(not parse_qsl(parts.query), f"{seen.resource_iri}.", f"{seen.resource_iri} has a query part.")


def _stable(seen: Examination) -> Decision:
    """Return whether two requests lead to the same document, without a session in its address."""
    first, second = _resource(seen, "resource"), seen.exchange("resource-again")
    if _SESSION.search(unquote(first.location)):
        return failed(f"The address of the document holds a session: {first.location}.")
    return holds(
        (first.status, first.location) == (second.status, second.location),
        "Two requests lead to the same document.",
        f"One request leads to {first.location or first.status}, the next one to {second.location or second.status}.",
    )


def _resolves(seen: Examination) -> Decision:
    """Return whether the permanent IRI leads to this site, where it is of another host."""
    _resource(seen, "resource")
    if not seen.is_mirror:
        return passed("The IRI is of this host.")
    answer = seen.exchange("resource-iri")
    ends = [*(target for _, target in answer.redirects), answer.location]
    here = [url for url in ends if url and urlsplit(url).netloc == urlsplit(seen.url).netloc]
    if here:
        return passed(f"{seen.resource_iri} leads to {here[0]}.")
    if answer.status >= 400:
        return failed(f"{seen.resource_iri} is answered with {answer.status}: it is not registered, or leads nowhere.")
    return cannot_tell(f"{seen.resource_iri} leads to {answer.call.url}, which is not this site: this may be a mirror.")


def _schemes(seen: Examination) -> Decision:
    """Return whether http and https lead to the same resource."""
    _resource(seen, "resource")
    if seen.is_mirror or urlsplit(seen.resource_iri).port:
        return inapplicable("The IRI is of another host, or names a port.")
    try:
        answer = seen.exchange("resource-scheme")
    except NotAnswered as error:
        return failed(error.what) if error.outcome is CheckOutcome.FAILED else Decision(error.outcome, error.what)
    return holds(answer.status < 400, f"The other scheme is answered with {answer.status}.")


def _memento(seen: Examination) -> Decision:
    """Return whether earlier versions of a document can be had by their time."""
    _resource(seen, "resource-turtle")
    if not seen.timegate:
        return inapplicable("No TimeGate is linked.")
    answer = seen.exchange("timegate")
    if answer.status not in (200, 302):
        return failed(f"The TimeGate is answered with {answer.to_text()}.")
    vary = answer.header("Vary").lower()
    return holds(
        "accept-datetime" in vary and bool(answer.location or answer.header("Memento-Datetime")),
        f"{answer.status} to {answer.location or 'a memento'}, Vary: {vary or 'missing'}.",
    )


def _timemap(seen: Examination) -> Decision:
    _resource(seen, "resource-turtle")
    if not seen.timemap:
        return inapplicable("No TimeMap is linked.")
    answer = seen.exchange("timemap")
    return holds(
        answer.status == 200 and b"memento" in answer.body.lower(),
        f"The TimeMap is answered with {answer.to_text()}.",
        f"The TimeMap is answered with {answer.to_text()}, and lists no memento.",
    )


_303: Final = cool_uris("4.2 303 URIs forwarding to one generic document", "r303gendocument")
_COOL: Final = cool_uris("4.5 Cool URIs", "cooluris")
_MEMENTO: Final = "HTTP Framework for Time-Based Access to Resource States: Memento (RFC 7089)"

NEGOTIATION: Final = (
    Check(
        "resource-rdf",
        5,
        "The IRI of a resource leads to RDF about it.",
        _303,
        "Answer the IRI with RDF, or with 303 to a document in RDF, where RDF is asked for.",
        _dereferences,
    ),
    Check(
        "resource-page",
        3,
        "The IRI of a resource leads a browser to a page.",
        _303,
        "Answer browsers with a page about the resource.",
        _html,
    ),
    Check(
        "resource-distinct",
        3,
        "The IRI of a resource is not that of the document about it.",
        _303,
        "Answer 303 to the document, or use IRIs with a fragment.",
        _distinct,
    ),
    Check(
        "resource-vary",
        3,
        "Caches are told that the answer depends on Accept.",
        http("12.5.5"),
        "Send Vary: Accept with redirects and documents that are negotiated.",
        _vary,
    ),
    Check(
        "resource-406",
        1,
        "A format that cannot be had is refused.",
        http("15.5.7"),
        "Answer 406 with the formats that there are.",
        _unacceptable,
    ),
    Check(
        "resource-alternates",
        1,
        "A document names its other forms.",
        rfc(8288, "3", "Web Linking (RFC 8288)"),
        "Send Link with rel=alternate and type for each format.",
        _alternates,
    ),
    Check(
        "resource-head",
        3,
        "HEAD of a document is GET without the content.",
        http("9.3.2"),
        "Answer HEAD by the code that answers GET.",
        _head,
    ),
    Check(
        "resource-304",
        3,
        "An unchanged document is not sent again.",
        http("15.4.5"),
        "Send ETag, and answer 304 where If-None-Match has it.",
        _conditional,
    ),
    Check(
        "resource-cache",
        1,
        "Caches are told how long a document may be kept.",
        rfc(9111, "5.2", "HTTP Caching (RFC 9111)"),
        "Send Cache-Control.",
        _cache,
    ),
    Check(
        "resource-404",
        5,
        "A resource that is not there is 404.",
        http("15.5.5"),
        "Answer 404 where nothing is known of an IRI, in RDF as well as in HTML.",
        _unknown,
    ),
)
IDENTIFIERS: Final = (
    Check(
        "iri-clean",
        3,
        "IRIs hold no session, no query part and no name of a program.",
        _COOL,
        "Mint IRIs from names alone, and let the server find the program.",
        _iri,
    ),
    Check(
        "iri-stable",
        5,
        "Two requests lead to the same document.",
        best_practices("Best Practice 9", "UniqueIdentifiers"),
        "Keep sessions and chance out of addresses.",
        _stable,
    ),
    Check(
        "iri-resolves",
        5,
        "The permanent IRI leads to this site.",
        best_practices("Best Practice 9", "UniqueIdentifiers"),
        "Register the redirect of the permanent IRI at its service, as w3id.org or purl.org.",
        _resolves,
    ),
    Check(
        "iri-schemes",
        1,
        "http and https lead to the same resource.",
        _COOL,
        "Redirect one scheme to the other.",
        _schemes,
    ),
)
MEMENTO: Final = (
    Check(
        "memento-timegate",
        3,
        "Earlier versions of a document can be had by their time.",
        rfc(7089, "4.1", _MEMENTO),
        "Answer the TimeGate with 302 to a memento, and Vary: accept-datetime.",
        _memento,
    ),
    Check(
        "memento-timemap",
        1,
        "The versions of a document are listed.",
        rfc(7089, "5", _MEMENTO),
        "Serve the TimeMap that Link names.",
        _timemap,
    ),
)
