"""Quads with the terms that two engines may take differently: numbers, dates, languages, letters beyond ASCII."""

from __future__ import annotations

import random

from pyoxigraph import Literal, NamedNode, Quad

SPACE = "http://data.example/"
XSD = "http://www.w3.org/2001/XMLSchema#"


def node(name: str) -> NamedNode:
    """Return a resource of the data."""
    return NamedNode(SPACE + name)


def typed(value: str, datatype: str) -> Literal:
    """Return a literal of a datatype of XML Schema."""
    return Literal(value, datatype=NamedNode(XSD + datatype))


VALUES = {
    "whole": [typed(value, "integer") for value in ("0", "1", "-1", "007", "42", "-42", "9223372036854775807", "1000")],
    "exact": [typed(value, "decimal") for value in ("0.0", "1.50", "-1.5", "2.5", "-2.5", "0.000000000000000001", "7")],
    "amount": [
        *(typed(value, "integer") for value in ("1", "2")),
        *(typed(value, "decimal") for value in ("1.0", "3.5")),
    ],
    "real": [typed(value, "double") for value in ("1e0", "-1.5E3", "NaN", "INF", "0", "-0", "1e-7")],
    "single": [typed(value, "float") for value in ("1.5", "2")],
    "true": [typed(value, "boolean") for value in ("true", "false", "1", "0")],
    "day": [typed(value, "date") for value in ("2020-02-29", "2019-12-31", "1999-01-01", "2020-03-01")],
    "zoned": [typed(value, "date") for value in ("2020-01-01Z", "2020-01-01+02:00", "2020-01-01")],
    "moment": [typed(value, "dateTime") for value in ("2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z")],
    "local": [typed(value, "dateTime") for value in ("2020-01-01T00:00:00", "2020-01-01T10:00:00")],
    "mixed": [
        typed(value, "dateTime") for value in ("2020-01-01T00:00:00", "2020-01-01T00:00:00Z", "2020-01-01T24:00:00")
    ],
    "wrong": [typed("abc", "integer"), typed("2020-02-30", "date"), typed("", "decimal")],
    "unknown": [Literal("a", datatype=node("type")), Literal("b", datatype=node("type")), typed("x", "anyURI")],
    "text": [
        Literal(value)
        for value in ("", "a", "A", "b", "straße", "ÉCOLE", "école", "日本", "\U0001f600 x", 'q"u\\o\n\tte', "10", "9")
    ],
    "name": [
        *(Literal(value, language="en") for value in ("a", "colour", "Skin", "skin")),
        *(Literal(value, language="de") for value in ("a", "Haut", "Größe")),
        Literal("color", language="en-US"),
    ],
    "label": [Literal("skin"), Literal("skin", language="en"), Literal("Haut", language="de")],
    "any": [node("n1"), Literal("a"), Literal("a", language="en"), typed("1", "integer"), typed("2020-01-01", "date")],
    "next": [node(f"n{number}") for number in range(8)],
    "broader": [node(f"n{number}") for number in range(12)],
}
"""Predicate → the objects that it has."""


def awkward_quads(nodes: int = 40, seed: int = 7) -> list[Quad]:
    """Return quads of some nodes in three graphs; some triples stand in two of them."""
    choices = random.Random(seed)
    quads = set()
    for number in range(nodes):
        subject = node(f"n{number}")
        for predicate, values in VALUES.items():
            for _ in range(choices.choice([0, 1, 1, 2])):
                graph = node(f"graph{choices.randint(1, 3)}")
                quads.add(Quad(subject, node(predicate), choices.choice(values), graph))
    for quad in sorted(quads, key=str)[::15]:
        quads.add(Quad(quad.subject, quad.predicate, quad.object, node("graph1")))
    return sorted(quads, key=str)
