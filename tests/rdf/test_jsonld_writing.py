"""Compact JSON-LD means the quads that it was written from, to three readers, whatever the context does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pyld import jsonld
from pyoxigraph import Quad, RdfFormat, parse
from rdflib import Dataset
from small_release import FIXTURES

from nosograph.errors import InputError
from nosograph.rdf.jsonld import Context, document_chunks, prefix_context
from nosograph.rdf.jsonld_context import read_context
from nosograph.rdf.names import Base

NOSO = "https://w3id.org/nosograph/ontology#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
C = "https://w3id.org/nosograph/condition/"
G = "https://w3id.org/nosograph/graph/x"
BASIC = {"noso": NOSO, "skos": SKOS, "xsd": XSD, "condition": C}

STATEMENTS = {
    "string": f'<{C}a> <{NOSO}title> "plain"',
    "english": f'<{C}a> <{SKOS}prefLabel> "one"@en',
    "german": f'<{C}a> <{SKOS}prefLabel> "eins"@de',
    "label without language": f'<{C}a> <{SKOS}prefLabel> "eins"',
    "label with a datatype": f'<{C}a> <{SKOS}prefLabel> "2020"^^<{XSD}gYear>',
    "link": f"<{C}a> <{NOSO}hasSymptom> <http://purl.obolibrary.org/obo/MONDO_0000001>",
    "text where a link is usual": f'<{C}a> <{NOSO}hasSymptom> "condition:b"',
    "concept": f"<{C}a> <{NOSO}status> <{NOSO}affirmed>",
    "thing where a concept is usual": f"<{C}a> <{NOSO}status> <{C}b>",
    "year": f'<{C}a> <{NOSO}issuedYear> "2020"^^<{XSD}gYear>',
    "date where a year is usual": f'<{C}a> <{NOSO}issuedYear> "2020-01-01"^^<{XSD}date>',
    "number": f'<{C}a> <{NOSO}numerator> "3"^^<{XSD}integer>',
    "large number": f'<{C}a> <{NOSO}numerator> "123456789012345678901234567890"^^<{XSD}integer>',
    "uncoerced number": f'<{C}a> <{NOSO}other> "7"^^<{XSD}integer>',
    "truth": f'<{C}a> <{NOSO}other> "true"^^<{XSD}boolean>',
    "decimal": f'<{C}a> <{NOSO}other> "1.5"^^<{XSD}decimal>',
    "set": f'<{C}a> <{SKOS}note> "a note"',
    "set with language": f'<{C}a> <{SKOS}note> "a note"@en',
    "unknown predicate": f"<{C}a> <http://e.org/p/q> <http://e.org/o>",
    "urn": "<urn:isbn:1> <http://e.org/p> <urn:isbn:2>",
    "deep local part": f"<{C}a/b/c#d> <{NOSO}other> <{C}a?x=1&y=2>",
    "namespace itself": f"<{C}> <{NOSO}other> <{NOSO}>",
    "double slash": f"<{C}//a> <{NOSO}other> <{C}//b>",
    "two types": f"<{C}a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{NOSO}Condition>",
    "type without a term": f"<{C}a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{NOSO}Other>",
    "escapes": f'<{C}a> <{NOSO}title> "\\"\\\\\\n\\r\\t\\u2028\\u200F\\U0001F701</script>"',
    "keyword-like text": f'<{C}a> <{NOSO}title> "@id"',
    "empty text": f'<{C}a> <{NOSO}title> ""',
}


def _quads(*statements: str) -> list[Quad]:
    return list(parse("".join(f"{one} <{G}> .\n" for one in sorted(statements)).encode(), RdfFormat.N_QUADS))


def write_document(quads: list[Quad], context: Context, *, named: bool = True) -> bytes:
    """Return a whole document."""
    return "".join(document_chunks(quads, context, named=named)).encode()


def _context(**entries: Any) -> Context:
    return read_context(json.dumps({"@context": BASIC | entries}), Base())


@pytest.fixture(scope="module")
def contexts() -> dict[str, Context]:
    """The fixtures' context, one without a term, and ones with defaults that change what plain strings mean."""
    return {
        "fixture": read_context((FIXTURES / "ontology" / "context.jsonld").read_text(), Base()),
        "empty": read_context('{"@context": {}}', Base()),
        "language": _context(**{"@language": "en", "title": {"@id": "noso:title", "@language": None}}),
        "vocabulary": _context(**{"@vocab": NOSO, "title": {}, "status": {"@type": "@vocab"}}),
        "prefixes": prefix_context(Base().prefixes()),
        "two terms": _context(
            label={"@id": "skos:prefLabel", "@language": "en"}, name={"@id": "skos:prefLabel", "@language": "de"}
        ),
    }


def _read_by_engine(document: bytes, form: RdfFormat) -> set[str]:
    return {str(quad) for quad in parse(document, form)}


