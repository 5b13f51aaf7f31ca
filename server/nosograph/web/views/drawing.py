"""The graph of a condition as a picture: positions of boxes and lines, computed on the server.

Columns show what a resource is to the condition, so that no line is needed to say it; the vocabulary says which there
are. How a box is framed tells the status of the fact that connects it with the condition; arrows
are forms and causal steps, and how an arrow is drawn tells the status of its fact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nosograph.vocabulary.terms import DrawingColumn, Role, Vocabulary
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


@dataclass(frozen=True)
class Box:
    """A resource in the picture.

    Attributes:
        identifier: a short name for the script.
        value: the resource.
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
        boxes: the resources.
        arrows: the facts between them.
        left_out: number of resources that did not fit.
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
    columns: dict[str, dict[str, _Member]]

    def put(self, column: str, value: Value, role: str, status: str) -> None:
        """Put a resource into a column unless it is in one already, or the vocabulary has no such column."""
        if column in self.columns and value.iri and not any(value.iri in members for members in self.columns.values()):
            self.columns[column][value.iri] = _Member(value, role, status)


def draw(vocabulary: Vocabulary, focus: Value, condition: Condition) -> Drawing | None:
    """Return the picture of a condition, or None where there is nothing to see beside the condition itself."""
    facts = condition.facts
    by_role = {role: _of(facts, vocabulary.with_role(role)) for role in (Role.STEP, Role.PARTICIPANT, Role.FORM)}
    steps = [fact for fact in by_role[Role.STEP] if fact.subject.iri and fact.object.iri]
    involved = [fact for fact in by_role[Role.PARTICIPANT] if _column_of_kind(vocabulary, fact.object)]
    plan = _plan(vocabulary, focus, condition, [*steps, *involved])
    main = _main_column(vocabulary)
    left_out = 0
    order = _causal_rank(steps)
    for name, members in plan.columns.items():
        ranked = sorted(members.items(), key=lambda item: order.get(item[0], -1) if name != main else 0)
        left_out += max(len(ranked) - MOST_IN_A_COLUMN, 0)
        plan.columns[name] = dict(ranked[:MOST_IN_A_COLUMN])
    if sum(map(len, plan.columns.values())) < 2:
        return None
    boxes, bands, width, height = _place(plan, vocabulary.columns)
    arrows = [*_arrows(steps, boxes), *_arrows(involved, boxes, reverse=True), *_arrows(by_role[Role.FORM], boxes)]
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


def _plan(vocabulary: Vocabulary, focus: Value, condition: Condition, links: Iterable[Fact]) -> _Plan:
    plan = _Plan({column.iri: {} for column in vocabulary.columns})
    main, forms = _main_column(vocabulary), vocabulary.with_role(Role.FORM)
    for parent in condition.parents:
        plan.put(main, parent, f"broader {focus_label(vocabulary)}", "affirmed")
    plan.put(main, focus, f"this {focus_label(vocabulary)}", "focus")
    for fact in condition.facts:
        if fact.subject.iri == focus.iri:
            role = "form of it" if fact.predicate.iri in forms else fact.predicate.text
            plan.put(vocabulary.predicate(fact.predicate.iri).column, fact.object, role, fact.status.name)
    for fact in links:
        for value in (fact.subject, fact.object):
            plan.put(_column_of_kind(vocabulary, value), value, "part of a causal step", "unknown")
    return plan


def focus_label(vocabulary: Vocabulary) -> str:
    """Return what one of the resources that the site is about is called."""
    return vocabulary.focus.label if vocabulary.focus else "resource"


def _main_column(vocabulary: Vocabulary) -> str:
    """Return the column in which the resource itself stands: that of its forms, else the first."""
    columns = [vocabulary.predicate(iri).column for iri in sorted(vocabulary.with_role(Role.FORM))]
    return next(iter([*filter(None, columns), *(column.iri for column in vocabulary.columns)]), "")


def _column_of_kind(vocabulary: Vocabulary, value: Value) -> str:
    entry = vocabulary.by_kind.get(value.kind)
    return entry.column if entry else ""


def _of(facts: Iterable[Fact], predicates: frozenset[str]) -> list[Fact]:
    return [fact for fact in facts if fact.predicate.iri in predicates]


def _causal_rank(steps: Iterable[Fact]) -> dict[str, int]:
    rank: dict[str, int] = {}
    for fact in in_causal_order(tuple(steps)):
        rank.setdefault(fact.subject.iri, len(rank))
        rank[fact.object.iri] = max(rank.get(fact.object.iri, 0), rank[fact.subject.iri] + 1)
    return rank


def _place(
    plan: _Plan, columns: Iterable[DrawingColumn]
) -> tuple[dict[str, Box], tuple[tuple[float, str], ...], float, float]:
    boxes: dict[str, Box] = {}
    bands = []
    x = float(_MARGIN)
    height = 0.0
    for column in columns:
        members = plan.columns[column.iri]
        if not members:
            continue
        bands.append((x + _WIDTH / 2, column.heading))
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
                    f"{fact.subject.text} {fact.phrase} {fact.object.text}",
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
