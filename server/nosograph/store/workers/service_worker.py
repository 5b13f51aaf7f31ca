"""The process that has queries answered by a SPARQL service which holds the release.

It parses a query before it sends it, so that nothing but a query ever leaves; it reads the answer, writes it as every
other worker does, and looks at what the service holds before it hands the answer over. A query that the service does
not take, though it is one, or that engines understand each in their own way, is handed back: the release answers it.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any, Final

import pyoxigraph

from nosograph.errors import OtherRelease, RemoteStoreError, StoreError, StoreTimedOut, StoreUnavailable
from nosograph.rdf.formats import ANSWER_FORMATS, SPARQL_XML
from nosograph.rdf.graph_answers import write_graph_answer
from nosograph.rdf.writer import InexpressibleError, XmlText
from nosograph.sparql.foreign import foreign_words
from nosograph.sparql.prefixes import declarations
from nosograph.sparql.service import SparqlService, read_results
from nosograph.store.oxigraph.evaluation import Evaluator, Spool
from nosograph.store.oxigraph.failure import Failure, inexpressible
from nosograph.store.workers import serving
from nosograph.store.workers.frames import Message

_FORMATS: Final = {format.name: format for format in ANSWER_FORMATS}
PROVED: Final = 12_000
"""Rows, or triples, of the longest answer by which services are compared with the release.

