"""Positions of the boxes and lines of a drawing, in columns from left to right, as SVG writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nosograph.web.views.facts import Fact, Value

_WIDTH: Final = 166
_GAP: Final = 46
_LINE: Final = 16
_PADDING: Final = 9
_ROOM: Final = 14
_TOP: Final = 34
_MARGIN: Final = 10
_RIGHT: Final = 26
_LINE_LENGTH: Final = 20
_MOST_LINES: Final = 3

MOST_IN_A_STACK: Final = 14
"""Boxes one above the other at most; a column with more has several stacks beside each other."""


@dataclass(frozen=True)
class MemberGroup:
    """Several resources that are drawn as one box.

    Attributes:
        noun: how many there are, with what they are called.
        statuses: each status that some of them have, with how many do, in the order of the statuses.
        href: where they are listed.
        members: the resources, where they have been read.
        facts: else the facts that put them there.
    """

    noun: str
    statuses: tuple[tuple[str, int], ...]
    href: str
    members: tuple[Member, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """How many have each status, in words."""
        return tuple(f"{number:,} {name}" for name, number in self.statuses)


@dataclass(frozen=True)
class Member:
    """A resource that is to be drawn, or a group of them under the broad resource that they have in common.

    Attributes:
        value: the resource.
        role: what it is to the resource in the centre, in words.
        status: name of the status of the fact that connects it with the centre; ``focus`` for the centre itself, and
            ``unknown`` for what only an arrow connects.
        facts: the facts that put it there.
        name: its local name (``kind/name``), or empty for what the release has no page of.
        drawing: the address of the drawing around it, or empty; of a group, that of the drawing with its members.
        group: what is known of a group; None for a resource.
    """

    value: Value
    role: str
    status: str
    facts: tuple[Fact, ...] = ()
    name: str = ""
    drawing: str = ""
    group: MemberGroup | None = None

    @property
    def key(self) -> str:
        """What tells it from the other members of a drawing."""
        if self.group is None:
            return self.value.iri
        return group_key(self.value.iri or f"{self.value.text} in {self.group.href}")

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands below the label of a group: how many it has, and how many of them have each status."""
        if self.group is None:
            return ()
        if self.group.noun == self.value.text:
            return tuple(name for name, _ in self.group.statuses)
        return (self.group.noun, *(self.group.told if len(self.group.told) > 1 else ()))


@dataclass(frozen=True)
class Column:
    """A column of a drawing: its heading, and its members from top to bottom."""

    heading: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Box:
    """A resource in the picture.

    Attributes:
        identifier: a short name for the script.
        member: the resource with its role and status.
        lines: the label broken into lines, with the vertical position of each.
        notes: of a group, how many it has, in lines below the label.
        x: left edge.
        y: upper edge.
        width: width.
        height: height.
    """

    identifier: str
    member: Member
    lines: tuple[tuple[float, str], ...]
    notes: tuple[tuple[float, str], ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Arrow:
    """A statement between two boxes: its path and the triangle at its end, as SVG writes them."""

    start: str
    end: str
    status: str
    words: str
    path: str
    head: str
    href: str


@dataclass(frozen=True)
class Placement:
    """Boxes in their columns.

    Attributes:
        width: width of the view box.
        height: height of the view box.
        bands: heading of each column with its horizontal middle.
        boxes: the resources by their IRIs, and the groups by their keys.
    """

    width: float
    height: float
    bands: tuple[tuple[float, str], ...]
    boxes: Mapping[str, Box]

    def arrow(self, start: str, end: str, status: str, words: str, href: str) -> Arrow | None:
        """Return the arrow from one resource to another, or None where one of them is not in the picture."""
        if start not in self.boxes or end not in self.boxes or start == end:
            return None
        first, second = self.boxes[start], self.boxes[end]
        path, head = _path(first, second)
        return Arrow(first.identifier, second.identifier, status, words, path, head, href)


def group_key(name: str) -> str:
    """Return what tells a group from the other members of a drawing, by its broad resource or by what it has."""
    return f"group of {name}"


def place(columns: Iterable[Column]) -> Placement:
    """Return the members of some columns as boxes; a column without members takes no space, a long one the more."""
    boxes: dict[str, Box] = {}
    bands = []
    x = float(_MARGIN)
    height = 0.0
    for column in columns:
        if not column.members:
            continue
        stacks = -(-len(column.members) // MOST_IN_A_STACK)
        tall = -(-len(column.members) // stacks)
        bands.append((x + (stacks * (_WIDTH + _GAP) - _GAP) / 2, column.heading))
        for start in range(0, len(column.members), tall):
            y = float(_TOP)
            for member in column.members[start : start + tall]:
                boxes[member.key] = box = _box(f"n{len(boxes)}", member, x, y)
                y += box.height + _ROOM
            height = max(height, y)
            x += _WIDTH + _GAP
    return Placement(x - _GAP + _MARGIN + _RIGHT, height + _MARGIN, tuple(bands), boxes)


def _box(identifier: str, member: Member, x: float, y: float) -> Box:
    """Return the box of a member with its upper left corner."""
    label = break_lines(member.value.text)
    notes = [line for note in member.notes for line in break_lines(note)]
    placed = [(y + _PADDING + _LINE * (index + 0.78), line) for index, line in enumerate((*label, *notes))]
    tall = len(placed) * _LINE + 2 * _PADDING
    return Box(identifier, member, tuple(placed[: len(label)]), tuple(placed[len(label) :]), x, y, _WIDTH, tall)


def break_lines(text: str) -> Sequence[str]:
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
