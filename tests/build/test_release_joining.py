"""What joins data sets in a build is held against the shapes like the imports that it joins."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.importing import check_imports
from nosograph.build.pipeline import build_release
from nosograph.build.quads import SortedQuads, write_sorted
from nosograph.errors import ValidationFailed
from nosograph.release.opening import Release

BASE = "https://w3id.org/nosograph/"
PREFIXES = f"""
@prefix condition: <{BASE}condition/> . @prefix fact: <{BASE}fact/> . @prefix finding: <{BASE}finding/> .
@prefix noso: <{BASE}ontology#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix noso-shapes: <{BASE}shapes#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix prov: <http://www.w3.org/ns/prov#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
ONTOLOGY = """
noso:Condition noso:pathSegment "condition" . noso:Fact noso:pathSegment "fact" .
noso:Finding noso:pathSegment "finding" . noso:AlignmentGroup noso:pathSegment "alignment" .
noso:Rule a noso:AlignmentRule ; noso:firstStance noso:supports ; noso:secondStance noso:supports ;
    noso:objectRelation noso:sameTerm ; noso:predicateRelation noso:sameTerm ; noso:yields noso:{0} .
"""
ONE_STATUS = """
noso-shapes:OneStatus a sh:NodeShape ; sh:targetClass noso:Fact ; sh:property noso-shapes:StatusIsOne .
noso-shapes:StatusIsOne a sh:PropertyShape ; sh:path noso:status ; sh:maxCount 1 ; sh:severity sh:Violation ;
    sh:message "Give it one status." .
"""
NAMED = """
noso-shapes:Named a sh:NodeShape ; sh:targetClass noso:Condition ; sh:property noso-shapes:HasName .
noso-shapes:HasName a sh:PropertyShape ; sh:path skos:prefLabel ; sh:minCount 1 ; sh:severity sh:Violation ;
    sh:message "Give it a label." .
"""
GROUPS = """
noso-shapes:Groups a sh:NodeShape ; sh:targetClass noso:AlignmentGroup ; sh:property noso-shapes:TwoMembers .
noso-shapes:TwoMembers a sh:PropertyShape ; sh:path prov:hadMember ; sh:minCount 2 ; sh:severity sh:Violation ;
    sh:message "A group of one joins nothing." .
"""
JOINED = """
condition:one a noso:Condition ; skos:prefLabel "one"@en ; skos:exactMatch condition:other .
condition:other a noso:Condition .
fact:0a a noso:Fact ; rdf:subject condition:one ; rdf:predicate noso:hasSymptom ; rdf:object finding:x ;
    noso:status noso:affirmed .
fact:0b a noso:Fact ; rdf:subject condition:other ; rdf:predicate noso:hasSymptom ; rdf:object finding:x ;
    noso:status noso:affirmed .
<https://w3id.org/nosograph/fact/0a/evidence/1> noso:stance noso:supports .
<https://w3id.org/nosograph/fact/0b/evidence/1> noso:stance noso:supports .
"""


def graph(turtle: str) -> Graph:
    """Return Turtle with the prefixes above as a graph."""
    return Graph(bind_namespaces="none").parse(data=PREFIXES + turtle, format="turtle")


def quads(turtle: str, name: str) -> list[bytes]:
    """Return Turtle as lines of N-Quads of a named graph."""
    lines = graph(turtle).serialize(format="nt").splitlines()
    return [f"{line.removesuffix(' .')} <{BASE}graph/{name}> .\n".encode() for line in lines if line]


def build(folder: Path, yields: str, shapes: str) -> Release:
    """Build a release of the small data with two imported conditions that a match joins, and a rule that relates facts.

    Args:
        folder: where the release is made.
        yields: local name of the property that the rule yields.
        shapes: the shapes.
    """
    file = folder / "made-up.nq"
    file.write_bytes(b"".join(quads(JOINED, "import/made-up")))
    knowledge = small_knowledge(ontology=graph(ONTOLOGY.format(yields)), shapes=graph(shapes))
    return build_release(knowledge, CONFORMING, folder / "releases", imports=[file], assets=ASSETS)


def test_what_a_faulty_rule_of_alignment_yields_stops_the_build(tmp_path: Path) -> None:
    """A rule that gives facts a second status is told by the report; no fact of an import is left out instead."""
    with pytest.raises(ValidationFailed, match="What joins data sets does not conform") as caught:
        build(tmp_path, "status", ONE_STATUS)

    assert "Give it one status." in caught.value.report
    assert "fact:0a" in caught.value.report
    assert "noso:AlignmentRule" in (caught.value.hint or "")
    assert list((tmp_path / "releases").glob("2*")) == []


def test_what_a_sound_rule_yields_is_published(tmp_path: Path) -> None:
    """The same shapes find nothing in links between facts, and the release has them."""
    release = build(tmp_path, "agreesWith", ONE_STATUS)

    assert release.manifest.counts.graphs["alignment"] == 5 + 2


def test_data_sets_are_joined_anew_without_what_is_left_out(tmp_path: Path) -> None:
    """A condition that breaks a rule goes, its group with it, and no link leads to its facts."""
    release = build(tmp_path, "agreesWith", NAMED)

    assert "alignment" not in release.manifest.counts.graphs
    assert "so it was left out: noso-shapes:HasName: 1" in (release.folder / "report.txt").read_text()


def test_a_group_of_one_is_a_fault(tmp_path: Path) -> None:
    """A group is no resource of an import that could be left out: what is wrong with it stops the build."""
    lines = quads(JOINED, "import/made-up")
    lines += quads(
        "<https://w3id.org/nosograph/alignment/1> a noso:AlignmentGroup ; prov:hadMember condition:one .", "alignment"
    )
    knowledge = small_knowledge(ontology=graph(ONTOLOGY.format("agreesWith")), shapes=graph(GROUPS))

    def rewrite(lines: object) -> SortedQuads:
        raise AssertionError("nothing of the import is faulty")

    with pytest.raises(ValidationFailed, match="What joins data sets does not conform") as caught:
        check_imports(write_sorted(sorted(lines), tmp_path), knowledge, rewrite)
    assert "A group of one joins nothing." in caught.value.report
