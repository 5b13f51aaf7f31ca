"""Curated files become the knowledge graph, or a message that says where, what and how to correct it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, SKOS, XSD

from nosograph.assets import Assets
from nosograph.errors import InputError, InputErrors
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge, register_names, require_registered
from nosograph.rdf.names import NOSO, NOSO_SHAPES, Base
from nosograph.validation.validate import validate

HERE = Path(__file__).parent
INVALID = sorted((HERE / "invalid").glob("*.ttl"))
BASE = Base()


def load(small: Assets, base: Base = BASE) -> KnowledgeGraph:
    """Return the small graph."""
    return load_knowledge(small, base)


def resource(kind: str, identifier: str) -> URIRef:
    """Return the IRI of a resource below the default base."""
    return BASE.resource(kind, identifier)


def test_there_are_invalid_examples() -> None:
    """A folder of examples that has gone missing would make every test below pass."""
    assert len(INVALID) >= 20


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_invalid_file_is_refused_at_its_line(small: Assets, path: Path) -> None:
    """The message names the file, the line that its first line announces, what is wrong and how to correct it."""
    shutil.copy(path, small.data / "facts" / path.name)
    announced = re.match(r"# error at line (\d+): (.+)", path.read_text(encoding="utf-8"))
    assert announced is not None

    with pytest.raises(InputErrors) as caught:
        load(small)

    matching = [error for error in caught.value.errors if announced[2] in str(error)]
    assert matching, str(caught.value)
    location = matching[0].location
    assert location is not None
    assert (location.file, location.line) == (f"data/facts/{path.name}", int(announced[1]))
    assert matching[0].hint


def test_all_errors_are_told_at_once(small: Assets) -> None:
    """A curator corrects a batch in one go: every file's errors are listed, in the order of the files."""
    for path in INVALID:
        shutil.copy(path, small.data / "facts" / path.name)

    with pytest.raises(InputErrors) as caught:
        load(small)

    files = [error.location.file for error in caught.value.errors if error.location]
    assert len(set(files)) == len(INVALID)
    assert files == sorted(files)


def test_same_proposition_becomes_one_fact(small: Assets) -> None:
    """Two blocks with the same subject, predicate and object are one fact with the evidence of both."""
    facts = load(small).graphs["facts"]
    itch = [
        fact
        for fact in facts.subjects(RDF.object, resource("finding", "itch"))
        if (fact, RDF.subject, resource("condition", "broad")) in facts
    ]

    assert len(itch) == 1
    assert len(list(facts.objects(itch[0], NOSO.evidence))) == 2


def test_direct_triples_follow_from_affirmed_facts_alone(small: Assets) -> None:
    """Super-properties, inverse and closure are derived; a hypothesised fact gives no bare triple."""
    conditions = load(small).graphs["conditions"]
    broad, middle, narrow, itch = (
        resource("condition", "broad"),
        resource("condition", "middle"),
        resource("condition", "narrow"),
        resource("finding", "itch"),
    )

    assert (broad, NOSO.hasMainSymptom, itch) in conditions
    assert (broad, NOSO.hasSymptom, itch) in conditions
    assert (middle, NOSO.subtypeOf, broad) in conditions
    assert (broad, NOSO.hasSubtypeTransitive, narrow) in conditions
    assert (broad, NOSO.hasSubtype, narrow) not in conditions
    assert (narrow, NOSO.hasComplication, itch) not in conditions


@pytest.mark.parametrize("stances", [("disputes",), ("supports", "disputes")], ids=["denied", "contested"])
def test_denied_or_contested_fact_takes_its_bare_triple_away(small: Assets, stances: tuple[str, ...]) -> None:
    """A bare triple says what no fact denies or contests, even where a narrower fact is affirmed."""
    evidence = (HERE / "denial.ttl").read_text(encoding="utf-8")
    (small.data / "facts" / "denial.ttl").write_text(
        "\n".join(evidence.replace("STANCE", stance) for stance in stances), encoding="utf-8"
    )

    conditions = load(small).graphs["conditions"]

    broad, itch = resource("condition", "broad"), resource("finding", "itch")
    assert (broad, NOSO.hasMainSymptom, itch) in conditions
    assert (broad, NOSO.hasSymptom, itch) not in conditions


