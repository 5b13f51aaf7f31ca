"""Whether versions, licences, and what operators should be told can be read by programs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode

from nosograph.doctor.checks.clauses import best_practices, dcat, http, rfc, void
from nosograph.doctor.checks.resources import MEMENTO
from nosograph.doctor.descriptions import DCAT, DCTERMS, OWL, PAV
from nosograph.doctor.examination import Examination
from nosograph.doctor.outcomes import (
    Check,
    CheckOutcome,
    Decision,
    NotAnswered,
    failed,
    holds,
    inapplicable,
    passed,
)

_LICENCES: Final = (
    DCTERMS + "license",
    DCTERMS + "rights",
    "http://creativecommons.org/ns#license",
    "http://schema.org/license",
    "https://schema.org/license",
)
_VERSION: Final = (
    DCAT + "version",
    OWL + "versionInfo",
    PAV + "version",
    OWL + "versionIRI",
    DCTERMS + "hasVersion",
    DCAT + "hasCurrentVersion",
    PAV + "hasCurrentVersion",
)


def _version(seen: Examination) -> Decision:
    seen.need_publisher()
    graph = seen.description
    named = [text for node in graph.datasets for text in graph.texts(node, *_VERSION)]
    return holds(bool(named), f"The version is {named[0] if named else ''}.", "No version of the data set is named.")


def _version_answers(seen: Examination) -> Decision:
    """Return whether the IRI of a version can be asked for."""
    seen.need_publisher()
    if not seen.version:
        return inapplicable("No version with an IRI of its own is named.")
    answer = seen.exchange("version")
    return holds(answer.status == 200, f"{seen.version} is answered with {answer.to_text()}.")


def _modified(seen: Examination) -> Decision:
    seen.need_publisher()
    graph = seen.description
    dates = [text for node in graph.datasets for text in graph.texts(node, DCTERMS + "modified", DCTERMS + "issued")]
    return holds(bool(dates), f"The data are of {dates[0] if dates else ''}.", "No date of the data set is stated.")


def _licence(seen: Examination) -> Decision:
    """Return whether the licence of the data is named by an IRI, which programs can compare."""
    seen.need_publisher()
    graph = seen.description
    found = [value for node in graph.datasets for value in graph.objects(node, *_LICENCES)]
    iris = [value.value for value in found if isinstance(value, NamedNode)]
    if iris:
        return passed(f"The licence is <{iris[0]}>.")
    words = [value.value for value in found if isinstance(value, Literal)]
    return failed(
        f"The licence is the text {words[0][:80]!r}, which no program can compare."
        if words
        else "No licence is stated."
    )


def _licence_link(seen: Examination) -> Decision:
    """Return whether a document about a resource says under which licence it is."""
    seen.need_publisher()
    if not seen.resource:
        return inapplicable("No resource of the data was found that this site answers for.")
    answer = seen.exchange("resource-turtle")
    target = answer.target("license")
    if target:
        return passed(f"Link names {target}.")
    inside = [triple.object for triple in seen.triples("resource-turtle") if triple.predicate.value in _LICENCES]
    return holds(
        bool(inside),
        f"The document names {inside[0] if inside else ''}.",
        "Neither the header nor the document names a licence.",
    )


def _robots(seen: Examination) -> Decision:
    """Return whether the rules for crawlers can be read."""
    seen.need_publisher()
    answer = seen.exchange("robots")
    if answer.status in (404, 410):
        return failed("There is no robots.txt, so crawlers may run queries.")
    lines = answer.body.decode("utf-8", errors="replace").lower()
    fulfilled = answer.status == 200 and not answer.is_html and "user-agent" in lines
    return holds(
        fulfilled, f"robots.txt is {answer.to_text()}.", f"robots.txt is {answer.to_text()}, and has no group of rules."
    )


def _security(seen: Examination) -> Decision:
    """Return whether there is somebody to tell of a fault, and the note is not out of date."""
    seen.need_publisher()
    answer = seen.exchange("security")
    if answer.status != 200 or answer.is_html:
        return failed(f"security.txt is {answer.to_text()}.")
    text = answer.body.decode("utf-8", errors="replace")
    contact = re.search(r"(?im)^contact:[ \t]*(\S+)", text)
    expires = re.search(r"(?im)^expires:[ \t]*(\S+)", text)
    if not contact or not expires:
        return failed(f"security.txt lacks {'Contact' if not contact else 'Expires'}.")
    try:
        end = datetime.fromisoformat(expires[1])
    except ValueError:
        return failed(f"The Expires of security.txt is no date: {expires[1][:40]}.")
    end = end if end.tzinfo else end.replace(tzinfo=UTC)
    return holds(
        end > seen.now,
        f"Contact {contact[1][:120]}, until {expires[1][:40]}.",
        f"security.txt expired at {expires[1][:40]}.",
    )


def _https(seen: Examination) -> Decision:
    """Return whether the address can be had by https."""
    parts = urlsplit(seen.url)
    if parts.scheme == "https":
        return passed("The address is https.")
    if parts.port:
        return inapplicable("The address names a port.")
    try:
        answer = seen.exchange("https")
    except NotAnswered as error:
        return failed(error.what) if error.outcome is CheckOutcome.FAILED else Decision(error.outcome, error.what)
    return holds(answer.status < 400, f"https is answered with {answer.status}.")


def _query_cache(seen: Examination) -> Decision:
    """Return whether caches are told what they may do with answers of the endpoint."""
    answer = seen.exchange("query-get")
    said = answer.header("Cache-Control") or answer.header("ETag")
    return holds(
        bool(said),
        f"{'Cache-Control' if answer.header('Cache-Control') else 'ETag'} is {said}.",
        "There is neither Cache-Control nor ETag.",
    )


def _error_cache(seen: Examination) -> Decision:
    """Return whether an error is kept out of caches."""
    answer = seen.exchange("malformed")
    if answer.status < 400:
        return inapplicable("The malformed query was not answered with an error.")
    said = answer.header("Cache-Control").lower()
    # RFC 9111 section 4.2.2: without a word, 400 is not kept, but 404, 410 and 501 may be.
    kept = (
        answer.status in (404, 405, 410, 414, 501)
        if not said
        else not any(word in said for word in ("no-store", "no-cache", "max-age=0", "private"))
    )
    return holds(
        not kept,
        f"An error ({answer.status}) is not kept: Cache-Control is {said or 'missing'}.",
        f"An error ({answer.status}) may be kept: Cache-Control is {said or 'missing'}.",
    )


VERSIONS: Final = (
    Check(
        "version-named",
        3,
        "The data set has a version.",
        best_practices("Best Practice 7", "VersioningInfo"),
        "Write dcat:version and dcat:hasCurrentVersion, or owl:versionIRI.",
        _version,
    ),
    Check(
        "version-answers",
        5,
        "The IRI of a version, an earlier one where there is one, can be asked for.",
        best_practices("Best Practice 11", "VersionIdentifiers"),
        "Keep answering for versions that were published, if only to say that they are gone.",
        _version_answers,
    ),
    Check(
        "version-date",
        1,
        "The data set has a date.",
        void("2.2 Dublin Core metadata terms"),
        "Write dcterms:modified or dcterms:issued.",
        _modified,
    ),
    *MEMENTO,
)
LICENCES: Final = (
    Check(
        "licence",
        5,
        "The licence of the data is named by an IRI.",
        dcat("Property: license", "Property:resource_license"),
        "Write dcterms:license with the address of a licence that is known, such as one of Creative Commons.",
        _licence,
    ),
    Check(
        "licence-documents",
        1,
        "A document about a resource names its licence.",
        best_practices("Best Practice 4", "DataLicense"),
        "Send Link with rel=license, or write dcterms:license into documents.",
        _licence_link,
    ),
)
HOUSEKEEPING: Final = (
    Check(
        "https",
        3,
        "The address can be had by https.",
        http("4.2.2"),
        "Serve the site by https, and redirect http there.",
        _https,
    ),
    Check(
        "robots",
        1,
        "Crawlers are told what they may ask.",
        rfc(9309, "2.3", "Robots Exclusion Protocol (RFC 9309)"),
        "Serve robots.txt, and keep crawlers from running queries.",
        _robots,
    ),
    Check(
        "security-contact",
        1,
        "There is a contact for security faults.",
        rfc(9116, "3", "security.txt (RFC 9116)"),
        "Serve /.well-known/security.txt with Contact, and an Expires in the future.",
        _security,
    ),
    Check(
        "query-caching",
        1,
        "Caches are told what they may do with answers.",
        rfc(9111, "5.2", "HTTP Caching (RFC 9111)"),
        "Send Cache-Control, and ETag, with answers.",
        _query_cache,
    ),
    Check(
        "error-caching",
        1,
        "Errors are not kept by caches.",
        rfc(9111, "4.2.2", "HTTP Caching (RFC 9111)"),
        "Send Cache-Control: no-store with errors.",
        _error_cache,
    ),
)
