"""The site that people read: pages made on the server from the release, good without scripts.

``blueprint`` has the pages that are no documents about a thing; the other functions give a page as text for a view of
the application to send.
"""

from nosograph.web.pages import query_routes, routes, search_routes  # each puts its routes on the blueprint
from nosograph.web.pages.documents import render_error, render_shapes_page, render_thing, render_vocabulary_page
from nosograph.web.pages.query_routes import render_sparql_page
from nosograph.web.pages.responses import blueprint
from nosograph.web.pages.site import Site, current_site, open_site

__all__ = [
    "Site",
    "blueprint",
    "current_site",
    "open_site",
    "query_routes",
    "render_error",
    "render_shapes_page",
    "render_sparql_page",
    "render_thing",
    "render_vocabulary_page",
    "routes",
    "search_routes",
]
