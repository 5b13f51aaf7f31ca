"""A vocabulary is read from triples alone, with a use for what they leave out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from nosograph.errors import ReleaseError
from nosograph.rdf.iris import noso
from nosograph.release.opening import Release
from nosograph.vocabulary.reading import read_vocabulary, read_vocabulary_file
from nosograph.vocabulary.terms import Inheritance, Role, Vocabulary
from vocabularies import VOCABULARY

PREFIXES = """
@prefix ex: <https://field.example/ontology#> .
@prefix noso: <https://w3id.org/nosograph/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix vann: <http://purl.org/vocab/vann/> .
<https://field.example/ontology> a owl:Ontology ;
    vann:preferredNamespacePrefix "ex" ; vann:preferredNamespaceUri "https://field.example/ontology#" .
"""


def read(turtle: str) -> Vocabulary:
    """Return the vocabulary of a text."""
    return read_vocabulary(parse(PREFIXES + turtle, format=RdfFormat.TURTLE))


def test_release_has_the_vocabulary_that_it_was_built_with(release: Release) -> None:
    """One reader reads the files of a build and the ontology of a release."""
    assert release.vocabulary == VOCABULARY
    assert release.base == VOCABULARY.base()


def test_reading_needs_no_rdflib_beyond_the_names() -> None:
    """Serving reads the vocabulary with the engine's parser; rdflib's plugins and parsers are not loaded for it."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from nosograph.vocabulary.reading import read_vocabulary_folder\n"
        "assert read_vocabulary_folder(Path('ontology')).focus\n"
        "assert not [name for name in sys.modules if name.startswith('rdflib.plugins.parsers')]\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent.parent.parent,
    )

    assert done.returncode == 0, done.stderr


def test_namespace_of_a_field_is_a_prefix_beside_that_of_the_evidence_model() -> None:
    """The prefix that an ontology prefers stands for its namespace, and its terms are known by it."""
    base = read("").base("https://data.example/")

    assert base.prefixes()["ex"] == "https://field.example/ontology#"
    assert base.is_term("https://field.example/ontology#Thing") and base.is_term(noso("Fact"))
    assert not base.is_term("https://data.example/ontology#Thing")


def test_terms_of_a_vocabulary_do_not_move_with_the_base() -> None:
    """A base moves data, never terms, also where the namespace of a field lies below the default base."""
    turtle = '<https://w3id.org/nosograph/own> a owl:Ontology ; vann:preferredNamespacePrefix "own" ;'
    turtle += ' vann:preferredNamespaceUri "https://w3id.org/nosograph/own#" .'
    base = read(turtle).base("https://data.example/")

    assert base.rebase("https://w3id.org/nosograph/own#Term") == "https://w3id.org/nosograph/own#Term"
    assert base.rebase("https://w3id.org/nosograph/thing/a") == "https://data.example/thing/a"


def test_what_a_term_lacks_follows_from_its_label() -> None:
    """Headings, phrase and plural need not be given; other languages stand behind English."""
    vocabulary = read(
        'ex:Thing a owl:Class ; noso:pathSegment "thing" ; rdfs:label "chose"@fr, "thing"@en .'
        'ex:likes a noso:FactPredicate ; rdfs:label "likes"@en .'
    )

    (entry,) = vocabulary.classes
    likes = vocabulary.predicate("https://field.example/ontology#likes")
    assert (entry.name, entry.plural_name, entry.focus) == ("Thing", "Thing", False)
    assert (likes.heading, likes.inverse_heading, likes.context_heading, likes.phrase) == (*["Likes"] * 3, "likes")
    assert likes.inheritance is Inheritance.PLAIN


def test_classes_and_sections_stand_in_their_order() -> None:
    """sh:order decides, not the name."""
    vocabulary = read(
        'ex:A a owl:Class ; noso:pathSegment "a" ; sh:order 20 . ex:B a owl:Class ; noso:pathSegment "b" ; sh:order 3 .'
        'ex:C a sh:PropertyGroup ; noso:anchor "c" ; sh:order 2 .'
        'ex:D a sh:PropertyGroup ; noso:anchor "d" ; sh:order 1 .'
    )

    assert vocabulary.kinds == ("b", "a")
    assert [section.anchor for section in vocabulary.sections] == ["d", "c"]


def test_lines_of_the_summary_stand_in_their_order() -> None:
    """A line has its label, its question and the roles that answer it; sh:order decides, not the name."""
    vocabulary = read(
        'ex:A a noso:SummaryLine ; sh:order 2 ; rdfs:label "Causes"@en ; noso:question "Why?"@en ;'
        " noso:role noso:causeRole ."
        'ex:B a noso:SummaryLine ; sh:order 1 ; rdfs:label "Signs"@en .'
    )

    first, second = vocabulary.summary
    assert first.label == "Signs"
    assert (second.label, second.question, second.roles) == ("Causes", "Why?", {Role.CAUSE})


def test_words_for_several_objects_are_those_for_one_unless_others_are_given() -> None:
    """noso:listPhrase is needed only where the phrase does not agree with several objects."""
    vocabulary = read(
        'ex:shows a noso:FactPredicate ; rdfs:label "shows"@en .'
        'ex:sign a noso:FactPredicate ; rdfs:label "has sign"@en ; noso:listPhrase "has the signs"@en .'
    )

    ex = "https://field.example/ontology#"
    assert vocabulary.predicate(ex + "shows").list_phrase == "shows"
    assert vocabulary.predicate(ex + "sign").list_phrase == "has the signs"


def test_hierarchy_is_what_owl_says() -> None:
    """The inverse of a predicate and its transitive super-property are derived, and nobody writes them."""
    vocabulary = read(
        "ex:hasKind a noso:FactPredicate ; rdfs:subPropertyOf ex:hasKindAtAnyDepth ; noso:role noso:formRole ."
        "ex:hasKindAtAnyDepth a owl:TransitiveProperty . ex:kindOf owl:inverseOf ex:hasKind ."
    )

    ex = "https://field.example/ontology#"
    assert vocabulary.broader_properties() == {ex + "kindOf"}
    assert vocabulary.with_role(Role.FORM) == {ex + "hasKind"}
    assert {ex + "kindOf", ex + "hasKindAtAnyDepth", noso("status"), noso("inherits")} <= vocabulary.derived


def test_cycle_of_super_properties_ends() -> None:
    """An ontology may say that two predicates are special cases of each other; reading it must end."""
    vocabulary = read(
        "ex:a a noso:FactPredicate ; rdfs:subPropertyOf ex:b . ex:b a noso:FactPredicate ; rdfs:subPropertyOf ex:a ."
    )

    both = {"https://field.example/ontology#a", "https://field.example/ontology#b"}
    assert all(predicate.wider == both for predicate in vocabulary.predicates.values())


def test_damaged_ontology_is_an_error_with_its_file(tmp_path: Path) -> None:
    """A release whose vocabulary cannot be read is not served."""
    path = tmp_path / "ontology.ttl"
    path.write_text("ex:broken", encoding="utf-8")

    with pytest.raises(ReleaseError) as caught:
        read_vocabulary_file(path)

    assert caught.value.location is not None and caught.value.location.file == str(path)
