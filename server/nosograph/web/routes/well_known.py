"""What machines look for: well-known addresses, robots.txt and the sitemap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from nosograph.rdf.formats import HTML, JSON, JSON_LD, PLAIN_TEXT, TURTLE, XML, Format
from nosograph.vocabulary.terms import FACT_KIND, MAPPING_KIND
from nosograph.web.http import links, negotiation
from nosograph.web.http.delivery import REVALIDATED
from nosograph.web.http.problems import not_acceptable, not_found
from nosograph.web.routes.context import ServerContext, current, own_address
from nosograph.web.routes.parameters import answers

blueprint = Blueprint("well_known", __name__)

MOST_IN_SITEMAP: Final = 50_000
"""Addresses that one sitemap may have (sitemaps.org protocol)."""

SECURITY_CONTACT_HOLDS: Final = timedelta(days=180)
"""How long a copy of security.txt may be believed; RFC 9116 advises less than a year."""

_VOID_FILES: Final = {TURTLE.name: "void.ttl", JSON_LD.name: "void.jsonld"}
_API_CATALOG_PROFILE: Final = "https://www.rfc-editor.org/info/rfc9727"
_SITE_PAGES: Final = (
    "",
    "hierarchy",
    "questions",
    "about",
    "docs/",
    "downloads",
    "changes",
    "ontology.html",
    "shapes.html",
    "sparql",
)
_SITEMAP_SPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


@blueprint.route("/.well-known/void")
@answers(status=303)
def find_void() -> Response:
    """Lead to the VoID description of the release that is served (VoID §7.2, RFC 5785)."""
    accept = request.headers.get("Accept")
    choice = negotiation.choose(accept, (TURTLE, JSON_LD), {TURTLE.name: (HTML.media_type,)})
    if choice is None:
        raise not_acceptable((TURTLE, JSON_LD), accept or "")
    return lead_to_void(choice.format)


def lead_to_void(format: Format) -> Response:
    """Return the redirect (303) to the VoID description in a format that it has."""
    response = Response(status=303)
    target = f"/dumps/{current().release.version}/{_VOID_FILES[format.name]}"
    response.headers["Location"] = links.relative_reference(request.path, target)
    response.vary.add("Accept")
    return response


@blueprint.route("/.well-known/api-catalog")
@answers(links.LINKSET_JSON)
def list_interfaces() -> Response:
    """Return the catalogue of the programming interfaces here, as a link set (RFC 9727)."""
    context = current()
    site = context.site_url
    catalog = f"{site}.well-known/api-catalog"
    licenses = links.license_links(context.release.manifest.licenses())
    endpoint, dumps = f"{site}sparql", f"{site}dumps/latest/"
    described = [
        links.Link(f"{site}openapi.json", "service-desc", JSON.media_type),
        links.Link(f"{site}openapi.html", "service-doc", HTML.media_type),
    ]
    services = [f"{site}{name}" for name in ("xref", "reconcile")]
    contexts = {
        catalog: [links.Link(item, "item") for item in (endpoint, dumps, f"{site}search", *services)],
        site: described,
        **dict.fromkeys(services, described),
        endpoint: [
            *(links.Link(endpoint, "service-desc", format.media_type) for format in (TURTLE, JSON_LD)),
            links.Link(endpoint, "service-doc", HTML.media_type),
            links.Link(f"{site}readyz", "status"),
            *licenses,
        ],
        dumps: [
            links.Link(f"{dumps}dcat.ttl", "service-desc", TURTLE.media_type),
            links.Link(f"{dumps}dcat.jsonld", "service-desc", JSON_LD.media_type),
            links.Link(f"{site}downloads", "service-doc", HTML.media_type),
            *licenses,
        ],
        f"{site}search": [links.Link(f"{site}about", "service-doc", HTML.media_type)],
    }
    response = Response(links.write_linkset(contexts, own_address()))
    response.headers["Content-Type"] = f'{links.LINKSET_JSON.media_type};profile="{_API_CATALOG_PROFILE}"'
    links.add_links(response.headers, [links.Link("api-catalog", "api-catalog", links.LINKSET_JSON.media_type)])
    return response


@blueprint.route("/.well-known/security.txt")
@answers(PLAIN_TEXT, others={404: "The site names no contact."})
def show_security_contact() -> Response:
    """Return whom to tell of a security fault (RFC 9116): the contact of the settings, else that of the data.

    It says that it holds for half a year, so it is made anew for each request and not kept.
    """
    context = current()
    contact = context.settings.security_contact or context.release.manifest.profile.contact
    if not contact.startswith(("mailto:", "https:")):
        raise not_found(
            "This site names no contact for security faults.",
            "Its publisher can name one with the setting security_contact.",
        )
    expires = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + SECURITY_CONTACT_HOLDS
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {context.site_url}.well-known/security.txt",
    )
    response = Response("\n".join(lines) + "\n")
    response.headers["Content-Type"] = PLAIN_TEXT.content_type
    response.headers["Cache-Control"] = REVALIDATED
    return response


@blueprint.route("/robots.txt")
@answers(PLAIN_TEXT)
def show_robots() -> Response:
    """Return the rules for crawlers, for the root of the host: all may be read, but no queries are to be run."""
    root = urlsplit(current().site_url).path
    lines = (
        "User-agent: *",
        f"Disallow: {root}sparql?",
        f"Disallow: {root}query?",
        f"Disallow: {root}search?",
        f"Disallow: {root}reconcile?",
        f"Disallow: {root}metrics",
        "",
        f"Sitemap: {current().site_url}sitemap.xml",
    )
    response = Response("\n".join(lines) + "\n")
    response.headers["Content-Type"] = PLAIN_TEXT.content_type
    return response


@blueprint.route("/sitemap.xml")
@answers(XML)
def show_sitemap() -> Response:
    """Return the sitemap: every page in one file, or an index of several where there are too many for one."""
    context = current()
    parts = sitemap_parts(_number_of_pages(context))
    if parts == 1:
        return _sitemap(context, _pages(context))
    entries = "".join(_entry("sitemap", context, f"sitemap-{part}.xml") for part in range(1, parts + 1))
    return _xml(f'<sitemapindex xmlns="{_SITEMAP_SPACE}">\n{entries}</sitemapindex>\n')


@blueprint.route("/sitemap-<int:part>.xml")
@answers(XML)
def show_sitemap_part(part: int) -> Response:
    """Return one of several sitemaps."""
    context = current()
    if not 0 < part <= sitemap_parts(_number_of_pages(context)):
        raise not_found(f"There is no part {part} of the sitemap.", "The parts are listed in /sitemap.xml.")
    return _sitemap(context, islice(_pages(context), (part - 1) * MOST_IN_SITEMAP, part * MOST_IN_SITEMAP))


def sitemap_parts(pages: int) -> int:
    """Return how many sitemaps so many pages take."""
    return max(1, -(-pages // MOST_IN_SITEMAP))


def _kinds(context: ServerContext) -> list[str]:
    """Return the kinds whose resources have pages for search engines; those of facts are parts of other pages."""
    return [kind for kind in context.release.base.kinds if kind not in (FACT_KIND, MAPPING_KIND)]


def _number_of_pages(context: ServerContext) -> int:
    numbers = context.release.manifest.counts.kinds
    return len(_SITE_PAGES) + len(context.release.base.kinds) + sum(numbers.get(kind, 0) for kind in _kinds(context))


def _pages(context: ServerContext) -> Iterator[str]:
    """Return the path of every page for search engines."""
    base = context.release.base.iri
    yield from _SITE_PAGES
    yield from (f"{kind}/" for kind in context.release.base.kinds)
    for kind in _kinds(context):
        for iri in context.site.documents.addresses(kind):
            yield f"{iri.removeprefix(base)}.{HTML.name}"


def _sitemap(context: ServerContext, pages: Iterable[str]) -> Response:
    entries = "".join(_entry("url", context, page) for page in pages)
    return _xml(f'<urlset xmlns="{_SITEMAP_SPACE}">\n{entries}</urlset>\n')


def _entry(element: str, context: ServerContext, path: str) -> str:
    day = context.release.manifest.date.isoformat()
    return f"<{element}><loc>{escape(context.site_url + path)}</loc><lastmod>{day}</lastmod></{element}>\n"


def _xml(content: str) -> Response:
    response = Response('<?xml version="1.0" encoding="UTF-8"?>\n' + content)
    response.headers["Content-Type"] = XML.content_type
    return response
