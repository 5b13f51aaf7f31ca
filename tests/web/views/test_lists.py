"""Lists of a kind: parts that join, and letters that lead to the first name that begins so."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from many_findings import FINDINGS, SYSTEMS, site_of_many_findings

from nosograph.rdf.iris import noso
from nosograph.vocabulary.terms import FACT_KIND
from nosograph.web.views.overview import PAGE_LENGTH, list_of_kind, statuses
from nosograph.web.views.site import Site


@pytest.fixture(scope="module")
def crowded() -> Site:
    """Return a site with more findings than a page lists."""
    return site_of_many_findings()


def test_each_letter_leads_to_its_first_name(crowded: Site) -> None:
    """The page of the address has an entry with the anchor, and no entry before it begins with the letter."""
    number = FINDINGS + 2 * SYSTEMS
    letters = list_of_kind(crowded.reader(), crowded.documents, "finding", number, 1).letters

    assert [link.letter for link in letters] == sorted({link.letter for link in letters}) and len(letters) > 1
    for link in letters:
        address = urlsplit(link.href)
        rows = list_of_kind(
            crowded.reader(), crowded.documents, "finding", number, int(parse_qs(address.query)["page"][0])
        ).rows
        (at,) = [index for index, row in enumerate(rows) if row.anchor == address.fragment]
        assert rows[at].value.text[:1].upper() == link.letter
        assert not any(row.value.text[:1].upper() == link.letter for row in rows[:at])


def test_a_list_of_one_page_has_no_letters(crowded: Site) -> None:
    """Letters take space that a short list does not need."""
    found = list_of_kind(crowded.reader(), crowded.documents, "condition", PAGE_LENGTH, 1)

    assert found.letters == ()
    assert not any(row.anchor for row in found.rows)


def test_facts_are_narrowed_by_status(crowded: Site) -> None:
    """The list of facts leads to those of each status, which the pages of the statuses list."""
    found = statuses(crowded.addresses, {"affirmed": 3, "denied": 2, "contested": 0})

    assert [(figure.name, figure.number) for figure in found] == [("Affirmed", 3), ("Denied", 2)]
    assert found[0].href == "/concept/noso:affirmed?use=noso:status"
    used = {use.predicate: use for use in crowded.documents.uses(noso("affirmed"))}
    assert used[noso("status")].kind == FACT_KIND and used[noso("status")].total > FINDINGS
