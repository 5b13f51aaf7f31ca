"""Virtuoso as a client that joins its own data with ours, by SERVICE."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from client_queries import GIVEN, Given
from virtuoso_server import running_virtuoso

CALL = """SPARQL PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT (COUNT(*) AS ?rows) WHERE {{ {own} SERVICE <{endpoint}> {{ {block} ?thing skos:prefLabel ?label }} }};
"""
pytestmark = pytest.mark.slow
Ask = Callable[[str], int]


@pytest.fixture(scope="module")
def virtuoso(given: Given, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Return what asks a Virtuoso, in which the client's data are a graph, a query that counts."""
    folder = tmp_path_factory.mktemp("virtuoso")
    (folder / "given.ttl").write_text(given.turtle)
    with running_virtuoso(folder) as run:
        assert "Error" not in run(f"DB.DBA.TTLP(file_to_string('{folder}/given.ttl'), '', 'https://e.org/graph', 0);\n")
        yield lambda query: _number(run(query))


def _number(output: str) -> int:
    assert "Error" not in output, output
    return int(output.split()[-1])


def test_a_block_is_a_filter(virtuoso: Ask, endpoint: str, given: Given) -> None:
    """Inline data become a chain of a thousand comparisons, sent by POST."""
    assert virtuoso(CALL.format(own="", endpoint=endpoint, block=given.block)) == given.known


def test_its_own_rows_are_asked_one_by_one(virtuoso: Ask, endpoint: str, given: Given) -> None:
    """For each row of its own graph it sends a query by GET, as a browser that wants XML."""
    own = f"GRAPH <https://e.org/graph> {{ ?thing <{GIVEN}> ?number }}"

    assert virtuoso(CALL.format(own=own, endpoint=endpoint, block="")) == given.known