def test_fact_denied_in_another_context_takes_the_bare_triple_away(small: Assets) -> None:
    """A bare triple has no context, so it stands only where the proposition is denied in none."""
    text = (HERE / "denial.ttl").read_text(encoding="utf-8").replace("STANCE", "disputes")
    (small.data / "facts" / "denial.ttl").write_text(
        text.replace("noso:hasSymptom ;", "noso:hasMainSymptom ; noso:context condition:narrow ;"), encoding="utf-8"
    )

    conditions = load(small).graphs["conditions"]

    assert (resource("condition", "broad"), NOSO.hasMainSymptom, resource("finding", "itch")) not in conditions


def test_chain_over_a_denied_subtype_conforms_and_its_bare_triple_does_not(small: Assets, assets: Assets) -> None:
    """What the build derives of a chain with a denied link conforms; the bare triple that it leaves out does not."""
    text = (HERE / "denial.ttl").read_text(encoding="utf-8")
    prefixes, _, fact = text.partition("[]")
    links = [("broad", "second", "supports"), ("second", "third", "supports"), ("broad", "third", "disputes")]
    facts = [
        fact.replace("condition:broad", f"condition:{above}")
        .replace("noso:hasSymptom", "noso:hasSubtype")
        .replace("finding:itch", f"condition:{below}")
        .replace("STANCE", stance)
        for above, below, stance in links
    ]
    things = [
        f'condition:{name} a noso:Condition ; skos:prefLabel "{name}"@en ; skos:definition "Invented: {name}."@en .'
        for name in ("second", "third")
    ]
    skos = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
    (small.data / "facts" / "chain.ttl").write_text(
        "\n".join([prefixes, skos, *things, *(f"[]{fact}" for fact in facts)]), encoding="utf-8"
    )
    shutil.rmtree(small.shapes)
    shutil.copytree(assets.shapes, small.shapes)
    knowledge = load(small)
    rules = {NOSO_SHAPES.DirectTripleIsNotDenied, NOSO_SHAPES.SubtypesAtAnyDepthAreComplete}
    denied = (resource("condition", "broad"), NOSO.hasSubtypeTransitive, resource("condition", "third"))

    derived = {result.shape for result in validate(knowledge).results}
    knowledge.graphs["conditions"].add(denied)
    written = {result.shape for result in validate(knowledge).results}

    assert rules & {URIRef(shape) for shape in derived} == set()
    assert rules & {URIRef(shape) for shape in written} == {NOSO_SHAPES.DirectTripleIsNotDenied}


def test_nothing_published_is_a_blank_node(small: Assets) -> None:
    """Facts, evidence, passages and whatever shapes leave blank get an IRI, so that N-Quads are canonical."""
    (small.shapes / "list.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:shape> sh:in (1 2) .", encoding="utf-8"
    )

    nodes = {node for graph in load(small).graphs.values() for node in graph.all_nodes()}

    assert all(isinstance(node, URIRef | Literal) for node in nodes)


def test_locations_name_file_and_line(small: Assets) -> None:
    """Facts, evidence, passages and entities all know where they were written."""
    knowledge = load(small)
    facts = knowledge.graphs["facts"]
    fact = next(iter(facts.subjects(RDF.predicate, NOSO.hasComplication)))
    evidence = facts.value(fact, NOSO.evidence)

    assert str(knowledge.locations[URIRef(fact)]) == "data/facts/broad.ttl:29"
    assert isinstance(evidence, URIRef)
    assert str(knowledge.locations[evidence]) == "data/facts/broad.ttl:31"
    assert str(knowledge.locations[resource("finding", "itch")]) == "data/things.ttl:10"


