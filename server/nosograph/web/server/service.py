"""What answers for one release in the front: its cache, its store, its application, and what all of them share."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from nosograph.errors import StoreError
from nosograph.rdf.formats import HTML
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.store.embedded import EmbeddedStore
from nosograph.web.html.document_pages import render_error
from nosograph.web.http.delivery import decide_delivery, not_modified_headers
from nosograph.web.http.links import with_relative_references
from nosograph.web.http.prefix import path_of
from nosograph.web.http.problems import Problem, problem_format, problem_reply
from nosograph.web.http.replies import Fields, Reply
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.observation import PROBLEM, REQUEST_ID, RequestObserver, common_headers
from nosograph.web.server.response_cache import RequestKeys, ResponseCache

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class ReleaseService:
    """What answers for a release.

    Attributes:
        release: the release.
        settings: the settings of the server.
        released: the moment from which everything in the release is as it is.
        store: answers queries on the event loop.
        metrics: counts.
        application: answers whatever the front does not; without cache and observation, which the front has.
        cache: holds responses.
        keys: makes their keys.
        observer: counts and reports requests.
    """

    release: Release
    settings: Settings
    released: datetime
    store: EmbeddedStore
    metrics: Metrics
    application: WSGIApplication
    cache: ResponseCache
    keys: RequestKeys
    observer: RequestObserver

    def decide(self, environ: WSGIEnvironment, reply: Reply) -> tuple[Reply, str]:
        """Return a response with lifetime and validators, or 304, or a refusal, and the coding that it is to have."""
        content = reply.content if isinstance(reply.content, bytes) else None
        decided = decide_delivery(
            environ, reply.status, reply.headers, content, version=self.release.version, released=self.released
        )
        if decided.refusal is not None:
            reply.close()
            return self.problem(environ, decided.refusal), "identity"
        if decided.not_modified:
            reply.close()
            return Reply(304, not_modified_headers(reply.headers)), "identity"
        return reply, decided.coding

    def problem(self, environ: WSGIEnvironment, problem: Problem) -> Reply:
        """Return the response for a problem, written as the client asks."""
        environ[PROBLEM] = problem.code
        identified = dataclasses.replace(problem, request_id=environ[REQUEST_ID])
        format = problem_format(environ.get("HTTP_ACCEPT"))
        reply = problem_reply(identified, format, lambda found: render_error(found, self.release))
        if format is HTML and isinstance(reply.content, bytes):
            reply.content = with_relative_references(reply.content, path_of(environ))
        return reply

    def add_common(self, headers: Fields) -> None:
        """Add to a header what every response has, but for the request id; what is there already stays."""
        if "X-Release" in headers:  # all of it is there already
            return
        for name, value in common_headers(self.release.version, headers.get("Content-Type", "")):
            headers.setdefault(name, value)


def is_page(environ: WSGIEnvironment) -> bool:
    """Return whether a problem of a request is told in a page, which takes a while to write."""
    return problem_format(environ.get("HTTP_ACCEPT")) is HTML


def is_fault(error: Exception, problem: Problem) -> bool:
    """Return whether an error is the server's own and belongs into its log."""
    return problem.status >= 500 and not isinstance(error, StoreError)
