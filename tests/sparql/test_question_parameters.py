"""What can be chosen in a published question, and how a chosen resource is put into its query."""

from __future__ import annotations

from pathlib import Path

import pytest

import vocabularies
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.sparql.questions import parameters, put

BASE = vocabularies.base()
HEAD = f"PREFIX condition: <{DEFAULT_BASE}condition/>\nPREFIX noso: <{DEFAULT_BASE}ontology#>\n"
QUESTIONS = sorted((Path(__file__).parent.parent.parent / "data" / "questions").glob("*.rq"))


def named(query: str, focus: str = "") -> list[tuple[str, str, str]]:
    """Return name, kind and published resource of each parameter of a query."""
    return [(entry.name, entry.kind, entry.iri) for entry in parameters(query, BASE, focus)]


def test_the_resource_of_a_values_block_is_a_parameter() -> None:
    """One row of inline data is what a question asks about; a prefixed name is read by the query's own prefixes."""
    query = HEAD + "SELECT * { VALUES ?c { condition:gout } ?c ?p ?o }"

    assert named(query) == [("c", "condition", f"{DEFAULT_BASE}condition/gout")]


def test_a_row_of_several_resources_has_a_parameter_for_each() -> None:
    """Each variable has the kind of its own resource."""
    query = HEAD + f"SELECT * {{ VALUES (?a ?b) {{ (condition:gout <{DEFAULT_BASE}finding/ache>) }} ?a ?p ?b }}"

    assert [entry[:2] for entry in named(query)] == [("a", "condition"), ("b", "finding")]


@pytest.mark.parametrize(
    "block",
    [
        "VALUES ?p { noso:hasSymptom }",
        "VALUES ?c { condition:gout condition:ague }",
        "VALUES (?a ?b) { (condition:gout noso:affects) }",
        "VALUES ?c { undeclared:gout }",
        "VALUES ?c { 'condition:gout' }",
        "VALUES ?c {",
        "# VALUES ?c { condition:gout }",
    ],
)
def test_what_is_no_single_resource_is_no_parameter(block: str) -> None:
    """Terms, several rows, literals, comments and what no prefix of the query explains are left alone."""
    assert named(f"{HEAD}SELECT * {{ {block}\n ?s ?p ?o }}") == []


def test_a_variable_of_the_focus_can_be_chosen() -> None:
    """A question about every condition can be asked about one, by inline data at the beginning of its pattern."""
    query = HEAD + "SELECT * WHERE { ?condition noso:affects ?x }"
    (parameter,) = parameters(query, BASE, "condition")

    assert parameter.iri == ""
    asked = put(query, [(parameter, f"{DEFAULT_BASE}condition/gout")])
    assert asked == HEAD + (
        f"SELECT * WHERE {{\n  VALUES ?condition {{ <{DEFAULT_BASE}condition/gout> }} ?condition noso:affects ?x }}"
    )


@pytest.mark.parametrize(
    "pattern",
    [
        "{ ?s ?p ?o FILTER EXISTS { ?condition ?p ?o } }",
        "{ ?s ?p ?condition . BIND (?s AS ?condition) }",
        "{ ?s ?p ?o }",
    ],
)
def test_a_variable_that_inline_data_cannot_restrict_is_none(pattern: str) -> None:
    """A variable of an inner group is another question's, and one with a value of its own would be an error."""
    assert named(f"SELECT * WHERE {pattern}", "condition") == []


def test_only_what_was_chosen_is_put() -> None:
    """Every other character of the query stays as it is."""
    query = HEAD + "SELECT * { VALUES (?a ?b) { (condition:gout condition:ague) } ?a ?p ?b } # condition:gout"
    first, second = parameters(query, BASE)
    iri = f"{DEFAULT_BASE}condition/mumps"

    assert put(query, [(second, iri)]) == query.replace("condition:ague", f"<{iri}>")
    assert put(query, [(first, iri), (second, iri)]).endswith(f"(<{iri}> <{iri}>) }} ?a ?p ?b }} # condition:gout")


@pytest.mark.parametrize("text", ["x> } DROP ALL #", "urn:a> <urn:b", "urn:a b", ""])
def test_text_that_is_no_iri_never_enters_a_query(text: str) -> None:
    """What could be read as anything but an IRI is refused."""
    query = HEAD + "SELECT * { VALUES ?c { condition:gout } ?c ?p ?o }"

    with pytest.raises(ValueError, match="IRI"):
        put(query, [(parameters(query, BASE)[0], text)])


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_published_questions_keep_their_variables_apart(path: Path) -> None:
    """No question has two parameters of one name, which a form could not tell apart."""
    found = [entry.name for entry in parameters(path.read_text(encoding="utf-8"), BASE, "condition")]

    assert len(found) == len(set(found))
    assert found or path.stem.startswith(("08", "10", "15", "16", "17", "18"))
