"""Two resources side by side as values."""

from __future__ import annotations

from dataclasses import replace

from small_site import AMBER, COASTAL

from nosograph.rdf.names import DEFAULT_BASE
from nosograph.web.views.facts import Reader
from nosograph.web.views.side_by_side import Pair, SideBySide, side_by_side
from nosograph.web.views.wording import STATUSES


def pair(view: SideBySide, text: str) -> Pair:
    """Return the statement about a value."""
    (found,) = (entry for entry in view.pairs if text in (entry.fact.object.text, entry.fact.subject.text))
    return found


def test_what_a_broader_resource_passes_on_counts_as_said(reader: Reader) -> None:
    """A statement that the second inherits stands in one row with the first's, and names where it comes from."""
    nails = pair(side_by_side(reader, AMBER, COASTAL), "sea air")

    assert nails.first is not None and nails.second is not None
    assert nails.first.broader is None
    assert nails.second.broader is not None and nails.second.broader.iri == AMBER


def test_what_only_one_has_is_told_apart(reader: Reader) -> None:
    """A statement about one of the two leaves the other's cell empty."""
    view = side_by_side(reader, AMBER, COASTAL)
    thirst, rare = pair(view, "thirst for salt"), pair(view, "rare disease")

    assert (thirst.first, rare.second) == (None, None)
    assert view.both + view.only_first + view.only_second == len(view.pairs)
    assert min(view.both, view.only_first, view.only_second) > 0


def test_the_order_of_the_two_changes_nothing_but_the_columns(reader: Reader) -> None:
    """The same statements are compared, with first and second exchanged."""
    one, other = side_by_side(reader, AMBER, COASTAL), side_by_side(reader, COASTAL, AMBER)

    assert {entry.fact.iri for entry in one.pairs} == {entry.fact.iri for entry in other.pairs}
    assert (one.both, one.only_first, one.only_second) == (other.both, other.only_second, other.only_first)


def test_a_dispute_about_one_is_a_difference(reader: Reader) -> None:
    """A statement about both with another status differs; with the same status, or about one alone, it does not."""
    both = pair(side_by_side(reader, AMBER, COASTAL), "sea air")
    assert both.second is not None
    fact = replace(both.second.row.fact, status=STATUSES["contested"])
    disputed = replace(both.second, row=replace(both.second.row, fact=fact))

    assert not both.differs
    assert replace(both, second=disputed).differs
    assert not replace(both, first=None, second=disputed).differs


def test_resources_of_any_kind_are_compared_by_what_names_them(reader: Reader) -> None:
    """Findings have few facts of their own; what has them stands under the heading that their pages use."""
    nails, hands = (f"{DEFAULT_BASE}finding/{name}" for name in ("amber-nails", "cold-hands"))
    view = side_by_side(reader, nails, hands)

    (named,) = (section for section in view.sections if section.anchor == "named")
    assert "Conditions that have it as a symptom" in [group.heading for group in named.groups]
    assert {entry.tells for group in named.groups for entry in group.pairs} == {"subject"}
    assert view.both == 0 and view.only_first > 0 and view.only_second > 0
