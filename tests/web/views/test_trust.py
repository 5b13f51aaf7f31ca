"""Who recorded and reviewed what, and reports that are filled in."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from small_site import PROFILE

from nosograph.rdf.names import DEFAULT_BASE
from nosograph.release.manifest import Manifest, Profile
from nosograph.web.views.facts import Fact, Reader, Value
from nosograph.web.views.site import Site
from nosograph.web.views.trust import contact, provenance, report_fact, report_resource

TRACKER = "https://code.example/data/issues/new?labels=a+b#form"


@pytest.fixture
def contested(reader: Reader) -> Fact:
    """Return a fact on which two documents differ."""
    return reader.fact(f"{DEFAULT_BASE}fact/0000000000000003")


def manifest(site: Site, **addresses: str) -> Manifest:
    """Return the manifest of a release whose publisher has some addresses."""
    return replace(site.release.manifest, profile=replace(PROFILE, **addresses))


def test_a_report_by_mail_is_filled_in(small_site: Site, contested: Fact) -> None:
    """Subject and body name sentence, status, address, each document and the release (RFC 6068)."""
    (link,) = report_fact(manifest(small_site, contact="mailto:curators@example.org"), contested)

    parts = urlsplit(link.href)
    fields = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
    assert (parts.scheme, parts.path) == ("mailto", "curators@example.org")
    assert contested.words in fields["subject"]
    lines = fields["body"].split("\r\n")
    assert f"Address: {contested.iri}" in lines
    assert f"Release: {small_site.release.version}" in lines
    assert "Status: Contested" in lines
    for item in contested.evidence:
        assert any(item.source.text in line and item.saying in line for line in lines)


def test_a_report_in_a_tracker_keeps_the_address_of_its_form(small_site: Site, contested: Fact) -> None:
    """Title and body are added to the parameters that the form has already."""
    (link,) = report_fact(manifest(small_site, issues=TRACKER), contested)

    parts = urlsplit(link.href)
    fields = parse_qs(parts.query, strict_parsing=True)
    assert link.href.startswith("https://code.example/data/issues/new?labels=a+b&title=")
    assert parts.fragment == "form"
    assert contested.iri in fields["body"][0]


def test_where_no_address_is_named_nothing_is_offered(small_site: Site, contested: Fact) -> None:
    """A release without a contact has no link that leads nowhere."""
    assert report_fact(manifest(small_site), contested) == ()
    assert report_resource(manifest(small_site), "amber fever", "urn:x") == ()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "http://[", "//example.org", "mail me"])
def test_an_address_that_is_none_is_no_link(small_site: Site, contested: Fact, address: str) -> None:
    """A manifest may come from anywhere; what could run something, or names no host, is left out."""
    hostile = manifest(small_site, contact=address, repository=address, issues=address)

    assert report_fact(hostile, contested) == ()
    reached = contact(Profile(contact=address, repository=address, issues=address))
    assert (reached.address, reached.repository, reached.issues) == ("", "", "")


def test_a_report_stays_short(small_site: Site, contested: Fact) -> None:
    """However many documents speak of a fact and however long its names are, the address works in every browser."""
    piece = contested.evidence[0]
    long = replace(
        contested,
        subject=Value("long name " * 12),
        evidence=tuple(replace(piece, source=Value("a document " * 30)) for _ in range(200)),
    )

    for link in report_fact(manifest(small_site, contact="mailto:a@example.org", issues=TRACKER), long):
        assert len(link.href) < 2600
        assert "195%20more%20pieces" in link.href


def test_provenance_tells_who_and_the_newest_day(contested: Fact) -> None:
    """Curators are named once, each with the newest day; what nobody reviewed is counted as such."""
    ann, ben = Value("Ann", iri="urn:ann"), Value("Ben", iri="urn:ben")
    one, two = (replace(contested.evidence[0], iri=f"urn:{number}", curators=(ann,)) for number in range(2))
    first = replace(one, curated_on=("2026-01-02", "2026-03-04"), reviewers=(ben,), reviewed_on=("2026-05-06",))

    found = provenance([first, two, first])

    assert found.curators == (ann,)
    assert found.curated_on == "2026-03-04"
    assert (found.reviewers, found.reviewed_on) == ((ben,), "2026-05-06")
    assert (found.reviewed, found.total) == (1, 2)


def test_what_the_release_does_not_say_stays_empty(contested: Fact) -> None:
    """Evidence without curator, day or review claims none."""
    found = provenance(contested.evidence)

    assert (found.curators, found.curated_on, found.reviewers, found.reviewed_on, found.reviewed) == ((), "", (), "", 0)
