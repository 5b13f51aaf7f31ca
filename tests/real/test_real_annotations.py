"""Pages, search and queries hold on real data: hundreds of conditions with thousands of cited findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import html5lib
import pyoxigraph
import pytest
from flask.testing import FlaskClient

from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.web.application import create_application

NOSO = "https://w3id.org/nosograph/ontology#"
LARGEST_PAGE = 4_000_000
"""Bytes of a page: a condition with hundreds of findings is long, but no browser should choke on it."""


@pytest.fixture(scope="module")
def client(annotated: Release) -> Iterator[FlaskClient]:
    """A client of the application that serves the release."""
    app = create_application(annotated, Settings(query_workers=1, query_timeout=120.0), report=lambda fields: None)
    yield app.test_client()
    app.extensions["nosograph"].store.close()


def rows(client: FlaskClient, query: str) -> list[dict[str, str]]:
    """Return the rows of a query."""
    reply = client.get(f"/sparql?{urlencode({'query': query})}", headers={"Accept": "application/json"})
    assert reply.status_code == 200, reply.text
    return [
        {name: term["value"] for name, term in row.items()} for row in json.loads(reply.text)["results"]["bindings"]
    ]


def test_the_import_is_there(client: FlaskClient, annotated: Release) -> None:
    """Every imported quad is in the release, in the graph of its import."""
    found = rows(client, "SELECT (COUNT(*) AS ?n) { GRAPH <https://w3id.org/nosograph/graph/import/hpo> { ?s ?p ?o } }")

    assert int(found[0]["n"]) == annotated.manifest.counts.graphs["import/hpo"] > 10_000


def test_pages_of_real_conditions_are_well_formed(client: FlaskClient) -> None:
    """The conditions with the most and the fewest findings have a page that a browser can read."""
    counted = rows(
        client,
        f"SELECT ?c (COUNT(*) AS ?n) {{ ?f <http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> ?c . "
        f"?f a <{NOSO}Fact> . FILTER CONTAINS(STR(?c), '/condition/') }} GROUP BY ?c ORDER BY DESC(?n) ?c",
    )
    chosen = [counted[0], counted[len(counted) // 2], counted[-1]]

    for row in chosen:
        reply = client.get(row["c"].removeprefix("https://w3id.org/nosograph") + ".html")
        assert reply.status_code == 200
        assert len(reply.data) < LARGEST_PAGE
        html5lib.HTMLParser(strict=False).parse(reply.text)


@pytest.mark.parametrize(
    "path", ["/", "/condition/", "/finding/", "/source/", "/finding/?page=2", "/downloads", "/questions"]
)
def test_lists_and_pages_about_the_whole_answer(client: FlaskClient, path: str) -> None:
    """What lists resources holds with thousands of them."""
    assert client.get(path, headers={"Accept": "text/html"}).status_code == 200


@pytest.mark.parametrize(
    ("words", "kind"), [("seizure", "finding"), ("syndrome", "condition"), ("HP:0001250", "finding")]
)
def test_search_finds_real_names(client: FlaskClient, words: str, kind: str) -> None:
    """Names of findings and conditions are found, and codes where their finding is in the sample."""
    found = client.get(f"/search.json?{urlencode({'q': words, 'kind': kind})}").json

    assert found is not None
    assert found["total"] > 0 or words.startswith("HP:")


def test_aggregates_answer(client: FlaskClient) -> None:
    """Findings by the number of conditions that have them, which touches every fact."""
    found = rows(
        client,
        f"SELECT ?finding (COUNT(DISTINCT ?c) AS ?n) {{ ?c <{NOSO}hasPhenotype> ?finding }} "
        "GROUP BY ?finding ORDER BY DESC(?n) LIMIT 10",
    )

    assert len(found) == 10
    assert [int(row["n"]) for row in found] == sorted((int(row["n"]) for row in found), reverse=True)


def test_dumps_hold_what_the_manifest_counts(annotated: Release) -> None:
    """The N-Quads and the Turtle parse, with as many statements as the manifest says."""
    counts = annotated.manifest.counts
    numbers = {
        extension: sum(1 for _ in pyoxigraph.parse(path=annotated.dump(extension))) for extension in ("nq", "ttl")
    }

    assert numbers == {"nq": counts.quads, "ttl": counts.triples}
