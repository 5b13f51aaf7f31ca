"""Every format that the project reads or writes, once: its media type, its file extension, its other names."""

from __future__ import annotations

from typing import Final, NamedTuple

_W3C: Final = "http://www.w3.org/ns/formats/"


class Format(NamedTuple):
    """A serialisation.

    A named tuple, because query workers load this module: dataclasses would take a third more of their start.

    Attributes:
        name: short name, as ``--format`` and ``?format=`` take it; also the file extension.
        media_type: registered media type, without parameters.
        label: what people call it.
        charset: whether the media type is sent with ``charset=utf-8``.
        quads: whether it can hold named graphs (RDF formats).
        aliases: further media types that clients use for it.
        accepted_for: media types of other formats whose clients read this one too; the answer bears its own.
        spellings: further names that ``?format=`` takes for it.
        feature: IRI of the format in the W3C's list of them (https://www.w3.org/ns/formats/), or nothing.
        specification: address of the specification (RDF formats).
    """

    name: str
    media_type: str
    label: str
    charset: bool = False
    quads: bool = False
    aliases: tuple[str, ...] = ()
    accepted_for: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    feature: str = ""
    specification: str = ""

    @property
    def content_type(self) -> str:
        """Return the value of the Content-Type header."""
        return f"{self.media_type};charset=utf-8" if self.charset else self.media_type


TURTLE: Final = Format(
    "ttl",
    "text/turtle",
    "Turtle",
    charset=True,
    aliases=("application/x-turtle",),
    spellings=("turtle", "n3"),
    feature=_W3C + "Turtle",
    specification="https://www.w3.org/TR/turtle/",
)
JSON_LD: Final = Format(
    "jsonld",
    "application/ld+json",
    "JSON-LD",
    quads=True,
    spellings=("json", "json-ld", "ld+json"),
    feature=_W3C + "JSON-LD",
    specification="https://www.w3.org/TR/json-ld11/",
)
N_TRIPLES: Final = Format(
    "nt",
    "application/n-triples",
    "N-Triples",
    aliases=("text/plain",),  # its media type before it was standardised, which rdflib still asks for
    spellings=("ntriples", "n-triples"),
    feature=_W3C + "N-Triples",
    specification="https://www.w3.org/TR/n-triples/",
)
N_QUADS: Final = Format(
    "nq",
    "application/n-quads",
    "N-Quads",
    quads=True,
    spellings=("nquads", "n-quads"),
    feature=_W3C + "N-Quads",
    specification="https://www.w3.org/TR/n-quads/",
)
TRIG: Final = Format(
    "trig",
    "application/trig",
    "TriG",
    charset=True,
    quads=True,
    aliases=("application/x-trig",),
    feature=_W3C + "TriG",
    specification="https://www.w3.org/TR/trig/",
)
RDF_XML: Final = Format(
    "rdf",
    "application/rdf+xml",
    "RDF/XML",
    spellings=("xml", "rdf+xml", "rdfxml"),
    feature=_W3C + "RDF_XML",
    specification="https://www.w3.org/TR/rdf-syntax-grammar/",
)
PLAIN_TEXT: Final = Format("txt", "text/plain", "Plain text", charset=True)
HTML: Final = Format("html", "text/html", "HTML", charset=True, accepted_for=("application/xhtml+xml",))

RDF_FORMATS: Final = (TURTLE, JSON_LD, N_TRIPLES, N_QUADS, TRIG, RDF_XML)
"""Formats of dumps and documents, in the order of the server's preference."""

DATASET_FORMATS: Final = (N_QUADS, TRIG)
"""Formats of documents that keep the named graphs; other documents, JSON-LD ones too, hold triples alone."""

DOCUMENT_FORMATS: Final = (TURTLE, HTML, JSON_LD, N_TRIPLES, N_QUADS, TRIG, RDF_XML)
"""Formats of a document about a resource, in the order of the server's preference."""

JSON: Final = Format("json", "application/json", "JSON", specification="https://www.rfc-editor.org/rfc/rfc8259")
XML: Final = Format("xml", "application/xml", "XML", charset=True)

ATOM: Final = Format("atom", "application/atom+xml", "Atom feed")
MARKDOWN: Final = Format("md", "text/markdown", "Markdown", charset=True)

PARQUET: Final = Format(
    "parquet",
    "application/vnd.apache.parquet",
    "Parquet",
    specification="https://parquet.apache.org/docs/file-format/",
)
TSV: Final = Format(
    "tsv",
    "text/tab-separated-values",
    "TSV",
    charset=True,
    specification="https://www.iana.org/assignments/media-types/text/tab-separated-values",
)

JSON_LINES: Final = Format("jsonl", "application/jsonl", "JSON Lines", specification="https://jsonlines.org/")

RDF_PATCH: Final = Format(
    "rdfp",
    "application/rdf-patch",
    "RDF Patch",
    specification="https://afs.github.io/rdf-delta/rdf-patch.html",
)

FORM_DATA: Final = Format("form", "application/x-www-form-urlencoded", "Form data")
SPARQL_QUERY: Final = Format("rq", "application/sparql-query", "SPARQL query")
SPARQL_UPDATE: Final = Format("ru", "application/sparql-update", "SPARQL update")

SPARQL_JSON: Final = Format(
    "json",
    "application/sparql-results+json",
    "SPARQL JSON",
    aliases=(JSON.media_type,),
    spellings=("srj", "sparql-results+json"),
    feature=_W3C + "SPARQL_Results_JSON",
)
SPARQL_XML: Final = Format(
    "xml",
    "application/sparql-results+xml",
    "SPARQL XML",
    aliases=(XML.media_type, "text/xml"),
    spellings=("srx", "sparql-results+xml"),
    feature=_W3C + "SPARQL_Results_XML",
)
SPARQL_CSV: Final = Format("csv", "text/csv", "CSV", charset=True, feature=_W3C + "SPARQL_Results_CSV")
SPARQL_TSV: Final = Format("tsv", "text/tab-separated-values", "TSV", charset=True, feature=_W3C + "SPARQL_Results_TSV")

SELECT_FORMATS: Final = (SPARQL_JSON, SPARQL_XML, SPARQL_CSV, SPARQL_TSV)
"""Formats of SELECT results, in the order of the server's preference."""

ASK_FORMATS: Final = SELECT_FORMATS
"""Formats of ASK results; CSV and TSV hold the one word ``true`` or ``false``, as most endpoints answer."""

GRAPH_FORMATS: Final = (TURTLE, N_TRIPLES, JSON_LD, RDF_XML, N_QUADS, TRIG)
"""Formats of CONSTRUCT and DESCRIBE results, in the order of the server's preference."""

ANSWER_FORMATS: Final = (*SELECT_FORMATS, *GRAPH_FORMATS)
"""Every format that a query can be answered in."""

PROBLEM_JSON: Final = Format(
    "problem", "application/problem+json", "Problem details (RFC 9457)", aliases=(JSON.media_type,)
)
"""Error bodies also come as HTML and as plain text."""
