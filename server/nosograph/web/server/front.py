"""The front: answers on the event loop what is ready or a query, and has the application answer everything else.

Nothing on the loop waits for a client, a thread or a worker: the cache and health are looked up, a query is awaited,
the application is called in a bounded number of threads. Requests that ask the same at once are computed once.
"""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from nosograph.web.http.delivery import encode
from nosograph.web.http.malformed import stopping
from nosograph.web.http.problems import ProblemError, translate
from nosograph.web.http.replies import FileContent, Reply, SharedContent, encode_head
from nosograph.web.http.sparql_protocol import ASKED
from nosograph.web.server.admission import network_of
from nosograph.web.server.connection import Connection
from nosograph.web.server.health import HEALTH
from nosograph.web.server.observation import CACHE, GONE, PROBLEM, REQUEST_ID, ROUTE
from nosograph.web.server.release_switch import Generation, ReleaseSwitch
from nosograph.web.server.request_parser import ParsedRequest
from nosograph.web.server.response_cache import (
    KeptResponse,
    Key,
    is_conditional,
    kept_response,
    may_be_kept,
    replay,
)
from nosograph.web.server.service import ReleaseService, is_fault, is_page
from nosograph.web.server.sparql_endpoint import (
    PATH,
    ROUTE_NAME,
    PlannedQuery,
    answer_reply,
    plan_query,
    read_protocol_request,
)
from nosograph.web.server.threads import TurnThreads
from nosograph.web.server.wsgi_adapter import call_application, complete_environ

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_log = logging.getLogger("nosograph.web")

QUICKLY_READ: Final = 16 * 1024
"""Bytes of a query that are looked through on the loop; longer ones are in a thread."""

QUICKLY_PACKED: Final = 64 * 1024
"""Bytes of an answer that are digested and packed on the loop; more are in a thread."""

_METHODS_OF_QUERIES: Final = ("GET", "HEAD", "POST")


class _Exchange:
    """A request that is being answered, by one release from its beginning to its end."""

    __slots__ = ("began", "connection", "environ", "generation", "request", "service")

    def __init__(self, connection: Connection, request: ParsedRequest, generation: Generation[ReleaseService]) -> None:
        self.connection = connection
        self.request = request
        self.environ: WSGIEnvironment = request.environ
        self.generation = generation
        self.service = generation.service
        self.began = self.service.observer.begin(self.environ)

    @property
    def client(self) -> str:
        return network_of(self.environ["REMOTE_ADDR"])


@dataclass(frozen=True)
class _Landing:
    """How a computation that others wait for ended.

    Attributes:
        kept: the response, where it may be kept.
        status: its status, where it is too large for that.
        headers: its header then.
        content: its body then.
        left: whether it ended because its client left.
    """

    kept: KeptResponse | None = None
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: SharedContent | None = None
    left: bool = False


@dataclass(eq=False)
class _Flight:
    """A computation under way, and how many wait for it."""

    landing: asyncio.Future[_Landing]
    waiting: int = 0


