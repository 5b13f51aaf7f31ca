"""Values with which the addresses of a site can be tried: resources of the release that is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from pyoxigraph import NamedNode

from nosograph.rdf import iris
from nosograph.rdf.names import last_segment
from nosograph.store.reader import GraphReader
from nosograph.web.views.mapping_set import mapping_sets
from nosograph.web.views.published_questions import read_questions
from nosograph.web.views.site import Site

_LOOKED_AT: Final = 200
"""Resources among which one is looked for that has all that is wanted of an example."""


def examples_of_path(site: Site) -> dict[str, str]:
    """Return the segment of a path before a parameter → a value of the parameter.

    Before the name of a resource stands a parameter itself, ``{kind}``; the kind is found as ``kind``, the path of a
    resource as ``{path}``. Parameters inside a segment are found by it.
    """
    release, triples = site.release, site.triples()
    found = {
        "release": release.version,
        "dumps": release.version,
        "{version}": "SHA256SUMS",
        "graph": "facts",
        "docs": "linking",
        "mapping-set": next(iter(mapping_sets(release)), ""),
        "catalog.{extension}": "ttl",
        "changes.{extension}": "atom",
        "ontology.{extension}": "ttl",
        "shapes.{extension}": "ttl",
        "sitemap-{part}.xml": "1",
        "questions": next((question.name for question in read_questions(release)), ""),
        "concept": next((site.addresses.short(iri) for iri in sorted(site.addresses.concepts)), ""),
        **{
            name: last_segment(release.manifest.terms[name].version if name in release.manifest.terms else "")
            for name in ("ontology", "shapes")
        },
    }
    resource = _example(site, triples)
    if resource:
        kind, _, name = resource.removeprefix(release.base.iri).partition("/")
        code = triples.iri(resource, iris.MAPPING_PREDICATES[0]) or resource
        found |= {"kind": kind, "{kind}": name, "{path}": f"{kind}/{name}", "xref": site.addresses.short(code)}
    return {name: value for name, value in (found | _parts(site, triples)).items() if value}


def examples_of_query(site: Site) -> dict[str, str]:
    """Return the names of query parameters → a value that can be tried."""
    triples = site.triples()
    resource = _example(site, triples)
    label = triples.label(resource) if resource else None
    name = label.value if label else "name"
    kind, _, _ = resource.removeprefix(site.release.base.iri).partition("/")
    entry = site.release.vocabulary.by_kind.get(kind)
    query = {"query": name, **({"type": site.addresses.short(entry.iri)} if entry else {})}
    return {
        "q": name,
        "limit": "5",
        "offset": "0",
        "prefix": name[:5],
        "cursor": "0",
        "id": resource.removeprefix(site.release.base.iri),
        "type": site.addresses.short(entry.iri) if entry else "",
        "queries": json.dumps({"q0": query}),
        "query": "SELECT ?subject WHERE { ?subject ?predicate ?object } LIMIT 3",
    }


def _example(site: Site, triples: GraphReader) -> str:
    """Return a resource of the focus, one with a code elsewhere if there is one near; empty where there is none."""
    focus = site.release.vocabulary.focus
    kinds = [focus.kind] if focus else list(site.release.vocabulary.kinds)
    found = [iri for kind in kinds for iri in islice(site.documents.addresses(kind), _LOOKED_AT)]
    coded = (iri for iri in found if triples.iri(iri, iris.MAPPING_PREDICATES[0]))
    return next(coded, found[0] if found else "")


def _parts(site: Site, triples: GraphReader) -> dict[str, str]:
    """Return what stands below another resource, by the segments of its path: evidence of a fact, and the like."""
    base = site.release.base.iri
    found: dict[str, str] = {}
    for part in _objects(triples, iris.EVIDENCE, iris.PASSAGE):
        segments = part.removeprefix(base).split("/")
        if part.startswith(base) and len(segments) == 4 and segments[0] not in found:
            found |= {segments[0]: segments[1], segments[2]: segments[3]}
    return found


def _objects(triples: GraphReader, *predicates: str) -> Iterator[str]:
    for predicate in predicates:
        for quad in triples.having(predicate, 1):
            yield quad.object.value if isinstance(quad.object, NamedNode) else ""