def test_another_base_moves_data_and_leaves_the_vocabulary(small: Assets) -> None:
    """A fact keeps its local name under every base; terms of the vocabulary stay where they are."""
    elsewhere = Base("https://example.org/conditions/")
    here, there = load(small), load(small, elsewhere)

    names = {str(fact).removeprefix(BASE.iri) for fact in here.graphs["facts"].subjects(RDF.type, NOSO.Fact)}

    assert names == {
        str(fact).removeprefix(elsewhere.iri) for fact in there.graphs["facts"].subjects(RDF.type, NOSO.Fact)
    }
    assert (elsewhere.resource("condition", "middle"), NOSO.subtypeOf, elsewhere.resource("condition", "broad")) in (
        there.graphs["conditions"]
    )


def test_question_moves_with_the_base(small: Assets) -> None:
    """A published question asks about the resources of the base that it is published under."""
    (small.data / "questions" / "01-broad.rq").write_text(
        "# Question: What is below?\n# Every subtype.\nSELECT * WHERE { <https://w3id.org/nosograph/condition/broad>\n"
        "  <https://w3id.org/nosograph/ontology#hasSubtype> ?s }\n",
        encoding="utf-8",
    )

    question = load(small, Base("https://example.org/c/")).questions[0]

    assert question.title == "What is below?"
    assert question.description == "Every subtype."
    assert "<https://example.org/c/condition/broad>" in question.query
    assert "<https://w3id.org/nosograph/ontology#hasSubtype>" in question.query


def test_question_without_its_head_is_refused(small: Assets) -> None:
    """A query that does not say in plain words what it answers cannot be published."""
    (small.data / "questions" / "01-mute.rq").write_text("SELECT * WHERE { ?s ?p ?o }\n", encoding="utf-8")

    with pytest.raises(InputErrors, match=r"data/questions/01-mute.rq:1: .*plain words"):
        load(small)


def test_antecedent_is_a_passage_of_the_same_source(small: Assets) -> None:
    """What a pronoun stands for is read like the passage that has it, and both are passages of the source."""
    facts = small.data / "facts" / "broad.ttl"
    text = facts.read_text(encoding="utf-8")
    old = 'noso:passage [ oa:start 20 ; oa:end 29 ; noso:passageDigest "00" ]'
    new = f'noso:antecedent [ oa:start 30 ; oa:end 39 ; noso:passageDigest "01" ] ; {old}'
    facts.write_text(text.replace(old, new), encoding="utf-8")

    graphs = load(small).graphs

    (evidence,) = graphs["facts"].subjects(NOSO.antecedent, None)
    assert (evidence, NOSO.antecedent, resource("source", "leaflet/passage/30-39")) in graphs["facts"]
    assert (evidence, NOSO.passage, resource("source", "leaflet/passage/20-29")) in graphs["facts"]
    assert (resource("source", "leaflet/passage/30-39"), NOSO.ofSource, resource("source", "leaflet")) in graphs[
        "sources"
    ]


def test_registered_name_that_vanished_is_refused(small: Assets) -> None:
    """A name that was published and is gone from the data stops the build, and the message names it."""
    register_names(small, load(small))
    facts = small.data / "facts" / "broad.ttl"
    text = facts.read_text(encoding="utf-8")
    facts.write_text(text[: text.rindex("[] a noso:Fact")], encoding="utf-8")

    with pytest.raises(InputErrors, match=r"data/identifiers.tsv:\d+: fact:\w{16} was published, and is gone"):
        require_registered(small, load(small))


def test_name_that_is_not_registered_is_refused(small: Assets) -> None:
    """A new name enters the registry knowingly, by 'nosograph register', since it will have to stay."""
    register_names(small, load(small))
    with (small.data / "things.ttl").open("a", encoding="utf-8") as stream:
        stream.write('condition:new a noso:Condition ; skos:prefLabel "new"@en .\n')

    with pytest.raises(InputErrors, match=r"condition:new.*nosograph register"):
        require_registered(small, load(small))
    assert register_names(small, load(small)) == ("condition:new",)
    require_registered(small, load(small))


