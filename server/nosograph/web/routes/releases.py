"""Releases that are no longer the newest, the catalogue of all, and the versions of vocabulary and shapes.

Their IRIs are cited, so they answer for as long as this server has anything of them, or has had it.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from nosograph.rdf import writer
from nosograph.rdf.formats import DOCUMENT_FORMATS, HTML, RDF_FORMATS, TURTLE, Format
from nosograph.rdf.names import NOSO, NOSO_SHAPES
from nosograph.release.ledger import LedgerEntry, ReleaseState
from nosograph.release.opening import Release
from nosograph.web.html.document_pages import page_of_past_release
from nosograph.web.http import links
from nosograph.web.http.delivery import REVALIDATED
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current, own_address
from nosograph.web.routes.leading import lead_to_document
from nosograph.web.routes.parameters import answers
from nosograph.web.routes.resources import show_resource
from nosograph.web.views.catalog import catalog_iri, describe_catalog, describe_release

blueprint = Blueprint("releases", __name__)

_VOCABULARIES: Final = {"ontology": str(NOSO)[:-1], "shapes": str(NOSO_SHAPES)[:-1]}
_RDF_BY_NAME: Final = {format.name: format for format in RDF_FORMATS}
_BY_NAME: Final = {format.name: format for format in (*DOCUMENT_FORMATS, links.LINKSET_JSON)}


@blueprint.route("/release/<name>")
@answers(*RDF_FORMATS, HTML, others={303: "The document that fits Accept."})
def show_release(name: str) -> Response:
    """Answer for a release or a document about it; the one that is served is a resource like any other."""
    context = current()
    version, dot, extension = name.partition(".")
    entry = None if version == context.release.version else context.site.shelf.entry(version)
    if entry is None:
        return show_resource("release", name)
    if not dot:
        found = [
            *links.resource_links(version),
            links.Link(str(context.release.base.resource("release", context.release.version)), "latest-version"),
        ]
        return lead_to_document(version, DOCUMENT_FORMATS, found)
    format = _BY_NAME.get(extension)
    if format is None:
        raise _no_document(version, extension, DOCUMENT_FORMATS)
    return _release_document(entry, format)


def _release_document(entry: LedgerEntry, format: Format) -> Response:
    context = current()
    shelf = context.site.shelf
    release = None if entry.state is ReleaseState.REMOVED else shelf.open(entry.version)
    iri = str(context.release.base.resource("release", entry.version))
    quads = describe_release(shelf, entry, release)
    licenses = release.manifest.licenses() if release else tuple(filter(None, (entry.license,)))
    about = links.document_links(
        entry.version,
        format.name,
        iri=iri,
        canonical=f"{context.site_url}release/{entry.version}.{format.name}",
        types=(str(NOSO) + "Release",),
        collection="./",
        licenses=licenses,
    )
    if format is HTML:
        content: str | bytes = page_of_past_release(context.site, entry.version, iri, quads)
    elif format is links.LINKSET_JSON:
        contexts = {iri: links.resource_links(entry.version), f"{entry.version}.html": about}
        content = links.write_linkset(contexts, own_address())
    else:
        content = writer.write_document(quads, format, context.release.base.prefixes(), context.jsonld, first=iri)
    return _document(content, format, about)


@blueprint.route("/catalog")
@answers(status=303)
def show_catalog() -> Response:
    """Lead to the catalogue in the form that fits; for people that is the page of downloads."""
    response = lead_to_document("catalog", DOCUMENT_FORMATS, links.described_by("catalog", RDF_FORMATS))
    if response.headers["Location"] == "catalog.html":
        response.headers["Location"] = "downloads"
    return response


def lead_to_catalog(format: Format) -> Response:
    """Return the redirect (303) from the front page to the catalogue, which describes the data set in any format."""
    response = Response(status=303)
    response.headers["Location"] = f"catalog.{format.name}"
    response.vary.add("Accept")
    return response


@blueprint.route("/catalog.<extension>")
@answers(*RDF_FORMATS)
def show_catalog_document(extension: str) -> Response:
    """Return the catalogue of every release that was ever published, in one format."""
    context = current()
    format = _RDF_BY_NAME.get(extension)
    if format is None:
        raise _no_document("catalog", extension, RDF_FORMATS)
    iri = catalog_iri(context.release.base)
    quads = describe_catalog(context.site.shelf)
    content = writer.write_document(quads, format, context.release.base.prefixes(), context.jsonld, first=iri)
    found = [
        links.Link(iri, "describes"),
        links.Link(f"{context.site_url}catalog.{extension}", "canonical"),
        *(
            links.Link(f"catalog.{other.name}", "alternate", other.media_type)
            for other in RDF_FORMATS
            if other is not format
        ),
        *links.license_links(context.release.manifest.licenses()),
    ]
    return _document(content, format, found)


@blueprint.route("/<any(ontology,shapes):name>/<version>")
@answers(*RDF_FORMATS, others={303: "The document that fits Accept."})
def show_vocabulary_version(name: str, version: str) -> Response:
    """Answer for a version (``owl:versionIRI``) of vocabulary or shapes, from the newest release that has it."""
    context = current()
    stem, dot, extension = version.rpartition(".")
    format = _RDF_BY_NAME.get(extension) if dot else None
    number = stem if format else version
    release = _release_with(name, f"{_VOCABULARIES[name]}/{number}")
    if release is None:
        raise not_found(
            f"No release here has version {number[:50]!r} of the {name}.",
            f"The one that is served is described at /{name}.",
        )
    if format is None:
        found = links.described_by(number, RDF_FORMATS)
        if release is not context.release:
            return lead_to_document(number, RDF_FORMATS, found)
        response = lead_to_document(number, DOCUMENT_FORMATS, found)
        if response.headers["Location"].endswith(f".{HTML.name}"):
            response.headers["Location"] = f"../{name}.{HTML.name}"
        return response
    content = release.read(f"{name}.ttl")
    if format is not TURTLE:
        quads = writer.read_graph(content, str(release.base.graph(name)))
        content = writer.write_document(
            quads, format, context.release.base.prefixes(), context.jsonld, first=_VOCABULARIES[name]
        )
    about = [
        links.Link(f"{_VOCABULARIES[name]}/{number}", "describes"),
        links.Link(f"{context.site_url}{name}/{version}", "canonical"),
        links.Link(f"{context.site_url}{name}", "latest-version"),
        *links.license_links(release.manifest.licenses([name])),
    ]
    return _document(content, format, about)


def _release_with(name: str, iri: str) -> Release | None:
    """Return the newest release whose vocabulary or shapes bear a version, the served one first."""
    context = current()
    others = (context.site.shelf.open(entry.version) for entry in context.site.shelf.entries())
    for release in (context.release, *others):
        if release is not None and name in release.manifest.terms and release.manifest.terms[name].version == iri:
            return release
    return None


def _document(content: str | bytes, format: Format, found: list[links.Link]) -> Response:
    """Return a document that changes when releases come and go, so copies of it are checked before they are used."""
    response = Response(content)
    response.headers["Content-Type"] = format.content_type
    response.headers["Cache-Control"] = REVALIDATED
    links.add_links(response.headers, found)
    return response


def _no_document(stem: str, extension: str, formats: tuple[Format, ...]) -> Exception:
    names = [f".{format.name}" for format in formats]
    return not_found(
        f"There is no document about {stem!r} with the extension .{extension[:20]}.",
        f"There are {', '.join(names)}.",
        available=names,
    )