def _read_by_rdflib(document: bytes) -> set[str]:
    dataset = Dataset()
    dataset.parse(data=document, format="json-ld")
    return {str(quad) for quad in parse(dataset.serialize(format="nquads").encode(), RdfFormat.N_QUADS)}


def _read_by_pyld(document: bytes) -> set[str]:
    text: Any = jsonld.to_rdf(json.loads(document), {"format": "application/n-quads"})
    return {str(quad) for quad in parse(text.encode(), RdfFormat.N_QUADS)}


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # rdflib's own
@pytest.mark.parametrize("context", ["fixture", "empty", "language", "vocabulary", "prefixes", "two terms"])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_reads_back(contexts: dict[str, Context], context: str, statement: str) -> None:
    """Each kind of statement alone comes back the same from three readers under each kind of context."""
    quads = _quads(STATEMENTS[statement])

    document = write_document(quads, contexts[context])

    expected = {str(quad) for quad in quads}
    assert _read_by_engine(document, RdfFormat.JSON_LD) == expected
    assert _read_by_engine(document, RdfFormat.STREAMING_JSON_LD) == expected
    assert _read_by_pyld(document) == expected
    assert _read_by_rdflib(document) == expected


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
@pytest.mark.parametrize("context", ["fixture", "empty", "language", "vocabulary", "prefixes", "two terms"])
def test_all_statements_together_read_back(contexts: dict[str, Context], context: str) -> None:
    """The statements also come back when they share subjects and predicates."""
    quads = _quads(*STATEMENTS.values())

    document = write_document(quads, contexts[context])

    expected = {str(quad) for quad in quads}
    assert _read_by_engine(document, RdfFormat.STREAMING_JSON_LD) == expected
    assert _read_by_pyld(document) == expected
    assert _read_by_rdflib(document) == expected


def test_short_forms_are_used(contexts: dict[str, Context]) -> None:
    """Terms, prefixes and coercions of the context make plain strings of what they cover."""
    quads = _quads(*(STATEMENTS[name] for name in ("english", "link", "concept", "year", "number", "set", "two types")))

    node = json.loads(write_document(quads, contexts["fixture"]))["@graph"][0]["@graph"][0]

    assert node == {
        "type": "Condition",
        "id": "condition:a",
        "prefLabel": "one",
        "hasSymptom": "MONDO:0000001",
        "status": "affirmed",
        "issuedYear": "2020",
        "numerator": "3",
        "note": ["a note"],
    }


def test_a_prefix_that_json_ld_does_not_allow_is_not_used() -> None:
    """A simple term that does not end in a delimiter is no prefix in JSON-LD 1.1, so the IRI is written out."""
    context = _context(HP="http://purl.obolibrary.org/obo/HP_")

    assert context.compact_iri("http://purl.obolibrary.org/obo/HP_1") == "http://purl.obolibrary.org/obo/HP_1"


def test_documents_can_leave_out_graph_names(contexts: dict[str, Context]) -> None:
    """Without names everything is in the default graph, one node object for each subject."""
    document = json.loads(
        write_document(_quads(STATEMENTS["english"], STATEMENTS["link"]), contexts["fixture"], named=False)
    )

    assert [node["id"] for node in document["@graph"]] == ["condition:a"]


def test_no_quads_are_a_document_too(contexts: dict[str, Context]) -> None:
    """An empty document is valid JSON-LD with the context."""
    document = json.loads(write_document([], contexts["fixture"]))

    assert document["@graph"] == []
    assert "@context" in document


def test_an_iri_that_looks_like_a_compact_one_is_refused() -> None:
    """JSON-LD would read ``urn:x`` as a compact IRI where ``urn`` is a prefix, so it is not written."""
    with pytest.raises(ValueError, match="cannot tell"):
        _context(urn="https://e.org/").compact_iri("urn:isbn:1")


def test_the_base_moves_data_prefixes_alone() -> None:
    """A context rebased has the resources below the new base, and the vocabulary where it was."""
    context = read_context(json.dumps({"@context": BASIC}), Base("https://example.org/kb/"))

    assert context.document["condition"] == "https://example.org/kb/condition/"
    assert context.document["noso"] == NOSO


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"@context": []}',
        '{"@context": {"@import": "https://e.org/c"}}',
        '{"@context": {"a": 1}}',
        '{"@context": {"a": {"@reverse": "https://e.org/a"}}}',
        '{"@context": {"a": {"@id": "https://e.org/a", "@container": "@list"}}}',
        '{"@context": {"a": {"@id": "https://e.org/a", "@type": "@json"}}}',
        '{"@context": {"a": {"@id": "https://e.org/a", "@context": {}}}}',
        '{"@context": {"a": "@reverse"}}',
        '{"@context": {"a": "b"}}',
        '{"@context": {"a": "b:x", "b": "a:y"}}',
    ],
)
def test_a_context_beyond_the_plain_ones_is_refused(text: str) -> None:
    """What the writer does not support is an error that names the file, never a wrong document."""
    with pytest.raises(InputError, match=r"mine\.jsonld"):
        read_context(text, Base(), file="mine.jsonld")
