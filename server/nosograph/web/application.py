"""Puts the application together: one release, its blueprints, and the layers around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.routing import AnyConverter, Map, RequestRedirect

from nosograph.rdf.jsonld_context import read_context
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.store.documents import DocumentFile
from nosograph.store.interface import Store
from nosograph.store.reader import open_store
from nosograph.store.service_store import open_store_of
from nosograph.web.http.delivery import SHORT
from nosograph.web.http.links import relative_reference
from nosograph.web.http.prefix import site_prefix
from nosograph.web.routes import (
    changes,
    codes,
    comparisons,
    concepts,
    delivery,
    drawings,
    dumps,
    errors,
    guides,
    health,
    hierarchy,
    interface,
    mapping_sets,
    mirroring,
    pages,
    query_pages,
    questions,
    reconciliation,
    releases,
    resources,
    search,
    sparql,
    uses,
    versions,
    vocabulary,
    well_known,
)
from nosograph.web.routes.context import ServerContext, attach
from nosograph.web.routes.parameters import check_parameters
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.observation import ROUTE, Observation, RequestObserver, RequestRecord, log_request
from nosograph.web.server.response_cache import CachedResponses, ResponseCache
from nosograph.web.views.site import Site

PREFLIGHT_SECONDS = 86400


def create_application(
    release: Release,
    settings: Settings,
    store: Store | None = None,
    metrics: Metrics | None = None,
    report: Callable[[RequestRecord], None] = log_request,
) -> Flask:
    """Return the application that serves a release, complete for any WSGI server.

    Args:
        release: the release.
        settings: the settings.
        store: what answers queries; made from the release when none is given. It starts with the first query, or with
            its own ``start``, so that a server can fork first.
        metrics: counters that outlive this release; whoever gives them tells them which store to show. Made when
            none are given.
        report: gets what the access log says of each request.
    """
    app, context = create_bare_application(release, settings, store, metrics)
    if metrics is None:
        context.metrics.watch_store(release.version, context.store.statistics)
    cache = ResponseCache(settings.answer_cache * 1024 * 1024, context.metrics)
    inner = CachedResponses(app.wsgi_app, cache, release.version)
    app.wsgi_app = Observation(inner, create_observer(app, context, report))  # type: ignore[method-assign]
    return app


def create_observer(app: Flask, context: ServerContext, report: Callable[[RequestRecord], None]) -> RequestObserver:
    """Return what observes the requests to an application, and knows the prefix below which its site stands."""
    known = app.url_map.bind("")

    def is_own(segment: str) -> bool:
        return any(known.test(f"/{segment}/{rest}") for rest in ("", "x", "x/y"))

    return RequestObserver(
        context.metrics,
        context.release.version,
        report,
        proxies=context.settings.trusted_proxies,
        prefix=site_prefix(context.site_url, is_own),
    )


def create_bare_application(
    release: Release, settings: Settings, store: Store | None = None, metrics: Metrics | None = None
) -> tuple[Flask, ServerContext]:
    """Return the application without cache and observation, for a front that has both, and what it serves from."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.converters["kind"] = kind_converter(release.base.kinds)
    site_url = settings.site_url or release.manifest.base_iri
    context = ServerContext(
        release=release,
        settings=settings,
        store=store or open_store_of(release, settings),
        site=Site(
            release,
            site_url,
            open_store(release.store_folder),
            DocumentFile(release.documents_file),
            query_timeout=settings.query_timeout,
        ),
        jsonld=read_context(release.read(release.context.name).decode(), release.base),
        metrics=metrics or Metrics(),
    )
    attach(app, context)
    _register_blueprints(app)
    app.before_request(_name_route)
    app.before_request(_answer_options)
    app.before_request(_correct_address)
    app.before_request(check_parameters)
    delivery.install(app)
    errors.install(app)
    return app, context


def kind_converter(kinds: Iterable[str]) -> type[AnyConverter]:
    """Return the URL converter of the routes ``/<kind:kind>/…``: it matches the kinds of one release's vocabulary."""
    known = tuple(kinds) or ("-",)  # no kind is called so

    class KindConverter(AnyConverter):
        def __init__(self, map: Map) -> None:
            super().__init__(map, *known)

    return KindConverter


def _register_blueprints(app: Flask) -> None:
    for blueprint in (
        resources.blueprint,
        drawings.blueprint,
        uses.blueprint,
        releases.blueprint,
        versions.blueprint,
        changes.blueprint,
        vocabulary.blueprint,
        sparql.blueprint,
        dumps.blueprint,
        mirroring.blueprint,
        mapping_sets.blueprint,
        well_known.blueprint,
        health.blueprint,
        pages.blueprint,
        concepts.blueprint,
        hierarchy.blueprint,
        comparisons.blueprint,
        query_pages.blueprint,
        questions.blueprint,
        search.blueprint,
        codes.blueprint,
        reconciliation.blueprint,
        interface.blueprint,
        guides.blueprint,
    ):
        app.register_blueprint(blueprint)


def _name_route() -> None:
    """Leave the name of the route for the metrics; addresses themselves would make as many series as there are."""
    request.environ[ROUTE] = request.endpoint or "none"


def _answer_options() -> Response | None:
    """Answer OPTIONS on every route: what may be done here, and the CORS preflight (RFC 9110 §9.3.7)."""
    if request.method != "OPTIONS":
        return None
    if request.environ.get("PATH_INFO") == "*":
        allowed = ["GET", "HEAD", "OPTIONS", "POST"]
    else:
        if isinstance(request.routing_exception, NotFound):
            raise request.routing_exception
        allowed = sorted(_allowed_methods())
    response = Response(status=204)
    response.headers["Allow"] = ", ".join(allowed)
    response.headers["Access-Control-Allow-Methods"] = ", ".join(allowed)
    response.headers["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers") or "*"
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    response.headers["Cache-Control"] = SHORT
    response.vary.add("Access-Control-Request-Headers")
    return response


def _correct_address() -> Response | None:
    """Send a client to the right spelling of an address by a relative reference, so that Host plays no part in it."""
    error = request.routing_exception
    if request.script_root and not request.environ.get("PATH_INFO"):  # the prefix of the site without its slash
        target, code = relative_reference(request.script_root, request.script_root + "/"), 308
    elif isinstance(error, RequestRedirect):
        path = "/" + error.new_url.split("://", 1)[-1].partition("/")[2]
        target, code = relative_reference(request.path, path.removeprefix(request.script_root)), error.code
    else:
        return None
    response = Response(status=code)
    response.headers["Location"] = target
    return response


def _allowed_methods() -> set[str]:
    """Return what may be done at an address, by whichever of the routes that it has."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    return {*adapter.allowed_methods(), "OPTIONS"}
