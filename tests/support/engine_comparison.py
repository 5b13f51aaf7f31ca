"""Asks both engines seeded random queries and compares what they answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from engines import Engines, TooLarge, multiset
from pyoxigraph import Quad
from random_queries import Walker

from nosograph.analysis.limits import NotTranslated


def compare_engines(engines: Engines, quads: Iterable[Quad], number: int, seed: int) -> Counter[str]:
    """Ask random queries until some number were made, and return how many have each construct and were answered alike.

    ``answered`` counts all of them, ``back`` those that were handed back, ``memory`` those that needed more than the
    engine may use, ``large`` those whose answer is too large to compare, ``rows`` those whose answer has rows.
    """
    walker = Walker(quads, seed)
    seen: Counter[str] = Counter()
    for _ in range(number):
        query = walker.query()
        try:
            plan = engines.analysis.plan(query.text)
        except NotTranslated:
            seen["back"] += 1
            continue
        try:
            found = engines.from_analysis(query.text)
        except MemoryError:
            seen["memory"] += 1
            continue
        except TooLarge:
            seen["large"] += 1
            continue
        expected = engines.from_store(query.text)
        if isinstance(expected, list) and isinstance(found, list) and not (query.total and plan.determined):
            if "LIMIT" in query.kinds:  # a number may equal one of another type, and then their order is free
                assert len(found) == len(expected), query.text
            else:
                assert multiset(found) == multiset(expected), query.text
        else:
            assert found == expected, query.text
        seen["answered"] += 1
        seen["rows"] += expected is True or (expected is not False and len(expected) > 0)
        seen.update(query.kinds)
    return seen
