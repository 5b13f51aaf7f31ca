"""How like a name is to the names of a resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rapidfuzz.fuzz import token_sort_ratio

from nosograph.search.results import Hit
from nosograph.search.words import words_of

SAME: Final = 100.0
RELATED: Final = 80.0
"""Likeness of what is mapped to a code otherwise than exactly."""

_OTHER_NAME: Final = 0.99
"""What the same likeness to another name counts, beside one to the label."""


@dataclass(frozen=True)
class Candidate:
    """A resource that a name may mean.

    Attributes:
        hit: the resource.
        likeness: how like its names are to it, from 0 to 100; 100 where it was named by its code or IRI.
        is_code: whether it was found by a code that it is an exact match of, or by its IRI.
    """

    hit: Hit
    likeness: float
    is_code: bool = False


def likeness(name: str, hit: Hit) -> float:
    """Return how like a name is to the most similar name of a resource, from 0 to 100; word order does not count."""
    wanted = " ".join(words_of(name))
    return max(
        (
            token_sort_ratio(wanted, " ".join(words_of(other))) * (_OTHER_NAME if position else 1.0)
            for position, other in enumerate((hit.label, *hit.alternatives))
        ),
    )
