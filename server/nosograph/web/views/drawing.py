"""The graph of a condition as a picture: places of boxes and lines, worked out on the server.

Columns stand for what a thing is to the condition, so that no line is needed to say it: forms, causes, mechanisms,
findings, treatments. How a box is framed tells the status of the fact that connects it with the condition; arrows
are forms and causal steps, and how an arrow is drawn tells the status of its fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from nosograph.rdf import iris
from nosograph.web.views.condition import Condition, in_causal_order
from nosograph.web.views.facts import Fact, Value

MOST_IN_A_COLUMN: Final = 14
"""Boxes in one column at most; a picture with more is a hairball, and the lists have the rest."""

_WIDTH: Final = 166
_GAP: Final = 46
_LINE: Final = 16
_PADDING: Final = 9
_ROOM: Final = 14
_TOP: Final = 34
_MARGIN: Final = 10
_LINE_LENGTH: Final = 20
_MOST_LINES: Final = 3

_COLUMNS: Final = (
    ("forms", "Forms"),
    ("causes", "Causes"),
    ("mechanisms", "Mechanism"),
    ("findings", "Findings"),
    ("treatments", "Treatments"),
)
_COLUMN_OF: Final = {
    "hasCausalFactor": "causes",
    "hasMechanism": "mechanisms",
    "hasSymptom": "findings",
    "hasMainSymptom": "findings",
    "hasComplication": "findings",
    "hasTreatment": "treatments",
}
_COLUMN_OF_KIND: Final = {"mechanism": "mechanisms", "finding": "findings", "factor": "causes"}


@dataclass(frozen=True)
class Box:
    """A thing in the picture.

    Attributes:
        identifier: a short name for the script.
        value: the thing.
        role: what it is to the condition, in words.
        status: name of the status of the fact that says so, or ``focus`` for the condition itself.
        lines: the label broken into lines, with the vertical position of each.
        x: left edge.
        y: upper edge.
        width: width.
        height: height.
    """

    identifier: str
    value: Value
    role: str
    status: str
    lines: tuple[tuple[float, str], ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Arrow:
    """A fact between two boxes: its path and the triangle at its end, as SVG writes them."""

    start: str
    end: str
    status: str
    words: str
    path: str
    head: str
    href: str


@dataclass(frozen=True)
class Drawing:
    """The picture.

    Attributes:
        width: width of the view box.
        height: height of the view box.
        bands: heading of each column with its horizontal middle.
        boxes: the things.
        arrows: the facts between them.
        left_out: number of things that did not fit.
        sentences: what the picture shows, in words, with the status of each.
    """

    width: float
    height: float
    bands: tuple[tuple[float, str], ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    left_out: int
    sentences: tuple[tuple[str, str], ...]


@dataclass
class _Member:
    value: Value
    role: str
    status: str


@dataclass
class _Plan:
    columns: dict[str, dict[str, _Member]] = field(default_factory=lambda: {name: {} for name, _ in _COLUMNS})

    def put(self, column: str, value: Value, role: str, status: str) -> None:
        """Put a thing into a column unless it is in one already."""
        if value.iri and not any(value.iri in members for members in self.columns.values()):
            self.columns[column][value.iri] = _Member(value, role, status)


def draw(focus: Value, condition: Condition) -> Drawing | None:
    """Return the picture of a condition, or None where there is nothing to see beside the condition itself."""
    facts = condition.facts
    steps = [fact for fact in facts if fact.predicate.iri == iris.LEADS_TO and fact.subject.iri and fact.object.iri]
    involved = [fact for fact in facts if _local(fact) == "involves" and fact.object.kind == "factor"]
    plan = _plan(focus, condition, facts, [*steps, *involved])
    left_out = 0
    order = _causal_rank(steps)
    for name, members in plan.columns.items():
        ranked = sorted(members.items(), key=lambda item: order.get(item[0], -1) if name != "forms" else 0)
        left_out += max(len(ranked) - MOST_IN_A_COLUMN, 0)
        plan.columns[name] = dict(ranked[:MOST_IN_A_COLUMN])
    if sum(map(len, plan.columns.values())) < 2:
        return None
    boxes, bands, width, height = _place(plan)
    forms = [fact for fact in facts if fact.predicate.iri == iris.HAS_SUBTYPE]
    arrows = [*_arrows(steps, boxes), *_arrows(involved, boxes, reverse=True), *_arrows(forms, boxes)]
    arrows += _from_parents(condition.parents, focus, boxes)
    return Drawing(
        width=width,
        height=height,
        bands=bands,
        boxes=tuple(boxes.values()),
        arrows=tuple(arrows),
        left_out=left_out,
        sentences=_sentences(boxes.values(), arrows),
    )


def _plan(focus: Value, condition: Condition, facts: Sequence[Fact], links: Iterable[Fact]) -> _Plan:
    plan = _Plan()
    for parent in condition.parents:
        plan.put("forms", parent, "broader condition", "affirmed")
    plan.put("forms", focus, "this condition", "focus")
    for fact in facts:
        if fact.subject.iri != focus.iri:
            continue
        if fact.predicate.iri == iris.HAS_SUBTYPE:
            plan.put("forms", fact.object, "form of it", fact.status.name)
        elif _local(fact) in _COLUMN_OF:
            plan.put(_COLUMN_OF[_local(fact)], fact.object, fact.predicate.text, fact.status.name)
    for fact in links:
        for value in (fact.subject, fact.object):
            if value.kind in _COLUMN_OF_KIND:
                plan.put(_COLUMN_OF_KIND[value.kind], value, "part of a causal step", "unknown")
    return plan


def _causal_rank(steps: Iterable[Fact]) -> dict[str, int]:
    rank: dict[str, int] = {}
    for fact in in_causal_order(tuple(steps)):
        rank.setdefault(fact.subject.iri, len(rank))
        rank[fact.object.iri] = max(rank.get(fact.object.iri, 0), rank[fact.subject.iri] + 1)
    return rank


def _place(plan: _Plan) -> tuple[dict[str, Box], tuple[tuple[float, str], ...], float, float]:
    boxes: dict[str, Box] = {}
    bands = []
    x = float(_MARGIN)
    height = 0.0
    for name, heading in _COLUMNS:
        members = plan.columns[name]
        if not members:
            continue
        bands.append((x + _WIDTH / 2, heading))
        y = float(_TOP)
        for iri, member in members.items():
            lines = break_lines(member.value.text)
            tall = len(lines) * _LINE + 2 * _PADDING
            placed = tuple((y + _PADDING + _LINE * (index + 0.78), line) for index, line in enumerate(lines))
            boxes[iri] = Box(f"n{len(boxes)}", member.value, member.role, member.status, placed, x, y, _WIDTH, tall)
            y += tall + _ROOM
        height = max(height, y)
        x += _WIDTH + _GAP
    return boxes, tuple(bands), x - _GAP + _MARGIN + 26, height + _MARGIN


def break_lines(text: str) -> list[str]:
    """Return a label as lines that fit into a box; a longer one ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        while len(word) > _LINE_LENGTH:
            lines.append(word[: _LINE_LENGTH - 1] + "-")
            word = word[_LINE_LENGTH - 1 :]
        if lines and len(lines[-1]) + 1 + len(word) <= _LINE_LENGTH:
            lines[-1] += " " + word
        else:
            lines.append(word)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], lines[_MOST_LINES - 1][: _LINE_LENGTH - 1] + "…"]
    return lines or [""]


