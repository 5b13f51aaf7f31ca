"""Sends a client from the address of what has several documents to the one that fits what it accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from flask import Response, request

from nosograph.rdf.formats import Format
from nosograph.web.http import links, negotiation
from nosograph.web.http.problems import not_acceptable

Choose = Callable[[str | None, Sequence[Format]], negotiation.Choice | None]


def lead_to_document(
    stem: str,
    formats: tuple[Format, ...],
    found: Iterable[links.Link],
    choose: Choose = negotiation.choose_document,
) -> Response:
    """Return the redirect (303) to the document in the format that fits ``Accept``.

    Args:
        stem: the reference to the document, without its extension.
        formats: the formats that there are, in the order of preference.
        found: the links of the response.
        choose: the choice among the formats; by default as for documents about resources.

    Raises:
        ProblemError: 406 where none fits.
    """
    accept = request.headers.get("Accept")
    choice = choose(accept, formats)
    if choice is None:
        raise not_acceptable(formats, accept or "")
    response = Response(status=303)
    response.headers["Location"] = f"{stem}.{choice.format.name}"
    response.vary.add("Accept")
    links.add_links(response.headers, list(found))
    return response
