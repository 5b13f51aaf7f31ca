"""The pages about the whole: front page, lists, downloads, vocabulary, shapes, about; and the static files."""

from __future__ import annotations

from flask import Blueprint, Response, request

from nosograph.rdf.formats import HTML, JSON_LD, RDF_FORMATS, TURTLE
from nosograph.rdf.names import CURATED_GRAPHS, NOSO_SHAPES
from nosograph.vocabulary.terms import FACT_KIND, UNLABELLED_KINDS
from nosograph.web.html import document_pages, structured_data
from nosograph.web.html.citation_formats import cite
from nosograph.web.html.rendering import STATIC_TYPES, render, static_digest, static_files
from nosograph.web.html.structured_data import publisher_iri
from nosograph.web.http import negotiation
from nosograph.web.http.delivery import REVALIDATED
from nosograph.web.http.links import ABOUT_PAGE, LINKSET_JSON, Link
from nosograph.web.http.problems import not_acceptable, not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.dumps import main_items
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, page_number
from nosograph.web.routes.releases import lead_to_catalog
from nosograph.web.routes.well_known import lead_to_void
from nosograph.web.views import charts, downloads, overview, trust
from nosograph.web.views.catalog import catalog_iri
from nosograph.web.views.licenses import license_names
from nosograph.web.views.mapping_set import mapping_sets
from nosograph.web.views.site import Site
from nosograph.web.views.wording import STATUSES

blueprint = Blueprint("pages", __name__)


def _documentation_links(name: str) -> list[Link]:
    return [Link(f"{name}.{format.name}", "alternate", format.media_type) for format in RDF_FORMATS]


@blueprint.get("/static/<digest>/<path:name>")
def show_static(digest: str, name: str) -> Response:
    """Return a static file; its address holds a digest of all of them, so it may be kept for ever."""
    content = static_files().get(name)
    if content is None:
        raise not_found(f"There is no static file {name[:100]!r}.", "The pages name those that there are.")
    response = Response(content, content_type=STATIC_TYPES[name.rpartition(".")[2]])
    lasting = digest == static_digest()
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "public, max-age=300"
    return response


@blueprint.get("/")
@answers(HTML, others={303: "The description of the data, for those who ask for RDF."})
def show_home() -> Response:
    """Return the front page, or lead who asks for RDF to the description of the data set: this is its IRI."""
    accept = request.headers.get("Accept")
    formats = (HTML, TURTLE, JSON_LD, *(form for form in RDF_FORMATS if form not in (TURTLE, JSON_LD)))
    choice = negotiation.choose(accept, formats)
    if choice is None:
        raise not_acceptable(formats, accept or "")
    if choice.format in (TURTLE, JSON_LD):
        return lead_to_void(choice.format)
    if choice.format is not HTML:
        return lead_to_catalog(choice.format)
    site = current().site
    folder = f"dumps/{site.release.version}/"
    more = [
        Link(ABOUT_PAGE, "type"),
        Link(site.release.base.iri, "cite-as"),
        Link(publisher_iri(site.release.manifest), "author"),
        Link(".well-known/api-catalog", "api-catalog", LINKSET_JSON.media_type),
        Link(f"{folder}linkset.json", "linkset", LINKSET_JSON.media_type),
        *(Link(f"{folder}dcat.{format.name}", "describedby", format.media_type) for format in (TURTLE, JSON_LD)),
        Link(f"{folder}void.ttl", "describedby", TURTLE.media_type),
        *main_items(site.release, folder),
    ]
    response = html_response(site.pages.get("/", lambda: render_home(site)), type_name="Dataset", more=more)
    response.vary.add("Accept")
    return response


def render_home(site: Site) -> str:
    """Return the front page."""
    reader = site.reader()
    manifest = site.release.manifest
    counts = manifest.counts
    rows = overview.first_rows(reader, site.documents, manifest, overview.ON_THE_FRONT_PAGE + 1)
    files = [
        (site.addresses.absolute(f"dumps/{manifest.version}/{file.name}"), file.media_type, file.size)
        for file in manifest.files.values()
        if file.name.startswith("nosograph.")
    ]
    data = structured_data.dataset(site.release.vocabulary, site.site_url, manifest, files)
    return render(
        "home.html",
        frame_of(
            site,
            manifest.profile.name,
            "",
            section="home",
            description=f"{structured_data.knowledge_graph(site.release.vocabulary)} in which every statement carries "
            "its evidence: who says it, where in the text, on what reference and how surely.",
            structured=structured_data.embed(data),
        ),
        focus=site.release.vocabulary.focus,
        rows=rows[: overview.ON_THE_FRONT_PAGE],
        more=len(rows) > overview.ON_THE_FRONT_PAGE,
        coverage=overview.coverage(reader, site.documents, manifest),
        figures=overview.figures(site.release.vocabulary, counts.kinds, counts.evidence, counts.triples),
        charts=charts.statistics(reader, site.documents, counts.statuses, counts.evidence),
        rdf_formats=RDF_FORMATS,
        table_formats=downloads.table_formats(),
    )


