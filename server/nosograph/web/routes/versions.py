"""Resources as a release had them, and the way to them by time: Memento's TimeGate and TimeMap (RFC 7089).

A TimeGate has an address of its own, so that no other address is different for different dates. What a release says of
a resource never changes, and is found in its N-Quads, which stay.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.http import http_date

from nosograph.rdf.formats import HTML, RDF_FORMATS
from nosograph.rdf.jsonld_context import read_context
from nosograph.release.opening import Release
from nosograph.store.documents import GatheredDocument
from nosograph.store.past_documents import find_past_document, holds_past
from nosograph.web.html.document_pages import page_of_version
from nosograph.web.http import links, memento
from nosograph.web.http.delivery import IMMUTABLE, REVALIDATED
from nosograph.web.http.problems import ProblemError, not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.dumps import find_release
from nosograph.web.routes.leading import lead_to_document
from nosograph.web.routes.parameters import answers
from nosograph.web.routes.resources import Address, parse_address
from nosograph.web.views.licenses import licenses_of
from nosograph.web.views.written_documents import write_resource_document

blueprint = Blueprint("versions", __name__)

_PARTS: Final = {("fact", "evidence"), ("source", "passage"), ("agent", "curation")}
_MAP_FORMATS: Final = {format.name: format for format in memento.TIME_MAP_FORMATS}


@blueprint.route("/release/<version>/<path:path>")
@answers(*RDF_FORMATS, HTML, others={303: "The document that fits Accept."})
def show_version(version: str, path: str) -> Response:
    """Answer for a resource as a release had it, or return the document about it in one format."""
    release = find_release(version)
    if release.version != version:
        raise not_found("A version of a resource is that of one release.", f"The latest one is {release.version}.")
    address = _address(path, release)
    iri = release.base.iri + address.path
    if address.format is None:
        if not holds_past(release, iri):
            raise _unknown(address, release)
        return _lead(address, version)
    if address.format not in address.formats:
        raise _unknown(address, release)
    document = find_past_document(release, iri)
    if document is None:
        raise _unknown(address, release)
    return _document(address, release, document)


@blueprint.route("/timegate/<path:path>")
@answers(status=302)
def show_time_gate(path: str) -> Response:
    """Lead to a resource or a document as it was at the time of ``Accept-Datetime``; without it, to the newest."""
    address = _address(path, current().release)
    wanted = memento.wanted_time(request.headers.get("Accept-Datetime"))
    mementos = _mementos(address)
    chosen = memento.choose_memento(mementos, wanted)
    own = _own_path(address)
    response = Response(status=302)
    target = f"/release/{chosen.release}/{own}"
    response.headers["Location"] = links.relative_reference(request.path, target)
    response.vary.add("Accept-Datetime")
    found = [
        links.Link(_original(address), "original"),
        links.Link(_absolute(f"timemap/link/{own}"), "timemap", links.LINK_FORMAT.media_type),
        *(
            links.Link(entry.address, f"{relation} memento", datetime=http_date(entry.time))
            for relation, entry in (("first", mementos[0]), ("last", mementos[-1]))
        ),
    ]
    links.add_links(response.headers, found)
    response.headers["Cache-Control"] = REVALIDATED
    return response


@blueprint.route("/timemap/<any(link,json):name>/<path:path>")
@answers(*memento.TIME_MAP_FORMATS)
def show_time_map(name: str, path: str) -> Response:
    """Return the list of the versions of a resource or a document."""
    address = _address(path, current().release)
    own = _own_path(address)
    # What was published again is one version, as its address is one.
    mementos = {entry.release: entry for entry in reversed(_mementos(address))}
    time_map = memento.TimeMap(
        _original(address),
        _absolute(f"timegate/{own}"),
        {known: _absolute(f"timemap/{known}/{own}") for known in _MAP_FORMATS},
        sorted(mementos.values(), key=lambda entry: entry.time),
    )
    format = _MAP_FORMATS[name]
    response = Response(memento.write_time_map(time_map, format))
    response.headers["Content-Type"] = format.content_type
    response.headers["Cache-Control"] = REVALIDATED
    return response


def _address(path: str, release: Release) -> Address:
    """Return the address that a path means, or an IRI below the base.

    Raises:
        ProblemError: 404 where it is of nothing that has versions, 400 where the identifier is malformed.
    """
    for start in (release.base.iri, current().site_url):
        # A proxy may have made one slash of the two behind the scheme.
        for spelling in (start, start.replace("://", ":/", 1)):
            path = path.removeprefix(spelling)
    segments = path.split("/")
    if len(segments) == 2 and segments[0] in release.base.kinds:
        return parse_address(segments[0], f"{segments[0]}/", segments[1])
    if len(segments) == 4 and (segments[0], segments[2]) in _PARTS:
        return parse_address(segments[2], "/".join(segments[:3]) + "/", segments[3])
    raise not_found(
        f"Nothing at the address {path[:200]!r} has versions here.",
        "Name a resource by its kind and identifier, or by its IRI; the releases are listed at /changes.",
    )


def _mementos(address: Address) -> list[memento.Memento]:
    """Return the versions of what an address names, the oldest publication first.

    Raises:
        ProblemError: 404 where no release has it.
    """
    shelf, base = current().site.shelf, current().release.base
    own = _own_path(address)
    has: dict[str, bool] = {}
    found = []
    for publication in shelf.publications():
        version = publication.version
        if version not in has:
            release = shelf.open(version)
            has[version] = release is not None and holds_past(release, base.iri + address.path)
        if has[version]:
            found.append(memento.Memento(_absolute(f"release/{version}/{own}"), version, publication.time))
    if not found:
        raise not_found(
            f"No release here has a {address.kind} {address.name!r}.", "The releases are listed at /changes."
        )
    return found


def _own_path(address: Address) -> str:
    return address.path + (f".{address.format.name}" if address.format else "")


def _original(address: Address) -> str:
    """Return the IRI of a resource, or the address of the document."""
    return _absolute(_own_path(address)) if address.format else current().release.base.iri + address.path


def _absolute(path: str) -> str:
    return f"{current().site_url}{path}"


def _unknown(address: Address, release: Release) -> ProblemError:
    return not_found(
        f"Release {release.version} has no {address.kind} {address.name!r} in this form.",
        f"The releases that have it are listed at /timemap/link/{address.path}.",
    )


def _lead(address: Address, version: str) -> Response:
    response = lead_to_document(address.name, address.formats, links.described_by(address.name, address.formats))
    _add_version(response, address, version, [])
    return response


def _document(address: Address, release: Release, document: GatheredDocument) -> Response:
    """Return the document about a resource as a release had it."""
    context, format = current(), address.format
    assert format is not None
    own = _absolute(f"release/{release.version}/{_own_path(address)}")
    if format is HTML:
        content: str | bytes = page_of_version(context.site, release, address.kind, address.path, document)
    else:
        jsonld = read_context(release.read(release.context.name).decode(), release.base)
        content = write_resource_document(release, document, format, jsonld, own)
    response = Response(content)
    response.headers["Content-Type"] = format.content_type
    # A page also says which release is served now.
    response.headers["Cache-Control"] = REVALIDATED if format is HTML else IMMUTABLE
    others = [other for other in address.formats if other is not format]
    about = [
        links.Link(document.iri, "describes"),
        links.Link(own, "canonical"),
        *(links.Link(f"{address.name}.{other.name}", "alternate", other.media_type) for other in others),
        *links.license_links(licenses_of(release, document.graphs)),
    ]
    _add_version(response, address, release.version, about)
    return response


def _add_version(response: Response, address: Address, version: str, more: list[links.Link]) -> None:
    """Add to a response since when a version was the one that readers got, and links to original and versions."""
    time = _time_of(version)
    if time is not None:
        response.headers["Memento-Datetime"] = http_date(time)
    own = _own_path(address)
    found = [
        *more,
        links.Link(_original(address), "original"),
        links.Link(_absolute(f"timegate/{own}"), "timegate"),
        links.Link(_absolute(f"timemap/link/{own}"), "timemap", links.LINK_FORMAT.media_type),
        links.Link(str(current().release.base.resource("release", version)), "collection"),
        links.Link(_original(address), "latest-version"),
    ]
    links.add_links(response.headers, found)


def _time_of(version: str) -> datetime | None:
    """Return when a version was published first."""
    publications = current().site.shelf.publications()
    return next((entry.time for entry in publications if entry.version == version), None)
