"""What the pages of the blueprint have in common: their frame, and the response with its links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from nosograph.rdf.formats import HTML
from nosograph.web.html.rendering import Frame
from nosograph.web.http.links import Link, add_links, license_links
from nosograph.web.routes.context import current
from nosograph.web.views.licenses import imported_sets, license_names
from nosograph.web.views.site import Site


def frame_of(site: Site, title: str, path: str, **more: Any) -> Frame:
    """Return the frame of a page of a site; ``more`` are further fields of the frame."""
    manifest = site.release.manifest
    return Frame(
        title=title,
        canonical=site.addresses.absolute(path),
        version=manifest.version,
        date=manifest.date.isoformat(),
        licenses=license_names(manifest.licenses()),
        imported=imported_sets(manifest),
        site=manifest.profile.name,
        vocabulary=site.release.vocabulary,
        **more,
    )


def html_response(text: str, path: str = "", type_name: str = "WebPage", more: Sequence[Link] = ()) -> Response:
    """Return the response for a page, with its links as FAIR Signposting asks of pages (level 1)."""
    response = Response(text, content_type=HTML.content_type)
    add_links(
        response.headers,
        [
            Link(current().site.addresses.absolute(path), "canonical"),
            Link(f"https://schema.org/{type_name}", "type"),
            *license_links(current().release.manifest.licenses()),
            *more,
        ],
    )
    return response