class Front:
    """Answers the requests of all connections. To be used on one event loop.

    Args:
        switch: holds the release that is served.
        threads: what calls the application.
        packers: what does the longer work on queries and their answers.
    """

    def __init__(self, switch: ReleaseSwitch[ReleaseService], threads: TurnThreads, packers: TurnThreads) -> None:
        self._switch = switch
        self._threads = threads
        self._packers = packers
        self._loop = asyncio.get_running_loop()
        self._flights: dict[Key, _Flight] = {}

    def handle(self, connection: Connection, request: ParsedRequest) -> None:
        """Answer a request: at once where the answer is ready, else in a task that ends when the client leaves."""
        generation = self._switch.enter()
        if generation is None:
            connection.refuse(stopping())
            return
        exchange = _Exchange(connection, request, generation)
        try:
            answered, key = self._answer_at_once(exchange)
        except Exception as error:
            self._respond(exchange, self._problem(exchange, error))
            return
        if not answered:
            task = self._loop.create_task(self._answer(exchange, key))
            task.add_done_callback(partial(self._end, exchange))
            connection.cancel = task.cancel

    def _answer_at_once(self, exchange: _Exchange) -> tuple[bool, Key | None]:
        """Answer a request from what is ready, and return whether that was done, and its key where it has one."""
        environ, service = exchange.environ, exchange.service
        health = HEALTH.get(environ["PATH_INFO"])
        if health is not None and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            environ[ROUTE] = "health.show"
            self._respond(exchange, health(service.release, service.settings, service.store, service.metrics))
            return True, None
        if environ["REQUEST_METHOD"] == "POST":
            environ["wsgi.input"] = io.BytesIO(exchange.request.body)
        key = service.keys.find(environ) if service.cache.largest else None
        if key is None:
            return False, None
        kept = service.cache.find(key)
        if kept is None:
            environ[CACHE] = "miss"
            return False, key
        environ[CACHE] = "hit"
        self._respond_kept(exchange, kept)
        return True, key

    # Computing

    async def _answer(self, exchange: _Exchange, key: Key | None) -> None:
        try:
            reply = await self._reply(exchange, key)
        except Exception as error:
            reply = await self._tell(exchange, error)
        try:
            self._respond(exchange, reply)
        except ValueError as error:  # a header field that cannot be sent
            reply.close()
            self._respond(exchange, self._problem(exchange, error))

    def _end(self, exchange: _Exchange, task: asyncio.Task[None]) -> None:
        """Record the end of a request whose client has left, or that failed beyond what can be told."""
        if task.cancelled():
            exchange.environ[PROBLEM] = "client-gone"
            self._finish(exchange, 400, "", 0, False)
        elif (error := task.exception()) is not None:
            _log.error("request %s failed", exchange.environ[REQUEST_ID], exc_info=error)
            exchange.connection.abort()
            self._finish(exchange, 500, "", 0, False)

    async def _tell(self, exchange: _Exchange, error: Exception) -> Reply:
        """Return the response for an error; a page is written in a thread, as long as there is one."""
        if is_page(exchange.environ):
            try:
                return await self._packers.run(exchange.client, partial(self._problem, exchange, error))
            except ProblemError:
                del exchange.environ["HTTP_ACCEPT"]
        return self._problem(exchange, error)

    async def _reply(self, exchange: _Exchange, key: Key | None) -> Reply:
        """Return the response to a request, computed once for all who ask the same at this moment.

        A client that has less time than others, or asks for the header alone, asks by itself.
        """
        environ = exchange.environ
        asked = environ.get(ASKED)
        in_haste = asked is not None and asked.timeout is not None
        if key is None or in_haste or environ["REQUEST_METHOD"] == "HEAD":
            return await self._compute(exchange, None)
        while (flight := self._flights.get(key)) is not None:
            flight.waiting += 1
            landing = await asyncio.shield(flight.landing)
            if landing.kept is not None or landing.content is not None:
                return self._join(exchange, landing)
            if not landing.left:
                return await self._compute(exchange, None)
        kept = exchange.service.cache.find(key, counted=False)  # it may have been kept since this request was read
        if kept is not None:
            return self._join(exchange, _Landing(kept))
        own = self._flights[key] = _Flight(self._loop.create_future())
        landing = _Landing()
        try:
            reply = await self._compute(exchange, key)
            landing = await self._land(exchange, key, own, reply)
            return reply
        except asyncio.CancelledError:
            landing = _Landing(left=True)
            raise
        finally:
            del self._flights[key]
            own.landing.set_result(landing)

    async def _land(self, exchange: _Exchange, key: Key, flight: _Flight, reply: Reply) -> _Landing:
        """Return what others get of a response, which is kept or, where it is too large, shared with those who wait."""
        kept = self._keep(exchange, key, reply)
        if kept is not None or not flight.waiting or isinstance(reply.content, bytes):
            return _Landing(kept)
        reply.headers.setdefault("Content-Length", str(reply.length))
        if not may_be_kept(exchange.environ, reply.status, reply.headers, reply.length):
            return _Landing()
        content = await self._packers.run(exchange.client, partial(SharedContent, reply.content))
        reply.content = content.open()
        return _Landing(status=reply.status, headers=dict(reply.headers.items()), content=content)

    def _join(self, exchange: _Exchange, landing: _Landing) -> Reply:
        """Return the response that was computed for another client."""
        environ = exchange.environ
        environ[CACHE] = "shared"
        exchange.service.metrics.requests.look_up("shared")
        if landing.kept is not None:
            environ[ROUTE] = landing.kept.route
            return replay(landing.kept, environ)
        assert landing.content is not None
        return Reply(landing.status, dict(landing.headers), landing.content.open())

    async def _compute(self, exchange: _Exchange, key: Key | None) -> Reply:
        environ, service = exchange.environ, exchange.service
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] in _METHODS_OF_QUERIES:
            planned = await self._plan(exchange)
            if planned is not None:
                return await self._query(exchange, planned)
        complete_environ(environ, exchange.request.body)
        environ[GONE] = lambda: exchange.connection.is_gone

        def call() -> Reply:
            reply = call_application(service.application, environ)
            may_be = key is not None and may_be_kept(environ, reply.status, reply.headers, service.cache.largest)
            if may_be and isinstance(reply.content, FileContent):
                content, reply.content = reply.content, b"".join(reply.content)
                content.close()
            return reply

        return await self._threads.run(exchange.client, call)

    async def _plan(self, exchange: _Exchange) -> PlannedQuery | None:
        environ, service = exchange.environ, exchange.service
        environ[ROUTE] = ROUTE_NAME

        def plan() -> PlannedQuery | None:
            return plan_query(environ, read_protocol_request(environ, service.settings))

        if len(environ["QUERY_STRING"]) + len(exchange.request.body) <= QUICKLY_READ:
            return plan()
        return await self._packers.run(exchange.client, plan)

    async def _query(self, exchange: _Exchange, planned: PlannedQuery) -> Reply:
        service = exchange.service
        if planned.refusal is not None:
            await service.store.async_check(planned.query)
            raise planned.refusal
        answer = await service.store.ask(planned.query)

        def pack() -> Reply:
            reply = answer_reply(answer, planned, service.release, service.settings)
            return encode(*service.decide(exchange.environ, reply))

        if answer.size <= QUICKLY_PACKED:
            return pack()
        return await self._packers.run(exchange.client, pack)

    def _keep(self, exchange: _Exchange, key: Key, reply: Reply) -> KeptResponse | None:
        service = exchange.service
        if not isinstance(reply.content, bytes):
            return None
        reply.headers.setdefault("Content-Length", str(reply.length))
        if not may_be_kept(exchange.environ, reply.status, reply.headers, service.cache.largest):
            return None
        service.add_common(reply.headers)
        kept = kept_response(reply.status, reply.headers, reply.content, exchange.environ)
        service.cache.keep(key, kept)
        return kept

    def _problem(self, exchange: _Exchange, error: Exception) -> Reply:
        environ = exchange.environ
        problem = translate(error, environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if is_fault(error, problem):
            _log.error("request %s failed", environ[REQUEST_ID], exc_info=error)
        return exchange.service.problem(environ, problem)

    # Responding

    def _respond_kept(self, exchange: _Exchange, kept: KeptResponse) -> None:
        environ = exchange.environ
        environ[ROUTE] = kept.route
        if is_conditional(environ):
            self._respond(exchange, replay(kept, environ))
            return
        head = kept.head + _id_line(environ)
        content = b"" if environ["REQUEST_METHOD"] == "HEAD" else kept.content
        done = partial(self._finish, exchange, kept.status, kept.content_type)
        exchange.connection.respond(exchange.request, head, content, done)

    def _respond(self, exchange: _Exchange, reply: Reply) -> None:
        headers, content = reply.headers, reply.content
        exchange.service.add_common(headers)
        if reply.status in (204, 304):
            headers.pop("Content-Length", None)
        else:
            headers.setdefault("Content-Length", str(reply.length))
        if exchange.environ["REQUEST_METHOD"] == "HEAD":
            reply.close()
            content = b""
        head = encode_head(reply.status, headers.items()) + _id_line(exchange.environ)
        done = partial(self._finish, exchange, reply.status, headers.get("Content-Type", ""))
        exchange.connection.respond(exchange.request, head, content, done)

    def _finish(self, exchange: _Exchange, status: int, content_type: str, sent: int, whole: bool) -> None:
        exchange.service.observer.finish(exchange.environ, exchange.began, status, content_type, sent=sent, whole=whole)
        if exchange.generation.leave():
            self._loop.run_in_executor(None, exchange.generation.close)


def _id_line(environ: WSGIEnvironment) -> bytes:
    return f"X-Request-Id: {environ[REQUEST_ID]}\r\n".encode()
