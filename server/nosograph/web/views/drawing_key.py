"""The key of a drawing: what each style of its boxes and lines means, for those that are in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nosograph.web.views.drawing_groups import MIXED
from nosograph.web.views.drawing_layout import Arrow, Placement
from nosograph.web.views.wording import STATUSES, UNKNOWN_STATUS


@dataclass(frozen=True)
class KeyEntry:
    """A style of the drawing with its meaning.

    Attributes:
        style: name of the style: a status, ``focus``, ``group``, ``mixed`` or ``expanded``.
        words: what it means.
        box: whether a box has it.
        line: whether a line has it.
    """

    style: str
    words: str
    box: bool
    line: bool


def drawing_key(centre: str, placement: Placement, arrows: Sequence[Arrow], *, opened: bool) -> tuple[KeyEntry, ...]:
    """Return the key of a drawing.

    Args:
        centre: what the resource in its centre is called.
        placement: its boxes.
        arrows: its arrows.
        opened: whether a box is shown with its neighbours or members.
    """
    boxes = {box.member.status for box in placement.boxes.values()}
    groups = any(box.member.group for box in placement.boxes.values())
    lines = {arrow.status for arrow in arrows}
    unknown = UNKNOWN_STATUS.name
    entries = (
        KeyEntry("focus", centre, box=True, line=False),
        *(
            KeyEntry(status.name, status.word, status.name in boxes, status.name in lines)
            for status in STATUSES.values()
        ),
        KeyEntry(unknown, "linked by an arrow", unknown in boxes, line=False),
        KeyEntry(unknown, UNKNOWN_STATUS.word, box=False, line=unknown in lines),
        KeyEntry("group", "several together, with their number", groups, line=False),
        KeyEntry(MIXED, "of several statuses", MIXED in boxes, MIXED in lines),
        KeyEntry("expanded", "shown with its neighbours or members", opened, line=False),
    )
    return tuple(entry for entry in entries if entry.box or entry.line)
