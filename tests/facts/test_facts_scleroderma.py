"""The curated graph holds every statement of its two documents, as they make them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import URIRef
from rdflib.namespace import RDF

from nosograph.curation.citations import verify_citations
from nosograph.curation.citing import cite
from nosograph.curation.texts import digest_of
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO, Base

STATEMENTS = {"gard-scleroderma": 97, "scleroderma-overview": 85}
"""Atomic statements in each document, counted by reading: a proposition with its hedge, stance and purpose is one."""

STATUSES = {"affirmed": 146, "contested": 1, "denied": 1, "hypothesised": 15}

base = Base()


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


def test_no_run_of_source_words_stands_in_the_project(source_texts: Path) -> None:
    """The documents' text is cited by position and never copied: no nine words in a row."""
    run = 9
    forbidden = {
        words[start : start + run]
        for path in source_texts.glob("*.txt")
        for words in [_words(path.read_text(encoding="utf-8"))]
        for start in range(len(words) - run + 1)
    }
    root = Path(__file__).parent.parent.parent
    files = [
        path
        for folder in ("data", "ontology", "shapes", "server", "tests", "scripts", "benchmarks")
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
