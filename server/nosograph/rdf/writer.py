r"""Writes statements as RDF documents, the same bytes for the same statements: dumps, documents, answers to queries.

The engine serialises; this module settles what the engine leaves open or what readers stumble over:

* Prefixes stand in the order in which they are given; the engine writes those of Turtle in that of its hash table.
* A local name is never escaped (Turtle §2.4): where it would need an escape, the whole IRI is written, because some
  readers take ``\/`` literally and find another IRI.
* A carriage return in XML is written as a reference: a bare one is read back as a line feed (XML 1.0 §2.11).
* What XML cannot express is refused instead of written as a document that is not XML.

A query worker loads this module, so it imports little.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Final, Protocol, cast

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize

from nosograph.rdf import jsonld
from nosograph.rdf.formats import DATASET_FORMATS, JSON_LD, RDF_XML, TRIG, TURTLE, Format

_UNWRITTEN: Final = frozenset(
    {"http://www.w3.org/2001/XMLSchema#string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}
)
"""Datatypes of literals that no format names."""

_TURTLE_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|<[^>]*+>|[^\s"<>^:]*+:[^\s"<>]*+')
_ESCAPED_NAME: Final = re.compile(rb'[^\s"<>^:]*+:[^\s"<>\\]*+\\[^\s"<>]*+')
_CONTROLS: Final = bytes({*range(32)} - {9, 10, 13})
_FORBIDDEN_IN_XML: Final = re.compile(
    rb"\xef\xbf[\xbe\xbf]|&#(?:x0*(?:[0-8BCEFbcef]|1[0-9A-Fa-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));"
)
_LONGEST_FORBIDDEN: Final = 16
_XML_NAME_AT_END: Final = re.compile(r"[^\W\d][\w.\-·]*\Z")


class InexpressibleError(ValueError):
    """The statements cannot be written in the format."""


class Target(Protocol):
    """What takes the bytes of a document, a piece at a time."""

    def write(self, data: bytes, /) -> int:
        """Take a piece; return its length."""
        ...

    def flush(self) -> None:
        """Do what there is to do when the document is complete."""
        ...


def engine_format(format: Format) -> RdfFormat:
    """Return the engine's name of an RDF format."""
    found = RdfFormat.from_media_type(format.media_type)
    assert found is not None
    return found


def write_statements(
    statements: Iterable[Quad] | Iterable[Triple],
    format: Format,
    target: Target,
    prefixes: Mapping[str, str],
    context: jsonld.Context | None = None,
    *,
    named: bool = True,
) -> None:
    """Write statements to a target in the order in which they come, without holding them.

    Args:
        statements: triples or, for N-Quads, TriG and JSON-LD with named graphs, quads. Those of a graph stand together,
            and in it those of a subject.
        format: one of ``RDF_FORMATS``.
        target: what takes the document.
        prefixes: prefix → IRI, for Turtle, TriG, RDF/XML, and for JSON-LD without a context.
        context: the context of JSON-LD; None for one that has the prefixes alone.
        named: whether JSON-LD keeps the named graphs.

    Raises:
        InexpressibleError: RDF/XML cannot express a predicate or a character of a literal, or JSON-LD an IRI.
    """
    if format is JSON_LD:
        try:
            chunks = jsonld.document_chunks(statements, context or jsonld.prefix_context(prefixes), named=named)
            for text in chunks:
                target.write(text.encode())
        except jsonld.AmbiguousIriError as error:
            raise InexpressibleError(str(error)) from error
    elif format in (TURTLE, TRIG):
        turtle = _TurtleText(target, prefixes)
        _serialize(statements, format, turtle, prefixes)
        turtle.finish()
    elif format is RDF_XML:
        _serialize(_nameable(statements), format, XmlText(target), prefixes)
    else:
        _serialize(statements, format, target, None)


def write_document(
    quads: Iterable[Quad],
    format: Format,
    prefixes: Mapping[str, str],
    context: jsonld.Context | None = None,
    first: str = "",
) -> bytes:
    """Return the document that holds some quads.

    Turtle, N-Triples, RDF/XML and JSON-LD get each triple once, whatever graphs it is in: a JSON-LD document with named
    graphs would look empty to the many readers that load the default graph alone.

    Args:
        quads: the statements.
        format: one of ``RDF_FORMATS``.
        prefixes: prefix → IRI, in the order in which the document declares those that it uses.
        context: the context of JSON-LD; None for one that has the prefixes alone.
        first: IRI of the subject whose statements come first; everything else follows by subject.
    """
    ordered = document_order(quads, first)
    used = used_prefixes(ordered, prefixes)
    document = io.BytesIO()
    if format in DATASET_FORMATS:
        by_graph = sorted(ordered, key=lambda quad: str(quad.graph_name))
        write_statements(by_graph, format, document, used, context)
    else:
        triples = dict.fromkeys(quad.triple for quad in ordered)
        write_statements(triples, format, document, used, context, named=False)
    return document.getvalue()


def document_order(quads: Iterable[Quad], first: str) -> list[Quad]:
    """Return quads in the order of a document: those of the subject named ``first``, then by subject, types first."""
    by_subject: dict[str, list[Quad]] = {}
    for quad in quads:
        by_subject.setdefault(str(quad.subject), []).append(quad)
    start = f"<{first}>"
    subjects = sorted(by_subject, key=lambda subject: (subject != start, subject))
    return [quad for subject in subjects for quad in sorted(by_subject[subject], key=_order)]


