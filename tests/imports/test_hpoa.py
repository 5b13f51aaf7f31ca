"""Annotations become facts with evidence: every notation, every denial, every faulty row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from imported import SAMPLE, Imported

from nosograph.errors import InputError
from nosograph.imports.running import report_path

NOSO = "https://w3id.org/nosograph/ontology#"
XSD = "http://www.w3.org/2001/XMLSchema#"
Run = Callable[..., Imported]


@pytest.fixture
def annotations(run: Run) -> Imported:
    """The sample without faulty rows."""
    return run("hpoa", "annotations.hpoa", "terms.obo")


def evidence_of(annotations: Imported, condition: str, predicate: str, value: str) -> list[str]:
    """Return the evidence of the fact with a proposition."""
    facts = set(annotations.subjects("ns#subject", condition)) & set(annotations.subjects("ns#predicate", predicate))
    (fact,) = facts & set(annotations.subjects("ns#object", value))
    return sorted(iri[1:-1].removeprefix("https://w3id.org/nosograph/") for iri in annotations.of(fact, "#evidence"))


def test_every_row_is_accounted_for(annotations: Imported) -> None:
    """Rows read are those published, left out and refused; so are the terms."""
    rows, terms = annotations.result.account.files

    assert (rows.read, rows.published, dict(rows.left_out), dict(rows.refused)) == (
        15,
        14,
        {"the same as another row": 1},
        {},
    )
    assert (terms.read, terms.published) == (18, 15)
    assert dict(terms.left_out) == {"obsolete": 1, "outside the classes of the vocabulary": 1}
    assert dict(terms.refused) == {"without a name": 1}


def test_a_term_out_of_use_leads_to_the_one_in_its_place(annotations: Imported) -> None:
    """Its name is kept as a withdrawn one with its label and a reason; one without an entry of its own has no label."""
    (successor,) = annotations.of("finding/HP_0000303", "isReplacedBy")

    assert successor == "<https://w3id.org/nosograph/finding/HP_0000301>"
    assert annotations.of("finding/HP_0000303", "#prefLabel") == {'"obsolete Striped ears"@en'}
    assert annotations.of("finding/HP_0000399", "isReplacedBy") == {successor}, "what was merged leads nowhere"
    assert annotations.of("finding/HP_0000399", "#deprecated") == annotations.of("finding/HP_0000303", "#deprecated")
    reasons = [annotations.of(f"finding/HP_{code}", "#changeNote") for code in ("0000303", "0000399")]
    assert all(len(said) == 1 for said in reasons)
    assert reasons[0] != reasons[1]
    assert annotations.of("finding/HP_0000303", "deprecated") == {f'"true"^^<{XSD}boolean>'}


def test_denials_are_found_in_all_four_notations(annotations: Imported) -> None:
    """NOT, none of n, zero percent and the term for nobody dispute; no bare triple says what they deny."""
    assert dict(annotations.result.account.notes["denials by notation"]) == {
        "NOT": 1,
        "0/n": 2,
        "0 %": 1,
        "term for nobody": 1,
    }
    for condition, finding in (
        ("condition/OMIM_100001", "HP_0000302"),
        ("condition/ORPHA_200002", "HP_0000301"),
        ("condition/ORPHA_200002", "HP_0000302"),
    ):
        (evidence,) = evidence_of(annotations, condition, "hasPhenotype", finding)
        assert annotations.of(evidence, "#stance") == {f"<{NOSO}disputes>"}
        assert finding not in str(annotations.of(condition, "#hasPhenotype"))


def test_support_beside_a_denial_is_contested(annotations: Imported) -> None:
    """A condition that has a finding by one row and lacks it by another has no bare triple of it."""
    contested = annotations.subjects("#status", "#contested")

    assert [annotations.of(fact, "ns#subject") for fact in contested] == [
        {"<https://w3id.org/nosograph/condition/DECIPHER_3>"}
    ] * 2
    assert annotations.of("condition/DECIPHER_3", "#hasPhenotype") == set()


def test_frequencies_are_kept_exactly_and_can_be_compared(annotations: Imported) -> None:
    """Counts, percentages and terms stay as they are, and numbers get a proportion; n of a denial is kept."""
    counted, termed = sorted(
        evidence_of(annotations, "condition/OMIM_100001", "hasPhenotype", "HP_0000301"),
        key=lambda evidence: annotations.of(evidence, "#frequency") != set(),
    )
    (denied,) = evidence_of(annotations, "condition/OMIM_100001", "hasPhenotype", "HP_0000302")
    percentages = annotations.subjects("#percentage", f'"12.5"^^<{XSD}decimal')

    assert annotations.of(counted, "#observedIn") == {f'"7"^^<{XSD}integer>'}
    assert annotations.of(counted, "#observedAmong") == {f'"24"^^<{XSD}integer>'}
    assert annotations.of(counted, "#proportion") == {f'"0.291667"^^<{XSD}decimal>'}
    assert annotations.of(termed, "#frequency") == {f"<{NOSO}occasional>"}
    assert annotations.of(denied, "#observedAmong") == {f'"5"^^<{XSD}integer>'}
    assert annotations.of(denied, "#proportion") == {f'"0"^^<{XSD}decimal>'}
    assert [annotations.of(evidence, "#proportion") for evidence in percentages] == [{f'"0.125"^^<{XSD}decimal>'}]


def test_a_row_keeps_all_that_it_says(annotations: Imported) -> None:
    """Evidence code, several onsets and modifiers, sex, references, curators with their days."""
    (evidence,) = annotations.subjects("#sex", "#male")
    occasions = annotations.of(evidence, "#curation")

    assert annotations.of(evidence, "#evidenceCode") == {f"<{NOSO}traceableAuthorStatement>"}
    assert annotations.of(evidence, "#onset") == {f"<{NOSO}congenitalOnset>", f"<{NOSO}childhoodOnset>"}
    assert {iri.rpartition("/")[2] for iri in annotations.of(evidence, "#modifier")} == {"HP_0012828>", "HP_0012832>"}
    assert {iri.rpartition("/")[2] for iri in annotations.of(evidence, "#cites")} == {"PMID_11>", "OMIM_100001>"}
    assert {iri.rpartition("/")[2] for iri in annotations.of(evidence, "curatedBy")} == {
        "HPO_ann>",
        "ORCID_0000-0001-0000-0001>",
    }
    assert occasions == {
        "<https://w3id.org/nosograph/agent/HPO_ann/curation/2020-01-01>",
        "<https://w3id.org/nosograph/agent/ORCID_0000-0001-0000-0001/curation/2021-02-03>",
    }


def test_the_source_is_the_file_and_references_are_not_claimed_as_read(annotations: Imported) -> None:
    """The file has digest and length; a reference that it cites has neither."""
    source = "source/made-up_annotations-hpoa_2026-01-31"

    assert annotations.of(source, "#textLength") == {
        f'"{len((SAMPLE / "annotations.hpoa").read_text())}"^^<{XSD}integer>'
    }
    assert len(annotations.subjects("#source", source)) == 14
    for reference in ("source/PMID_11", "source/ORPHA_200002", "source/ISBN-13_978-3"):
        assert annotations.of(reference, "#prefLabel") != set()
        assert annotations.of(reference, "#textDigest") == set()


def test_the_aspect_decides_the_predicate(annotations: Imported) -> None:
    """Inheritance, course, modifier and past history have predicates of their own, and their terms a class."""
    found = {
        predicate: {iri.rpartition("/")[2] for iri in annotations.of("condition/OMIM_100001", f"#{predicate}")}
        for predicate in (
            *("hasPhenotype", "hasModeOfInheritance", "hasClinicalCourse"),
            *("hasClinicalModifier", "hasPastHistory"),
        )
    }

    assert found == {
        "hasPhenotype": {"HP_0000301>"},
        "hasModeOfInheritance": {"HP_0000006>"},
        "hasClinicalCourse": {"HP_0003577>"},
        "hasClinicalModifier": {"HP_0012828>"},
        "hasPastHistory": {"HP_0032444>"},
    }
    assert annotations.of("condition/OMIM_100001", "#hasSymptom") == set()
    assert annotations.of("characteristic/HP_0000006", "#type") == {f"<{NOSO}Characteristic>", f"<{NOSO}Entity>"}


def test_terms_have_their_names_definition_and_hierarchy_as_they_are(annotations: Imported) -> None:
    """Texts verbatim, exact synonyms as labels, others apart; codes that may not be republished left out, counted."""
    term = "finding/HP_0000301"

    assert annotations.of(term, "#prefLabel") == {'"Green ears"@en'}
    assert annotations.of(term, "#altLabel") == {'"Grassy ears"@en'}
    assert annotations.of(term, "#hasBroadSynonym") == {'"Coloured ears"@en'}
    assert annotations.of(term, "#hasRelatedSynonym") == {'"Mossy ears"@en'}
    assert annotations.of(term, "#definition") == {'"Ears that are green, \\"as grass\\"."@en'}
    assert annotations.of(term, "#comment") == {'"Invented for this test."@en'}
    assert annotations.of(term, "#broader") == {"<https://w3id.org/nosograph/finding/HP_0000118>"}
    assert annotations.of(term, "#exactMatch") == {"<http://purl.obolibrary.org/obo/HP_0000301>"}
    assert annotations.of(term, "#hasDbXref") == {'"UMLS:C0000301"'}
    assert dict(annotations.result.account.withheld) == {"SNOMEDCT_US": 1, "MEDDRA": 1}


def test_a_second_name_of_a_condition_is_an_alternative(annotations: Imported) -> None:
    """The first name that the file gives a code is its label."""
    assert annotations.of("condition/DECIPHER_3", "#prefLabel") == {'"Gamma disease"@en'}
    assert annotations.of("condition/DECIPHER_3", "#altLabel") == {'"Gamma syndrome"@en'}
    assert annotations.of("condition/ORPHA_200002", "#exactMatch") == {"<http://www.orpha.net/ORDO/Orphanet_200002>"}


def test_the_graph_says_where_it_is_from(annotations: Imported) -> None:
    """Title, version, date and licence of the files, the sources, and the number of rows by what became of them."""
    graph = "graph/import/made-up"

    assert annotations.of(graph, "terms/title") == {'"Invented Phenotype Ontology"@en'}
    assert annotations.of(graph, "terms/license") == {"<https://terms.example/license>"}
    assert annotations.of(graph, "#versionInfo") == {'"2026-01-31"'}
    assert annotations.of(graph, "terms/issued") == {f'"2026-01-31"^^<{XSD}date>'}
    assert len(annotations.of(graph, "#wasDerivedFrom")) == 2
    assert annotations.of(graph, "#rowsRead") == {f'"33"^^<{XSD}integer>'}
    assert annotations.of(graph, "#rowsPublished") == {f'"29"^^<{XSD}integer>'}


def test_rows_that_a_machine_inferred_can_be_left_out(run: Run) -> None:
    """They carry their evidence code, and a setting leaves them out, counted."""
    found = run("hpoa", "annotations.hpoa", "terms.obo", options={"electronic": False})
    rows = found.result.account.files[0]

    assert rows.left_out["inferred electronically, which a setting leaves out"] == 2
    assert rows.published == 12
    assert found.subjects("#evidenceCode", "#inferredElectronically") == []


def test_each_fault_is_refused_with_its_reason_and_line(run: Run) -> None:
    """Every way in which a row can be wrong has a reason, and the account says where it is."""
    rows = run("hpoa", "faulty.hpoa", "terms.obo").result.account.files[0]

    assert dict(rows.refused) == {
        "denied and counted": 1,
        "impossible frequency": 3,
        "term of another aspect": 1,
        "unknown aspect": 1,
        "unknown code of a disease": 1,
        "unknown evidence code": 1,
        "unknown frequency": 1,
        "unknown modifier": 1,
        "unknown onset": 1,
        "unknown qualifier": 1,
        "unknown sex": 1,
        "unknown term": 2,
        "unreadable curation": 3,
        "unreadable frequency": 1,
        "unreadable reference": 2,
        "without a name": 1,
        "wrong number of cells": 1,
    }
    assert (rows.read, rows.published) == (24, 1)
    assert "faulty.hpoa:6: The row has 11 cells" in rows.examples["wrong number of cells"][0]


def test_a_strict_import_stops_at_the_first_fault_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    """The error has file and line; neither quads nor report are written."""
    with pytest.raises(InputError, match="HP:0000304 has no name"):
        run("hpoa", "annotations.hpoa", "terms.obo", strict=True)

    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_import_leaves_what_was_there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop in the middle changes neither the quads nor the report of the last import."""
    run("hpoa", "annotations.hpoa", "terms.obo")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nosograph.imports.running.write_graph_description", stop)
    with pytest.raises(KeyboardInterrupt):
        run("hpoa", "faulty.hpoa", "terms.obo")

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert report_path(tmp_path / "made-up.nq").name in before


