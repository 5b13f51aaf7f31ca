"""A vocabulary that the software could not show, or would show in two ways, is refused with its location."""

from __future__ import annotations

import pytest
from rdflib import Graph, URIRef

from nosograph.assets import Assets
from nosograph.errors import InputErrors, Location
from nosograph.facts.loading import load_knowledge
from nosograph.facts.ontology import check_vocabulary, vocabulary_of
from nosograph.rdf.names import Base

EX = "https://field.example/ontology#"
PREFIXES = f"""
@prefix ex: <{EX}> .
@prefix noso: <https://w3id.org/nosograph/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix vann: <http://purl.org/vocab/vann/> .
<https://field.example/ontology> a owl:Ontology ; vann:preferredNamespaceUri "{EX}" ;
"""


@pytest.mark.parametrize(
    ("turtle", "term", "what"),
    [
        ('vann:preferredNamespacePrefix "skos" .', EX[:-1], "'skos'"),
        ('vann:preferredNamespacePrefix "thing" . ex:T noso:pathSegment "thing" .', EX[:-1], "'thing'"),
        ('vann:preferredNamespacePrefix "ex" . ex:T noso:pathSegment "sparql" .', EX + "T", "'sparql'"),
        ('vann:preferredNamespacePrefix "ex" . ex:T noso:pathSegment "Two Words" .', EX + "T", "'Two Words'"),
        ('vann:preferredNamespacePrefix "ex" . ex:T noso:pathSegment "skos" .', EX + "T", "'skos'"),
        (
            'vann:preferredNamespacePrefix "ex" . ex:T noso:pathSegment "t" . ex:U noso:pathSegment "t" .',
            EX + "U",
            "two classes",
        ),
        (
            'vann:preferredNamespacePrefix "ex" . ex:T noso:pathSegment "t" ; noso:focus true .'
            ' ex:U noso:pathSegment "u" ; noso:focus true .',
            EX + "U",
            "second class is the focus",
        ),
        ('vann:preferredNamespacePrefix "ex" . ex:S a sh:PropertyGroup .', EX + "S", "anchor"),
        ('vann:preferredNamespacePrefix "ex" . ex:p a noso:FactPredicate ; sh:group ex:S .', EX + "p", "section"),
        ('vann:preferredNamespacePrefix "ex" . ex:p a noso:FactPredicate ; noso:column ex:C .', EX + "p", "column"),
        ('vann:preferredNamespacePrefix "ex" . ex:L a noso:SummaryLine .', EX + "L", "a label, a question or a role"),
        (
            'vann:preferredNamespacePrefix "ex" . ex:p a noso:FactPredicate ; noso:groupedBy ex:q .',
            EX + "p",
            "qualifier",
        ),
        (
            'vann:preferredNamespacePrefix "ex" . ex:p a noso:FactPredicate ; noso:restrictedBy ex:q .',
            EX + "p",
            "predicate of facts",
        ),
        (
            'vann:preferredNamespacePrefix "ex" . ex:p a noso:FactPredicate ; noso:role noso:formRole .',
            EX + "p",
            "inverse",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(turtle: str, term: str, what: str) -> None:
    """Each mistake is one error at the term that has it, with a hint."""
    graph = Graph().parse(data=PREFIXES + turtle, format="turtle")
    here = Location("ontology/field.ttl", 7)

    errors = list(check_vocabulary(vocabulary_of(graph), {URIRef(term): here}))

    assert len(errors) == 1, [str(error) for error in errors]
    assert what in errors[0].what and errors[0].hint
    assert errors[0].location == here


def test_a_namespace_has_one_prefix() -> None:
    """A second prefix for a namespace that has one would leave open how its terms are abbreviated."""
    turtle = PREFIXES.replace(f'Uri "{EX}"', 'Uri "http://schema.org/"') + 'vann:preferredNamespacePrefix "sdo" .'

    errors = list(check_vocabulary(vocabulary_of(Graph().parse(data=turtle, format="turtle")), {}))

    assert ["'schema'" in error.what for error in errors] == [True]


def test_vocabulary_is_checked_when_it_is_loaded(small: Assets) -> None:
    """The error has file and line, like any other of a curated file."""
    path = small.ontology / "presentation.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('noso:pathSegment "finding"', 'noso:pathSegment "condition"'), encoding="utf-8")

    with pytest.raises(InputErrors) as caught:
        load_knowledge(small, Base())

    said = [error for error in caught.value.errors if "two classes" in error.what]
    assert len(said) == 1 and said[0].location is not None and said[0].location.file.startswith("ontology/")
