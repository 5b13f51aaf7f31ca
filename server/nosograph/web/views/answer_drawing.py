"""The graph that a query makes, as a picture: boxes in columns along its arrows, computed on the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad

from nosograph.store.reader import LABELS
from nosograph.web.views.drawing import break_lines
from nosograph.web.views.facts import Reader, Value

MOST_BOXES: Final = 40
"""Boxes in one picture at most; a picture with more is a hairball, and the table has the rest."""

_MOST_IN_A_COLUMN: Final = 12
_LONGEST: Final = 60
_WIDTH: Final = 166
_GAP: Final = 130
_LINE: Final = 16
_PADDING: Final = 9
_ROOM: Final = 18
_MARGIN: Final = 10


@dataclass(frozen=True)
class Node:
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
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: int


def draw_triples(triples: Iterable[Quad], reader: Reader) -> AnswerDrawing | None:
    """Return the picture of some triples, or None where there is none to draw.

    A triple that only says the label of a box is not drawn. Boxes are taken in the order of the triples.
    """
    drawn = [triple for triple in triples if triple.predicate.value not in LABELS]
    keys: dict[str, Value] = {}
    links: list[tuple[str, str, str]] = []
    for triple in drawn:
        ends = (str(triple.subject), str(triple.object))
        if len(keys.keys() | set(ends)) > MOST_BOXES:
            continue
        for key, term in zip(ends, (triple.subject, triple.object), strict=True):
            keys.setdefault(key, reader.value(term))
        links.append((ends[0], reader.value(triple.predicate).text, ends[1]))
    if not links:
        return None
    nodes, width, height = _place(_columns(keys, links), keys)
    edges = tuple(_edge(keys, nodes, link) for link in links)
    return AnswerDrawing(width, height, tuple(nodes.values()), edges, len(drawn) - len(links))


def _columns(keys: Iterable[str], links: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    """Return the boxes in columns: each behind what points to it, as far as arrows in a circle allow it."""
    pointing: dict[str, list[str]] = {key: [] for key in keys}
    for start, _, end in links:
        if start != end:
            pointing[end].append(start)
    column: dict[str, int] = {}
    waiting = list(pointing)
    while waiting:
        ready = [key for key in waiting if all(start in column for start in pointing[key])] or waiting[:1]
        placed = {
            key: max((column[start] + 1 for start in pointing[key] if start in column), default=0) for key in ready
        }
        column |= placed
        waiting = [key for key in waiting if key not in placed]
    found: list[list[str]] = [[] for _ in range(max(column.values()) + 1)]
    for key, place in column.items():
        found[place].append(key)
    return [part for members in found for part in _split(members)]


def _split(members: list[str]) -> Iterable[list[str]]:
    for start in range(0, len(members), _MOST_IN_A_COLUMN):
        yield members[start : start + _MOST_IN_A_COLUMN]


def _place(columns: Iterable[list[str]], values: Mapping[str, Value]) -> tuple[dict[str, Node], float, float]:
    nodes: dict[str, Node] = {}
    x, lowest = float(_MARGIN), 0.0
    for members in columns:
        y = float(_MARGIN)
        for key in members:
            value = values[key]
            text = value.text if len(value.text) <= _LONGEST else f"{value.text[:_LONGEST]}…"
            lines = break_lines(text)
            height = len(lines) * _LINE + 2 * _PADDING
            shown = tuple((y + _PADDING + _LINE * (number + 0.78), line) for number, line in enumerate(lines))
            nodes[key] = Node(value, shown, x, y, _WIDTH, height)
            y += height + _ROOM
        lowest = max(lowest, y)
        x += _WIDTH + _GAP
    return nodes, x - _GAP + _MARGIN, lowest - _ROOM + _MARGIN


def _edge(values: Mapping[str, Value], nodes: Mapping[str, Node], link: tuple[str, str, str]) -> Edge:
    start, label, end = link
    one, other = nodes[start], nodes[end]
    y1, y2 = one.y + one.height / 2, other.y + other.height / 2
    forward = other.x > one.x
    x1 = one.x + one.width if forward else one.x
    x2 = other.x if forward else other.x + other.width
    if one.x == other.x:  # round the side of one column
        x1 = x2 = one.x + one.width
        y2 += 6
        bend = x1 + _GAP / 2
        path = f"M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2 + 7:g} {y2:g}"
    else:
        middle = (x1 + x2) / 2
        path = f"M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2 + (-7 if forward else 7):g} {y2:g}"
        bend = (x1 + x2) / 2 if abs(x2 - x1) <= _GAP else x2 + (-_GAP / 2 if forward else _GAP / 2)
    head = f"M{x2:g} {y2:g}l{-8 if forward else 8} -4v8z"
    words = f"{values[start].text} {label} {values[end].text}"
    near = 0.5 if abs(x2 - x1) <= _GAP else 0.85
    return Edge(words, label, path, head, bend, y1 + (y2 - y1) * near - 4)