def test_withdrawn_name_is_still_answered_for(small: Assets) -> None:
    """A withdrawn name stays in the graph with date, reason, label, and the successor of a replaced one."""
    register_names(small, load(small))
    registry = small.data / "identifiers.tsv"
    with registry.open("a", encoding="utf-8") as stream:
        stream.write(
            "condition:old\treplaced\tcondition:broad\t2020-01-01\t\told name\n"
            "condition:gone\tdeprecated\t\t2020-01-01\tWrong.\n"
        )

    conditions = load_knowledge(small, BASE).graphs["conditions"]

    assert (resource("condition", "old"), DCTERMS.isReplacedBy, resource("condition", "broad")) in conditions
    assert (resource("condition", "gone"), OWL.deprecated, Literal(True)) in conditions
    assert (resource("condition", "gone"), SKOS.changeNote, Literal("Wrong.", lang="en")) in conditions
    assert (resource("condition", "gone"), DCTERMS.date, Literal("2020-01-01", datatype=XSD.date)) in conditions
    assert (resource("condition", "old"), SKOS.prefLabel, Literal("old name", lang="en")) in conditions


def test_reason_of_a_withdrawal_stays_when_names_are_added(small: Assets) -> None:
    """'register' writes each row as it was read, the reason included, and rows without one end after the date."""
    register_names(small, load(small))
    registry = small.data / "identifiers.tsv"
    with registry.open("a", encoding="utf-8") as stream:
        stream.write("condition:gone\tdeprecated\t\t2020-01-01\tWrong.\n")
    with (small.data / "things.ttl").open("a", encoding="utf-8") as stream:
        stream.write('condition:new a noso:Condition ; skos:prefLabel "new"@en .\n')

    assert register_names(small, load(small)) == ("condition:new",)

    lines = registry.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "identifier\tstate\treplaced_by\tsince\treason\tlabel"
    assert "condition:gone\tdeprecated\t\t2020-01-01\tWrong." in lines
    assert "condition:new\tactive\t\t2024-05-06" in lines


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("condition:broad\tgone\t\t2020-01-01", "is not an entry of the registry"),
        ("condition:old\treplaced\t\t2020-01-01", "is not an entry of the registry"),
        ("condition:broad\tactive\t\t2020-01-01", "is in the registry twice"),
        ("condition:old\tactive\t\t2020-01-01\tNo reason.", "is not an entry of the registry"),
        ("condition:old\tdeprecated\t\tlately\tWrong.", "is not an entry of the registry"),
        ("condition:old\tdeprecated\t\t2020-01-01\tWrong.\told\t", "is not an entry of the registry"),
        ("condition:old\treplaced\tcondition:nobody\t2020-01-01", "which is not in the data"),
    ],
)
def test_bad_row_of_the_registry_is_refused_at_its_line(small: Assets, row: str, message: str) -> None:
    """A registry that cannot be trusted stops the build, and the message names the line."""
    register_names(small, load(small))
    registry = small.data / "identifiers.tsv"
    lines = registry.read_text(encoding="utf-8").splitlines()
    registry.write_text("\n".join([*lines, row]) + "\n", encoding="utf-8")

    with pytest.raises((InputError, InputErrors), match=rf"data/identifiers.tsv:{len(lines) + 1}: .*{message}"):
        require_registered(small, load(small))


def test_dataset_without_a_date_is_refused(small: Assets) -> None:
    """The date of the data dates the release, so it has to be there."""
    (small.data / "dataset.ttl").write_text("", encoding="utf-8")

    with pytest.raises(InputErrors, match=r"data/dataset.ttl: .*dcterms:modified"):
        load(small)


SSSOM_HEADER = """#mapping_set_id: https://example.org/m
#curie_map:
#  condition: https://w3id.org/nosograph/condition/
#  MONDO: http://purl.obolibrary.org/obo/MONDO_
#  semapv: https://w3id.org/semapv/vocab/
#  skos: http://www.w3.org/2004/02/skos/core#
"""
SSSOM_COLUMNS = "subject_id\tpredicate_id\tobject_id\tmapping_justification\tauthor_label\tmapping_date\tcomment\n"
GOOD_ROW = (
    "condition:broad\tskos:exactMatch\tMONDO:0000001\tsemapv:ManualMappingCuration\tA. Curator\t2024-01-02\tfine\n"
)


