"""Differences of two releases are found from their dumps alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import OWL, RDF, SKOS, Graph, Literal, URIRef
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.comparison.comparing import compare_releases
from nosograph.comparison.differences import LabelChange, NamedResource, QuadChanges, ReleasedFact, StatusChange
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


def fact(end: str, subject: URIRef, object: URIRef, status: str) -> ReleasedFact:
    """Return a fact of the fixtures."""
    iri = str(BASE.resource("fact", f"00000000000000{end}"))
    return ReleasedFact(iri, str(subject), str(NOSO.hasSymptom), str(object), str(NOSO[status]))


def test_each_sort_of_difference_is_found(old: Release, new: Release) -> None:
    """Facts, status, resources and labels are told apart, each where it belongs."""
    redness = BASE.resource("finding", "redness")

    found = compare_releases(old, new)

    assert found.facts_added == (fact("cc", DRYNESS, redness, "affirmed"),)
    assert found.facts_removed == (fact("bb", LOCAL, ITCH, "denied"),)
    assert found.status_changed == (StatusChange(fact("aa", DRYNESS, ITCH, "contested"), str(NOSO.affirmed)),)
    assert found.resources_added == (NamedResource(str(redness), "redness"),)
    assert found.resources_withdrawn == (NamedResource(str(LOCAL), "local dryness"),)
    assert found.labels_changed == (LabelChange(str(ITCH), "itch", "pruritus"),)
    assert (found.resources_removed, found.evidence_changed) == ((), ())


def test_quads_are_counted_by_graph(old: Release, new: Release) -> None:
    """The numbers are those of the sets of lines of both dumps."""
    before, after = (set(release.dump("nq").read_bytes().splitlines()) for release in (old, new))

    found = compare_releases(old, new)

    assert (found.quads_added, found.quads_removed) == (len(after - before), len(before - after))
    assert (found.graphs or {})[str(BASE.graph("facts"))] == QuadChanges(added=6, removed=7)


def test_the_reverse_comparison_mirrors_it(old: Release, new: Release) -> None:
    """What is added one way is removed the other way."""
    forward, back = compare_releases(old, new), compare_releases(new, old)

    assert (back.facts_added, back.facts_removed) == (forward.facts_removed, forward.facts_added)
    assert (back.quads_added, back.quads_removed) == (forward.quads_removed, forward.quads_added)
    assert back.resources_removed == forward.resources_added


def test_other_evidence_alone_is_a_difference_of_the_fact(old: Release, tmp_path: Path) -> None:
    """A fact that lost a piece of evidence and kept its status is listed, as its support is not what it was."""
    facts = small_knowledge().graphs["facts"]
    first = BASE.resource("fact", "00000000000000aa")
    facts.remove((first, NOSO.evidence, URIRef(f"{first}/evidence/00000000000000ac")))

    assert compare_releases(old, built(tmp_path, facts=facts)).evidence_changed == (str(first),)


def test_equal_data_do_not_differ(old: Release) -> None:
    """A release compared with itself has no difference, and the text says so."""
    found = compare_releases(old, old)

    assert not found.differs
    assert found.graphs == {}
    assert found.to_text().endswith("The data do not differ.")


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
    assert content["status_changed"][0]["fact"]["iri"].startswith("https://")
