"""The curated graph holds every statement of its two documents, as they make them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, SKOS

from nosograph.curation.citing import cite
from nosograph.curation.texts import digest_of
from nosograph.curation.verifying import verify_citations
from nosograph.facts.assembly import OA_END, OA_START
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES, Base

STATEMENTS = {"gard-scleroderma": 115, "scleroderma-overview": 71}
"""Atomic statements in each document, counted by reading: a proposition with its hedge, stance and purpose is one."""

STATUSES = {"affirmed": 147, "contested": 1, "denied": 1, "hypothesised": 11}

RECOMMENDED = {
    ("localized-scleroderma", "light-therapy"),
    ("localized-scleroderma", "topical-cream"),
    ("systemic-scleroderma", "medication"),
    ("systemic-scleroderma", "physical-therapy"),
    ("systemic-scleroderma", "surgery"),
}
"""The treatments that a document names as an option, with the form that it names them for."""

base = Base()
SSSOM = Namespace(STANDARD_PREFIXES["sssom"])


@pytest.mark.parametrize(("source", "count"), STATEMENTS.items())
def test_every_statement_of_a_document_is_evidence(knowledge: KnowledgeGraph, source: str, count: int) -> None:
    """The count was made by reading; it changes only when a reading is corrected."""
    evidence = list(knowledge.graphs["facts"].subjects(NOSO.source, base.resource("source", source)))

    assert len(evidence) == count


def test_facts_by_status(knowledge: KnowledgeGraph) -> None:
    """Hedges, the denial and the disagreement are kept as such."""
    facts = knowledge.graphs["facts"]

    assert {status: len(list(facts.subjects(NOSO.status, NOSO[status]))) for status in STATUSES} == STATUSES
    assert len(list(facts.subjects(RDF.type, NOSO.Fact))) == sum(STATUSES.values())


def test_contested_rarity_is_no_bare_triple(knowledge: KnowledgeGraph) -> None:
    """One document marks the condition as not rare and the other calls it rare: neither is a bare triple."""
    scleroderma = base.resource("condition", "scleroderma")

    assert (scleroderma, NOSO.rarity, None) not in knowledge.graphs["conditions"]
    assert (None, RDF.object, NOSO.rareDisease) in knowledge.graphs["facts"]


def test_plain_query_finds_the_treatments_that_a_source_recommends(knowledge: KnowledgeGraph) -> None:
    """What may be recommended is a recommendation that is stated, so each recommended treatment is a bare triple."""
    answer = knowledge.graphs["conditions"].query("SELECT ?c ?t { ?c noso:hasTreatment ?t }", initNs={"noso": NOSO})

    assert {tuple(str(term).rpartition("/")[2] for term in row) for row in answer} == RECOMMENDED


def test_recommendation_outcome_and_purpose_are_told_apart(knowledge: KnowledgeGraph) -> None:
    """Evidence for a treatment says how strongly it is advised; claimed effects of unnamed treatments stand alone."""
    facts = knowledge.graphs["facts"]
    advised = {
        evidence
        for fact in facts.subjects(RDF.predicate, NOSO.hasTreatment)
        for evidence in facts.objects(fact, NOSO.evidence)
    }
    outcomes = list(facts.subjects(RDF.predicate, NOSO.treatmentOutcome))

    assert {facts.value(evidence, NOSO.certainty) for evidence in advised} == {NOSO.stated}
    assert {facts.value(evidence, NOSO.recommendation) for evidence in advised} == {NOSO.optional, NOSO.whereNeeded}
    assert not [evidence for evidence in advised if (evidence, NOSO.outcome, None) in facts]
    assert {facts.value(fact, RDF.object) for fact in outcomes} == {
        NOSO.reduceSymptoms,
        NOSO.relieveSymptoms,
        NOSO.slowProgression,
    }


def test_belief_and_assertion_of_the_origin_are_both_kept(knowledge: KnowledgeGraph) -> None:
    """One document believes in an autoimmune origin and the other states it, about one proposition."""
    facts = knowledge.graphs["facts"]
    (origin,) = facts.subjects(RDF.predicate, NOSO.origin)

    certainties = {facts.value(evidence, NOSO.certainty) for evidence in facts.objects(origin, NOSO.evidence)}

    assert facts.value(origin, RDF.object) == NOSO.autoimmuneOrigin
    assert certainties == {NOSO.believed, NOSO.stated}


def test_pronoun_has_an_antecedent(knowledge: KnowledgeGraph, source_texts: Path) -> None:
    """Evidence whose passage begins with a pronoun names the passage that says what the pronoun stands for."""
    facts, sources = knowledge.graphs["facts"], knowledge.graphs["sources"]
    texts = {
        URIRef(source.iri): (source_texts / (source.file or "")).read_text(encoding="utf-8")
        for source in verify_citations(knowledge, source_texts).sources
    }
    lacking, pronouns = [], 0
    for evidence, passage in facts.subject_objects(NOSO.passage):
        start, end = (int(str(sources.value(passage, part))) for part in (OA_START, OA_END))
        text = texts[URIRef(str(facts.value(evidence, NOSO.source)))][start:end]
        if re.match(r"(It|it|This|The condition)\b", text) or text.startswith("There are two"):
            pronouns += 1
            if (evidence, NOSO.antecedent, None) not in facts:
                lacking.append((str(evidence), start, end))

    assert pronouns > 20
    assert lacking == []


def test_sources_say_what_was_read_and_by_whom(knowledge: KnowledgeGraph) -> None:
    """Each document that was read says what is known of its rights, who read it, when, and what was read."""
    sources = knowledge.graphs["sources"]

    for source in sources.subjects(NOSO.textDigest, None):
        for predicate in (DCTERMS.rights, DCTERMS.description, DCTERMS.format, NOSO.readBy, NOSO.readOn):
            assert len(list(sources.objects(source, predicate))) == 1, (source, predicate)


def test_labels_of_licensed_code_systems_are_not_published(knowledge: KnowledgeGraph) -> None:
    """Mappings repeat no label of OMIM, of WHO's classifications or of UMLS, and none leads to MedDRA or SNOMED CT."""
    mappings = knowledge.graphs["mappings"]
    restricted = ("https://omim.org/", "https://icd.who.int/", "http://id.who.int/", "http://linkedlifedata.com/")

    for mapping, code in mappings.subject_objects(OWL.annotatedTarget):
        if str(code).startswith(restricted):
            assert (mapping, SSSOM.object_label, None) not in mappings, code
        assert not re.search(r"meddra|snomed", str(code), flags=re.IGNORECASE), code


