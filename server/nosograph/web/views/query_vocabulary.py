"""What the editor completes without asking: prefixes, and the classes and properties that the release uses."""

from __future__ import annotations

from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from nosograph.rdf import iris
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.sparql.text_search import TEXT_MATCH
from nosograph.web.views.release_parts import read_described
from nosograph.web.views.site import Site

_VOID: Final = STANDARD_PREFIXES["void"]
_PARTITIONS: Final = (
    ("class", f"{_VOID}class", f"{_VOID}entities"),
    ("property", f"{_VOID}property", f"{_VOID}triples"),
)


def query_vocabulary(site: Site) -> dict[str, Any]:
    """Return prefixes, kinds and, with label and definition, the classes and properties in use, the most used first.

    The numbers are those of the release's own description: resources of a class, triples of a property. The predicate
    of text search, which no triple has, is among them.
    """
    statements = read_described(site.release, "void.ttl")
    reader = site.reader()
    terms = []
    for kind, names, counts in _PARTITIONS:
        named = {quad.subject: quad.object for quad in statements if quad.predicate.value == names}
        numbers: dict[str, int] = {}
        for quad in statements:
            term = named.get(quad.subject)
            if isinstance(term, NamedNode) and quad.predicate.value == counts and isinstance(quad.object, Literal):
                numbers[term.value] = max(numbers.get(term.value, 0), int(quad.object.value))
        if kind == "property":
            numbers[TEXT_MATCH] = 0
        terms += [
            {
                "iri": iri,
                "label": reader.value(iri).text,
                "definition": reader.triples.value(iri, iris.SKOS_DEFINITION) or "",
                "kind": kind,
                "count": number,
            }
            for iri, number in sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))
        ]
    base = site.release.base
    return {"prefixes": base.prefixes(), "kinds": list(base.kinds), "terms": terms}
