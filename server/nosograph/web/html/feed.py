"""Writes the feed of publications in Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from nosograph.rdf.formats import ATOM, HTML
from nosograph.web.views.changes import PublicationView

_SPACE = "http://www.w3.org/2005/Atom"


def write_feed(
    publications: Sequence[PublicationView], *, site_url: str, base_iri: str, title: str, author: str
) -> bytes:
    """Return the feed.

    Args:
        publications: the publications, the newest first.
        site_url: address of the site, with its last slash.
        base_iri: the base of the data, below which entries are named; they have one name on every mirror.
        title: title of the data.
        author: who publishes them.
    """
    ElementTree.register_namespace("", _SPACE)
    feed = ElementTree.Element(f"{{{_SPACE}}}feed")
    _add(feed, "id", f"{base_iri}changes")
    _add(feed, "title", f"Changes of {title}")
    _add(feed, "updated", publications[0].time if publications else datetime.fromtimestamp(0, UTC).isoformat())
    _add(_add(feed, "author"), "name", author)
    _add(feed, "link", rel="self", type=ATOM.media_type, href=f"{site_url}changes.atom")
    _add(feed, "link", rel="alternate", type=HTML.media_type, href=f"{site_url}changes")
    for publication in publications:
        entry = _add(feed, "entry")
        _add(entry, "id", f"{base_iri}release/{publication.version}#published-{publication.time}")
        _add(entry, "title", f"Release {publication.version}")
        _add(entry, "updated", publication.time)
        _add(entry, "published", publication.time)
        page = f"changes/{publication.previous}/{publication.version}" if publication.is_kept else ""
        path = page or f"release/{publication.version}"
        _add(entry, "link", rel="alternate", type=HTML.media_type, href=f"{site_url}{path}.html")
        _add(entry, "summary", _summary(publication))
    content: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _summary(publication: PublicationView) -> str:
    if not publication.previous:
        return "What came before it is not known here."
    if not publication.is_kept:
        return f"What it changed since {publication.previous} is not kept here."
    changes = "; ".join(f"{count.heading}: {count.number}" for count in publication.counts)
    return f"Since {publication.previous}. {changes or 'The data are the same'}."


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{_SPACE}}}{name}", attributes)
    child.text = text or None
    return child
