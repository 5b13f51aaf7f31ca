"""Genes, ontologies, mapping sets, tables and endpoints are imported, and every row of them is accounted for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from imported import SAMPLE, Imported

from nosograph.errors import InputError, QueryTimeout, RemoteStoreError
from nosograph.imports.obo_files import read_ontology_file
from nosograph.rdf.names import Base

NOSO = "https://w3id.org/nosograph/ontology#"
Run = Callable[..., Imported]
SAID = {"license": "https://terms.example/license", "version": "2026-01-31"}


def test_genes_are_linked_with_the_kind_of_association(run: Run) -> None:
    """The kind is on the evidence, the source that the table names is cited, faulty rows have their reasons."""
    found = run("hpo-genes", "genes_to_disease.txt", profile=SAID)
    rows = found.result.account.files[0]

    assert found.of("gene/NCBIGene_18", "#prefLabel") == {'"GENB"@en'}
    assert found.of("gene/NCBIGene_18", "#exactMatch") == {"<https://www.ncbi.nlm.nih.gov/gene/18>"}
    assert found.of("condition/OMIM_100001", "#hasAssociatedGene") == {"<https://w3id.org/nosograph/gene/NCBIGene_18>"}
    assert len(found.subjects("#associationKind", "#polygenicAssociation")) == 1
    assert (rows.read, rows.published) == (8, 2)
    assert dict(rows.left_out) == {"says again what another row says": 1}
    assert dict(rows.refused) == {
        "unknown gene": 1,
        "unknown kind of association": 1,
        "unknown code of a disease": 1,
        "unreadable reference": 1,
        "wrong number of cells": 1,
    }


def test_a_gene_of_many_phenotypes_is_linked_once(run: Run) -> None:
    """The table by phenotype says the same pair again and again."""
    rows = run("hpo-genes", "genes_to_phenotype.txt", profile=SAID).result.account.files[0]

    assert (rows.read, rows.published, rows.left_out.total()) == (2, 1, 1)


def test_graphs_tell_what_replaces_a_term(tmp_path: Path) -> None:
    """OBO Graphs JSON has the replacement as a property; a term with two has none that its name could lead to."""
    said = {"pred": "http://purl.obolibrary.org/obo/IAO_0100001", "val": "http://purl.obolibrary.org/obo/MONDO_0000010"}
    nodes = [
        {
            "id": f"http://purl.obolibrary.org/obo/MONDO_000000{number}",
            "meta": {"deprecated": True, "basicPropertyValues": [said] * number},
        }
        for number in range(3)
    ]
    path = tmp_path / "terms.json"
    path.write_text(json.dumps({"graphs": [{"nodes": nodes}]}))

    terms = read_ontology_file(path, path.name).terms

    assert [term.replaced_by for term in terms] == ["", "MONDO:0000010", ""]


@pytest.mark.parametrize("file", ["diseases.obo", "diseases.json"])
def test_an_ontology_of_diseases_becomes_conditions(run: Run, file: str) -> None:
    """By the class of its code system, from OBO and from OBO Graphs JSON alike; terms of others are left out."""
    found = run("obo", file, options={"systems": "MONDO"})

    assert found.of("condition/MONDO_0000010", "#prefLabel") == {'"alpha disease"@en'}
    assert found.of("condition/MONDO_0000010", "#altLabel") == {'"alphaitis"@en'}
    assert found.of("condition/MONDO_0000010", "#broader") == {"<https://w3id.org/nosograph/condition/MONDO_0000001>"}
    assert found.of("condition/MONDO_0000010", "#hasDbXref") == {'"OMIM:100001"'}
    assert dict(found.result.account.withheld) == {"SNOMEDCT": 1}
    assert dict(found.result.account.files[0].left_out) == {"of another ontology": 1}
    assert found.result.profile.day == "2026-01-15"


def test_mappings_are_made_from_both_sides(run: Run) -> None:
    """A mapping is of the resource of either code, a broad match turned round; what has no resource is left out."""
    found = run("sssom", "diseases.sssom.tsv")
    mappings = found.result.account.files[0]

    assert found.of("condition/MONDO_0000010", "#exactMatch") == {
        "<https://omim.org/entry/100001>",
        "<http://identifiers.org/mesh/D1>",
    }
    assert found.of("condition/OMIM_100001", "#exactMatch") == {"<http://purl.obolibrary.org/obo/MONDO_0000010>"}
    assert found.of("condition/OMIM_100002", "#narrowMatch") == {"<http://purl.obolibrary.org/obo/MONDO_0000010>"}
    (turned,) = found.subjects("#annotatedSource", "condition/OMIM_100001")
    assert found.of(turned, "subject_label") == {'"ALPHA DISEASE"'}
    assert (mappings.read, mappings.published) == (6, 3)
    assert dict(mappings.left_out) == {
        "between codes of which neither names a resource": 1,
        "to a code that may not be republished": 1,
    }
    assert dict(mappings.refused) == {"cannot be used": 1}
    assert "snomed" not in str(found.said)


def test_any_table_is_imported_by_a_column_mapping(run: Run) -> None:
    """Columns become subject, object, qualifiers, references and denials; each fault has its reason."""
    found = run("table", "symptoms.toml", "symptoms.csv", profile=SAID)
    rows = found.result.account.files[0]

    assert found.of("condition/OMIM_100001", "#hasPhenotype") == {"<https://w3id.org/nosograph/finding/HP_0000301>"}
    assert len(found.subjects("#stance", "#disputes")) == 1
    assert len(found.subjects("#frequency", "#occasional")) == 1
    assert len(found.subjects("#cites", "source/PMID_22")) == 1
    assert (rows.read, rows.published) == (8, 3)
    assert dict(rows.refused) == {
        "unknown value": 1,
        "no number": 1,
        "unknown code": 1,
        "object of another class": 1,
    }


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('predicate = "hasNothing"', "no predicate of facts 'hasNothing'"),
        ('colour = "red"', "unknown key 'colour'"),
        ("subject = ", "is not TOML"),
    ],
)
def test_a_wrong_column_mapping_is_refused(run: Run, tmp_path: Path, line: str, what: str) -> None:
    """The error names the file and the key."""
    key = line.partition(" ")[0]
    kept = [text for text in (SAMPLE / "symptoms.toml").read_text().splitlines() if not text.startswith(f"{key} ")]
    file = tmp_path / "wrong.toml"
    file.write_text("\n".join([line, *kept]))

    with pytest.raises(InputError, match=what):
        run("table", file, "symptoms.csv", profile=SAID)


PAGES = [
    b'<http://purl.obolibrary.org/obo/MONDO_0000010> <http://www.w3.org/2004/02/skos/core#prefLabel> "alpha"@en .\n',
    b"<http://purl.obolibrary.org/obo/MONDO_0000010> <https://w3id.org/nosograph/ontology#hasPhenotype> "
    b'<http://purl.obolibrary.org/obo/HP_0000301> .\n<https://e.example/x> <https://e.example/p> "y" .\n',
]


class Endpoint:
    """An endpoint that has some pages, and fails when it is told to."""

    def __init__(self, failures: int = 0, last: bytes = b"") -> None:
        self.asked: list[str] = []
        self.failures = failures
        self.retry_after: float | None = None
        self.pages = [*PAGES, last]

    def ask(self, endpoint: str, query: str) -> bytes:
        """Return the page that OFFSET names."""
        self.asked.append(query)
        if self.failures:
            self.failures -= 1
            raise RemoteStoreError("Too many requests.", status=429, retry_after=self.retry_after)
        return self.pages[int(query.rsplit("OFFSET ", 1)[1]) // 10]


def options(folder: Path) -> dict[str, Any]:
    """Return the options of an endpoint that needs no pause."""
    return {"endpoint": "https://endpoint.example/sparql", "page": 10, "pause": 0, "cache": str(folder / "pages")}


def test_an_endpoint_is_asked_page_by_page_and_not_again(run: Run, tmp_path: Path) -> None:
    """Triples about codes become statements of their resources; pages that are there are not asked for again."""
    endpoint = Endpoint()
    found = run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=endpoint.ask)
    run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=endpoint.ask)

    assert [query.rsplit("LIMIT", 1)[1].strip() for query in endpoint.asked] == [
        "10 OFFSET 0",
        "10 OFFSET 10",
        "10 OFFSET 20",
    ]
    assert found.of("condition/MONDO_0000010", "#hasPhenotype") == {"<https://w3id.org/nosograph/finding/HP_0000301>"}
    assert found.of("condition/MONDO_0000010", "#prefLabel") == {'"alpha"@en'}
    assert found.result.account.files[0].to_json()["leftOut"] == {"about what no class of the vocabulary has": 1}


def test_an_import_that_an_endpoint_stopped_goes_on_where_it_was(run: Run, tmp_path: Path) -> None:
    """What was fetched before the failure stays; a busy endpoint is asked again after a pause."""
    endpoint = Endpoint()
    first = endpoint.ask

    def stopping(address: str, query: str) -> bytes:
        if "OFFSET 10" in query:
            raise RemoteStoreError("The service is broken.", status=400)
        return first(address, query)

    with pytest.raises(RemoteStoreError, match="broken"):
        run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=stopping)
    run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=endpoint.ask)

    assert [query.rsplit("OFFSET ", 1)[1].strip() for query in endpoint.asked] == ["0", "10", "20"]


def test_a_busy_endpoint_is_asked_again_when_it_says_so(run: Run, tmp_path: Path) -> None:
    """The pause grows with each failure, and is never shorter than what the endpoint asks for."""
    endpoint = Endpoint(failures=3)
    endpoint.retry_after = 30.0
    slept: list[float] = []
    run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=endpoint.ask, sleep=slept.append)

    assert slept[:3] == [30.0, 30.0, 30.0]
    assert len(endpoint.asked) == 3 + 3


def test_an_endpoint_that_asks_for_too_long_a_pause_is_left_alone(run: Run, tmp_path: Path) -> None:
    """An import does not sleep for hours: it stops, says when to go on, and goes on from the pages that it has."""
    endpoint = Endpoint(failures=1)
    endpoint.retry_after = 7200.0
    slept: list[float] = []

    with pytest.raises(RemoteStoreError):
        run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=endpoint.ask, sleep=slept.append)
    assert slept == []


def test_a_page_that_took_too_long_is_asked_for_again(run: Run, tmp_path: Path) -> None:
    """A service under load answers late once and well the next time."""
    endpoint = Endpoint()

    def late(address: str, query: str) -> bytes:
        if not endpoint.asked:
            endpoint.asked.append(query)
            raise QueryTimeout("It did not answer.", limit=300, elapsed=300)
        return endpoint.ask(address, query)

    found = run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=late, sleep=lambda seconds: None)

    assert found.result.account.files[0].published > 0


def test_words_in_comments_and_iris_are_no_limit(run: Run, tmp_path: Path) -> None:
    """Only LIMIT and OFFSET of the query itself are in the way of pages, and only its own ORDER BY orders them."""
    file = tmp_path / "query.rq"
    file.write_text(
        "# no LIMIT here\n"
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER (?p != <https://e.org/limit/offset>) } ORDER BY ?s"
    )
    run("sparql", file, profile=SAID, options=options(tmp_path), ask=(endpoint := Endpoint()).ask)
    file.write_text("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } # ORDER BY ?s")

    assert len(endpoint.asked) == 3
    with pytest.raises(InputError, match="ORDER BY"):
        run("sparql", file, profile=SAID, options=options(tmp_path), ask=Endpoint().ask)


def test_a_page_without_a_triple_is_the_last_whatever_else_stands_in_it(run: Run, tmp_path: Path) -> None:
    """Virtuoso answers beyond the last solution with a comment."""
    endpoint = Endpoint(last=b"# Empty NT\n")
    run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=endpoint.ask)

    assert len(endpoint.asked) == 3


def test_an_answer_in_another_format_is_refused_and_not_kept(run: Run, tmp_path: Path) -> None:
    """A page of HTML, say, is an error; asked again, it may answer well."""
    with pytest.raises(InputError, match="did not answer in N-Triples"):
        run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=Endpoint(last=b"<html>").ask)
    run("sparql", "symptoms.rq", profile=SAID, options=options(tmp_path), ask=(again := Endpoint()).ask)

    assert len(again.asked) == 1


@pytest.mark.parametrize(
    "query", ["SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }", "DELETE WHERE { ?s ?p ?o }"]
)
def test_a_query_that_cannot_be_paged_is_refused(run: Run, tmp_path: Path, query: str) -> None:
    """Only a CONSTRUCT with an order has pages that neither overlap nor miss any."""
    file = tmp_path / "query.rq"
    file.write_text(query)

    with pytest.raises(InputError):
        run("sparql", file, profile=SAID, options=options(tmp_path), ask=Endpoint().ask)


def test_names_of_facts_are_the_same_below_every_base(run: Run) -> None:
    """Another base moves the resources, and no term of the vocabulary."""
    here = run("hpoa", "annotations.hpoa", "terms.obo")
    there = run("hpoa", "annotations.hpoa", "terms.obo", base=Base("https://other.example/"))

    moved = {subject.replace("https://w3id.org/nosograph/", "https://other.example/") for subject, _ in here.said}
    assert moved == {subject for subject, _ in there.said}
    assert {predicate for _, predicate in here.said} == {predicate for _, predicate in there.said}


def test_a_withheld_code_is_no_reference(run: Run, tmp_path: Path) -> None:
    """A row that cites a code which may not be republished is published without it, and the code is counted."""
    (tmp_path / "signs.csv").write_text(
        "disease,sign,paper\nOMIM:181750,HP:0001324,SNOMEDCT_US:123;PMID:1\nOMIM:181751,HP:0001324,MEDDRA:10018\n"
    )
    (tmp_path / "signs.toml").write_text(
        'subject = "disease"\nobject = "sign"\npredicate = "hasPhenotype"\nreference = "paper"\ndelimiter = ","\n'
    )
    found = run("table", tmp_path / "signs.toml", tmp_path / "signs.csv", profile=SAID)

    assert found.result.account.withheld == {"SNOMEDCT_US": 1, "MEDDRA": 1}
    assert found.result.account.files[0].published == 2
    assert not {about for about, _ in found.said if "SNOMED" in about or "MEDDRA" in about}
    assert sorted(
        value for (_, name), values in found.said.items() if name.endswith("#cites>") for value in values
    ) == ["<https://w3id.org/nosograph/source/PMID_1>"]
