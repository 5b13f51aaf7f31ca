"""Evaluates one request inside a worker: parse, evaluate, serialise into a spool, each step timed."""

from __future__ import annotations

import errno
import io
import itertools
import os
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyoxigraph

from nosograph.store.oxigraph.datasets import Dataset, Datasets
from nosograph.store.oxigraph.failure import Failure
from nosograph.store.oxigraph.syntax_errors import explain_syntax_error
from nosograph.store.workers.frames import Message

INLINE: Final = 256 * 1024
"""Bytes of a result that travel inside the reply; a longer one is handed over as an open file."""

_SORTED: Final = 5000
_SOLUTIONS: Final = {
    "json": pyoxigraph.QueryResultsFormat.JSON,
    "xml": pyoxigraph.QueryResultsFormat.XML,
    "csv": pyoxigraph.QueryResultsFormat.CSV,
    "tsv": pyoxigraph.QueryResultsFormat.TSV,
}
_TRIPLES: Final = {
    "ttl": pyoxigraph.RdfFormat.TURTLE,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
    "nt": pyoxigraph.RdfFormat.N_TRIPLES,
    "nq": pyoxigraph.RdfFormat.N_QUADS,
    "trig": pyoxigraph.RdfFormat.TRIG,
    "rdf": pyoxigraph.RdfFormat.RDF_XML,
}
_PREFIXED: Final = ("ttl", "trig", "rdf")
_UNWRITTEN: Final = frozenset(
    {"http://www.w3.org/2001/XMLSchema#string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}
)
_FORBIDDEN_IN_XML: Final = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|&#(?:x0*(?:[0-8BCEFbcef]|1[0-9A-Fa-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));"
)
_XML_NAME_AT_END: Final = re.compile(r"[^\W\d][\w.\-·]*\Z")
_NOTHING: Final = pyoxigraph.Literal("")


