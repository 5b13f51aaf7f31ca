"""The reference to a document that statements rest on, in three styles, made of what is known of it."""

from __future__ import annotations

import json

import pytest

from nosograph.web.html.citation_formats import cite_document
from nosograph.web.views.facts import Value
from nosograph.web.views.references import CitedDocument

LEAFLET = CitedDocument(
    source=Value("Leaflet of the {coast}", iri="https://example.org/source/leaflet"),
    publisher=(Value("Amber Society"),),
    date="2010-10-11",
    rights="",
    licenses=(),
    addresses=(Value("https://amber.example/leaflet"),),
    extent="",
    media_type="text/plain",
    digest="",
    length="",
    read_by=(),
    read_on="",
)


def changed(**fields: object) -> CitedDocument:
    """Return the leaflet with other fields."""
    return CitedDocument(**(vars(LEAFLET) | fields))


@pytest.mark.parametrize(
    ("date", "apa", "csl"),
    [
        ("2010-10-11", "(2010, October 11)", [[2010, 10, 11]]),
        ("2010-10-11Z", "(2010, October 11)", [[2010, 10, 11]]),
        ("2010-10", "(2010, October)", [[2010, 10]]),
        ("2010", "(2010)", [[2010]]),
        ("", "(n.d.)", None),
        ("last year", "(n.d.)", None),
        ("2010-13-01", "(n.d.)", None),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(date: str, apa: str, csl: list[list[int]] | None) -> None:
    """Year, month and day stand as far as the release has them; without a date stands "n.d."."""
    citation = cite_document(changed(date=date))

    assert citation.apa == f"Amber Society. {apa}. Leaflet of the {{coast}}. https://amber.example/leaflet"
    assert json.loads(citation.csl)[0].get("issued", {}).get("date-parts") == csl
    assert ("year = {2010}" in citation.bibtex) == (csl is not None)


def test_a_document_without_author_and_address_begins_with_its_title() -> None:
    """What is not known is left out of every style."""
    citation = cite_document(changed(publisher=(), addresses=()))

    assert citation.apa == "Leaflet of the {coast}. (2010, October 11)."
    assert set(json.loads(citation.csl)[0]) == {"id", "type", "title", "issued"}
    assert json.loads(citation.csl)[0]["type"] == "document"
    assert "author" not in citation.bibtex and "howpublished" not in citation.bibtex


def test_bibtex_escapes_what_it_reads_as_commands() -> None:
    """Braces of a title are written as characters."""
    assert r"title = {Leaflet of the \{coast\}}" in cite_document(LEAFLET).bibtex
