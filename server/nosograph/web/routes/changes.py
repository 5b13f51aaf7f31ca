"""What changed: the history of the data as page, feed, changelog and event stream, and the differences of releases."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response

from nosograph.comparison.changelog import HistoryEntry, changelog, read_history
from nosograph.comparison.differences import Comparison
from nosograph.comparison.event_stream import STREAM_PATH, page_time, stream_document, stream_page
from nosograph.comparison.kept import KeptDifferences, comparison_over, most_changes
from nosograph.comparison.writing import CHUNKS
from nosograph.rdf.formats import ATOM, HTML, JSON, MARKDOWN, RDF_PATCH, TRIG, TSV, TURTLE, Format
from nosograph.web.html.feed import write_feed
from nosograph.web.html.rendering import render
from nosograph.web.http import links, negotiation
from nosograph.web.http.delivery import IMMUTABLE, REVALIDATED
from nosograph.web.http.problems import Problem, ProblemError, not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.leading import lead_to_document
from nosograph.web.routes.parameters import answers
from nosograph.web.views.changes import difference_view, history_view
from nosograph.web.views.resource import Alternate
from nosograph.web.views.site import Site

blueprint = Blueprint("changes", __name__)

MOST_COMPOSED: Final = 20_000
"""Changes that a request may put together of several kept differences: some seconds of processor time."""

MOST_IN_MEMORY: Final = 100_000
"""Quads of a difference that is written whole, with entity tag and length; a larger one is sent as it is written."""

_HISTORY_FORMATS: Final = (ATOM, MARKDOWN, JSON)
_DIFFERENCE_FORMATS: Final = (HTML, JSON, TSV, RDF_PATCH)
_BY_NAME: Final[Mapping[str, Format]] = MappingProxyType({format.name: format for format in _DIFFERENCE_FORMATS})
_PAGE: Final = re.compile(rf"([1-9][0-9]{{0,8}})(\.{TRIG.name})?\Z")


@blueprint.route("/changes")
@answers(HTML)
def show_changes() -> Response:
    """Return the page of the history; other releases may come and go, so it is made anew."""
    site = current().site
    history = _history(site)
    text = render(
        "changes.html",
        frame_of(
            site,
            "Changes",
            "changes",
            section="changes",
            description="What each release of the data changed, the newest first.",
        ),
        publications=history_view(history, site.release.base),
        total=len(history),
    )
    more = [links.Link(f"changes.{format.name}", "alternate", format.media_type) for format in _HISTORY_FORMATS]
    response = html_response(text, "changes", more=more)
    response.headers["Cache-Control"] = REVALIDATED
    return response


@blueprint.route("/changes.<extension>")
@answers(*_HISTORY_FORMATS)
def show_history(extension: str) -> Response:
    """Return the history as Atom feed, as changelog in Markdown, or as JSON."""
    site, release = current().site, current().release
    history = _history(site)
    profile = release.manifest.profile
    if extension == ATOM.name:
        content: str | bytes = write_feed(
            history_view(history, site.release.base),
            site_url=site.site_url,
            base_iri=release.base.iri,
            title=profile.title or profile.name,
            author=profile.publisher or profile.name,
        )
        return _document(content, ATOM, "changes.atom", REVALIDATED)
    if extension == MARKDOWN.name:
        return _document(changelog(history, release.base, profile.title), MARKDOWN, "changes.md", REVALIDATED)
    if extension == JSON.name:
        told = {"publications": [entry.to_json() for entry in history]}
        content = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        return _document(content, JSON, "changes.json", REVALIDATED)
    raise _no_form("the history", extension, _HISTORY_FORMATS)


@blueprint.route("/changes/<old>/<name>")
@answers(*_DIFFERENCE_FORMATS, others={303: "The form that fits Accept."})
def show_difference(old: str, name: str) -> Response:
    """Answer for what differs between two releases, or return it in one format."""
    new, dot, extension = name.partition(".")
    comparison = _compare(old, new)
    if not dot:
        return _lead(new, _DIFFERENCE_FORMATS)
    format = _BY_NAME.get(extension)
    if format is None:
        raise _no_form("what differs between two releases", extension, _DIFFERENCE_FORMATS)
    path = f"changes/{old}/{new}"
    if format is HTML:
        return html_response(_page(comparison, path), f"{path}.html")
    chunks = CHUNKS[format](comparison)
    quads = comparison.counts["quads_added"] + comparison.counts["quads_removed"]
    response = Response(b"".join(chunks) if quads <= MOST_IN_MEMORY else chunks)
    response.headers["Content-Type"] = format.content_type
    response.headers["Cache-Control"] = IMMUTABLE
    others = [other for other in _DIFFERENCE_FORMATS if other is not format]
    _link(response, f"{path}.{extension}", [_form(f"{new}.{other.name}", other) for other in others])
    return response


@blueprint.route("/changes/stream")
@answers(status=303)
def show_stream() -> Response:
    """Answer for the event stream: its page in Turtle, or for people the page of the history."""
    response = _lead("stream", (TURTLE, HTML))
    if response.headers["Location"].endswith(HTML.name):
        response.headers["Location"] = "../changes"
    return response


@blueprint.route("/changes/stream.ttl")
@answers(TURTLE)
def show_stream_document() -> Response:
    """Return the page of the event stream, which leads to the pages of its members."""
    release = current().release
    content = stream_document(release.base, _history(current().site), release.manifest.licenses())
    return _document(content, TURTLE, f"{STREAM_PATH}.ttl", REVALIDATED)


@blueprint.route("/changes/stream/<time>/<name>")
@answers(TRIG, others={303: "The document of a page."})
def show_stream_page(time: str, name: str) -> Response:
    """Return a page of members of the event stream, which never changes."""
    found = _PAGE.match(name)
    entry = next((entry for entry in _history(current().site) if page_time(entry.publication.time) == time), None)
    if found is None or entry is None or entry.file is None:
        raise _no_page()
    number, numbers = int(found[1]), entry.file.blocks_with_changes()
    if number not in numbers:
        raise _no_page()
    if not found[2]:
        return _lead(str(number), (TRIG,))
    following = next((later for later in numbers if later > number), None)
    content = stream_page(current().release.base, entry, number, entry.file.block(number), following)
    return _document(content, TRIG, f"{STREAM_PATH}/{time}/{number}.{TRIG.name}", IMMUTABLE)


def _history(site: Site) -> tuple[HistoryEntry, ...]:
    return read_history(KeptDifferences(site.shelf.folder), site.shelf.publications())


def _compare(old: str, new: str) -> Comparison:
    """Return what differs between two releases, by what is kept.

    Raises:
        ProblemError: 404 where one is no release, or too little is kept; 422 where it would take too long.
    """
    release, shelf = current().release, current().site.shelf
    for version in (old, new):
        if shelf.entry(version) is None:
            raise not_found(f"There is no release {version[:100]!r} here.", "The releases are listed at /changes.")
    steps = KeptDifferences(shelf.folder).way(old, new)
    if steps is None:
        raise not_found(
            f"What differs between the releases {old} and {new} is not kept here.",
            "Their N-Quads are in /dumps/; the operator keeps it with `nosograph compare OLD NEW --keep`.",
        )
    if (number := most_changes(steps)) > MOST_COMPOSED:
        raise ProblemError(
            Problem(
                422,
                f"Between the releases {old} and {new} are {number} changes, of which the difference is not kept.",
                hint="Take the differences of the releases between them, which are listed at /changes; the operator "
                "keeps this one with `nosograph compare OLD NEW --keep`.",
                code="too-many-changes",
                fields={"limit": MOST_COMPOSED},
            )
        )
    return comparison_over(steps, old, new, release.base)


def _page(comparison: Comparison, path: str) -> str:
    site = current().site
    files = [format for format in _DIFFERENCE_FORMATS if format is not HTML]
    frame = frame_of(
        site,
        f"From {comparison.old} to {comparison.new}",
        f"{path}.html",
        section="changes",
        description=f"What differs between the releases {comparison.old} and {comparison.new}.",
        indexed=False,
        alternates=tuple(Alternate(f"/{path}.{format.name}", format.media_type, format.label) for format in files),
    )
    return render("difference.html", frame, view=difference_view(site.reader(), comparison))


def _lead(stem: str, formats: tuple[Format, ...]) -> Response:
    found = [_form(f"{stem}.{format.name}", format) for format in formats]
    return lead_to_document(stem, formats, found, negotiation.choose)


def _document(content: str | bytes, format: Format, path: str, lifetime: str) -> Response:
    response = Response(content)
    response.headers["Content-Type"] = format.content_type
    response.headers["Cache-Control"] = lifetime
    _link(response, path, [])
    return response


def _link(response: Response, path: str, more: list[links.Link]) -> None:
    licenses = links.license_links(current().release.manifest.licenses())
    canonical = links.Link(f"{current().site_url}{path}", "canonical")
    links.add_links(response.headers, [canonical, *more, *licenses])


def _form(target: str, format: Format) -> links.Link:
    return links.Link(target, "alternate", format.media_type)


def _no_form(what: str, extension: str, formats: tuple[Format, ...]) -> ProblemError:
    names = [f".{format.name}" for format in formats]
    return not_found(
        f"There is no document about {what} with the extension .{extension[:20]}.",
        f"There are {', '.join(names)}.",
        available=names,
    )


def _no_page() -> ProblemError:
    return not_found("The event stream has no such page.", f"Its pages are listed in /{STREAM_PATH}.ttl.")
