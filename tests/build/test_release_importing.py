"""Imported quads are held against the curated data: they break nothing, and no bare triple is denied elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Graph
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.errors import ReferenceDiffers, ValidationFailed
from nosograph.release.opening import Release

SHAPES = Path(__file__).parents[1] / "validation" / "shapes"
PREFIXES = {
    "condition": "https://w3id.org/nosograph/condition/",
    "fact": "https://w3id.org/nosograph/fact/",
    "finding": "https://w3id.org/nosograph/finding/",
    "noso": "https://w3id.org/nosograph/ontology#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
DENIAL = (
    "fact:cc a noso:Fact . fact:cc rdf:subject {0} . fact:cc rdf:predicate {1} . fact:cc rdf:object {2} . "
    "fact:cc noso:status noso:{3} ."
)
ONE_LABEL = """
@prefix noso: <https://w3id.org/nosograph/ontology#> .
@prefix noso-shapes: <https://w3id.org/nosograph/shapes#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
noso-shapes:OneLabel a sh:NodeShape ; sh:targetClass noso:Condition ; sh:property noso-shapes:OneLabelProperty .
noso-shapes:OneLabelProperty a sh:PropertyShape ; sh:path skos:prefLabel ; sh:uniqueLang true ; sh:minCount 1 ;
    sh:severity sh:Violation ; sh:message "Give it one label."@en .
"""

SUBTYPES = """
@prefix noso: <https://w3id.org/nosograph/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
noso:Condition noso:pathSegment "condition" .
noso:Fact noso:pathSegment "fact" .
noso:hasSubtype a noso:FactPredicate ; rdfs:subPropertyOf noso:hasSubtypeTransitive .
noso:hasSubtypeTransitive a owl:TransitiveProperty .
noso:subtypeOf owl:inverseOf noso:hasSubtype .
"""


def build(folder: Path, statements: str, **graphs: Graph) -> Release:
    """Build a release of the small data with an import of some statements, one to a full stop, and other graphs."""
    graph = Graph()
    header = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    graph.parse(data=header + statements, format="turtle")
    lines = graph.serialize(format="nt").splitlines()
    file = folder / "made-up.nq"
    file.write_text(
        "".join(f"{line.removesuffix(' .')} <https://w3id.org/nosograph/graph/import/made-up> .\n" for line in lines)
    )
    return build_release(small_knowledge(**graphs), CONFORMING, folder / "releases", imports=[file], assets=ASSETS)


def test_imported_bare_triple_that_a_curated_fact_denies_is_refused(tmp_path: Path) -> None:
    """The error names the triple, the graph that has it, and the fact; nothing is published."""
    with pytest.raises(ValidationFailed) as caught:
        build(tmp_path, "condition:local-dryness noso:hasSymptom finding:itch .")

    for named in ("condition/local-dryness", "graph/import/made-up", "fact/00000000000000bb"):
        assert named in caught.value.what
    assert list((tmp_path / "releases").glob("2*")) == []


@pytest.mark.parametrize("status", ["denied", "contested"])
@pytest.mark.parametrize(
    ("subject", "predicate", "object_", "graph"),
    [
        ("condition:dryness", "noso:hasSymptom", "finding:itch", "graph/conditions"),
        ("condition:dryness", "noso:hasSubtype", "condition:local-dryness", "graph/conditions"),
    ],
)
def test_curated_bare_triple_that_an_imported_fact_denies_is_refused(
    tmp_path: Path, status: str, subject: str, predicate: str, object_: str, graph: str
) -> None:
    """A bare triple stands where no fact denies or contests it, whichever of the two was imported."""
    with pytest.raises(ValidationFailed, match=f"{graph} has the bare triple"):
        build(tmp_path, DENIAL.format(subject, predicate, object_, status))


def test_closure_and_inverse_of_a_denied_subtype_are_refused(tmp_path: Path) -> None:
    """What follows from a denied subtype misleads as much as the triple itself."""
    denial = DENIAL.format("condition:a", "noso:hasSubtype", "condition:b", "denied")
    ontology = Graph(bind_namespaces="none").parse(data=SUBTYPES, format="turtle")
    for number, triple in enumerate(
        ("condition:a noso:hasSubtypeTransitive condition:b .", "condition:b noso:subtypeOf condition:a .")
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(ValidationFailed, match="bare triple"):
            build(folder, denial + triple, ontology=ontology)


def test_denied_fact_without_a_bare_triple_is_published(tmp_path: Path) -> None:
    """Disagreement is data: a denial is imported like any other fact, and a broader or narrower bare triple stands."""
    denial = DENIAL.format("condition:dryness", "noso:hasMainSymptom", "finding:itch", "denied")

    assert build(tmp_path, denial).manifest.counts.graphs["import/made-up"] == 5


def test_import_that_makes_a_curated_resource_break_a_rule_is_refused(tmp_path: Path) -> None:
    """A second label of a curated condition stops the build; a resource of the import's own is left out and counted."""
    shapes = Graph(bind_namespaces="none").parse(data=ONE_LABEL, format="turtle")
    for name in ("own", "curated"):
        (tmp_path / name).mkdir()

    own = 'condition:named skos:prefLabel "named"@en . condition:named a noso:Condition . '
    release = build(tmp_path / "own", f"{own} condition:elsewhere a noso:Condition .", shapes=shapes)
    with pytest.raises(ValidationFailed, match="curated resources do not conform") as caught:
        build(tmp_path / "curated", 'condition:dryness skos:prefLabel "aridity"@en .', shapes=shapes)

    assert release.manifest.counts.graphs["import/made-up"] == 2
    assert "noso-shapes:OneLabelProperty: 1" in (release.folder / "report.txt").read_text()
    assert "condition:dryness" in caught.value.report
    assert "Give it one label." in caught.value.report


def test_rule_for_curated_data_alone_leaves_imports_as_they_are(tmp_path: Path) -> None:
    """What imports lack of it is counted, and published."""
    excused = ONE_LABEL.replace("sh:severity sh:Violation", "noso-shapes:curatedOnly true ; sh:severity sh:Violation")
    shapes = Graph(bind_namespaces="none").parse(data=excused, format="turtle")

    release = build(tmp_path, "condition:elsewhere a noso:Condition .", shapes=shapes)

    assert release.manifest.counts.graphs["import/made-up"] == 1
    assert "need not keep: noso-shapes:OneLabelProperty: 1" in (release.folder / "report.txt").read_text()


def test_fact_about_what_is_left_out_goes_with_its_bare_triple(tmp_path: Path) -> None:
    """A condition without a label takes the facts that name it along, and what they allow; others stay."""
    shapes = Graph(bind_namespaces="none").parse(data=ONE_LABEL, format="turtle")
    fact = DENIAL.format("condition:elsewhere", "noso:hasSymptom", "finding:itch", "affirmed")

    release = build(
        tmp_path,
        f"{fact} condition:elsewhere a noso:Condition . condition:elsewhere noso:hasSymptom finding:itch . "
        'finding:other skos:prefLabel "other"@en .',
        shapes=shapes,
    )

    assert release.manifest.counts.graphs["import/made-up"] == 1


def test_difference_to_the_reference_over_an_import_stops_the_build(tmp_path: Path) -> None:
    """A sample of what is imported is validated by pySHACL as well; a rule that the two read differently is told."""
    shapes = Graph(bind_namespaces="none").parse(SHAPES / "wrongly-set-wise.ttl")

    with pytest.raises(ReferenceDiffers, match="OnlyOne"):
        build(tmp_path, "condition:elsewhere a noso:Condition .", shapes=shapes)
