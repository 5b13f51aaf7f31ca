"""A site with a condition of two hundred findings below a hierarchy of body systems, as imported data have them."""

from __future__ import annotations

from collections.abc import Iterator
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
SHARED = "finding/CODE_1007"
"""A finding that stands under two systems: directly below the second, one step further below the first."""

_GRAPH = NamedNode(DEFAULT_BASE + "graph/import/many")
_FREQUENCIES = ("obligate", "veryFrequent", "frequent", "occasional", "veryRare", "")


def site_of_many_findings() -> Site:
    """Return the site."""
    small = make_site("small.trig")
    store = Store()
    of_graphs = small.source.quads_for_pattern(None, None, None)
    store.extend(quad for quad in of_graphs if not isinstance(quad.graph_name, DefaultGraph))
    store.extend(_quads())
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


def _resource(iri: str, class_: str, label: str, *broader: str) -> Iterator[Quad]:
    yield _quad(iri, iris.RDF_TYPE, NamedNode(noso(class_)))
    yield _quad(iri, iris.SKOS_PREF_LABEL, Literal(label, language="en"))
    for name in broader:
        yield _quad(iri, iris.SKOS_BROADER, NamedNode(DEFAULT_BASE + name))


def _fact(number: int, finding: str) -> Iterator[Quad]:
    fact = f"{DEFAULT_BASE}fact/{0xA000 + number:016x}"
    evidence = f"{fact}/evidence/{number:016x}"
    frequency = _FREQUENCIES[number % len(_FREQUENCIES)]
    for subject, predicate, value in (
        (fact, iris.RDF_TYPE, noso("Fact")),
        (fact, iris.RDF_SUBJECT, CONDITION),
        (fact, iris.RDF_PREDICATE, noso("hasPhenotype")),
        (fact, iris.RDF_OBJECT, finding),
        (fact, iris.STATUS, noso("affirmed")),
        (fact, iris.EVIDENCE, evidence),
        (evidence, iris.RDF_TYPE, noso("Evidence")),
        (evidence, iris.SOURCE, DEFAULT_BASE + "source/handbook"),
        (evidence, iris.STANCE, noso("supports")),
        (evidence, iris.CERTAINTY, noso("stated")),
        *([(evidence, noso("frequency"), noso(frequency))] if frequency else []),
    ):
        yield _quad(subject, predicate, NamedNode(value))
    if not frequency:
        decimal = NamedNode(STANDARD_PREFIXES["xsd"] + "decimal")
        yield _quad(evidence, noso("proportion"), Literal(f"0.{number % 90 + 10}", datatype=decimal))


def _quad(subject: str, predicate: str, value: NamedNode | Literal) -> Quad:
    return Quad(NamedNode(subject), NamedNode(predicate), value, _GRAPH)
