"""What the pages of the blueprint have in common: their frame, and the response with its links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response

from nosograph.formats import HTML
from nosograph.web.links import LICENSE_IRI, Link, add_links
from nosograph.web.pages.rendering import Frame
from nosograph.web.pages.site import Site, current_site

blueprint = Blueprint("pages", __name__)


def frame_of(site: Site, title: str, path: str, **more: Any) -> Frame:
    """Give the frame of a page of a site; ``more`` are further fields of the frame."""
    manifest = site.release.manifest
    return Frame(
        title=title,
        canonical=site.addresses.absolute(path),
        version=manifest.version,
        date=manifest.date.isoformat(),
        **more,
    )


def html_response(text: str, path: str = "", type_name: str = "WebPage", more: Sequence[Link] = ()) -> Response:
    """Give the response for a page, with its links as FAIR Signposting asks of pages (level 1)."""
    response = Response(text, content_type=HTML.content_type)
    add_links(
        response.headers,
        [
            Link(current_site().addresses.absolute(path), "canonical"),
            Link(f"https://schema.org/{type_name}", "type"),
            Link(LICENSE_IRI, "license"),
            *more,
        ],
    )
    return response
