"""The pages of concepts; the concepts themselves are fragments of their ontology, whose documents say what they are."""

from __future__ import annotations

from flask import Blueprint, Response

from nosograph.rdf.curies import expand
from nosograph.rdf.formats import HTML, RDF_FORMATS
from nosograph.store.uses import Selection
from nosograph.web.html import structured_data
from nosograph.web.html.rendering import render
from nosograph.web.http.links import Link, relative_reference
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, parameter
from nosograph.web.routes.uses import check_bounds, check_filter, query_of, selection
from nosograph.web.views.concept import concept_view
from nosograph.web.views.references import number_references
from nosograph.web.views.resource import Alternate
from nosograph.web.views.site import Site

blueprint = Blueprint("concepts", __name__)

_DOCUMENTS = tuple(Alternate(f"/ontology.{format.name}", format.media_type, format.label) for format in RDF_FORMATS)


@blueprint.get("/concept/<name>")
@answers(HTML, takes=("use", "status", "q", "after", "before"))
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
    use, wanted = parameter("use"), selection()
    path = f"concept/{name}" + (f"?{query_of(use, wanted)}" if use else "")
    text = site.pages.get(f"/{path}", lambda: render_concept(site, iri, path, use, wanted))
    documents = (
        Link(relative_reference(f"/concept/{name}", entry.href), "alternate", entry.media_type) for entry in _DOCUMENTS
    )
    return html_response(text, path, "DefinedTerm", [Link(iri, "describes"), *documents])


def render_concept(site: Site, iri: str, path: str, use: str, wanted: Selection) -> str:
    """Return the page of a concept.

    Args:
        site: the site.
        iri: the concept.
        path: path of the page.
        use: the property whose entries alone are wanted, as a CURIE; empty for the beginning of each use.
        wanted: which of these entries are wanted.

    Raises:
        ProblemError: 404 where nothing uses it so, or nothing is beyond a bound.
    """
    reader = site.reader()
    check_filter((entry for entry in site.documents.uses(iri) if site.addresses.short(entry.predicate) == use), wanted)
    view = concept_view(reader.without_passages(), site.documents, iri, use, wanted)
    if use and not view.uses:
        raise not_found(f"Nothing uses the concept by {use[:100]!r}.", "Leave the parameter use out.")
    if use:
        check_bounds(view.uses[0])
    own = structured_data.own_statements(reader.triples.statements(iri), iri, site.release.base)
    return render(
        "concept.html",
        frame_of(
            site,
            f"{view.uses[0].heading}, {view.uses[0].page.words}" if use else view.value.text,
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
