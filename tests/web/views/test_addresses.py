"""Addresses, citations and words: the small parts that every page is made of."""

from __future__ import annotations

import json

import pytest

import vocabularies
from nosograph.web.html.citation_formats import cite
from nosograph.web.html.structured_data import embed
from nosograph.web.views.addresses import Addresses, humanise
from nosograph.web.views.downloads import readable_size
from nosograph.web.views.site import PageCache, Site
from nosograph.web.views.wording import counted, plain

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
BASE = "https://w3id.org/nosograph/"
ADDRESSES = Addresses(vocabularies.base(), "https://nosograph.example/")


@pytest.mark.parametrize(
    ("iri", "page"),
    [
        (BASE, "/"),
        (BASE + "condition/scleroderma", "/condition/scleroderma.html"),
        (BASE + "fact/00ff/evidence/11ee", "/fact/00ff.html#evidence-11ee"),
        (BASE + "source/leaflet/passage/1-9", "/source/leaflet.html#passage-1-9"),
        (BASE + "ontology#hasSymptom", "/ontology.html#hasSymptom"),
        (BASE + "ontology", "/ontology.html"),
        (BASE + "shapes#Fact", "/shapes.html#Fact"),
        (BASE + "release/2026-01-02-0123456789ab#class-noso-fact", "/release/2026-01-02-0123456789ab.html"),
        (BASE + "dumps/latest/void.ttl", "/dumps/latest/void.ttl"),
        (BASE + "about#publisher", "/about#publisher"),
        ("https://other.example/a?b=c", "https://other.example/a?b=c"),
        ("http://purl.obolibrary.org/obo/HP_0000001", "http://purl.obolibrary.org/obo/HP_0000001"),
    ],
)
def test_an_iri_leads_to_its_page(iri: str, page: str) -> None:
    """What this site describes is linked here, anything else on the web where it is."""
    assert ADDRESSES.page(iri) == page


@pytest.mark.parametrize(
    "iri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "urn:uuid:0",
        "mailto:a@b.example",
        "file:///etc/passwd",
        "//other.example/",
        "http:///no-host",
        "http://[broken",
        "",
        BASE + "graph/facts",
        BASE + "nothing/here",
        BASE + "condition/",
    ],
)
def test_an_iri_that_is_no_safe_address_is_not_linked(iri: str) -> None:
    """Only http and https addresses, and pages that exist here, become links."""
    assert ADDRESSES.page(iri) is None


def test_another_base_moves_resources_but_not_the_vocabulary() -> None:
    """A vocabulary is shared by all who publish with it, so its terms stay documented here."""
    addresses = Addresses(vocabularies.base("https://mine.example/kg/"), "https://mine.example/kg/")

    assert addresses.page("https://mine.example/kg/condition/a") == "/condition/a.html"
    assert addresses.page(BASE + "condition/a") == BASE + "condition/a"
    assert addresses.page(BASE + "ontology#Fact") == "/ontology.html#Fact"


def test_characters_that_an_address_may_not_hold_are_encoded() -> None:
    """An IRI may hold letters of any script; an address in HTML is encoded."""
    assert ADDRESSES.page(BASE + "condition/f\u00e4rg?x") == "/condition/f%C3%A4rg%3Fx.html"


@pytest.mark.parametrize(
    ("iri", "words"),
    [(BASE + "ontology#hasMainSymptom", "has main symptom"), (BASE + "condition/amber-fever", "amber fever")],
)
def test_an_iri_without_a_label_is_put_into_words(iri: str, words: str) -> None:
    """A name that the data lack is made from the IRI rather than left out."""
    assert humanise(iri) == words


def test_a_citation_names_author_date_title_release_and_address(small_site: Site) -> None:
    """APA, BibTeX and CSL-JSON say the same."""
    citation = cite(BASE + "condition/amber", "amber & fever_1", small_site.release.manifest, (CC0,))
    (entry,) = json.loads(citation.csl)

    assert citation.apa == (
        "Nosograph contributors. (2026, January 2). amber & fever_1. "
        "In Nosograph (release 2026-01-02-0123456789ab). https://w3id.org/nosograph/condition/amber"
    )
    assert r"title = {amber \& fever\_1}" in citation.bibtex
    assert entry["issued"]["date-parts"] == [[2026, 1, 2]]
    assert entry["URL"] == BASE + "condition/amber"
    assert entry["license"] == CC0
    assert [license.label for license in citation.licenses] == ["CC0 1.0"]


def test_a_title_cannot_break_out_of_a_bibtex_entry(small_site: Site) -> None:
    """Braces and backslashes of a label are escaped."""
    citation = cite(BASE, "a}, author={x}\\input{y}", small_site.release.manifest, ())

    assert r"title = {a\}, author=\{x\}\textbackslash{}input\{y\}}" in citation.bibtex


def test_embedded_json_has_nothing_that_html_would_read() -> None:
    """What ends a script element or opens a comment is written as an escape, and parses back."""
    data = {"x": "</script><!--<script>&\u2028"}

    text = embed(data)

    assert not set(text) & set("<>&")
    assert json.loads(text) == data


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (5 * 1024**3, "5.0 GiB")]
)
def test_sizes_are_readable(size: int, words: str) -> None:
    """A size is given in the unit that leaves a short number."""
    assert readable_size(size) == words


def test_numbers_agree_with_their_noun() -> None:
    """One fact, two facts, 1,000 facts."""
    assert [counted(number, "fact") for number in (1, 2, 1000)] == ["1 fact", "2 facts", "1,000 facts"]


def test_plain_text_keeps_letters_of_every_script() -> None:
    """Only what is invisible goes."""
    assert plain("a\u202eb\n c\u200b \u05d7\u05d5\u05dd") == "ab c \u05d7\u05d5\u05dd"


def test_the_page_cache_forgets_the_page_used_longest_ago() -> None:
    """Memory is bounded: what was not asked for lately is made anew."""
    cache = PageCache(limit=80)
    made: list[str] = []

    def get(name: str) -> str:
        return cache.get(name, lambda: made.append(name) or name * 10)  # type: ignore[func-returns-value]

    for name in ["a", "b", "c", "a", "d", "e", "f", "g", "h", "i", "a", "b"]:
        get(name)

    assert made == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "b"]


def test_a_page_that_would_fill_the_cache_is_not_kept() -> None:
    """One huge page does not drive all others out."""
    cache = PageCache(limit=80)
    made: list[int] = []

    for _ in range(2):
        cache.get("huge", lambda: made.append(1) or "x" * 50)  # type: ignore[func-returns-value]

    assert len(made) == 2
