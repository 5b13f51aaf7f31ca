"""Compares whether two servers gave the same answer, so that no server is fast by answering something else."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph
from endpoint_queries import BenchmarkQuery


def same_answer(query: BenchmarkQuery, first: bytes, second: bytes) -> bool:
    """Return whether two answers to a query are the same; of an unordered part of the results only its size counts."""
    if "CONSTRUCT" in query.text:
        return _triples(first) == _triples(second)
    one, other = json.loads(first), json.loads(second)
    if "boolean" in one:
        return bool(one["boolean"] == other.get("boolean"))
    rows, others = _rows(one), _rows(other)
    if "LIMIT" in query.text and "ORDER BY" not in query.text:
        return len(rows) == len(others)
    return sorted(rows) == sorted(others)


def _triples(content: bytes) -> set[pyoxigraph.Triple]:
    return {quad.triple for quad in pyoxigraph.parse(content, pyoxigraph.RdfFormat.TURTLE)}


def _rows(results: dict[str, Any]) -> list[tuple[tuple[str, str], ...]]:
    return [
        tuple(sorted((name, term["value"]) for name, term in row.items())) for row in results["results"]["bindings"]
    ]