def test_the_same_files_give_the_same_bytes(run: Run, tmp_path: Path) -> None:
    """Nothing depends on the order of a set or on the clock."""
    run("hpoa", "annotations.hpoa", "terms.obo")
    first = sorted((tmp_path / "made-up.nq").read_bytes().splitlines())
    run("hpoa", "annotations.hpoa", "terms.obo")

    assert sorted((tmp_path / "made-up.nq").read_bytes().splitlines()) == first


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "has no row"),
        ("#version: 1\ndatabase_id\tname\n", "does not name the columns"),
        (b"\xff\xfe#", "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_annotation_file_is_refused(
    run: Run, tmp_path: Path, content: str | bytes, what: str
) -> None:
    """The error names the file and says what it lacks."""
    file = tmp_path / "in.hpoa"
    file.write_bytes(content.encode() if isinstance(content, str) else content)

    with pytest.raises(InputError, match=what) as caught:
        run("hpoa", file, "terms.obo")

    assert caught.value.location is not None and "in.hpoa" in caught.value.location.file


def test_an_ontology_that_is_no_obo_is_refused_with_its_line(run: Run, tmp_path: Path) -> None:
    """The parser's position is in the error."""
    file = tmp_path / "broken.obo"
    file.write_text("format-version: 1.2\n\n[Term]\nid: HP:0000001\nname All\n")

    with pytest.raises(InputError, match="is not OBO") as caught:
        run("hpoa", "annotations.hpoa", file)

    assert caught.value.location is not None and caught.value.location.line == 5


def test_an_import_without_a_licence_is_refused(run: Run, tmp_path: Path) -> None:
    """A release states the licence of each graph, so an import must have one."""
    file = tmp_path / "terms.obo"
    file.write_text((SAMPLE / "terms.obo").read_text().replace("property_value: terms:license", "remark:"))

    with pytest.raises(InputError, match="licence"):
        run("hpoa", "annotations.hpoa", file)
