"""The page of search results as values: choices of a filter, addresses, the words of an address."""

from __future__ import annotations

import pytest
from small_site import FIXTURES, make_site

from nosograph.release.opening import Release
from nosograph.search.results import Filters
from nosograph.store.documents import DocumentFile
from nosograph.web.views.search_results import search_address, search_page, suggestions, words_of_path
from nosograph.web.views.site import Site


@pytest.fixture(scope="module")
def curated(release: Release) -> Site:
    """Return the site of the curated release, for what the search index answers alone."""
    return Site(
        release,
        "https://nosograph.example/",
        make_site("small.trig", folder=FIXTURES).source,
        DocumentFile(release.documents_file),
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/condition/systemic-sclerosis", "systemic sclerosis"),
        ("/condition/systemic-sclerosis.html", "systemic sclerosis"),
        ("/wiki/Systemic_sclerosis/", "Systemic sclerosis"),
        ("/condition/MONDO:0005100", "MONDO:0005100"),
        ("/condition/M34.0", "M34.0"),
        ("/condition/M34.0.ttl", "M34.0"),
        ("/.env", "env"),
        ("/---", ""),
        ("/", ""),
        ("", ""),
    ],
)
def test_an_address_says_words(path: str, words: str) -> None:
    """The last segment counts, without extension and joining marks; a point in a code is no extension."""
    assert words_of_path(path) == words


def test_addresses_of_results_stay_on_the_page() -> None:
    """A link of a filter or to another page never leads away from the results, and escapes what was typed."""
    assert search_address("a&b", Filters("finding", "denied")) == "/search?q=a%26b&kind=finding&status=denied&stay=1"
    assert search_address("a", Filters(), 2) == "/search?q=a&page=2"


def test_a_filter_that_would_change_nothing_is_not_offered(curated: Site) -> None:
    """Where all hits are of one kind there is nothing to choose; a chosen filter can always be taken back."""
    single = search_page(curated, "arthralgia", Filters(), 1)
    chosen = search_page(curated, "arthralgia", Filters("finding"), 1)

    assert (single.kinds, len(single.hits)) == ((), 1)
    assert [(choice.words, choice.chosen) for choice in chosen.kinds] == [("All kinds", False), ("Findings", True)]


def test_kinds_stand_in_the_order_of_the_vocabulary(curated: Site) -> None:
    """The focus comes first, terms of the vocabulary last, however many there are of each."""
    kinds = [choice.words for choice in search_page(curated, "disease", Filters(), 1).kinds]

    assert kinds[:2] == ["All kinds", "Conditions"]
    assert kinds[-1] == "Terms of the vocabulary"


def test_suggestions_are_of_the_kind_of_the_address_first(curated: Site) -> None:
    """Resources of the kind that an address begins with come before better matches of another, and no terms."""
    finding = suggestions(curated, "/finding/skin", "skin")
    structure = suggestions(curated, "/structure/skin", "skin")

    assert finding[0].href.startswith("/finding/")
    assert structure[0].href == "/structure/skin.html"
    assert not any(value.href.startswith("/ontology") for value in (*finding, *structure))
    assert 1 < len(finding) <= 5
