"""The mapping sets of the release at the addresses that their IRIs have: as a page, in SSSOM's table, as RDF."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from nosograph.rdf import writer
from nosograph.rdf.formats import HTML, RDF_FORMATS, TSV, TURTLE, Format
from nosograph.release.names import SSSOM_EXTENSION, graphs_of_file, mapping_set_file
from nosograph.web.html.rendering import render
from nosograph.web.http import links
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.leading import lead_to_document
from nosograph.web.routes.parameters import answers
from nosograph.web.views.mapping_set import mapping_set_view, mapping_sets
from nosograph.web.views.site import Site

blueprint = Blueprint("mapping_sets", __name__)

MOST_CONVERTED: Final = 4 * 1024 * 1024
"""Bytes of Turtle up to which a set is also served in other formats of RDF, which are made of it when asked for."""

_TABLE: Final = TSV._replace(name=SSSOM_EXTENSION)


@blueprint.get("/mapping-set/<name>")
@answers(*RDF_FORMATS, _TABLE, HTML, others={303: "The document that fits Accept."})
def show_mapping_set(name: str) -> Response:
    """Answer for a mapping set or a document of it.

    Raises:
        ProblemError: 404 where there is no such set or document, 406 where no document fits.
    """
    stem, dot, extension = name.partition(".")
    formats = _formats(stem)
    if not dot:
        return lead_to_document(stem, formats, links.described_by(stem, formats))
    format = next((known for known in formats if known.name == extension), None)
    if format is None:
        names = [f".{known.name}" for known in formats]
        raise not_found(
            f"There is no document of the mapping set {stem!r} with the extension .{extension[:20]}.",
            f"There are {', '.join(names)}.",
            available=names,
        )
    if format is HTML:
        site = current().site
        text = site.pages.get(f"/mapping-set/{name}", lambda: render_mapping_set(site, stem))
        return html_response(text, f"mapping-set/{name}", "Dataset", _links(stem, format, formats))
    response = Response(_content(stem, format))
    response.headers["Content-Type"] = format.content_type
    canonical = links.Link(f"{current().site_url}mapping-set/{name}", "canonical")
    licenses = current().release.manifest.licenses(graphs_of_file(mapping_set_file(stem, extension)))
    links.add_links(response.headers, [canonical, *_links(stem, format, formats), *links.license_links(licenses)])
    return response


def render_mapping_set(site: Site, name: str) -> str:
    """Return the page of a mapping set."""
    view = mapping_set_view(site.release, site.addresses, name)
    path = f"mapping-set/{name}.{HTML.name}"
    frame = frame_of(site, view.title, path, section="downloads", description=view.description or view.title)
    return render("mapping_set.html", frame, set=view, iri=_iri(name), formats=_formats(name))


def _formats(name: str) -> tuple[Format, ...]:
    """Return the formats in which a mapping set is served, in the order of preference.

    Raises:
        ProblemError: 404 where there is no such set.
    """
    release = current().release
    known = mapping_sets(release)
    if name not in known:
        raise not_found(
            f"There is no mapping set {name[:100]!r} in this release.",
            f"There are {', '.join(known)}." if known else "This release has no mappings.",
            available=known,
        )
    size = release.manifest.files[mapping_set_file(name, TURTLE.name)].size
    others = [format for format in RDF_FORMATS if format is not TURTLE and size <= MOST_CONVERTED]
    return (TURTLE, _TABLE, HTML, *others)


def _content(name: str, format: Format) -> bytes:
    release = current().release
    if format in (TURTLE, _TABLE):
        return release.read(mapping_set_file(name, format.name))
    graph = graphs_of_file(mapping_set_file(name, TURTLE.name)) or ("mappings",)
    quads = writer.read_graph(release.read(mapping_set_file(name, TURTLE.name)), str(release.base.graph(graph[0])))
    return writer.write_document(quads, format, release.base.prefixes(), current().jsonld, first=_iri(name))


def _iri(name: str) -> str:
    return f"{current().release.base.iri}mapping-set/{name}"


def _links(name: str, format: Format, formats: tuple[Format, ...]) -> list[links.Link]:
    others = [other for other in formats if other is not format]
    return [
        links.Link(_iri(name), "describes"),
        *(links.Link(f"{name}.{other.name}", "alternate", other.media_type) for other in others),
    ]
