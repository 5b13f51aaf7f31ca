"""Talks to a SPARQL service over HTTP, by the SPARQL 1.1 Protocol and the SPARQL 1.1 Graph Store HTTP Protocol.

Workers and the loader use it where SPARQLWrapper has no way: one connection is kept for many requests, no redirect is
followed, so that credentials go nowhere else, and what the answer's header says of a cut answer is seen.
"""

from __future__ import annotations

import base64
import http.client
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

import pyoxigraph

from nosograph.errors import RemoteStoreError, SettingsError, StoreTimedOut, StoreUnavailable
from nosograph.rdf.formats import FORM_DATA, JSON, N_TRIPLES, PLAIN_TEXT, SPARQL_JSON, TURTLE
from nosograph.sparql.service_replies import retry_after, words_of

AGENT: Final = "nosograph"
WORDS_READ: Final = 8192
"""Bytes that are read of what a service says about an error."""

_RESULTS: Final = frozenset({SPARQL_JSON.media_type, JSON.media_type})
_GRAPHS: Final = frozenset({N_TRIPLES.media_type, TURTLE.media_type, PLAIN_TEXT.media_type})
_STALE: Final = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, http.client.CannotSendRequest)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def check_address(address: str) -> str:
    """Return the address of a service, which is http or https and names nobody.

    Raises:
        SettingsError: it is not.
    """
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or set(address) & set(' <>"'):
        raise SettingsError(
            f"{address!r} is not the address of a SPARQL service.",
            hint="Give it like http://127.0.0.1:3030/conditions/query.",
        )
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            "The address of a service holds a name or a password, which logs and process lists would show.",
            hint="Write them as user:password into a file, and name it with --store-credentials.",
        )
    return address


def read_authorization(credentials: str) -> str:
    """Return the value of the header Authorization for ``user:password`` (RFC 7617) or ``bearer TOKEN`` (RFC 6750).

    Raises:
        SettingsError: it is neither.
    """
    text = credentials.strip()
    scheme, _, token = text.partition(" ")
    if scheme.lower() == "bearer" and token.strip().isascii() and token.strip().isprintable() and token.strip():
        return f"Bearer {token.strip()}"
    if ":" in text and text.isprintable():
        return f"Basic {base64.b64encode(text.encode()).decode()}"
    if not text:
        return ""
    raise SettingsError(
        "The credentials are neither user:password nor the word bearer and a token, on one line.",
        hint="Write the file anew.",
    )


