"""Long tables in parts: by what stands directly below the broadest resource, with every row once."""

from __future__ import annotations

from collections import Counter

import pytest
from many_findings import CONDITION, FINDINGS, SHARED, site_of_many_findings
from small_site import AMBER, page

from nosograph.rdf.names import DEFAULT_BASE
from nosograph.web.views.condition import condition_view
from nosograph.web.views.site import Site
from nosograph.web.views.statement_tables import (
    REMAINING,
    FrequencyExtent,
    RowGroup,
    broad_groups,
    divide,
    frequency_extent,
    percent,
    statement_table,
)
from nosograph.web.views.summary import summary


@pytest.fixture(scope="module")
def crowded() -> Site:
    """Return a site with a condition of two hundred findings."""
    return site_of_many_findings()


@pytest.fixture(scope="module")
def group(crowded: Site) -> RowGroup:
    """Return the rows of its findings."""
    reader = crowded.reader()
    (section,) = condition_view(reader, CONDITION).sections
    broad = broad_groups(reader, crowded.documents, (section,))
    (group,) = statement_table(reader.vocabulary, section, CONDITION, broad).groups
    return group


def test_rows_stand_under_the_children_of_the_broadest_resource(group: RowGroup) -> None:
    """Every row is in one part, the parts with most rows first."""
    numbers = [len(part.rows) for part in group.parts]
    facts = Counter(row.fact.iri for part in group.parts for row in part.rows)

    assert all(part.heading.startswith("abnormality of organ system") for part in group.parts)
    assert numbers == sorted(numbers, reverse=True) and len(numbers) > 15
    assert len(facts) == FINDINGS and set(facts.values()) == {1}


def test_what_stands_under_several_counts_once_and_names_the_others(group: RowGroup) -> None:
    """It counts where it is nearest to the top, and its row names the other part."""
    (part, row) = next(
        (part, row) for part in group.parts for row in part.rows if row.fact.object.iri == DEFAULT_BASE + SHARED
    )

    assert part.heading == "abnormality of organ system 1"
    assert [value.text for value in row.also] == ["abnormality of organ system 0"]
    assert sum(bool(row.also) for row in group.rows) == 0
    assert sum(bool(row.also) for part in group.parts for row in part.rows) == 1


def test_within_a_part_the_most_frequent_stands_first(group: RowGroup) -> None:
    """Rows whose sources give no number come last."""
    shares = [[row.extent.greatest if row.extent else -1 for row in part.rows] for part in group.parts]

    assert all(found == sorted(found, reverse=True) for found in shares)


def test_a_share_is_told_in_per_cent(group: RowGroup) -> None:
    """A number that evidence gives and the extent of a named frequency fill the same column."""
    rows = {row.fact.object.text.rsplit(" ", 1)[1]: row for row in group.rows}

    assert [said.value.text for said in rows["5"].frequencies] == ["15 %"]
    assert rows["5"].extent == FrequencyExtent(0.15, 0.15)
    assert [said.value.text for said in rows["2"].frequencies] == ["frequent"]
    assert rows["2"].extent == FrequencyExtent(0.3, 0.79)
    assert [percent(share) for share in (0, 0.004, 0.125, 1)] == ["0", "0.4", "12.5", "100"]


def test_few_rows_and_rows_of_one_part_stay_whole(crowded: Site, group: RowGroup) -> None:
    """A short table has no parts, and neither has one whose rows all stand under the same."""
    reader = crowded.reader()
    sections = condition_view(reader, AMBER).sections

    assert broad_groups(reader, crowded.documents, sections) == {}
    assert divide(group.parts[0].rows, {}) == ()


def test_what_stands_in_no_hierarchy_comes_last(crowded: Site, group: RowGroup) -> None:
    """Rows without a broad resource are the last part, however many they are."""
    reader = crowded.reader()
    first = group.rows[0].fact.object.iri
    (known, others) = divide(group.rows, {first: (reader.value(first),)})

    assert len(known.rows) == 1
    assert (others.heading, len(others.rows)) == (REMAINING, FINDINGS - 1)


def test_the_page_has_every_row_behind_its_part(crowded: Site) -> None:
    """Rows are in the page, folded; their number stands beside the name of the part, and a bar beside the words."""
    html = page(crowded, "condition", "CODE_1")
    table = html.partition('<div class="divided" data-parts>')[2].partition("</div>")[0]

    assert table.count('<th scope="row">') == FINDINGS
    assert table.count("<summary>") == table.count("<table") > 15
    assert table.count('<svg class="often"') == FINDINGS
    assert 'also <a href="/finding/CODE_100.html">' in table


def test_extents_sort_as_text() -> None:
    """What a script sorts by is text in which a greater share stands later."""
    shares = (0.004, 0.04, 0.45, 0.5, 1)

    orders = [FrequencyExtent(0, share).order for share in shares]

    assert orders == sorted(orders, key=int) and len(set(map(len, orders))) == 1


def test_the_summary_begins_with_what_is_most_frequent(crowded: Site) -> None:
    """Of findings that are equally sure, a reader is told those first that most people have."""
    vocabulary = crowded.release.vocabulary
    (line,) = summary(vocabulary, condition_view(crowded.reader(), CONDITION), CONDITION)
    shares = [frequency_extent(vocabulary, fact) for fact in line.facts]

    assert len(shares) > 5
    assert {extent.greatest for extent in shares if extent} == {1.0} and all(shares)
