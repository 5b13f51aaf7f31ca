"""The vocabulary, the shapes and the JSON-LD context at the addresses that their IRIs have."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from nosograph.rdf import writer
from nosograph.rdf.formats import DOCUMENT_FORMATS, JSON_LD, RDF_FORMATS, TURTLE
from nosograph.rdf.names import NOSO_SHAPES
from nosograph.web.http import links
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.leading import lead_to_document
from nosograph.web.routes.parameters import answers

blueprint = Blueprint("vocabulary", __name__)

_RDF_BY_NAME: Final = {format.name: format for format in RDF_FORMATS}


@blueprint.route("/<any(ontology,shapes):name>")
@answers(status=303)
def show_vocabulary(name: str) -> Response:
    """Answer 303 to the document that fits; every term is a fragment of the one address."""
    return lead_to_document(name, DOCUMENT_FORMATS, links.described_by(name, DOCUMENT_FORMATS))


@blueprint.route("/<any(ontology,shapes):name>.<extension>")
@answers(*RDF_FORMATS)
def show_document(name: str, extension: str) -> Response:
    """Return the vocabulary or the shapes in one format; as Turtle the file of the release, with its layout."""
    format = _RDF_BY_NAME.get(extension)
    if format is None:
        names = [f".{known.name}" for known in DOCUMENT_FORMATS]
        raise not_found(
            f"There is no document about the {name} with the extension .{extension[:20]}.",
            f"There are {', '.join(names)}.",
            available=names,
        )
    context = current()
    base = context.release.base
    iri = context.release.vocabulary.ontology if name == "ontology" else str(NOSO_SHAPES)[:-1]
    if format is TURTLE:
        content = context.release.read(f"{name}.ttl")
    else:
        quads = writer.read_graph(context.release.read(f"{name}.ttl"), str(base.graph(name)))
        content = writer.write_document(quads, format, base.prefixes(), context.jsonld, first=iri)
    response = Response(content)
    response.headers["Content-Type"] = format.content_type
    found = [links.Link(iri, "describes"), links.Link(f"{context.site_url}{name}.{extension}", "canonical")]
    for other in DOCUMENT_FORMATS:
        if other is not format:
            found.append(links.Link(f"{name}.{other.name}", "alternate", other.media_type))
    links.add_links(response.headers, [*found, *links.license_links(context.release.manifest.licenses([name]))])
    return response


@blueprint.route("/context.jsonld")
@answers(JSON_LD)
def show_context() -> Response:
    """Return the JSON-LD context of documents and dumps."""
    context = current()
    response = Response(context.release.read(context.release.context.name))
    response.headers["Content-Type"] = JSON_LD.content_type
    canonical = links.Link(f"{context.site_url}context.jsonld", "canonical")
    licenses = links.license_links(context.release.manifest.licenses(["ontology"]))
    links.add_links(response.headers, [canonical, *licenses])
    return response
