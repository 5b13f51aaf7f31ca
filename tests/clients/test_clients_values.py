"""Federated queries of other endpoints: blocks of a thousand rows, by every method that their clients use."""

from __future__ import annotations

import csv
import io
import json
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pyoxigraph
import pytest
from client_queries import Given

LABELS = (
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> SELECT ?thing ?label {{ {} ?thing skos:prefLabel ?label }}"
)
DIRECT = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"


def post(endpoint: str, query: str, media_type: str) -> tuple[int, str]:
    """Return how many rows an answer has, and its Server-Timing."""
    body = query if media_type == DIRECT else urllib.parse.urlencode({"query": query})
    headers = {"Content-Type": media_type, "Accept": "text/csv"}
    with urllib.request.urlopen(urllib.request.Request(endpoint, body.encode(), headers), timeout=60) as response:
        rows = list(csv.reader(io.TextIOWrapper(response, "utf-8")))
        return len(rows) - 1, response.headers["Server-Timing"]


@pytest.mark.parametrize("media_type", [DIRECT, FORM])
def test_a_block_is_answered_and_kept(endpoint: str, given: Given, media_type: str) -> None:
    """A query of a hundred kilobytes is answered whole, and from memory when it comes again."""
    query = f"{LABELS.format(given.block)} # {media_type}"

    first, second = post(endpoint, query, media_type), post(endpoint, query, media_type)

    assert first[0] == second[0] == given.known
    assert "evaluate" in first[1] and second[1] == "cache;desc=hit"


def test_an_address_of_the_usual_length_is_read(endpoint: str, given: Given) -> None:
    """By GET go queries that an address of 8,190 bytes holds; a longer one is told to come by POST."""
    some = " ".join(f"<{iri}>" for iri in given.iris[:60])
    for text, status in ((LABELS.format(f"VALUES ?thing {{ {some} }}"), 200), (LABELS.format(given.block), 414)):
        address = f"{endpoint}?{urllib.parse.urlencode({'query': text})}"
        try:
            with urllib.request.urlopen(address, timeout=60) as response:
                assert (response.status, len(json.load(response)["results"]["bindings"])) == (status, 60)
        except urllib.error.HTTPError as error:
            with error:
                assert error.code == status
                assert "POST" in json.load(error)["hint"]


def test_blocks_that_come_at_once_are_all_answered(endpoint: str, given: Given) -> None:
    """A client that asks by several blocks side by side is made to wait, and is refused none of them."""
    queries = [f"{LABELS.format(given.block)} # {number}" for number in range(24)]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda query: post(endpoint, query, DIRECT)[0], queries))

    assert answers == [given.known] * len(queries)


def test_pyoxigraph_sends_a_block(endpoint: str, given: Given) -> None:
    """A store in another process joins its own triples with ours."""
    store = pyoxigraph.Store()
    store.load(given.turtle, pyoxigraph.RdfFormat.TURTLE)

    rows = store.query(
        f"SELECT ?thing {{ ?thing <https://e.org/given> ?k SERVICE <{endpoint}> {{ {given.block} "
        "?thing <http://www.w3.org/2004/02/skos/core#prefLabel> ?label } }"
    )

    assert len(list(rows)) == given.known
