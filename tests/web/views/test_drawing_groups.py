"""The drawing of what very much is said of: groups with their numbers, which open, and nothing that is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from many_findings import (
    COMMON,
    CONDITION,
    CONDITIONS,
    FINDINGS,
    SYSTEMS,
    site_of_many_conditions,
    site_of_many_findings,
)

from nosograph.rdf.names import DEFAULT_BASE
from nosograph.web.html.drawing_pages import page_of_drawing
from nosograph.web.views.condition import condition_view
from nosograph.web.views.drawing import MOST_IN_A_COLUMN, Drawing, draw
from nosograph.web.views.drawing_groups import MIXED, Grouper
from nosograph.web.views.drawing_layout import Member
from nosograph.web.views.site import Site

SYSTEM = "finding/CODE_121"


@pytest.fixture(scope="module")
def crowded_site() -> Site:
    """Return the site of a condition with many findings."""
    return site_of_many_findings()


DENIED = {False: CONDITIONS // 2, True: 10}
"""How many conditions are denied to have the finding: as many as have it, where the two numbers must stay apart."""


@pytest.fixture(scope="module", params=[False, True], ids=["flat", "below-broad-ones"])
def broad(request: pytest.FixtureRequest) -> bool:
    """Return whether the conditions stand below broad ones."""
    return bool(request.param)


@pytest.fixture(scope="module")
def common_site(broad: bool) -> Site:
    """Return the site of a finding that many conditions have."""
    return site_of_many_conditions(broad, DENIED[broad])


def drawn(site: Site, iri: str, *expanded: str) -> Drawing:
    """Return the drawing around a resource of a site."""
    reader = site.reader()
    condition = condition_view(reader, iri) if "/condition/" in iri else None
    drawing = draw(reader, site.documents, reader.value(iri), condition, expanded)
    assert drawing is not None
    return drawing


def groups(drawing: Drawing) -> dict[str, Member]:
    """Return the groups of a drawing by their labels."""
    return {box.member.value.text: box.member for box in drawing.boxes if box.member.group}


def numbers(members: Iterator[Member]) -> int:
    """Return how many resources stand in groups."""
    return sum(number for member in members if member.group for _, number in member.group.statuses)


def test_two_hundred_findings_are_drawn_as_body_systems_with_their_numbers(crowded_site: Site) -> None:
    """Every finding is in one group or a box of its own, and the largest system comes first."""
    drawing = drawn(crowded_site, CONDITION)

    found = groups(drawing)
    alone = [box for box in drawing.boxes if not box.member.group and box.member.status != "focus"]
    assert len(drawing.boxes) <= 1 + SYSTEMS
    assert numbers(iter(found.values())) + len(alone) == FINDINGS
    assert next(iter(found)) == "abnormality of organ system 0"
    assert found["abnormality of organ system 0"].role.endswith(" findings: affirmed")


def test_a_group_opens_in_the_drawing_and_closes_again(crowded_site: Site) -> None:
    """Its address adds its members below it, with the number of those that did not fit, and then leads back."""
    closed = drawn(crowded_site, CONDITION)
    before = next(box.member for box in closed.boxes if box.member.value.iri.endswith(SYSTEM))
    opened = drawn(crowded_site, CONDITION, SYSTEM)
    after = next(box.member for box in opened.boxes if box.member.value.iri.endswith(SYSTEM))

    assert before.drawing == f"{closed.address}?with={SYSTEM}"
    assert after.drawing == closed.address
    assert opened.expanded == (SYSTEM,)
    assert before.group is not None
    added = len(opened.boxes) - len(closed.boxes)
    assert added == min(len(before.group.members), MOST_IN_A_COLUMN)


def test_a_large_group_opens_with_what_did_not_fit_as_a_number(crowded_site: Site) -> None:
    """What is shown and what is only counted are together what the group had."""
    largest = "finding/CODE_100"
    closed, opened = drawn(crowded_site, CONDITION), drawn(crowded_site, CONDITION, largest)

    (more,) = groups(opened).keys() - groups(closed).keys()
    had = groups(closed)["abnormality of organ system 0"].group
    assert had is not None
    assert more == f"{len(had.members) - MOST_IN_A_COLUMN} more"


def test_no_column_is_higher_than_a_screen_or_two(crowded_site: Site) -> None:
    """Groups stand in stacks beside each other, apart and inside the picture."""
    placement = drawn(crowded_site, CONDITION).placement

    boxes = list(placement.boxes.values())
    assert placement.height < 1300
    for box in boxes:
        assert box.x + box.width <= placement.width and box.y + box.height <= placement.height
        for other in boxes:
            apart = box.x != other.x or box.y + box.height <= other.y or other.y + other.height <= box.y
            assert other is box or apart


def test_a_finding_of_many_conditions_is_drawn_with_their_numbers(common_site: Site, broad: bool) -> None:
    """All of them are counted by status, whether they stand below broad conditions or not; none is a box of its own."""
    drawing = drawn(common_site, DEFAULT_BASE + COMMON)

    found = [box.member for box in drawing.boxes if box.member.group]
    statuses: dict[str, int] = {}
    for member in found:
        assert member.group is not None
        for name, number in member.group.statuses:
            statuses[name] = statuses.get(name, 0) + number
    assert statuses == {"affirmed": CONDITIONS - DENIED[broad], "denied": DENIED[broad]}
    assert len(drawing.boxes) == 1 + len(found) == 1 + len(drawing.arrows)
    assert all(arrow.words.endswith(": has phenotype common finding") for arrow in drawing.arrows)
    assert 2 <= len(found) <= 4


def test_a_group_of_conditions_opens_with_an_arrow_to_each(common_site: Site) -> None:
    """The first of them are read then, and the statement that connects each with the finding is drawn."""
    name = "condition/CODE_3001"
    closed, opened = (drawn(common_site, DEFAULT_BASE + COMMON, *names) for names in ((), (name,)))

    if any(member.value.iri.endswith(name) for member in groups(closed).values()):
        assert len(opened.arrows) == len(closed.arrows) + MOST_IN_A_COLUMN
    else:
        assert opened == closed


def test_groups_of_two_resources_under_one_broad_resource_are_one(crowded_site: Site) -> None:
    """Where two resources are shown with their neighbours, what both have counts once."""
    box = next(box.member for box in drawn(crowded_site, CONDITION).boxes if box.member.value.iri.endswith(SYSTEM))
    assert box.group is not None
    half = replace(box, group=replace(box.group, members=box.group.members[:-1]))

    merged = Grouper(crowded_site.reader(), crowded_site.documents).merged(half, box)

    assert (merged.value, merged.role, merged.group) == (box.value, box.role, box.group)


def test_the_page_of_a_crowded_drawing_tells_the_groups_in_words(crowded_site: Site, common_site: Site) -> None:
    """The table below the picture has the same groups and numbers, and links them; no script is needed."""
    for site, iri in ((crowded_site, CONDITION), (common_site, DEFAULT_BASE + COMMON)):
        page = page_of_drawing(site, "condition" if iri == CONDITION else "finding", iri, ())
        assert page is not None
        table = page.partition("The drawing as a table")[2]
        for member in groups(drawn(site, iri)).values():
            assert member.group is not None
            assert f">{member.group.noun}<span" in table
            statuses = ", ".join(member.group.told) if member.status == MIXED else member.status
            assert f"<td>{statuses}</td>" in table