def used_prefixes(statements: Iterable[Quad] | Iterable[Triple], prefixes: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes that shorten something in the statements; a document does not need the rest."""
    names: set[str] = set()
    for statement in statements:
        names.update(term.value for term in statement if isinstance(term, NamedNode))
        if isinstance(statement.object, Literal):
            names.add(statement.object.datatype.value)
    return prefixes_of(names - _UNWRITTEN, prefixes)


def prefixes_of(names: Iterable[str], prefixes: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes that shorten one of some IRIs, those of terms and of datatypes."""
    starts = set(prefixes.values())
    lengths = sorted({len(start) for start in starts}, reverse=True)
    found: set[str] = set()
    for name in names:
        if name == jsonld.RDF_TYPE:  # Turtle and JSON-LD have a word for it, and RDF/XML its own prefix
            continue
        start = next((name[:length] for length in lengths if name[:length] in starts), None)
        if start is not None and not ("/" in name[len(start) :] or "#" in name[len(start) :]):
            found.add(start)
    return {prefix: start for prefix, start in prefixes.items() if start in found}


def read_graph(turtle: bytes, graph: str) -> list[Quad]:
    """Return the triples of a Turtle document as quads of one named graph."""
    name = NamedNode(graph)
    triples = parse(turtle, format=RdfFormat.TURTLE)
    return [Quad(triple.subject, triple.predicate, triple.object, name) for triple in triples]


class XmlText:
    """Takes an XML document and hands it on with its carriage returns as references.

    Args:
        target: what takes the document.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._end = b""

    def write(self, data: bytes, /) -> int:
        """Hand a piece on.

        Raises:
            InexpressibleError: the document holds a character that no XML document can hold (XML 1.0 §2.2).
        """
        held = self._end + data
        has_sign = b"&#" in held or b"\xef\xbf" in held
        if len(data.translate(None, _CONTROLS)) != len(data) or (has_sign and _FORBIDDEN_IN_XML.search(held)):
            raise InexpressibleError("it holds a control character, which XML cannot express")
        self._end = data[-_LONGEST_FORBIDDEN:]
        self._target.write(data.replace(b"\r", b"&#13;"))
        return len(data)

    def flush(self) -> None:
        """Do what the target does when the document is complete."""
        self._target.flush()


class _TurtleText:
    r"""Takes Turtle or TriG as the engine writes it, and hands it on with ordered prefixes and without escaped names.

    The engine writes line feeds as ``\n`` in literals, so a line of text is a line of syntax.
    """

    def __init__(self, target: Target, prefixes: Mapping[str, str]) -> None:
        self._target = target
        self._starts = {prefix.encode(): start.encode() for prefix, start in prefixes.items()}
        self._in_head = True
        self._rest: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        lines, line_feed, rest = data.rpartition(b"\n")
        if line_feed:
            self._write_lines(b"".join([*self._rest, lines, line_feed]))
            self._rest = []
        self._rest.append(rest)
        return len(data)

    def finish(self) -> None:
        """Hand on what was held back."""
        if self._in_head:
            self._write_head()
        self._target.write(b"".join(self._rest))

    def flush(self) -> None:
        self._target.flush()

    def _write_lines(self, lines: bytes) -> None:
        while self._in_head and lines:
            if lines.startswith(b"@prefix "):
                lines = lines.partition(b"\n")[2]
            else:
                self._write_head()
        if b"\\" in lines:
            lines = b"\n".join(self._without_escapes(line) if b"\\" in line else line for line in lines.split(b"\n"))
        self._target.write(lines)

    def _write_head(self) -> None:
        self._in_head = False
        for prefix, start in self._starts.items():
            self._target.write(b"@prefix " + prefix + b": <" + start + b"> .\n")
        if self._starts:
            self._target.write(b"\n")

    def _without_escapes(self, line: bytes) -> bytes:
        if b'"' in line:
            return _TURTLE_TOKEN.sub(self._without_escape, line)
        return _ESCAPED_NAME.sub(self._without_escape, line)  # without a literal there is less to tell apart

    def _without_escape(self, token: re.Match[bytes]) -> bytes:
        """Return a token of Turtle, a prefixed name whose local name has an escape as the whole IRI."""
        text = token[0]
        if text.startswith((b'"', b"<")) or b"\\" not in text:
            return text
        prefix, _, local = text.partition(b":")
        return b"<" + self._starts[prefix] + local.replace(b"\\", b"") + b">"


def _serialize(
    statements: Iterable[Quad] | Iterable[Triple], format: Format, target: Target, prefixes: Mapping[str, str] | None
) -> None:
    declared = None if prefixes is None else dict(prefixes)
    serialize(statements, cast("IO[bytes]", target), engine_format(format), prefixes=declared)


def _nameable(statements: Iterable[Quad] | Iterable[Triple]) -> Iterator[Triple]:
    """Return the statements; a predicate that is no XML name would make the engine write a document that is not XML."""
    known: set[str] = set()
    for statement in statements:
        predicate = statement.predicate.value
        if predicate not in known:
            if not _XML_NAME_AT_END.search(predicate):
                raise InexpressibleError(f"RDF/XML cannot write the predicate <{predicate}>")
            known.add(predicate)
        yield cast("Triple", statement)


def _order(quad: Quad) -> tuple[bool, str, str]:
    """Return what decides where a quad stands among those of its subject."""
    predicate = quad.predicate.value
    return (not predicate.endswith("#type"), predicate, str(quad.object))