class Evaluator:
    """Answers requests from one opened store.

    Args:
        store: the store, opened read-only.
        bound: bytes that a result may have.
        prefixes: prefixes that Turtle, TriG and RDF/XML are written with.
        overlaps: the pairs of graphs that share a triple, or None where that is not known.
        calls_services: whether the queries call other services, so that a failure may be one of theirs.
    """

    def __init__(
        self,
        store: pyoxigraph.Store,
        bound: int,
        prefixes: dict[str, str],
        overlaps: list[list[str]] | None = None,
        *,
        calls_services: bool = False,
    ) -> None:
        self._store = store
        self._bound = bound
        self._prefixes = prefixes
        self._datasets = Datasets(store, overlaps)
        self._calls_services = calls_services

    def answer(self, request: Message) -> Message:
        """Return the reply to a request: the timings and the content, or an open file that holds it.

        Raises:
            Failure: the request cannot be answered.
        """
        text, header = request.body.decode(), request.header
        base = header["base"] or None
        began = time.perf_counter()
        if header["check"]:
            self._refuse_unparsable(text, base)
            return Message({})
        try:
            dataset = self._datasets.find(text, base, header["default_graphs"], header["named_graphs"])
        except Failure:
            self._refuse_unparsable(text, base)
            raise
        result = self._evaluate(text, base, dataset)
        evaluated = time.perf_counter()
        spool = Spool(self._bound)
        form = _form(result, header["form"])
        name = header["formats"].get(form)
        if name is None:
            raise Failure("failed", f"The query is a {form} query, for which no format was agreed.")
        self._serialise(result, name, spool)
        content, file = spool.finish()
        timings = {"form": form, "evaluate": evaluated - began, "serialise": time.perf_counter() - evaluated}
        return Message(timings, content, file)

    def _refuse_unparsable(self, text: str, base: str | None) -> None:
        if message := self._parse(text, base):
            raise self._syntax_failure(text, base, message)

    def _parse(self, text: str, base: str | None) -> str:
        """Return the engine's message about a text that does not parse, or nothing; no query is evaluated.

        A value for a variable that the query does not select makes the engine stop before it evaluates anything: that
        is how it keeps the rules for substitutions (RDF-dev SEP-0007). Nothing else in its interface only parses.
        """
        absent = "absent"
        while absent in text:
            absent += "_"
        try:
            self._store.query(text, base_iri=base, substitutions={pyoxigraph.Variable(absent): _NOTHING})
        except SyntaxError as error:
            return str(error)
        except (RuntimeError, ValueError):
            pass
        return ""

    def _syntax_failure(self, text: str, base: str | None, message: str) -> Failure:
        return Failure("syntax", **explain_syntax_error(text, message, lambda other: self._parse(other, base)))

    def _evaluate(self, text: str, base: str | None, dataset: Dataset) -> Any:
        try:
            return dataset.store.query(text, base_iri=base, **dataset.options)
        except SyntaxError as error:
            raise self._syntax_failure(text, base, str(error)) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise _explain(error, calls_services=self._calls_services) from None

    def _serialise(self, result: Any, name: str, spool: Spool) -> None:
        try:
            if not isinstance(result, pyoxigraph.QueryTriples):
                result.serialize(spool.checked_as_xml() if name == "xml" else spool, _SOLUTIONS[name])
            elif name in _PREFIXED:
                self._serialise_with_prefixes(result, name, spool)
            else:
                result.serialize(spool, _TRIPLES[name])
        except (OSError, RuntimeError, ValueError) as error:
            raise _explain(error, calls_services=self._calls_services) from None

    def _serialise_with_prefixes(self, result: pyoxigraph.QueryTriples, name: str, spool: Spool) -> None:
        first = list(itertools.islice(result, _SORTED))
        prefixes: dict[str, str] = self._prefixes
        triples: Iterator[pyoxigraph.Triple] = itertools.chain(first, result)
        if len(first) < _SORTED:
            # Neighbouring triples of one subject are written as one block, so a small result is put in order.
            first.sort(key=str)
            prefixes, triples = _used(self._prefixes, first), iter(first)
        if name == "rdf":
            pyoxigraph.serialize(_nameable(triples), spool.checked_as_xml(), _TRIPLES[name], prefixes=prefixes)
        else:
            pyoxigraph.serialize(triples, spool, _TRIPLES[name], prefixes=prefixes)


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
        self._xml = False

    def checked_as_xml(self) -> Spool:
        """Make the spool refuse characters that no XML document can hold, and return it."""
        self._xml = True
        return self

    def write(self, content: Any) -> int:
        """Take a part of the result; raises ``Failure`` when it is too long or cannot be in its format."""
        self._size += len(content)
        if self._size > self._bound:
            raise Failure("too_large")
        if self._xml and _FORBIDDEN_IN_XML.search(content):
            raise Failure(
                "inexpressible",
                "The result holds a control character, which XML cannot express.",
                hint="Ask for another format.",
            )
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
    """Return what a failed evaluation says of itself: a full disk, another service, or the engine."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure("no_space")
    return Failure("remote" if calls_services else "failed", str(error))


def _form(result: Any, expected: str) -> str:
    if isinstance(result, pyoxigraph.QuerySolutions):
        return "SELECT"
    if isinstance(result, pyoxigraph.QueryBoolean):
        return "ASK"
    return expected if expected in ("CONSTRUCT", "DESCRIBE") else "CONSTRUCT"


def _used(prefixes: dict[str, str], triples: list[pyoxigraph.Triple]) -> dict[str, str]:
    spelled = {term.value for triple in triples for term in triple if isinstance(term, pyoxigraph.NamedNode)}
    spelled |= {
        triple.object.datatype.value
        for triple in triples
        if isinstance(triple.object, pyoxigraph.Literal) and triple.object.datatype.value not in _UNWRITTEN
    }
    return {prefix: iri for prefix, iri in prefixes.items() if any(name.startswith(iri) for name in spelled)}


def _nameable(triples: Iterable[pyoxigraph.Triple]) -> Iterator[pyoxigraph.Triple]:
    """Return the triples; a predicate that is no XML name would make the engine write a document that is not XML."""
    for triple in triples:
        if not _XML_NAME_AT_END.search(triple.predicate.value):
            raise Failure(
                "inexpressible",
                f"RDF/XML cannot write the predicate <{triple.predicate.value}>.",
                hint="Ask for another format.",
            )
        yield triple