@blueprint.get("/<kind:kind>/")
@answers(HTML, takes=("page",))
def show_kind(kind: str) -> Response:
    """Return the list of the resources of one kind."""
    site = current().site
    number = site.release.manifest.counts.kinds.get(kind, 0)
    page = _page_number(number)
    text = site.pages.get(f"/{kind}/ {page}", lambda: render_kind(site, kind, number, page))
    return html_response(text, f"{kind}/" if page == 1 else f"{kind}/?page={page}", "CollectionPage")


def _page_number(number: int) -> int:
    page = page_number()
    if page > 1 and (page - 1) * overview.PAGE_LENGTH >= number:
        raise not_found(f"The list has no page {page}.", "Begin with page=1.")
    return page


def render_kind(site: Site, kind: str, number: int, page: int) -> str:
    """Return the list of the resources of one kind."""
    shown = overview.list_of_kind(site.reader(), site.documents, kind, number, page)
    entry = site.release.vocabulary.by_kind[kind]
    plural = entry.plural_name
    return render(
        "index.html",
        frame_of(
            site,
            plural if page == 1 else f"{plural}, page {page}",
            f"{kind}/" if page == 1 else f"{kind}/?page={page}",
            section=kind,
            description=entry.description,
        ),
        kind=kind,
        plural=plural,
        description=entry.description,
        shown=shown,
        searchable=kind not in UNLABELLED_KINDS,
        statuses=overview.statuses(site.addresses, site.release.manifest.counts.statuses) if kind == FACT_KIND else (),
        kinds=overview.kinds_with_numbers(site.release.vocabulary, site.release.manifest.counts.kinds),
    )


@blueprint.get("/downloads")
@answers(HTML)
def show_downloads() -> Response:
    """Return the page of downloads; other releases may come and go, so it is made anew."""
    release = current().release
    more = [
        Link(ABOUT_PAGE, "type"),
        Link(catalog_iri(release.base), "cite-as"),
        Link(catalog_iri(release.base), "describes"),
        Link(publisher_iri(release.manifest), "author"),
        *(Link(f"catalog.{format.name}", "describedby", format.media_type) for format in (TURTLE, JSON_LD)),
        Link("dumps/latest/dcat.ttl", "describedby", TURTLE.media_type),
        Link("dumps/latest/linkset.json", "linkset", LINKSET_JSON.media_type),
        *main_items(release, "dumps/latest/"),
    ]
    response = html_response(render_downloads(current().site), "downloads", "DataCatalog", more)
    response.headers["Cache-Control"] = REVALIDATED
    return response


def render_downloads(site: Site) -> str:
    """Return the page that lists every release with its files."""
    release = site.release
    return render(
        "downloads.html",
        frame_of(
            site,
            "Downloads",
            "downloads",
            section="downloads",
            description="The whole graph as Turtle, JSON-LD, N-Triples, N-Quads, TriG and RDF/XML, with checksums.",
            structured=structured_data.embed(
                structured_data.data_catalog(release.manifest, site.addresses.absolute("downloads"))
            ),
        ),
        curated_licenses=license_names(release.manifest.licenses(CURATED_GRAPHS)),
        mapping_sets=mapping_sets(release),
        releases=downloads.release_entries(site.shelf),
        recipes=downloads.recipes(site.addresses.absolute(f"dumps/{release.version}/"), release.base.iri),
    )


@blueprint.get("/about")
@answers(HTML)
def show_about() -> Response:
    """Return the page about the project."""
    context = current()
    site, settings = context.site, context.settings
    pending = not settings.base_resolves and settings.site_url != site.release.base.iri
    return html_response(site.pages.get("/about", lambda: render_about(site, pending=pending)), "about", "AboutPage")


def render_about(site: Site, *, pending: bool) -> str:
    """Return the page about method, evidence, licence, and how to cite and link.

    Args:
        site: the site.
        pending: whether requests to the base IRI do not lead to the site yet.
    """
    manifest = site.release.manifest
    rows = overview.first_rows(site.reader(), site.documents, manifest, 1)
    return render(
        "about.html",
        frame_of(
            site,
            "About",
            "about",
            section="about",
            description="How facts are recorded with their evidence, what the marks mean, licence and citation.",
        ),
        statuses=tuple(STATUSES.values()),
        citation=cite(manifest.base_iri, manifest.profile.title, manifest, manifest.licenses()),
        publisher=manifest.profile.publisher,
        contact=trust.contact(manifest.profile),
        base=manifest.base_iri,
        pending=pending,
        example=rows[0].value.iri if rows else manifest.base_iri,
    )


@blueprint.get("/ontology.html")
@answers(HTML)
def show_vocabulary() -> Response:
    """Return the documentation of the vocabulary."""
    more = [Link(current().release.vocabulary.ontology, "describes"), *_documentation_links("ontology")]
    return html_response(
        current().site.pages.get("/ontology.html", lambda: document_pages.page_of_vocabulary(current().site)),
        "ontology.html",
        more=more,
    )


@blueprint.get("/shapes.html")
@answers(HTML)
def show_shapes() -> Response:
    """Return the documentation of the shapes."""
    more = [Link(str(NOSO_SHAPES)[:-1], "describes"), *_documentation_links("shapes")]
    return html_response(
        current().site.pages.get("/shapes.html", lambda: document_pages.page_of_shapes(current().site)),
        "shapes.html",
        more=more,
    )
