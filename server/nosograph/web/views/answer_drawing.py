"""The graph that a query makes, as a picture: boxes in columns along its arrows, computed on the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad

from nosograph.store.reader import LABELS
from nosograph.web.views.drawing_layout import break_lines
from nosograph.web.views.facts import Reader, Value

MOST_BOXES: Final = 30
"""Boxes in one picture at most; a picture with more is a hairball, and the table has the rest."""

_LONGEST: Final = 60
_LABEL: Final = 22
_WIDTH: Final = 166
_GAP: Final = 130
_LINE: Final = 16
_PADDING: Final = 9
_ROOM: Final = 18
_MARGIN: Final = 10


@dataclass(frozen=True)
class AnswerBox:
    """A subject or an object in the picture: what it is, its label in lines, and where its box is."""

    value: Value
    lines: tuple[tuple[float, str], ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Edge:
    """A triple between two boxes: its words, its curve and the triangle at its end, and where its label stands."""

    words: str
    label: str
    path: str
    head: str
    x: float
    y: float


@dataclass(frozen=True)
class AnswerDrawing:
    """The picture.

    Attributes:
        width: width of the view box.
        height: height of the view box.
        nodes: the boxes.
        edges: the triples between them.
        left_out: number of triples that are not drawn, labels of the boxes aside.
    """

    width: float
    height: float
    nodes: tuple[AnswerBox, ...]
    edges: tuple[Edge, ...]
    left_out: int


def draw_triples(triples: Iterable[Quad], reader: Reader) -> AnswerDrawing | None:
    """Return the picture of some triples, or None where there is none to draw.

    A triple that only says the label of a box is not drawn. Boxes are taken in the order of the triples.
    """
    drawn = [triple for triple in triples if triple.predicate.value not in LABELS]
    values: dict[str, Value] = {}
    links: dict[tuple[str, str], list[str]] = {}
    left_out = 0
    for triple in drawn:
        ends = (str(triple.subject), str(triple.object))
        if len(values.keys() | set(ends)) > MOST_BOXES:
            left_out += 1
            continue
        for key, term in zip(ends, (triple.subject, triple.object), strict=True):
            values.setdefault(key, reader.value(term))
        links.setdefault(ends, []).append(reader.value(triple.predicate).text)
    if not links:
        return None
    nodes, width, height = _place(_columns(values, links), values)
    edges = tuple(_edge(values, nodes, ends, labels) for ends, labels in links.items())
    return AnswerDrawing(width, height, tuple(nodes.values()), edges, left_out)


def _columns(keys: Iterable[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the boxes in columns: each behind what points to it, as far as arrows in a circle allow it."""
    pointing: dict[str, list[str]] = {key: [] for key in keys}
    for start, end in links:
        if start != end:
            pointing[end].append(start)
    columns: list[list[str]] = []
    placed: set[str] = set()
    while len(placed) < len(pointing):
        waiting = [key for key in pointing if key not in placed]
        columns.append([key for key in waiting if placed.issuperset(pointing[key])] or waiting[:1])
        placed.update(columns[-1])
    return columns


def _place(columns: Sequence[list[str]], values: Mapping[str, Value]) -> tuple[dict[str, AnswerBox], float, float]:
    """Return the boxes, each column in the middle of the height, and width and height of the picture."""
    lines = {
        key: break_lines(value.text if len(value.text) <= _LONGEST else f"{value.text[:_LONGEST]}…")
        for key, value in values.items()
    }
    heights = {key: len(lines[key]) * _LINE + 2 * _PADDING for key in values}
    tall = [sum(heights[key] + _ROOM for key in column) - _ROOM for column in columns]
    nodes: dict[str, AnswerBox] = {}
    for number, column in enumerate(columns):
        x = float(_MARGIN + number * (_WIDTH + _GAP))
        y = _MARGIN + (max(tall) - tall[number]) / 2
        for key in column:
            shown = tuple((y + _PADDING + _LINE * (place + 0.78), line) for place, line in enumerate(lines[key]))
            nodes[key] = AnswerBox(values[key], shown, x, y, _WIDTH, heights[key])
            y += heights[key] + _ROOM
    return nodes, len(columns) * (_WIDTH + _GAP) - _GAP + 2 * _MARGIN, max(tall) + 2 * _MARGIN


def _edge(
    values: Mapping[str, Value], nodes: Mapping[str, AnswerBox], ends: tuple[str, str], labels: Sequence[str]
) -> Edge:
    one, other = (nodes[end] for end in ends)
    forward = other.x > one.x
    y1, y2 = one.y + one.height / 2, other.y + other.height / 2
    x1 = one.x + one.width if forward else one.x
    x2 = other.x if forward else other.x + other.width
    bend = x2 + (-_GAP if forward else _GAP) / 2
    if one is other:  # round its side
        x1, x2, y1, y2 = one.x + one.width, one.x + one.width, y1 - 10, y2 + 10
        bend = x1 + _GAP / 2
    path = f"M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2 + (-7 if forward else 7):g} {y2:g}"
    head = f"M{x2:g} {y2:g}l{-8 if forward else 8} -4v8z"
    label = ", ".join(labels)
    words = "; ".join(f"{values[ends[0]].text} {label} {values[ends[1]].text}" for label in labels)
    return Edge(words, label if len(label) <= _LABEL else f"{label[:_LABEL]}…", path, head, bend, y2 - 5)
