"""Sites of many statements, as imported data have them: a condition of 200 findings, a finding of many conditions.

The findings stand below a hierarchy of body systems; of the conditions, some stand below broad ones or none does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store
from small_site import make_documents, make_site
from stores import add_union

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import DEFAULT_BASE, STANDARD_PREFIXES
from nosograph.web.views.site import PageCache, Site

CONDITION = DEFAULT_BASE + "condition/CODE_1"
FINDINGS = 200
SYSTEMS = 22
COMMON = "finding/CODE_9000"
CONDITIONS = 260
SHARED = "finding/CODE_1007"
"""A finding that stands under two systems: directly below the second, one step further below the first."""

_GRAPH = NamedNode(DEFAULT_BASE + "graph/import/many")
_FREQUENCIES = ("obligate", "veryFrequent", "frequent", "occasional", "veryRare", "")


def site_of_many_findings() -> Site:
    """Return the site of a condition with two hundred findings."""
    return _site(_quads())


def site_of_many_conditions(broad: bool, denied: int) -> Site:
    """Return the site of a finding that conditions have and some have not, below two broad ones or below none."""
    return _site(_conditions(broad, denied))


def _site(quads: Iterable[Quad]) -> Site:
    small = make_site("small.trig")
    store = Store()
    of_graphs = small.source.quads_for_pattern(None, None, None)
    store.extend(quad for quad in of_graphs if not isinstance(quad.graph_name, DefaultGraph))
    store.extend(quads)
    add_union(store)
    return replace(small, source=store, documents=make_documents(store, small.release.vocabulary), pages=PageCache())


def _quads() -> Iterator[Quad]:
    """Return the quads: a root, systems below it, a step below each, and findings below these, all of them stated."""
    yield from _resource(CONDITION, "Condition", "manifold syndrome")
    yield from _resource(DEFAULT_BASE + "finding/CODE_0", "Finding", "anything found")
    for number in range(SYSTEMS):
        system, step = (f"{DEFAULT_BASE}finding/CODE_{start + number}" for start in (100, 500))
        yield from _resource(system, "Finding", f"abnormality of organ system {number}", "finding/CODE_0")
        yield from _resource(step, "Finding", f"abnormal part of system {number}", f"finding/CODE_{100 + number}")
    for number in range(FINDINGS):
        name = f"finding/CODE_{1000 + number}"
        system = int(SYSTEMS * (number / FINDINGS) ** 2)
        broader = [f"finding/CODE_{500 + system}", *(["finding/CODE_101"] if name == SHARED else [])]
        yield from _resource(DEFAULT_BASE + name, "Finding", f"remarkable finding number {number}", *broader)
        yield from _fact(number, DEFAULT_BASE + name)


def _conditions(broad: bool, denied: int) -> Iterator[Quad]:
    """Return the quads of a finding and of the conditions that have it, each fact with the status that it has."""
    yield from _resource(DEFAULT_BASE + COMMON, "Finding", "common finding")
    names = [f"condition/CODE_{3000 + number}" for number in range(3)] if broad else []
    for number, name in enumerate(names):
        yield from _resource(DEFAULT_BASE + name, "Condition", f"broad condition {number}", *names[:number][:1])
    for number in range(CONDITIONS):
        name = f"{DEFAULT_BASE}condition/CODE_{4000 + number}"
        yield from _resource(name, "Condition", f"rare condition {number}", *names[1 + number % 2 :][:1])
        status = "denied" if number < denied else "affirmed"
        yield from _fact(1000 + number, DEFAULT_BASE + COMMON, name, status)


def _resource(iri: str, class_: str, label: str, *broader: str) -> Iterator[Quad]:
    yield _quad(iri, iris.RDF_TYPE, NamedNode(noso(class_)))
    yield _quad(iri, iris.SKOS_PREF_LABEL, Literal(label, language="en"))
    for name in broader:
        yield _quad(iri, iris.SKOS_BROADER, NamedNode(DEFAULT_BASE + name))


def _fact(number: int, finding: str, condition: str = CONDITION, status: str = "affirmed") -> Iterator[Quad]:
    fact = f"{DEFAULT_BASE}fact/{0xA000 + number:016x}"
    evidence = f"{fact}/evidence/{number:016x}"
    frequency = _FREQUENCIES[number % len(_FREQUENCIES)]
    for subject, predicate, value in (
        (fact, iris.RDF_TYPE, noso("Fact")),
        (fact, iris.RDF_SUBJECT, condition),
        (fact, iris.RDF_PREDICATE, noso("hasPhenotype")),
        (fact, iris.RDF_OBJECT, finding),
        (fact, iris.STATUS, noso(status)),
        (fact, iris.EVIDENCE, evidence),
        (evidence, iris.RDF_TYPE, noso("Evidence")),
        (evidence, iris.SOURCE, DEFAULT_BASE + "source/handbook"),
        (evidence, iris.STANCE, noso("supports" if status == "affirmed" else "disputes")),
        (evidence, iris.CERTAINTY, noso("stated")),
        *([(evidence, noso("frequency"), noso(frequency))] if frequency else []),
    ):
        yield _quad(subject, predicate, NamedNode(value))
    if not frequency:
        decimal = NamedNode(STANDARD_PREFIXES["xsd"] + "decimal")
        yield _quad(evidence, noso("proportion"), Literal(f"0.{number % 90 + 10}", datatype=decimal))


def _quad(subject: str, predicate: str, value: NamedNode | Literal) -> Quad:
    return Quad(NamedNode(subject), NamedNode(predicate), value, _GRAPH)