class SparqlService:
    """A service, and a connection to it that is kept between requests; for one thread.

    Args:
        address: where it takes queries.
        authorization: value of the header Authorization, or empty.
        timeout: seconds that it may be silent.
    """

    def __init__(self, address: str, authorization: str = "", timeout: float = 30.0) -> None:
        self.address = address
        self._headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        if authorization:
            self._headers["Authorization"] = authorization
        self._timeout = timeout
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def __enter__(self) -> Self:
        """Return the service; its connections are closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def rows(self, text: str) -> list[dict[str, Any]]:
        """Return the solutions of a SELECT query, by the names of its variables, with pyoxigraph's terms.

        Raises:
            StoreError: the service did not answer, or with something else than solutions.
        """
        with self.query(text, is_graph=False) as response:
            found = read_results(response.read(), self.address)
        if not isinstance(found, pyoxigraph.QuerySolutions):
            raise RemoteStoreError(f"{self.address} answered a SELECT query with a boolean.")
        names = [variable.value for variable in found.variables]
        with reading_results(self.address):
            return [dict(zip(names, solution, strict=True)) for solution in found]

    @contextmanager
    def query(
        self, text: str, *, is_graph: bool, default_graphs: Sequence[str] = (), named_graphs: Sequence[str] = ()
    ) -> Iterator[http.client.HTTPResponse]:
        """Send a query and return the response, which is an answer and whole, to be read within the block.

        Args:
            text: the query.
            is_graph: whether its answer is a graph.
            default_graphs: graphs whose merge is the default graph.
            named_graphs: graphs that can be named.

        Raises:
            StoreUnavailable: nobody listens, or the service is overloaded.
            StoreTimedOut: it did not answer in time, or said so.
            RemoteStoreError: it answered with an error, in another format, or cut its answer.
        """
        parameters = [
            ("query", text),
            *(("default-graph-uri", graph) for graph in default_graphs),
            *(("named-graph-uri", graph) for graph in named_graphs),
        ]
        accept = f"{N_TRIPLES.media_type}, {TURTLE.media_type};q=0.9" if is_graph else SPARQL_JSON.media_type
        headers = {"Content-Type": FORM_DATA.media_type, "Accept": accept}
        with self.exchange("POST", self.address, urlencode(parameters).encode(), headers) as response:
            self._refuse_partial(response)
            media_type = response.headers.get_content_type()
            if media_type not in (_GRAPHS if is_graph else _RESULTS):
                raise RemoteStoreError(
                    f"{self.address} answered in {media_type} where {accept.partition(',')[0]} was asked for.",
                    status=response.status,
                    hint="Check that the address is that of a SPARQL service.",
                )
            yield response

    @contextmanager
    def exchange(
        self, method: str, address: str, body: bytes = b"", headers: Mapping[str, str] = _NOTHING
    ) -> Iterator[http.client.HTTPResponse]:
        """Send a request and return the response, whose status is one of success, to be read within the block.

        Raises:
            StoreError: as ``query`` says.
        """
        response = self._send(method, address, body, {**self._headers, **headers})
        try:
            if not 200 <= response.status < 300:
                raise self._error(address, response)
            try:
                yield response
            except (OSError, http.client.HTTPException) as error:
                raise self._failed(address, error) from error
        finally:
            is_read = response.isclosed()
            response.close()
            if not is_read:
                self.close()  # what is left of the answer would be taken for the next one

    def _send(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """Send a request; where a connection that was kept has been closed meanwhile, send it again on a new one."""
        parts = urlsplit(address)
        key = (parts.scheme, parts.netloc)
        target = parts.path + (f"?{parts.query}" if parts.query else "") or "/"
        kept = key in self._connections
        try:
            try:
                return self._exchange(key, method, target, body, headers)
            except _STALE:
                self.close()
                if not kept:
                    raise
                return self._exchange(key, method, target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._failed(address, error) from error

    def _exchange(
        self, key: tuple[str, str], method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        connection = self._connections.get(key)
        if connection is None:
            connection = self._connections[key] = _connect(*key, self._timeout)
        connection.request(method, target, body, dict(headers))
        return connection.getresponse()

    def _failed(self, address: str, error: Exception) -> Exception:
        if isinstance(error, TimeoutError):
            return StoreTimedOut(
                f"{address} was silent for {self._timeout:g} seconds.", hint="Ask for less, or try again later."
            )
        return StoreUnavailable(
            f"{address} cannot be asked: {error or type(error).__name__}.",
            retry_after=5,
            hint="Try again in a moment; it is asked again with each query.",
        )

    def _error(self, address: str, response: http.client.HTTPResponse) -> Exception:
        """Return what a response says that is no success; a redirect is none, because credentials follow none."""
        status = response.status
        try:
            words = words_of(response.read(WORDS_READ))
        except (OSError, http.client.HTTPException):
            words = ""
        what = f"{address} answered with status {status}" + (f": {words}" if words else ".")
        after = retry_after(response.getheader("Retry-After", ""), response.getheader("Date", ""))
        if status in (408, 504):
            return StoreTimedOut(what, hint="Ask for less, or try again later.")
        if status in (429, 503):
            return StoreUnavailable(what, retry_after=round(after or 5), hint="Try again in a moment.")
        return RemoteStoreError(what, status=status, retry_after=after)

    def _refuse_partial(self, response: http.client.HTTPResponse) -> None:
        """Check that an answer is not the first part of one (Virtuoso says so in its header alone)."""
        if response.status == 206 or response.getheader("X-SQL-State"):
            said = response.getheader("X-SQL-Message") or "the answer is partial"
            raise StoreTimedOut(f"{self.address} stopped the query: {said[:300]}.", hint="Ask for less.")
        cut = response.getheader("X-SPARQL-MaxRows")
        if cut:
            raise RemoteStoreError(
                f"{self.address} cuts answers at {cut[:20]} rows.",
                status=response.status,
                hint="Ask with a LIMIT below that; those who run the service can raise it.",
            )


@contextmanager
def reading_results(address: str) -> Iterator[None]:
    """Run what reads SPARQL JSON results, whose rows are read when they are asked for.

    Raises:
        RemoteStoreError: they are none.
    """
    try:
        yield
    except (SyntaxError, ValueError) as error:
        raise RemoteStoreError(f"{address} sent results that cannot be read: {error}.") from error


def read_results(content: Any, address: str) -> pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean:
    """Return the SPARQL JSON results in some bytes or a file.

    Raises:
        RemoteStoreError: they are none.
    """
    with reading_results(address):
        return pyoxigraph.parse_query_results(content, format=pyoxigraph.QueryResultsFormat.JSON)


def _connect(scheme: str, host: str, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, timeout=timeout)
