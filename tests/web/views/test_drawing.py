"""The drawing around a resource: what is drawn, what a reader adds to it, what every style means, what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_site import AMBER

from nosograph.rdf.names import DEFAULT_BASE
from nosograph.store.documents import DocumentFile
from nosograph.web.views.condition import Condition
from nosograph.web.views.drawing import MOST_EXPANDED, MOST_IN_A_COLUMN, Drawing, draw
from nosograph.web.views.drawing_layout import break_lines
from nosograph.web.views.facts import Fact, Reader

SYMPTOM, CONTESTED = 2, 3


def symptoms(amber: Condition, reader: Reader, number: int) -> Condition:
    """Return a condition with nothing but many symptoms, whose labels are in the order of the alphabet."""
    fact = reader.fact(f"{DEFAULT_BASE}fact/{SYMPTOM:016x}")
    crowd = tuple(
        replace(
            fact,
            iri=f"urn:{n}",
            object=replace(fact.object, iri=f"urn:f{n:03}", text=f"symptom {n:03}"),
            evidence=fact.evidence[:1],
        )
        for n in range(number)
    )
    section = next(part for part in amber.sections if part.anchor == "symptoms")
    return replace(
        amber, parents=(), sections=(replace(section, groups=(replace(section.groups[0], facts=crowd),)),), named_by=()
    )


def with_fact(condition: Condition, position: int, fact: Fact) -> Condition:
    """Return a condition of one section with another fact at a position."""
    section = condition.sections[0]
    facts = list(section.groups[0].facts)
    facts[position] = fact
    return replace(condition, sections=(replace(section, groups=(replace(section.groups[0], facts=tuple(facts)),)),))


def drawn(
    reader: Reader,
    documents: DocumentFile,
    condition: Condition | None,
    iri: str = AMBER,
    expanded: tuple[str, ...] = (),
) -> Drawing:
    """Return the drawing around a resource, which has to be there."""
    drawing = draw(reader, documents, reader.value(iri), condition, expanded)
    assert drawing is not None
    return drawing


def names(drawing: Drawing) -> set[str]:
    """Return what the boxes of a drawing are called."""
    return {box.member.value.text for box in drawing.boxes}


def test_the_drawing_tells_status_by_box_and_arrow(reader: Reader, documents: DocumentFile, amber: Condition) -> None:
    """Boxes carry the status of their fact, arrows that of theirs."""
    drawing = drawn(reader, documents, amber)

    boxes = {box.member.value.text: box.member.status for box in drawing.boxes}
    assert boxes["amber fever"] == "focus"
    assert boxes["sea air"] == "hypothesised"
    assert boxes["storage of resin"] == "unknown"
    assert ("storage of resin leads to amber nails", "affirmed") in {(a.words, a.status) for a in drawing.arrows}
    assert len(drawing.arrows) == 2


@pytest.mark.parametrize("expanded", [(), ("finding/amber-nails",), ("mechanism/resin-storage", "factor/sea-air")])
def test_boxes_of_the_drawing_do_not_overlap_or_leave_it(
    reader: Reader, documents: DocumentFile, amber: Condition, expanded: tuple[str, ...]
) -> None:
    """Every box lies inside the picture and apart from the others."""
    drawing = drawn(reader, documents, amber, expanded=expanded)

    for box in drawing.boxes:
        assert box.x >= 0 and box.x + box.width <= drawing.placement.width
        assert box.y >= 0 and box.y + box.height <= drawing.placement.height
        for other in drawing.boxes:
            apart = box.x != other.x or box.y + box.height <= other.y or other.y + other.height <= box.y
            assert other is box or apart


def test_a_crowded_drawing_says_how_many_more_there_are_and_where(
    reader: Reader, documents: DocumentFile, amber: Condition
) -> None:
    """A column takes a bounded number of single boxes; the rest is one box with its number, and links the section."""
    drawing = drawn(reader, documents, symptoms(amber, reader, MOST_IN_A_COLUMN + 5))

    (group,) = [box.member for box in drawing.boxes if box.member.group]
    assert group.group is not None
    assert (group.value.text, group.role, group.status) == ("5 more", "5 resources: affirmed", "affirmed")
    assert group.group.href == "/condition/amber-fever.html#symptoms"
    assert len(drawing.boxes) == 1 + MOST_IN_A_COLUMN + 1


@pytest.mark.parametrize("reason", ["disputed", "sources", "evidence", "detail"])
def test_what_is_most_told_is_drawn_before_the_alphabet(
    reader: Reader, documents: DocumentFile, amber: Condition, reason: str
) -> None:
    """A disputed fact, and one of more documents, passages or details, is drawn, whatever its label begins with."""
    crowded = symptoms(amber, reader, MOST_IN_A_COLUMN + 5)
    last = crowded.sections[0].groups[0].facts[-1]
    piece = last.evidence[0]
    other = replace(piece, source=replace(piece.source, iri="urn:another"))
    contested = reader.fact(f"{DEFAULT_BASE}fact/{CONTESTED:016x}").status
    changed = {
        "disputed": replace(last, status=contested),
        "sources": replace(last, evidence=(piece, other)),
        "evidence": replace(last, evidence=(*last.evidence, replace(piece, iri="urn:evidence"))),
        "detail": replace(last, evidence=(replace(piece, cites=(piece.source,)),)),
    }[reason]

    drawing = drawn(reader, documents, with_fact(crowded, -1, changed))

    assert last.object.text not in names(drawn(reader, documents, crowded))
    assert last.object.text in names(drawing)


def test_neighbours_of_a_box_are_added_below_what_is_there(
    reader: Reader, documents: DocumentFile, amber: Condition
) -> None:
    """Whoever asks for the neighbours of a box finds every box where it was, the new ones, and arrows to them."""
    before = drawn(reader, documents, amber)
    after = drawn(reader, documents, amber, expanded=("condition/coastal-amber-fever",))

    assert names(before) < names(after)
    assert after.expanded == ("condition/coastal-amber-fever",)
    old = {box.member.value.iri: box.y for box in before.boxes}
    assert {iri: after.placement.boxes[iri].y for iri in old} == old
    added = {box.identifier for box in after.boxes if box.member.value.iri not in old}
    assert added <= {end for arrow in after.arrows for end in (arrow.start, arrow.end)}


def test_a_resource_that_is_not_drawn_is_not_expanded(
    reader: Reader, documents: DocumentFile, amber: Condition
) -> None:
    """Only boxes of the picture have neighbours to show, and not more of them than its bound."""
    many = tuple(f"finding/unknown-{number}" for number in range(MOST_EXPANDED + 1))

    assert drawn(reader, documents, amber, expanded=many).expanded == ()


def test_every_style_is_in_the_key(reader: Reader, documents: DocumentFile, amber: Condition) -> None:
    """Each style of a box and of a line has its entry, and no entry is for a style that is not there."""
    for drawing in (
        drawn(reader, documents, amber),
        drawn(reader, documents, amber, expanded=("condition/coastal-amber-fever",)),
    ):
        boxes = {box.member.status for box in drawing.boxes} | ({"expanded"} if drawing.expanded else set())

        assert {entry.style for entry in drawing.key if entry.box} == boxes
        assert {entry.style for entry in drawing.key if entry.line} == {arrow.status for arrow in drawing.arrows}


def test_a_resource_of_any_kind_is_drawn_with_what_names_it(reader: Reader, documents: DocumentFile) -> None:
    """The neighbours of a finding are the resources that have it and what leads to it, each with its arrow."""
    iri = f"{DEFAULT_BASE}finding/amber-nails"
    drawing = drawn(reader, documents, None, iri)

    assert {"amber fever", "storage of resin", "amber nails"} <= names(drawing)
    assert drawing.address == "/finding/amber-nails/drawing"
    assert "Conditions" in {heading for _, heading in drawing.placement.bands}
    assert all(box.member.drawing.endswith("/drawing") for box in drawing.boxes)


def test_a_condition_with_nothing_around_it_has_no_drawing(
    reader: Reader, documents: DocumentFile, amber: Condition
) -> None:
    """A picture of a single box says nothing."""
    assert draw(reader, documents, reader.value(AMBER), replace(amber, sections=(), parents=())) is None


@pytest.mark.parametrize("text", ["", "one", "a" * 300, "many words " * 30])
def test_labels_in_the_drawing_fit_their_box(text: str) -> None:
    """However long a label is, it has few lines of bounded length."""
    lines = break_lines(text)

    assert 1 <= len(lines) <= 3
    assert all(len(line) <= 20 for line in lines)
