"""What readers need to trust a page or to correct it: who recorded and reviewed it and when, and where to report it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from nosograph.release.manifest import Manifest, Profile
from nosograph.web.views.facts import Evidence, Fact, Value
from nosograph.web.views.wording import counted, plain

_MOST_PIECES: Final = 5
"""Pieces of evidence that a report lists; an address beyond 2,000 characters does not work everywhere."""

_LONGEST: Final = 160


@dataclass(frozen=True)
class Provenance:
    """Who recorded some evidence and who has reviewed it, with the newest day of each.

    Attributes:
        curators: who recorded it.
        curated_on: the newest day, or empty.
        reviewers: who has reviewed it.
        reviewed_on: the newest day, or empty.
        reviewed: how many pieces of evidence were reviewed.
        total: of how many.
    """

    curators: tuple[Value, ...]
    curated_on: str
    reviewers: tuple[Value, ...]
    reviewed_on: str
    reviewed: int
    total: int


@dataclass(frozen=True)
class ReportLink:
    """A way to report a mistake: what it is, and its address with the report filled in."""

    name: str
    href: str


@dataclass(frozen=True)
class Contact:
    """Where the publisher of a release is reached; what is empty was not said.

    Attributes:
        address: the address to write to, or empty.
        words: that address as people read it.
        repository: the web address of the files that the data are made of, or empty.
        issues: the web address of a form for reports, or empty.
    """

    address: str
    words: str
    repository: str
    issues: str


def provenance(evidence: Iterable[Evidence]) -> Provenance:
    """Return who recorded and reviewed some evidence; a piece that stands in several facts counts once."""
    pieces = {item.iri: item for item in evidence}.values()
    return Provenance(
        curators=_people(item.curators for item in pieces),
        curated_on=max((day for item in pieces for day in item.curated_on), default=""),
        reviewers=_people(item.reviewers for item in pieces),
        reviewed_on=max((day for item in pieces for day in item.reviewed_on), default=""),
        reviewed=sum(bool(item.reviewers or item.reviewed_on) for item in pieces),
        total=len(pieces),
    )


def _people(named: Iterable[Iterable[Value]]) -> tuple[Value, ...]:
    found = {value.iri or value.text: value for values in named for value in values}
    return tuple(sorted(found.values(), key=lambda value: (value.text.casefold(), value.iri)))


def contact(profile: Profile) -> Contact:
    """Return where a publisher is reached, without what no page may link to."""
    address = profile.contact
    mailbox = address.startswith("mailto:")
    return Contact(
        address=address if mailbox else _web_address(address),
        words=address.removeprefix("mailto:") if mailbox else _web_address(address),
        repository=_web_address(profile.repository),
        issues=_web_address(profile.issues),
    )


def report_fact(manifest: Manifest, fact: Fact) -> tuple[ReportLink, ...]:
    """Return the ways to report a fact, with its sentence, evidence and release filled in."""
    lines = [f"Statement: {plain(fact.words)}", f"Status: {fact.status.word}", f"Address: {fact.iri}", "Evidence:"]
    lines += [
        f"- {_short(item.source.text)}: {item.saying}"
        + "".join(f", characters {passage.start}-{passage.end}" for passage in item.passages[:1])
        for item in fact.evidence[:_MOST_PIECES]
    ]
    if len(fact.evidence) > _MOST_PIECES:
        lines.append(f"- and {counted(len(fact.evidence) - _MOST_PIECES, 'more piece', 'more pieces')}")
    return _report(manifest, f"Statement: {_short(fact.words)}", lines)


def report_resource(manifest: Manifest, label: str, iri: str) -> tuple[ReportLink, ...]:
    """Return the ways to report a mistake on the page of a resource, with its address and release filled in."""
    return _report(manifest, _short(label), [f"Page: {plain(label)}", f"Address: {iri}"])


def _report(manifest: Manifest, title: str, lines: Iterable[str]) -> tuple[ReportLink, ...]:
    body = "\n".join(["What is wrong, and how do you know?", "", "", *lines, f"Release: {manifest.version}", ""])
    reached = contact(manifest.profile)
    found = []
    if reached.issues:
        joint = "&" if urlsplit(reached.issues).query else "?"
        bare, mark, part = reached.issues.partition("#")
        filled = f"{bare}{joint}title={quote(title, safe='')}&body={quote(body, safe='')}{mark}{part}"
        found.append(ReportLink("report it in the tracker", filled))
    if reached.address.startswith("mailto:"):
        # RFC 6068 section 5: line breaks in the body are %0D%0A.
        text = quote(body.replace("\n", "\r\n"), safe="")
        found.append(ReportLink("report it by mail", f"{reached.address}?subject={quote(title, safe='')}&body={text}"))
    elif reached.address:
        found.append(ReportLink("write to the publisher", reached.address))
    return tuple(found)


def _short(text: str) -> str:
    one_line = plain(text)
    return one_line if len(one_line) <= _LONGEST else one_line[: _LONGEST - 1] + "…"


def _web_address(text: str) -> str:
    """Return a web address that names a host, or nothing: a manifest may come from anywhere."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.hostname else ""
