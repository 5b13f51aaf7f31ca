"""Seeded mutations of a graph: the mistakes that people and programs make, and literals that are hard to carry."""

from __future__ import annotations

import random

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, XSD

from nosograph.rdf.names import NOSO

LITERALS = [
    Literal("Husten", lang="de-AT"),
    Literal("cough", lang="en"),
    Literal("cough", lang="EN"),
    Literal("cough"),
    Literal(""),
    Literal(" two  spaces ", lang="en"),
    Literal('quote " and \\ backslash \\1', lang="en"),
    Literal("{?other} \t tab \n line \u2028 end", lang="en"),
    Literal("\U0001f600 a\u0301", lang="en"),
    Literal("007", datatype=XSD.integer, normalize=False),
    Literal(7),
    Literal(-1),
    Literal("12345678901234567890123"),
    Literal("seven", datatype=XSD.integer, normalize=False),
    Literal("3", datatype=XSD.nonNegativeInteger),
    Literal("1.50", datatype=XSD.decimal, normalize=False),
    Literal("1", datatype=XSD.boolean, normalize=False),
    Literal("2026-01-31", datatype=XSD.date),
    Literal("2026-02-31", datatype=XSD.date, normalize=False),
    Literal("2026-01-31T00:00:00+00:00", datatype=XSD.dateTime, normalize=False),
    Literal("https://example.org/", datatype=XSD.anyURI),
    Literal("x", datatype=URIRef("https://example.org/datatype")),
]
"""What takes the place of an object; some of them the store rewrites."""


def mutate(graph: Graph, seed: int, *, rewritten: bool) -> Graph:
    """Return a copy of a graph with one to three mutations.

    Args:
        graph: the graph, without a blank node.
        seed: the same graph and seed give the same mutations.
        rewritten: whether literals that the store rewrites may be put in.
    """
    chance = random.Random(seed)
    triples = sorted(graph, key=lambda triple: tuple(term.n3() for term in triple))
    mutated = Graph(bind_namespaces="none")
    for triple in triples:
        mutated.add(triple)
    literals = LITERALS if rewritten else [literal for literal in LITERALS if not _is_rewritten(literal)]
    for _ in range(chance.randint(1, 3)):
        subject, predicate, value = chance.choice(triples)
        other = chance.choice(triples)
        change = chance.randrange(8)
        if change != 0:
            mutated.remove((subject, predicate, value))
        if change in (0, 1):
            mutated.add((subject, predicate, other[2]))
        elif change == 2:
            mutated.add((other[0], predicate, value))
        elif change == 3:
            mutated.add((subject, other[1], value))
        elif change == 4:
            mutated.add((subject, predicate, chance.choice(literals)))
        elif change == 5:
            mutated.add((subject, RDF.type, chance.choice([NOSO.Condition, NOSO.Fact, NOSO.Source, NOSO.Evidence])))
        elif change == 6:
            mutated.add((subject, predicate, URIRef(f"{subject}-of-nobody")))
    return mutated


def _is_rewritten(literal: Literal) -> bool:
    if literal.language:
        return literal.language != literal.language.lower()
    return str(literal) in ("007", "3", "1.50", "1", "2026-01-31T00:00:00+00:00")
