"""Evaluates one request inside a worker: parse, evaluate, serialise into a spool, each step timed."""

from __future__ import annotations

import errno
import io
import os
import time
from collections.abc import Mapping
from typing import Any, Final

import pyoxigraph

from nosograph.rdf.formats import ANSWER_FORMATS, SPARQL_XML, Format
from nosograph.rdf.graph_answers import write_graph_answer
from nosograph.rdf.writer import InexpressibleError, XmlText
from nosograph.sparql.engine import ask_engine, refusal
from nosograph.store.oxigraph.datasets import Dataset, Datasets
from nosograph.store.oxigraph.failure import Failure, inexpressible
from nosograph.store.oxigraph.syntax_errors import explain_syntax_error
from nosograph.store.workers.frames import Message

INLINE: Final = 256 * 1024
"""Bytes of a result that travel inside the reply; a longer one is handed over as an open file."""

_FORMATS: Final = {format.name: format for format in ANSWER_FORMATS}


class Evaluator:
    """Answers requests from one opened store.

    Args:
        store: the store, opened read-only.
        bound: bytes that a result may have.
        prefixes: prefixes that RDF results are written with, and that a query need not declare.
        overlaps: the pairs of graphs that share a triple, or None where that is not known.
        calls_services: whether the queries call other services, so that a failure may be one of theirs.

    Attributes:
        kept: bytes that the engine keeps in memory between two queries.
    """

    kept: Final = 0

    def __init__(
        self,
        store: pyoxigraph.Store,
        bound: int,
        prefixes: Mapping[str, str],
        overlaps: list[list[str]] | None = None,
        *,
        calls_services: bool = False,
    ) -> None:
        self._store = store
        self._bound = bound
        self._prefixes = prefixes
        self._datasets = Datasets(store, overlaps, prefixes)
        self._calls_services = calls_services

    def answer(self, request: Message) -> Message:
        """Return the reply to a request: the timings and the content, or an open file that holds it.

        Raises:
            Failure: the request cannot be answered.
        """
        text, header = request.body.decode(), request.header
        base = header["base"] or None
        began = time.perf_counter()
        asked = header.get("asked", text)
        if header["check"]:
            self._refuse_unparsable(asked, base)
            return Message({})
        if asked is not text:
            self._refuse_unparsable(asked, base)
        try:
            dataset = self._datasets.find(text, base, header["default_graphs"], header["named_graphs"])
        except Failure:
            self._refuse_unparsable(text, base)
            raise
        result = self._evaluate(text, base, dataset)
        evaluated = time.perf_counter()
        spool = Spool(self._bound)
        form = _form(result, header["form"])
        format = _FORMATS.get(header["formats"].get(form, ""))
        if format is None:
            raise Failure("failed", f"The query is a {form} query, for which no format was agreed.")
        self._serialise(result, format, spool)
        content, file = spool.finish()
        timings = {"form": form, "evaluate": evaluated - began, "serialise": time.perf_counter() - evaluated}
        return Message(timings, content, file)

    def _refuse_unparsable(self, text: str, base: str | None) -> None:
        if message := self._parse(text, base):
            raise self._syntax_failure(text, base, message)

    def _parse(self, text: str, base: str | None) -> str:
        return refusal(self._store, text, base, self._prefixes)

    def _syntax_failure(self, text: str, base: str | None, message: str) -> Failure:
        return Failure("syntax", **explain_syntax_error(text, message, lambda other: self._parse(other, base)))

    def _evaluate(self, text: str, base: str | None, dataset: Dataset) -> Any:
        try:
            return ask_engine(dataset.store, text, self._prefixes, base_iri=base, **dataset.options)
        except SyntaxError as error:
            raise self._syntax_failure(text, base, str(error)) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise _explain(error, calls_services=self._calls_services) from None

    def _serialise(self, result: Any, format: Format, spool: Spool) -> None:
        try:
            if isinstance(result, pyoxigraph.QueryTriples):
                write_graph_answer(result, format, spool, self._prefixes)
            else:
                target = XmlText(spool) if format is SPARQL_XML else spool
                result.serialize(target, pyoxigraph.QueryResultsFormat.from_media_type(format.media_type))
        except InexpressibleError as error:
            raise inexpressible(format, error) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise _explain(error, calls_services=self._calls_services) from None


class Spool(io.BytesIO):
    """Takes a result as it is written, in memory at first, then in a file without a name, up to a bound.

    Args:
        bound: bytes that may be written.
    """

    def __init__(self, bound: int) -> None:
        super().__init__()
        self._bound = bound
        self._size = 0
        self._parts: list[bytes] = []
        self._held = 0
        self._file: int | None = None

    def write(self, content: Any) -> int:
        """Take a part of the result; raises ``Failure`` when it is too long."""
        self._size += len(content)
        if self._size > self._bound:
            raise Failure("too_large")
        self._parts.append(content)
        self._held += len(content)
        if self._held > INLINE:
            self._spill()
        return len(content)

    def flush(self) -> None:
        """Do nothing: the content is handed over when it is complete."""

    def finish(self) -> tuple[bytes, int | None]:
        """Return the content, or nothing and the open file that holds it."""
        if self._file is None:
            return b"".join(self._parts), None
        self._spill()
        file, self._file = self._file, None
        return b"", file

    def __del__(self) -> None:
        """Close a file that was not handed over."""
        if self._file is not None:
            os.close(self._file)

    def _spill(self) -> None:
        if self._file is None:
            self._file = _file_without_name()
        content = memoryview(b"".join(self._parts))
        while content:
            content = content[os.write(self._file, content) :]
        self._parts, self._held = [], 0


def _file_without_name() -> int:
    # Few results need it, and importing it would take a tenth of a worker's start.
    import tempfile

    try:
        with tempfile.TemporaryFile(buffering=0) as file:
            return os.dup(file.fileno())
    except OSError:
        # No folder can be written: memory it is, still bounded by the length of a result.
        return os.memfd_create("result", os.MFD_CLOEXEC)


def _explain(error: Exception, *, calls_services: bool) -> Failure:
    """Return what a failed evaluation says of itself: a full disk, the engine, or another service."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure("no_space")
    if str(error).endswith("is not supported"):
        return Failure("unsupported", str(error))
    return Failure("remote" if calls_services else "failed", str(error))


def _form(result: Any, expected: str) -> str:
    if isinstance(result, pyoxigraph.QuerySolutions):
        return "SELECT"
    if isinstance(result, pyoxigraph.QueryBoolean):
        return "ASK"
    return expected if expected in ("CONSTRUCT", "DESCRIBE") else "CONSTRUCT"