def test_phenotype_is_no_exact_match_of_a_condition(knowledge: KnowledgeGraph) -> None:
    """The phenotype code for scleroderma is related, never the same."""
    mappings = knowledge.graphs["mappings"]
    phenotype = URIRef("http://purl.obolibrary.org/obo/HP_0100324")

    predicates = set(mappings.predicates(base.resource("condition", "scleroderma"), phenotype))

    assert [str(predicate).rpartition("#")[2] for predicate in predicates] == ["relatedMatch"]


def test_every_citation_holds(knowledge: KnowledgeGraph, source_texts: Path) -> None:
    """Each passage's digest is that of the cited range of the text, no-break spaces included."""
    report = verify_citations(knowledge, source_texts)

    assert report.holds, report.to_text()
    assert report.count("verified") == len(report.citations) > 100


def test_no_run_of_source_words_stands_in_the_project(knowledge: KnowledgeGraph, source_texts: Path) -> None:
    """The documents' text is cited by position and never copied: no nine words in a row, but for a body's own name."""
    run = 9
    entities = knowledge.graphs["conditions"]
    names = {
        _words(str(entities.value(organization, SKOS.prefLabel)))
        for organization in entities.subjects(RDF.type, NOSO.Organization)
    }
    forbidden = {
        words[start : start + run]
        for path in source_texts.glob("*.txt")
        for words in [_words(path.read_text(encoding="utf-8"))]
        for start in range(len(words) - run + 1)
    } - names
    root = Path(__file__).parent.parent.parent
    files = [
        path
        for folder in ("data", "docs", "ontology", "shapes", "server", "tests", "scripts", "benchmarks")
        for path in (root / folder).rglob("*")
        if path.suffix in {".ttl", ".rq", ".tsv", ".py", ".md", ".html", ".jsonld", ".txt"}
        and "node_modules" not in path.parts
    ] + list(root.glob("*.md"))

    copied = [
        (str(path.relative_to(root)), " ".join(words[start : start + run]))
        for path in files
        for words in [_words(path.read_text(encoding="utf-8"))]
        for start in range(len(words) - run + 1)
        if words[start : start + run] in forbidden
    ]

    assert files
    assert copied == []


def test_moved_and_changed_passages_are_told_apart(
    knowledge: KnowledgeGraph, source_texts: Path, tmp_path: Path
) -> None:
    """In another version of a document, text that is elsewhere has moved, and text that is gone has changed."""
    text = (source_texts / "002_747dba3634b90f05.txt").read_text(encoding="utf-8")
    (tmp_path / "scleroderma-overview.txt").write_text(
        "New. " + text.replace("joint pain", "sore joints"), encoding="utf-8"
    )

    report = verify_citations(knowledge, tmp_path)

    of_overview = [citation for citation in report.citations if citation.source.endswith("overview")]
    assert {citation.verdict for citation in of_overview} == {"moved", "changed"}
    assert all(citation.moved_to == citation.start + 5 for citation in of_overview if citation.moved_to == 5)
    assert report.count("missing") == len(report.citations) - len(of_overview)
    assert not report.holds


def test_cite_gives_every_location_of_a_quotation(knowledge: KnowledgeGraph, source_texts: Path) -> None:
    """A curator gets positions and digest ready to paste, for each location of the words."""
    passages = list(cite(source_texts, knowledge, "scleroderma-overview", "gastroparesis"))

    assert len(passages) == 1
    start, end = (int(number) for number in re.findall(r"oa:\w+ (\d+)", passages[0]))
    assert end - start == len("gastroparesis")
    assert digest_of("gastroparesis") in passages[0]


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9']+", text.lower()))
