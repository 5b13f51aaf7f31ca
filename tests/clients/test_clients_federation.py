"""Queries that ask our endpoint to call another: refused, unless the operator lists the address."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

LABELS = """
PREFIX noso: <https://w3id.org/nosograph/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?subtype ?label WHERE {{
  <https://w3id.org/nosograph/condition/scleroderma> noso:hasSubtype ?subtype .
  SERVICE {} {{ ?subtype skos:prefLabel ?label }}
}}
"""


def ask(endpoint: str, query: str) -> tuple[int, dict[str, Any]]:
    """Return status and JSON body of the answer to a query."""
    body = urllib.parse.urlencode({"query": query}).encode()
    try:
        with urllib.request.urlopen(endpoint, body, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """Return the address of a server that notes who calls it, and its notes."""
    calls: list[str] = []

    class Noting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/sparql", calls
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("call", ["<{}>", "SILENT <{}>", "?where", "SILENT ?where"])
def test_service_is_refused(endpoint: str, listener: tuple[str, list[str]], call: str) -> None:
    """No spelling of SERVICE is evaluated, and nobody is called."""
    address, calls = listener

    status, problem = ask(endpoint, LABELS.format(call.format(address)) + f"VALUES ?where {{ <{address}> }}")

    assert status == 403
    assert "SERVICE" in problem["detail"]
    assert problem["hint"]
    assert calls == []


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM <{}> WHERE {{ ?s ?p ?o }}",
        "SELECT * FROM NAMED <{}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        "SELECT * WHERE {{ GRAPH <{}> {{ ?s ?p ?o }} }}",
    ],
)
def test_unknown_graphs_are_empty_and_not_fetched(endpoint: str, listener: tuple[str, list[str]], query: str) -> None:
    """A graph is looked up by its name in the data and nowhere else."""
    address, calls = listener

    status, answer = ask(endpoint, query.format(address))

    assert status == 200
    assert answer["results"]["bindings"] == []
    assert calls == []


def test_words_that_only_look_like_a_call(endpoint: str) -> None:
    """The word in a string, a comment or a name is no call."""
    query = 'SELECT ?service WHERE { BIND("SERVICE <https://e.org/>" AS ?service) } # SERVICE <https://e.org/> { }'

    status, answer = ask(endpoint, query)

    assert status == 200
    assert answer["results"]["bindings"][0]["service"]["value"] == "SERVICE <https://e.org/>"


@pytest.fixture(scope="module")
def federating(serve: Any, endpoint: str) -> Iterator[str]:
    """Return a second endpoint that may call the first one, and a dead address."""
    with serve({"NOSOGRAPH_QUERY_SERVICE_ALLOW": f"{endpoint},{endpoint}-not-there"}) as address:
        yield f"{address}sparql"


class TestAllowed:
    """An endpoint whose operator lists another one."""

    def test_the_listed_endpoint_is_called(self, federating: str, endpoint: str, subtypes: dict[str, str]) -> None:
        """The two answers are joined."""
        status, answer = ask(federating, LABELS.format(f"<{endpoint}>"))

        assert status == 200, answer
        rows = answer["results"]["bindings"]
        assert {row["subtype"]["value"]: row["label"]["value"] for row in rows} == subtypes

    def test_every_other_is_refused(self, federating: str, listener: tuple[str, list[str]]) -> None:
        """The list is exact; the message names it."""
        address, calls = listener

        status, problem = ask(federating, LABELS.format(f"<{address}>"))

        assert status == 403
        assert address in problem["detail"]
        assert calls == []

    def test_a_call_that_fails_is_an_error(self, federating: str, endpoint: str) -> None:
        """An incomplete join is never answered as if it were complete."""
        status, problem = ask(federating, LABELS.format(f"<{endpoint}-not-there>"))

        assert status >= 400
        assert problem["detail"]
        assert "404" in json.dumps(problem)
