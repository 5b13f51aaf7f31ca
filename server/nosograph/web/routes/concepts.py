"""The pages of concepts; the concepts themselves are fragments of their ontology, whose documents say what they are."""

from __future__ import annotations

from flask import Blueprint, Response

from nosograph.rdf.curies import expand
from nosograph.rdf.formats import RDF_FORMATS
from nosograph.web.html import structured_data
from nosograph.web.html.rendering import render
from nosograph.web.http.links import Link, relative_reference
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import page_number, parameter
from nosograph.web.views.concept import concept_view, uses_of
from nosograph.web.views.references import number_references
from nosograph.web.views.resource import Alternate
from nosograph.web.views.site import Site

blueprint = Blueprint("concepts", __name__)

_DOCUMENTS = tuple(Alternate(f"/ontology.{format.name}", format.media_type, format.label) for format in RDF_FORMATS)


@blueprint.get("/concept/<name>")
def show_concept(name: str) -> Response:
    """Return the page of a concept, which is named by its CURIE, or of one of its uses.

    Raises:
        ProblemError: 404 where the vocabulary has no such concept, nothing uses it so, or there is no such page.
    """
    site = current().site
    iri = expand(name, site.release.base)
    if iri is None or iri not in site.release.vocabulary.concepts:
        raise not_found(
            f"There is no concept {name[:100]!r} in this release.", "The concepts are listed at /ontology.html."
        )
    use, page = parameter("use"), page_number()
    path = f"concept/{name}" + (f"?use={use}" if use else "") + (f"&page={page}" if page > 1 else "")
    text = site.pages.get(f"/{path}", lambda: render_concept(site, iri, path, use, page))
    documents = (
        Link(relative_reference(f"/concept/{name}", entry.href), "alternate", entry.media_type) for entry in _DOCUMENTS
    )
    return html_response(text, path, "DefinedTerm", [Link(iri, "describes"), *documents])


def render_concept(site: Site, iri: str, path: str, use: str, page: int) -> str:
    """Return the page of a concept.

    Args:
        site: the site.
        iri: the concept.
        path: path of the page.
        use: the property whose entries alone are wanted, as a CURIE; empty for the beginning of each use.
        page: which page of them, from 1.

    Raises:
        ProblemError: 404 where nothing uses it so, or there is no such page.
    """
    reader = site.reader()
    found = site.uses.get(iri, lambda: uses_of(site.reader(), iri))
    view = concept_view(reader.without_passages(), iri, found, use, page)
    if use and not view.uses:
        raise not_found(f"Nothing uses the concept by {use[:100]!r}.", "Leave the parameter use out.")
    if page > 1 and not (use and (view.uses[0].facts or view.uses[0].rows)):
        raise not_found(f"The list has no page {page}.", "Begin with page=1.")
    own = structured_data.own_statements(reader.triples.statements(iri), iri, site.release.base)
    return render(
        "concept.html",
        frame_of(
            site,
            view.value.text if not use else f"{view.uses[0].heading}, page {page}",
            path,
            section="ontology",
            description=" ".join(definition.text for definition in view.definitions),
            structured=structured_data.embed_bounded(own),
            alternates=_DOCUMENTS,
            iri=iri,
            scripts=("site.js", "tables.js"),
        ),
        concept=view,
        use=use,
        short=site.addresses.short(iri),
        references=number_references(reader, view.facts),
    )
