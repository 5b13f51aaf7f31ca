"""Differences of two releases are found from their dumps alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.comparison.comparing import compare_releases
from nosograph.comparison.describing import change_describer
from nosograph.comparison.differences import SECTIONS, Change, Comparison, QuadChanges
from nosograph.comparison.walking import ChangedResource, resource_keys
from nosograph.comparison.writing import to_text
from nosograph.errors import ReleaseError
from nosograph.rdf.names import NOSO, Base
from nosograph.release.opening import Release

BASE = Base()
DRYNESS, LOCAL, ITCH = (
    BASE.resource(kind, name)
    for kind, name in (("condition", "dryness"), ("condition", "local-dryness"), ("finding", "itch"))
)


def built(folder: Path, base: Base | None = None, **graphs: Graph) -> Release:
    """Return a small release with some graphs exchanged."""
    return build_release(small_knowledge(base, **graphs), CONFORMING, folder, assets=ASSETS)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the small release as it is."""
    return built(tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release with one difference of each sort."""
    graphs = small_knowledge().graphs
    conditions, facts = graphs["conditions"], graphs["facts"]
    first, second, third = (BASE.resource("fact", f"00000000000000{end}") for end in ("aa", "bb", "cc"))
    conditions.set((ITCH, SKOS.prefLabel, Literal("pruritus", "en")))
    conditions.remove((LOCAL, None, None))
    conditions.add((LOCAL, OWL.deprecated, Literal(True)))
    conditions.add((BASE.resource("finding", "redness"), SKOS.prefLabel, Literal("redness", "en")))
    facts.remove((second, None, None))
    facts.set((first, NOSO.status, NOSO.contested))
    facts.add((third, RDF.type, NOSO.Fact))
    for predicate, value in (
        (RDF.subject, DRYNESS),
        (RDF.predicate, NOSO.hasSymptom),
        (RDF.object, BASE.resource("finding", "redness")),
        (NOSO.status, NOSO.affirmed),
    ):
        facts.add((third, predicate, URIRef(value)))
    return built(tmp_path_factory.mktemp("new"), conditions=conditions, facts=facts)


def of_fact(section: str, end: str, subject: URIRef, object: URIRef, status: str, **more: object) -> Change:
    """Return a change of a fact of the fixtures."""
    iri = str(BASE.resource("fact", f"00000000000000{end}"))
    proposition = {"subject": str(subject), "predicate": str(NOSO.hasSymptom), "object": str(object)}
    return Change(section, iri, **proposition, status=str(NOSO[status]), **more)  # type: ignore[arg-type]


def changes(comparison: Comparison, section: str) -> list[Change]:
    """Return the changes of a section without the numbers of their quads."""
    return [replace(change, quads_added=0, quads_removed=0) for change in comparison.changes(section)]


def test_each_sort_of_difference_is_found(old: Release, new: Release) -> None:
    """Facts, status, resources and labels are told apart, each where it belongs."""
    redness = BASE.resource("finding", "redness")

    found = compare_releases(old, new)

    assert changes(found, "facts_added") == [of_fact("facts_added", "cc", DRYNESS, redness, "affirmed")]
    assert changes(found, "facts_removed") == [of_fact("facts_removed", "bb", LOCAL, ITCH, "denied")]
    assert changes(found, "status_changed") == [
        of_fact("status_changed", "aa", DRYNESS, ITCH, "contested", status_before=str(NOSO.affirmed))
    ]
    assert changes(found, "resources_added") == [Change("resources_added", str(redness), "redness")]
    assert changes(found, "resources_withdrawn") == [Change("resources_withdrawn", str(LOCAL), "local dryness")]
    assert changes(found, "labels_changed") == [Change("labels_changed", str(ITCH), "pruritus", "itch")]
    assert (changes(found, "resources_removed"), changes(found, "evidence_changed")) == ([], [])


def test_counts_and_the_first_of_each_sort_are_those_of_the_changes(old: Release, new: Release) -> None:
    """The summary counts what the changes are, section by section."""
    found = compare_releases(old, new)

    for section in SECTIONS:
        assert tuple(found.changes(section)) == found.summary.first[section]
        assert found.counts[section] == len(found.summary.first[section])


def test_quads_are_counted_by_graph(old: Release, new: Release) -> None:
    """The numbers are those of the sets of lines of both dumps."""
    before, after = (set(release.dump("nq").read_bytes().splitlines()) for release in (old, new))

    found = compare_releases(old, new)

    assert found.counts["quads_added"] == len(after - before)
    assert found.counts["quads_removed"] == len(before - after)
    assert found.summary.graphs[str(BASE.graph("facts"))] == QuadChanges(added=6, removed=7)


def test_the_reverse_comparison_mirrors_it(old: Release, new: Release) -> None:
    """What is added one way is removed the other way."""
    forward, back = compare_releases(old, new).counts, compare_releases(new, old).counts

    for what in ("facts", "quads", "resources", "mappings", "evidence"):
        assert (back[f"{what}_added"], back[f"{what}_removed"]) == (
            forward[f"{what}_removed"],
            forward[f"{what}_added"],
        )


def change_of(before: str, after: str) -> Change | None:
    """Return the change of a resource from its statements in N-Quads, of which each has a line."""
    old, new = (
        tuple(sorted(f"{line.strip()}\n".encode() for line in text.strip().splitlines())) for text in (before, after)
    )
    return change_describer(BASE)(ChangedResource(resource_keys(BASE)((old or new)[0]), old, new))


FACT = str(BASE.resource("fact", "00000000000000aa"))
A_FACT = f"""
<{FACT}> <{RDF.type}> <{NOSO.Fact}> <urn:facts> .
<{FACT}> <{NOSO.evidence}> <{FACT}/evidence/00000000000000ab> <urn:facts> .
<{FACT}/evidence/00000000000000ab> <{NOSO.stance}> <{NOSO.supports}> <urn:facts> .
"""


def test_other_evidence_alone_is_a_difference_of_the_fact() -> None:
    """A fact that got a piece of evidence and kept its status is listed, as its support is not what it was."""
    more = f"<{FACT}> <{NOSO.evidence}> <{FACT}/evidence/00000000000000ac> <urn:facts> ."

    found = change_of(A_FACT, A_FACT + more)

    assert found == Change(
        "evidence_changed", FACT, evidence_added=(f"{FACT}/evidence/00000000000000ac",), quads_added=1
    )


def test_evidence_that_says_something_else_is_a_difference_of_the_fact() -> None:
    """A fact whose evidence has the same names and other statements is listed."""
    assert change_of(A_FACT, A_FACT.replace("supports", "disputes")) == Change(
        "facts_changed", FACT, quads_added=1, quads_removed=1
    )


def test_a_mapping_is_told_with_its_code() -> None:
    """A mapping that only the newer release has is listed with resource, relation and code."""
    mapping, code = BASE.resource("mapping", "00000000000000ff"), "http://purl.obolibrary.org/obo/MONDO_1"
    parts = ((OWL.annotatedSource, DRYNESS), (OWL.annotatedProperty, SKOS.exactMatch), (OWL.annotatedTarget, code))

    found = change_of("", "\n".join(f"<{mapping}> <{predicate}> <{value}> <urn:m> ." for predicate, value in parts))

    assert found == Change(
        "mappings_added",
        str(mapping),
        subject=str(DRYNESS),
        predicate=str(SKOS.exactMatch),
        object=code,
        quads_added=3,
    )


def test_the_description_of_a_release_is_no_change_of_the_data() -> None:
    """What only the metadata graph says differently is among the quads, not among the changes."""
    line = f'<{BASE.iri}> <{RDFS.label}> "{{}}" <{BASE.graph("metadata")}> .'

    assert change_of(line.format("old"), line.format("new")) is None


def test_equal_data_do_not_differ(old: Release) -> None:
    """A release compared with itself has no difference, and the text says so."""
    found = compare_releases(old, old)

    assert not found.differs
    assert found.summary.graphs == {}
    assert to_text(found).endswith("The data do not differ.")


def test_another_base_is_refused(old: Release, tmp_path: Path) -> None:
    """Releases under different bases share no IRI: everything would be told as removed and added."""
    with pytest.raises(ReleaseError, match="different bases"):
        compare_releases(old, built(tmp_path, Base("https://example.org/")))


def test_command_prints_text_and_json(old: Release, new: Release) -> None:
    """People read prefixed names, programs whole IRIs with counts."""
    command = [sys.executable, "-m", "nosograph.cli", "compare", str(old.folder), str(new.folder)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    content = json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout)

    assert "~ finding:itch itch → pruritus" in text
    assert (
        "~ fact:00000000000000aa condition:dryness noso:hasSymptom finding:itch (noso:affirmed → noso:contested)"
        in text
    )
    assert content["counts"]["facts_added"] == 1
    assert all(change["iri"].startswith("https://") for change in content["changes"])
