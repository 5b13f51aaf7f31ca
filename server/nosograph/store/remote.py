"""Asks a remote SPARQL service over HTTP, behind the same interface as a release of our own."""

from __future__ import annotations

import ast
import math
import tempfile
import time
import urllib.error
from collections.abc import Callable, Mapping
from http.client import HTTPException
from types import MappingProxyType
from typing import Any, BinaryIO, Final, cast

from SPARQLWrapper import POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from nosograph import __version__
from nosograph.errors import ClientGone, QueryTimeout, RemoteStoreError, ResultTooLarge
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import BYTE_ORDER_MARK, query_form
from nosograph.sparql.prefixes import declarations
from nosograph.sparql.service import WORDS_READ
from nosograph.sparql.service_replies import retry_after, words_of
from nosograph.store.interface import CHUNK_SIZE, Answer, Query, StoreStatistics, Timings, never
from nosograph.store.workers.counters import Counters

RESULT_BOUND: Final = 1024 * 1024 * 1024
"""Bytes that the answer of a remote service may have."""

_IN_MEMORY: Final = 1024 * 1024


class RemoteStore:
    """A ``Store`` that is a SPARQL service elsewhere.

    Args:
        endpoint: address of the service.
        timeout: seconds that a query may take.
        prefixes: prefixes that a query need not declare, because they are declared in front of what is sent.
    """

    def __init__(
        self, endpoint: str, timeout: float = 30.0, prefixes: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._prefixes = prefixes
        self._counters = Counters()

    @property
    def release(self) -> str:
        """The address of the service."""
        return self._endpoint

    def start(self) -> None:
        """Do nothing: the service runs elsewhere."""

    def answer(self, query: Query, *, gone: Callable[[], bool] = never) -> Answer:
        """Return the complete answer of the service.

        Raises:
            QuerySyntaxError: no query begins like this one.
            QueryRefused: it is an update.
            QueryTimeout: the service did not answer in time.
            ResultTooLarge: the answer is longer than ``RESULT_BOUND``.
            ClientGone: ``gone`` said so.
            RemoteStoreError: the service cannot be reached, or answered with an error, told in its own words.
        """
        began = time.monotonic()
        outcome = "failed"
        try:
            answer = self._ask(query, gone, began)
            outcome = "answered"
            return answer
        finally:
            self._counters.end(outcome, time.monotonic() - began)

    def check(self, query: Query, *, gone: Callable[[], bool] = never) -> None:
        """Check the form of a query; only the service itself could parse it without running it, and none offers that.

        Raises:
            QuerySyntaxError: no query begins like this one.
            QueryRefused: it is an update.
        """
        query_form(query.text)

    def statistics(self) -> StoreStatistics:
        """Return counters of the queries that were sent."""
        return self._counters.statistics(queued=0, running=0, workers=0)

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _ask(self, query: Query, gone: Callable[[], bool], began: float) -> Answer:
        form = query_form(query.text)
        format = query.formats[form]
        limit = self._timeout if query.timeout is None else min(self._timeout, query.timeout)
        wrapper = SPARQLWrapper(self._endpoint, agent=f"nosograph/{__version__}")
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)
        wrapper.addCustomHttpHeader("Accept", f"{format.media_type}, application/problem+json;q=0.1")
        for name, values in (("default-graph-uri", query.default_graphs), ("named-graph-uri", query.named_graphs)):
            for value in values:
                wrapper.addParameter(name, value)
        if query.engine not in (None, Engine.AUTOMATIC):
            wrapper.addParameter("engine", query.engine)
        text = query.text.removeprefix(BYTE_ORDER_MARK)
        wrapper.setQuery(declarations(text, self._prefixes) + text)
        wrapper.setTimeout(math.ceil(limit))
        spool = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        try:
            with wrapper.query().response as response:
                answered = time.monotonic()
                self._refuse_other_format(response, format.media_type)
                _copy(response, spool, lambda: _check(began, limit, gone))
        except SPARQLWrapperException as error:
            spool.close()
            raise self._told(error) from error
        except (OSError, HTTPException, ValueError) as error:
            spool.close()
            raise self._failed(error, limit, time.monotonic() - began) from error
        except BaseException:
            spool.close()
            raise
        timings = Timings(evaluate=answered - began, serialise=time.monotonic() - answered)
        return Answer(form, format, timings, spool, is_volatile=True)

    def _refuse_other_format(self, response: Any, wanted: str) -> None:
        media_type = response.headers.get_content_type()
        if media_type != wanted:
            raise RemoteStoreError(
                f"{self._endpoint} answered in {media_type} where {wanted} was asked for.",
                status=response.status,
                hint="Ask for another format, or check that the address is that of a SPARQL service.",
            )

    def _told(self, error: SPARQLWrapperException) -> RemoteStoreError:
        # The library keeps the answer only inside its message, as the text of a bytes literal.
        cause = error.__context__
        body = ast.literal_eval(str(error).partition("\n\nResponse:\n")[2] or "b''")
        return self._error(cause if isinstance(cause, urllib.error.HTTPError) else None, body)

    def _failed(self, error: Exception, limit: float, elapsed: float) -> Exception:
        if isinstance(error, urllib.error.HTTPError):
            with error:
                return self._error(error, error.read(WORDS_READ))
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, TimeoutError):
            return QueryTimeout(
                f"{self._endpoint} did not answer within {limit:g} seconds.",
                limit=limit,
                elapsed=elapsed,
                hint="Ask for less, or allow more time.",
            )
        return RemoteStoreError(
            f"{self._endpoint} cannot be asked: {reason}.", hint="Check the address and that the service runs."
        )

    def _error(self, answer: urllib.error.HTTPError | None, body: bytes) -> RemoteStoreError:
        words, status = words_of(body), answer.code if answer else None
        what = f"{self._endpoint} answered with status {status}" + (f": {words}" if words else ".")
        said, date = (answer.headers.get(name, "") if answer else "" for name in ("Retry-After", "Date"))
        return RemoteStoreError(what, status=status, retry_after=retry_after(said, date))


def _check(began: float, limit: float, gone: Callable[[], bool]) -> None:
    if gone():
        raise ClientGone("The client closed its connection.")
    elapsed = time.monotonic() - began
    if elapsed > limit:
        raise QueryTimeout(f"The answer was not complete within {limit:g} seconds.", limit=limit, elapsed=elapsed)


def _copy(response: Any, spool: BinaryIO, check: Callable[[], None]) -> None:
    size = 0
    while content := response.read1(CHUNK_SIZE):
        check()
        size += len(content)
        if size > RESULT_BOUND:
            raise ResultTooLarge("The remote service's answer is too long.", limit=RESULT_BOUND, hint="Add a LIMIT.")
        spool.write(content)
    if response.length:
        raise RemoteStoreError("The remote service closed the connection before its answer was complete.")