Some engines cut a longer graph and do not say so, as Virtuoso does at its ``ResultSetMaxRows``; in results it says so.
"""

_GRAPH_FORMS: Final = ("CONSTRUCT", "DESCRIBE")


_TRUE, _FALSE = (
    pyoxigraph.parse_query_results(content, format=pyoxigraph.QueryResultsFormat.JSON)
    for content in (b'{"head": {}, "boolean": true}', b'{"head": {}, "boolean": false}')
)
"""What an engine means that answers ASK with a row, or with none (Virtuoso does)."""


def main(descriptor: int, parent: int) -> None:
    """Serve one connection until it is closed; the arguments are those of ``serve``."""
    serving.serve(descriptor, parent, ServiceEvaluator)


class ServiceEvaluator:
    """Has requests answered by one service, or hands them back.

    A request is what the store's worker takes as well. With ``"identify": true`` it is only asked whether the service
    holds the release.

    Args:
        plan: the fields of ``ServicePlan``.

    Attributes:
        kept: bytes that are kept in memory between two queries.
    """

    kept: Final = 0

    def __init__(self, plan: serving.Plan) -> None:
        self._plan = plan
        self._service = SparqlService(plan["address"], plan["authorization"], plan["timeout"])
        self._parser = Evaluator(pyoxigraph.Store(), plan["result"], plan["prefixes"])
        self._load = ""
        self._default_graphs: list[str] = []

    def answer(self, request: Message) -> Message:
        """Return the reply to a request: the content, or the reason why the release has to answer.

        Raises:
            Failure: the query cannot be answered.
        """
        try:
            if request.header.get("identify"):
                self._load = self._identify()
                return Message({})
            return self._answer(request)
        except StoreError as error:
            raise _failure(error) from None

    def _answer(self, request: Message) -> Message:
        header, text = request.header, request.body.decode()
        began = time.perf_counter()
        asked = header.get("asked", text)
        for each in dict.fromkeys((asked, text)):
            self._parser.answer(Message({**header, "check": True, "asked": each}, each.encode()))
        if word := foreign_words(text):
            return Message({"handed_back": f"{word} is understood by each engine in its own way"})
        self._load = self._load or self._identify()
        try:
            # What was seen before the last query may be out of date, what is seen before this one is not.
            return self._ask_unchanged(header, text, began) or self._ask_unchanged(header, text, began) or self._late()
        except _Unproved:
            return Message({"handed_back": f"a graph of more than {PROVED} triples may have been cut"})
        except RemoteStoreError as error:
            # What the engine here has parsed is a query, so the service knows less of the language.
            if error.status in (400, 422, 501):
                return Message({"handed_back": error.what})
            raise

    def _ask_unchanged(self, header: dict[str, Any], text: str, began: float) -> Message | None:
        """Return the reply to a query; None where the service was filled anew since it was looked at last."""
        reply, held = self._ask(header, text, began), self._load
        try:
            self._load = self._identify()
        except BaseException:
            reply.close()
            raise
        if self._load == held:
            return reply
        reply.close()
        return None

    def _late(self) -> Message:
        raise OtherRelease(
            f"{self._plan['address']} was filled anew while it was asked.", retry_after=1, hint="Ask again."
        )

    def _ask(self, header: dict[str, Any], text: str, began: float) -> Message:
        form, plan = header["form"], self._plan
        format = _FORMATS.get(header["formats"].get(form, ""))
        if format is None:
            raise Failure("failed", f"The query is a {form} query, for which no format was agreed.")
        sent = f"BASE <{header['base']}> {declarations(text, plan['prefixes'])}{text}"
        spool = Spool(plan["result"])
        is_graph = form in _GRAPH_FORMS
        with self._service.query(
            sent, is_graph=is_graph, default_graphs=self._default_graphs, named_graphs=plan["named_graphs"]
        ) as response:
            evaluated = time.perf_counter()
            source = _Bounded(response, plan["result"])
            try:
                if is_graph:
                    media_type = response.headers.get_content_type()
                    write_graph_answer(_triples(source, media_type), format, spool, plan["prefixes"])
                else:
                    results = read_results(source, plan["address"])
                    if form == "ASK" and isinstance(results, pyoxigraph.QuerySolutions):
                        results = _TRUE if any(True for _ in results) else _FALSE
                    target: Any = XmlText(spool) if format is SPARQL_XML else spool
                    results.serialize(target, pyoxigraph.QueryResultsFormat.from_media_type(format.media_type))
            except InexpressibleError as error:
                raise inexpressible(format, error) from None
            except _Unproved:
                raise
            except (OSError, RuntimeError, StoreError, SyntaxError, ValueError) as error:
                if source.error is not None:
                    raise source.error from None
                if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise Failure("no_space") from None
                raise RemoteStoreError(f"{plan['address']} sent an answer that cannot be read: {error}.") from error
            source.finish()
        content, file = spool.finish()
        timings = {"form": form, "evaluate": evaluated - began, "serialise": time.perf_counter() - evaluated}
        return Message(timings, content, file)

    def _identify(self) -> str:
        """Return what names the loading that the service holds.

        Raises:
            OtherRelease: it holds another release, or none as a whole.
        """
        plan = self._plan
        rows = self._service.rows(plan["identity"])
        versions = {row["version"].value for row in rows}
        default = {row["default"].value for row in rows}
        if versions != {plan["version"]} or default not in ({plan["union"]}, set(plan["named_graphs"])):
            held = ", ".join(sorted(versions)) or "no release as a whole"
            raise OtherRelease(
                f"{plan['address']} holds {held}; {plan['version']} is served.",
                retry_after=10,
                hint="Try again later; those who run the server fill it with `nosograph load`.",
            )
        self._default_graphs = sorted(default)
        return " ".join(sorted({row["load"].value for row in rows}))


class _Unproved(Exception):
    """An answer is longer than any that was compared."""


class _Bounded:
    """Reads a response up to a bound, as a file for the engine's parsers.

    Attributes:
        error: what went wrong when it was read; the parsers tell of it in words of their own.
    """

    def __init__(self, response: HTTPResponse, bound: int) -> None:
        self.error: Exception | None = None
        self._response = response
        self._left = 8 * bound  # results in JSON are longer than in any other format

    def read(self, size: int = -1) -> bytes:
        """Return some bytes of the response; none at its end."""
        try:
            content = self._response.read1(size if size > 0 else 65536)
            self._left -= len(content)
            if self._left < 0:
                raise Failure("too_large")
        except Exception as error:
            self.error = error
            raise
        return content

    def finish(self) -> None:
        """Read what a parser has left over, so that the connection can be used again."""
        while self.read(65536):
            pass
        if self._response.length:
            raise HTTPException("the connection was closed before the answer was complete")


def _triples(source: _Bounded, media_type: str) -> Iterator[pyoxigraph.Triple]:
    format = pyoxigraph.RdfFormat.from_media_type(media_type) or pyoxigraph.RdfFormat.TURTLE
    seen: set[pyoxigraph.Triple] = set()
    for quad in pyoxigraph.parse(source, format=format):  # type: ignore[arg-type]
        if quad.triple not in seen:
            seen.add(quad.triple)
            if len(seen) > PROVED:
                raise _Unproved
            yield quad.triple


def _failure(error: StoreError) -> Failure:
    """Return the reply for what went wrong with the service."""
    hint = error.hint
    match error:
        case OtherRelease():
            return Failure("other_release", error.what, hint=hint, retry_after=error.retry_after)
        case StoreUnavailable():
            return Failure("unavailable", error.what, hint=hint, retry_after=error.retry_after)
        case StoreTimedOut():
            return Failure("timed_out", error.what, hint=hint)
        case _:
            return Failure("service", error.what, hint=hint, status=getattr(error, "status", None))
