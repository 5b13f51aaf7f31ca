"""Checks each nanopublication of a TriG file by the package ``nanopub``: its form, and its trusty URI.

    python check_nanopublications.py FILE

prints as JSON how many there are, and what is wrong with which. Run by the Python of an environment with ``nanopub``.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)  # rdflib warns of every IRI that has a space in place of its code

from nanopub import Nanopub  # noqa: E402
from nanopub.trustyuri import TrustyUriUtils  # noqa: E402
from nanopub.trustyuri.rdf import RdfHasher  # noqa: E402
from rdflib import ConjunctiveGraph, Namespace  # noqa: E402
from rdflib.namespace import RDF  # noqa: E402

NP = Namespace("http://www.nanopub.org/nschema#")


def check(whole: ConjunctiveGraph, iri: object) -> str:
    """Return what is wrong with a nanopublication, or nothing."""
    own = ConjunctiveGraph()
    for graph in whole.contexts():
        if str(graph.identifier).startswith(f"{iri}."):
            own.addN((s, p, o, own.get_context(graph.identifier)) for s, p, o in graph)
    publication = Nanopub(rdf=own)
    try:
        if not publication.is_valid:
            return "it is not valid"
    except ValueError as error:
        return str(error)
    code = TrustyUriUtils.get_trustyuri_tail(str(iri))
    quads = [(graph.identifier, s, p, o) for graph in own.contexts() for s, p, o in graph]
    made = RdfHasher.make_hash(quads, code)
    return "" if made == code else f"its content has the code {made}"


def main(file: str) -> None:
    """Print the outcome."""
    whole = ConjunctiveGraph()
    whole.parse(file, format="trig")
    found = sorted(set(whole.subjects(RDF.type, NP.Nanopublication)))
    wrong = {str(iri): problem for iri in found if (problem := check(whole, iri))}
    print(json.dumps({"nanopublications": len(found), "wrong": wrong}))


if __name__ == "__main__":
    main(*sys.argv[1:])