def test_mapping_becomes_a_triple_and_its_justification(small: Assets) -> None:
    """A row of an SSSOM file is a SKOS triple, and a node that says by whom, when and why."""
    (small.data / "mappings" / "m.sssom.tsv").write_text(SSSOM_HEADER + SSSOM_COLUMNS + GOOD_ROW, encoding="utf-8")

    mappings = load(small).graphs["mappings"]

    term = URIRef("http://purl.obolibrary.org/obo/MONDO_0000001")
    assert (resource("condition", "broad"), SKOS.exactMatch, term) in mappings
    node = mappings.value(None, OWL.annotatedTarget, term)
    assert (node, RDF.type, NOSO.Mapping) in mappings
    assert (node, DCTERMS.identifier, Literal("MONDO:0000001")) in mappings


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (SSSOM_HEADER + SSSOM_COLUMNS + GOOD_ROW + GOOD_ROW, 9, "is at data/mappings/m.sssom.tsv:8 already"),
        (
            SSSOM_HEADER + SSSOM_COLUMNS + GOOD_ROW.replace("MONDO:", "MNDO:"),
            8,
            "object_id 'MNDO:0000001' has a prefix",
        ),
        (
            SSSOM_HEADER + SSSOM_COLUMNS + GOOD_ROW.replace("skos:exactMatch", "skos:broader"),
            8,
            "not a mapping relation",
        ),
        (SSSOM_HEADER + SSSOM_COLUMNS + GOOD_ROW.replace("2024-01-02", "soon"), 8, "mapping_date cannot be used"),
        (SSSOM_HEADER + SSSOM_COLUMNS + GOOD_ROW.replace("condition:broad", ""), 8, "subject_id is empty"),
        (SSSOM_HEADER + SSSOM_COLUMNS + GOOD_ROW.replace("fine", '"fine'), 8, "quotation mark"),
        (SSSOM_HEADER + SSSOM_COLUMNS + "condition:broad\tskos:exactMatch\n", 8, "The row has 2 cells"),
        (SSSOM_HEADER + SSSOM_COLUMNS.replace("comment", "remark") + GOOD_ROW, 7, "unknown columns: 'remark'"),
        (
            SSSOM_HEADER + SSSOM_COLUMNS.replace("comment", "author_label") + GOOD_ROW,
            7,
            "repeated columns: author_label",
        ),
        (SSSOM_HEADER + SSSOM_COLUMNS.replace("object_id\t", "") + GOOD_ROW, 7, "lacks object_id"),
        (SSSOM_HEADER.replace("obo/MONDO_", "obo/MUNDO_") + SSSOM_COLUMNS, 4, "stands for"),
        ("#curie_map: [\n" + SSSOM_COLUMNS, 1, "not YAML"),
        ("#colour: red\n" + SSSOM_COLUMNS, 1, "unknown key"),
    ],
)
def test_bad_mapping_file_is_refused_at_its_line(small: Assets, text: str, line: int, message: str) -> None:
    """Each rule of a mapping file has its message, with the line."""
    (small.data / "mappings" / "m.sssom.tsv").write_text(text, encoding="utf-8")

    with pytest.raises(InputErrors, match=rf"data/mappings/m.sssom.tsv:{line}: .*{message}"):
        load(small)


def test_mapping_of_two_files_names_both_rows(small: Assets) -> None:
    """A mapping stands once: the row of the second file is refused, and the first one is named."""
    for name in ("first", "second"):
        (small.data / "mappings" / f"{name}.sssom.tsv").write_text(
            SSSOM_HEADER + SSSOM_COLUMNS + GOOD_ROW, encoding="utf-8"
        )

    with pytest.raises(
        InputErrors, match=r"second.sssom.tsv:8: The mapping is at data/mappings/first.sssom.tsv:8 already"
    ):
        load(small)


def test_file_that_is_not_utf8_is_refused(small: Assets) -> None:
    """Turtle is UTF-8; another encoding is told by the byte where it shows."""
    (small.data / "latin.ttl").write_bytes(b'<urn:a> <urn:b> "\xe9" .')

    with pytest.raises(InputErrors, match=r"data/latin.ttl:1:18: The file is not UTF-8: .* at byte 17"):
        load(small)
