"""The one way in which evaluating a request fails inside a worker."""

from __future__ import annotations

from typing import Any

from nosograph.rdf.formats import Format
from nosograph.rdf.writer import InexpressibleError


class Failure(Exception):
    """The request cannot be answered; ``header`` is what the reply says about it."""

    def __init__(self, error: str, what: str = "", **fields: Any) -> None:
        super().__init__(what)
        self.header: dict[str, Any] = {"error": error, "what": what, **fields}


def inexpressible(format: Format, error: InexpressibleError) -> Failure:
    """Return the failure of an answer that a format cannot hold."""
    return Failure(
        "inexpressible",
        f"The answer cannot be written as {format.label}: {error}.",
        hint="Ask for another format.",
    )