def _arrows(facts: Iterable[Fact], boxes: dict[str, Box], *, reverse: bool = False) -> list[Arrow]:
    found = []
    for fact in facts:
        start, end = (fact.object, fact.subject) if reverse else (fact.subject, fact.object)
        if start.iri in boxes and end.iri in boxes and start.iri != end.iri:
            path, head = _path(boxes[start.iri], boxes[end.iri])
            found.append(
                Arrow(
                    boxes[start.iri].identifier,
                    boxes[end.iri].identifier,
                    fact.status.name,
                    f"{fact.subject.text} {fact.predicate.text} {fact.object.text}",
                    path,
                    head,
                    fact.href,
                )
            )
    return found


def _from_parents(parents: Iterable[Value], focus: Value, boxes: dict[str, Box]) -> list[Arrow]:
    found = []
    for parent in parents:
        if parent.iri in boxes:
            path, head = _path(boxes[parent.iri], boxes[focus.iri])
            words = f"{parent.text} has the form {focus.text}"
            found.append(
                Arrow(boxes[parent.iri].identifier, boxes[focus.iri].identifier, "affirmed", words, path, head, "")
            )
    return found


def _path(start: Box, end: Box) -> tuple[str, str]:
    """Return a curve from one box to another: across to another column, or round the side within one."""
    y1, y2 = start.y + start.height / 2, end.y + end.height / 2
    if start.x == end.x:
        side = start.x + start.width
        bulge = min(16 + abs(y2 - y1) * 0.12, _GAP - 8)
        y2 += -5 if y2 > y1 else 5
        path = f"M{side:g} {y1:g}C{side + bulge:g} {y1:g} {side + bulge:g} {y2:g} {side + 7:g} {y2:g}"
        return path, f"M{side:g} {y2:g}l8 -4v8z"
    forward = end.x > start.x
    x1 = start.x + start.width if forward else start.x
    x2 = end.x if forward else end.x + end.width
    tip = -7 if forward else 7
    middle = (x1 + x2) / 2
    path = f"M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2 + tip:g} {y2:g}"
    return path, f"M{x2:g} {y2:g}l{-8 if forward else 8} -4v8z"


def _sentences(boxes: Iterable[Box], arrows: Iterable[Arrow]) -> tuple[tuple[str, str], ...]:
    resources = [(f"{box.value.text}: {box.role}", box.status) for box in boxes if box.status != "focus"]
    return (*resources, *((arrow.words, arrow.status) for arrow in arrows))


def _local(fact: Fact) -> str:
    return fact.predicate.iri.removeprefix(iris.noso(""))
