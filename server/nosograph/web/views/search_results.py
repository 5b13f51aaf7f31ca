"""The page of search results: hits, what narrows them, where a query leads, and the pages before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from nosograph.search.database import PAGE_LENGTH
from nosograph.search.results import Filters, Hit, Results
from nosograph.vocabulary.terms import TERM_KIND, Vocabulary
from nosograph.web.views.addresses import Addresses
from nosograph.web.views.codes import RELATIONS
from nosograph.web.views.facts import Value
from nosograph.web.views.overview import PageOfList
from nosograph.web.views.site import Site
from nosograph.web.views.wording import STATUSES, UNKNOWN_STATUS

STAY: Final = "stay"
"""The parameter that keeps a reader on the page of results where a code would lead straight to its resource."""

MOST_SUGGESTIONS: Final = 5


@dataclass(frozen=True)
class ShownHit:
    """One hit as the page shows it.

    Attributes:
        value: its label, with the address of its page.
        kind: the name of its class.
        code: the code by which it was found, as a CURIE, or empty.
        relation: how it relates to that code, in words, or empty.
        alternatives: its other names.
        definition: its definition, or empty.
    """

    value: Value
    kind: str
    code: str
    relation: str
    alternatives: tuple[str, ...]
    definition: str


@dataclass(frozen=True)
class FilterValue:
    """One value of a filter: its words, how many hits it leaves, the address of these, and whether it is chosen."""

    words: str
    number: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class SearchPage:
    """What the page of search results shows.

    Attributes:
        results: what was found.
        hits: the hits of this page.
        topic: the section that the query asks for, with its address; None where it asks for none.
        kinds: the choices of a kind, the first of which is all; empty where there is nothing to choose.
        statuses: the choices of a status, likewise.
        page: which part of the hits is shown.
        json: address of the same for programs.
    """

    results: Results
    hits: tuple[ShownHit, ...]
    topic: Value | None
    kinds: tuple[FilterValue, ...]
    statuses: tuple[FilterValue, ...]
    page: PageOfList
    json: str


def search_page(site: Site, query: str, filters: Filters, page: int) -> SearchPage:
    """Return what a page of search results shows.

    Args:
        site: the site.
        query: what was searched for.
        filters: which of the hits are wanted.
        page: which page, from 1.
    """
    start = (page - 1) * PAGE_LENGTH
    results = site.search.search(query, filters, offset=start)
    vocabulary = site.release.vocabulary
    order = {kind: position for position, kind in enumerate(vocabulary.kinds)}
    last = start + len(results.hits)
    offset = {"offset": str(start)} if start else {}
    return SearchPage(
        results=results,
        hits=tuple(_shown(site.addresses, vocabulary, hit) for hit in results.hits),
        topic=topic_value(site.addresses, results),
        kinds=_choices(
            query,
            "All kinds",
            filters.kind,
            sorted(results.kinds, key=lambda pair: order.get(pair[0], len(order))),
            results.total,
            lambda kind: kind_words(vocabulary, kind),
            lambda kind: replace(filters, kind=kind),
        ),
        statuses=_choices(
            query,
            "Any status",
            filters.status,
            results.statuses,
            results.total,
            lambda status: STATUSES.get(status, UNKNOWN_STATUS).word,
            lambda status: replace(filters, status=status),
        ),
        page=PageOfList(
            words=f"{start + 1:,} to {last:,} of {results.total:,}",
            before=search_address(query, filters, page - 1) if page > 1 else "",
            after=search_address(query, filters, page + 1) if last < results.total else "",
        ),
        json=f"/search.json?{urlencode(_parameters(query, filters) | offset)}",
    )


def search_address(query: str, filters: Filters, page: int = 1) -> str:
    """Return the address of a page of results; it does not lead away, so that filters can be changed."""
    more = {"page": str(page)} if page > 1 else {STAY: "1"}
    return f"/search?{urlencode(_parameters(query, filters) | more)}"


def kind_words(vocabulary: Vocabulary, kind: str, number: int = 2) -> str:
    """Return what one or several resources of a kind are called."""
    if kind == TERM_KIND:
        return "Term of the vocabulary" if number == 1 else "Terms of the vocabulary"
    entry = vocabulary.by_kind[kind]
    return entry.name if number == 1 else entry.plural_name


def words_of_path(path: str) -> str:
    """Return what a path says in words: its last segment, without extension and marks.

    Args:
        path: the decoded path of an address at which there is nothing.
    """
    segments = [segment for segment in path.split("/") if segment.strip(" .-_")]
    if not segments:
        return ""
    stem, dot, extension = segments[-1].rpartition(".")
    words = stem if dot and stem and extension.isalnum() and not extension.isdigit() else segments[-1]
    return words.translate(str.maketrans("-_+", "   ")).strip(" .")


def suggestions(site: Site, path: str, query: str) -> tuple[Value, ...]:
    """Return the resources that fit a query best, terms of the vocabulary left out.

    Args:
        site: the site.
        path: the path of an address at which there is nothing; resources of the kind that it begins with come first.
        query: what the path says in words.
    """
    kind = path.lstrip("/").partition("/")[0]
    hits = [hit for hit in site.search.search(query).hits if hit.kind != TERM_KIND]
    best = sorted(hits, key=lambda hit: hit.kind != kind)[:MOST_SUGGESTIONS]
    return tuple(_value(site.addresses, hit) for hit in best)


def topic_value(addresses: Addresses, results: Results) -> Value | None:
    """Return the section that a query asks for, with its address; None where it asks for none."""
    topic = results.topic
    if topic is None:
        return None
    page = addresses.page(topic.hit.iri) or ""
    return Value(
        f"{topic.hit.label}: {topic.heading}",
        iri=topic.hit.iri,
        href=f"{page}#{topic.anchor}" if topic.anchor else page,
        kind=topic.hit.kind,
    )


def _shown(addresses: Addresses, vocabulary: Vocabulary, hit: Hit) -> ShownHit:
    return ShownHit(
        value=_value(addresses, hit),
        kind=kind_words(vocabulary, hit.kind, 1),
        code=addresses.short(hit.code) if hit.relation else "",
        relation=RELATIONS.get(hit.relation, ""),
        alternatives=hit.alternatives,
        definition=hit.definition,
    )


def _value(addresses: Addresses, hit: Hit) -> Value:
    return Value(hit.label, "", hit.iri, addresses.page(hit.iri) or "")


def _parameters(query: str, filters: Filters) -> dict[str, str]:
    found = {"q": query, "kind": filters.kind, "status": filters.status}
    return {name: value for name, value in found.items() if value or name == "q"}


def _choices(
    query: str,
    all_of_them: str,
    chosen: str,
    numbers: Iterable[tuple[str, int]],
    total: int,
    words: Callable[[str], str],
    narrowed: Callable[[str], Filters],
) -> tuple[FilterValue, ...]:
    """Return the values of a filter with that for all of them; nothing where none of them would narrow the hits."""
    counted = tuple(numbers)
    if not chosen and all(number == total for _, number in counted):
        return ()
    every = FilterValue(all_of_them, 0, search_address(query, narrowed("")), not chosen)
    each = (
        FilterValue(words(name), number, search_address(query, narrowed(name)), name == chosen)
        for name, number in counted
    )
    return (every, *each)
