"""pyoxigraph as a client: a local store whose queries call the endpoint by SERVICE, and a reader of what it serves."""

from __future__ import annotations

import urllib.request

import pyoxigraph
import pytest

LABELS = """
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?thing ?label WHERE {
  ?list <https://e.org/has> ?thing .
  SERVICE %s { ?thing skos:prefLabel ?label }
}
"""


@pytest.fixture
def local(subtypes: dict[str, str]) -> pyoxigraph.Store:
    """Return a store with triples about our things and about one that we do not know."""
    store = pyoxigraph.Store()
    for iri in [*subtypes, "https://e.org/unknown"]:
        store.add(
            pyoxigraph.Quad(
                pyoxigraph.NamedNode("https://e.org/list"),
                pyoxigraph.NamedNode("https://e.org/has"),
                pyoxigraph.NamedNode(iri),
            )
        )
    return store


def test_service(local: pyoxigraph.Store, endpoint: str, subtypes: dict[str, str]) -> None:
    """A local query joins its own triples with ours."""
    solutions = local.query(LABELS % f"<{endpoint}>")

    assert {row["thing"].value: row["label"].value for row in solutions} == subtypes


def test_service_with_a_subquery_and_values(local: pyoxigraph.Store, endpoint: str) -> None:
    """What is inside SERVICE may be any pattern, here with an aggregate."""
    solutions = local.query(
        f"""
        PREFIX noso: <https://w3id.org/nosograph/ontology#>
        SELECT ?status ?facts WHERE {{
          VALUES ?status {{ noso:affirmed noso:hypothesised noso:contested }}
          SERVICE <{endpoint}> {{
            SELECT ?status (COUNT(*) AS ?facts) WHERE {{ ?fact noso:status ?status }} GROUP BY ?status
          }}
        }}
        """
    )

    facts = {row["status"].value.partition("#")[2]: int(row["facts"].value) for row in solutions}
    assert facts["affirmed"] > 50


def test_an_error_of_the_endpoint_fails_the_query(local: pyoxigraph.Store, site: str) -> None:
    """A call that goes wrong is an error for the caller, never an empty answer."""
    with pytest.raises((OSError, RuntimeError, ValueError), match="404"):
        list(local.query(LABELS % f"<{site}no-such-endpoint>"))


def test_silent_is_the_callers_choice(local: pyoxigraph.Store, site: str) -> None:
    """Only who writes SILENT goes on without our part of the answer."""
    rows = list(local.query(LABELS % f"SILENT <{site}no-such-endpoint>"))

    assert rows
    assert all(row["label"] is None for row in rows)


@pytest.mark.parametrize("media_type", ["json", "xml", "tsv"])
def test_its_parser_reads_our_results(endpoint: str, subtypes: dict[str, str], media_type: str) -> None:
    """Result documents are read by a strict parser."""
    query = (
        "SELECT%20?subtype%20%7B%20%3Chttps://w3id.org/nosograph/condition/scleroderma%3E%20"
        "%3Chttps://w3id.org/nosograph/ontology%23hasSubtype%3E%20?subtype%20%7D"
    )
    with urllib.request.urlopen(f"{endpoint}?format={media_type}&query={query}", timeout=30) as response:
        content_type = response.headers.get_content_type()
        solutions = pyoxigraph.parse_query_results(
            response.read(), format=pyoxigraph.QueryResultsFormat.from_media_type(content_type)
        )

    assert {row["subtype"].value for row in solutions} == set(subtypes)
