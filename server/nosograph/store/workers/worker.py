"""The process that parses and evaluates queries in the store: what kills it, or crashes it, leaves the server alone."""

from __future__ import annotations

from typing import Final

import pyoxigraph

from nosograph.store.oxigraph.evaluation import Evaluator
from nosograph.store.workers.serving import Plan, serve

WARM_UP: Final = (
    "SELECT * { ?s ?p ?o } LIMIT 500",
    "SELECT ?c (COUNT(?s) AS ?n) { { SELECT ?s ?c { ?s a ?c } LIMIT 500 } } GROUP BY ?c ORDER BY ?n",
    "SELECT * { ?s a ?c OPTIONAL { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?l } } LIMIT 200",
    "SELECT * { GRAPH ?g { ?s ?p ?o } FILTER(isIRI(?o)) ?o a ?c } LIMIT 50",
)
"""Queries that touch the indexes and the engine's code once, since the first run of a query can be 25 times slower.

Each only scans, up to its limit: a path between two variables, say, would visit millions of resources before the first.
"""


def main(descriptor: int, parent: int) -> None:
    """Serve one connection until it is closed; the arguments are those of ``serve``."""
    serve(descriptor, parent, _open)


def _open(plan: Plan) -> Evaluator:
    try:
        store = pyoxigraph.Store.read_only(plan["store"])
        for query in WARM_UP:
            solutions = store.query(query)
            if isinstance(solutions, pyoxigraph.QuerySolutions):
                solutions.serialize(format=pyoxigraph.QueryResultsFormat.JSON)
    except (OSError, RuntimeError, ValueError) as error:
        raise OSError(f"The store of the release cannot be opened: {error}.") from error
    return Evaluator(store, plan["result"], plan["prefixes"], plan["overlaps"], calls_services=plan["network"])
