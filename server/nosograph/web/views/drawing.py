"""The graph around a resource as a picture: which resources and statements are drawn, and what is left out.

Columns show what a resource is to the one in the centre, so that no line is needed to say it; the vocabulary says which
there are. How a box is framed tells the status of the fact that connects it with the centre; arrows are forms, causal
steps and what is said of resources whose neighbours a reader asked for, and how an arrow is drawn tells the status of
its fact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nosograph.vocabulary.terms import Role, Vocabulary
from nosograph.web.views.addresses import drawing_address
from nosograph.web.views.condition import OTHER, Condition, in_causal_order
from nosograph.web.views.drawing_layout import Arrow, Box, Column, Member, Placement, place
from nosograph.web.views.facts import Fact, Reader, Value
from nosograph.web.views.wording import STATUSES, UNKNOWN_STATUS

MOST_IN_A_COLUMN: Final = 14
"""Boxes in one column at most; a picture with more is a hairball, and the tables have the rest."""

MOST_ADDED: Final = 8
"""Neighbours of one resource that are added to one column at most."""

MOST_EXPANDED: Final = 12
"""Resources whose neighbours one drawing shows at most."""

_MOST_READ: Final = 200


@dataclass(frozen=True)
class KeyEntry:
    """A style of the drawing with its meaning.

    Attributes:
        style: name of the style: a status, ``focus`` or ``expanded``.
        words: what it means.
        box: whether a box has it.
        line: whether a line has it.
    """

    style: str
    words: str
    box: bool
    line: bool


@dataclass(frozen=True)
class LeftOut:
    """Resources that are not drawn: how many of how many, what they have in common, and the page that has them all.

    Attributes:
        number: how many are left out.
        total: of how many.
        more: whether there are still more, which were not read.
        words: what they have in common.
        href: where all of them are listed.
    """

    number: int
    total: int
    more: bool
    words: str
    href: str


@dataclass(frozen=True)
class Drawing:
    """The picture.

    Attributes:
        centre: the resource in its centre.
        address: the address of the picture alone.
        expanded: local names (``kind/name``) of the resources whose neighbours are shown as well.
        placement: boxes and their columns.
        arrows: the statements between them.
        key: what each style of box and line means, for those that are in the picture.
        left_out: what did not fit.
    """

    centre: Value
    address: str
    expanded: tuple[str, ...]
    placement: Placement
    arrows: tuple[Arrow, ...]
    key: tuple[KeyEntry, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The resources in the picture."""
        return tuple(self.placement.boxes.values())


def draw(reader: Reader, centre: Value, condition: Condition | None, expanded: Sequence[str] = ()) -> Drawing | None:
    """Return the picture around a resource, or None where there is nothing to see beside the resource itself.

    Args:
        reader: reads the graph.
        centre: the resource.
        condition: its view, for a resource that the site is about; others are drawn with all their neighbours.
        expanded: local names (``kind/name``) of resources of the picture whose neighbours are to be shown too, in the
            order in which they were asked for; those that are not in the picture are passed over.
    """
    plan = _Plan(reader, centre)
    if condition is not None:
        plan.add_condition(condition)
    else:
        plan.add_centre()
    opened = []
    for name in expanded[:MOST_EXPANDED]:
        iri = reader.addresses.base.iri + name
        if iri != centre.iri and plan.holds(iri):
            plan.expand(reader.value(iri))
            opened.append(name)
    return plan.drawn(tuple(opened))


def centre_name(vocabulary: Vocabulary) -> str:
    """Return what one of the resources that the site is about is called."""
    return vocabulary.focus.label if vocabulary.focus else "resource"


class _Plan:
    """Collects what is drawn around a resource."""

    def __init__(self, reader: Reader, centre: Value) -> None:
        self._reader = reader
        self._vocabulary = reader.vocabulary
        self._centre = centre
        self._columns: dict[str, dict[str, Member]] = {column.iri: {} for column in reader.vocabulary.columns}
        self._headings = {column.iri: column.heading for column in reader.vocabulary.columns}
        self._links: dict[str, tuple[str, str, Fact]] = {}
        self._parents: tuple[Value, ...] = ()
        self._cut: list[tuple[list[Member], int, bool, str, str]] = []

    def holds(self, iri: str) -> bool:
        """Return whether a resource is in the picture."""
        return any(iri in members for members in self._columns.values())

    def add_condition(self, condition: Condition) -> None:
        """Add a resource that the site is about: what is said of it in columns, forms and causal steps as arrows."""
        facts, with_role = condition.facts, self._vocabulary.with_role
        to_forms, to_effects, to_participants = map(with_role, (Role.FORM, Role.STEP, Role.PARTICIPANT))
        forms = [fact for fact in facts if fact.predicate.iri in to_forms]
        steps = [fact for fact in facts if fact.predicate.iri in to_effects and fact.subject.iri and fact.object.iri]
        involved = [
            fact for fact in facts if fact.predicate.iri in to_participants and self._column_of_kind(fact.object)
        ]
        main, name = self._main_column(), centre_name(self._vocabulary)
        self._parents = condition.parents
        for parent in condition.parents:
            self._put(main, Member(parent, f"broader {name}", "affirmed"))
        self._put(main, Member(self._centre, f"this {name}", "focus"))
        for fact in facts:
            if fact.subject.iri == self._centre.iri:
                role = "form of it" if fact.predicate.iri in to_forms else fact.predicate.text
                self._put(self._column_of(fact.predicate), Member(fact.object, role, fact.status.name, (fact,)))
        for fact in (*steps, *involved):
            for value in (fact.subject, fact.object):
                self._put(self._column_of_kind(value), Member(value, "part of a causal step", "unknown", (fact,)))
        self._choose(condition, _causal_rank(steps))
        for fact in (*steps, *forms):
            self._links[fact.iri] = (fact.subject.iri, fact.object.iri, fact)
        for fact in involved:
            self._links[fact.iri] = (fact.object.iri, fact.subject.iri, fact)

    def add_centre(self) -> None:
        """Add a resource of another kind with its neighbours."""
        about, naming, _ = self._facts_of(self._centre)
        column = next(
            filter(
                None,
                [
                    self._column_of_kind(self._centre),
                    *(self._column_of(fact.predicate) for fact in (*naming, *about)),
                    self._main_column(),
                ],
            ),
            "",
        )
        if self._vocabulary.focus:
            self._headings[self._main_column()] = self._vocabulary.focus.plural_name
        self._put(column, Member(self._centre, "the resource in the centre", "focus"))
        self.expand(self._centre)

    def expand(self, value: Value) -> None:
        """Add the neighbours of a resource, and the statements that connect them with it."""
        about, naming, more = self._facts_of(value)
        known = [fact for fact in (*about, *naming) if fact.subject.iri != self._centre.iri or value == self._centre]
        found: dict[str, dict[str, Member]] = {}
        for fact in known:
            other = fact.object if fact.subject.iri == value.iri else fact.subject
            column = self._column_beside(fact, other)
            if column in self._columns and other.iri and not self.holds(other.iri):
                role = f"linked with {value.text}"
                _gather(found.setdefault(column, {}), Member(other, role, "unknown", (fact,)))
        for column, members in found.items():
            ranked = self._ranked(members.values(), Counter())
            for member in ranked[:MOST_ADDED]:
                self._put(column, member)
            if len(ranked) > MOST_ADDED or more:
                left, words = ranked[MOST_ADDED:], f"linked with {value.text}"
                self._cut.append((left, len(ranked), more, f"{self._headings[column]} {words}", value.href))
        for fact in known:
            self._links.setdefault(fact.iri, (fact.subject.iri, fact.object.iri, fact))

    def drawn(self, opened: tuple[str, ...]) -> Drawing | None:
        """Return the picture, or None where it has one box alone."""
        if sum(map(len, self._columns.values())) < 2:
            return None
        placement = place(
            Column(self._headings[name], tuple(map(self._addressed, members.values())))
            for name, members in self._columns.items()
        )
        arrows = [
            placement.arrow(
                start, end, fact.status.name, f"{fact.subject.text} {fact.phrase} {fact.object.text}", fact.href
            )
            for start, end, fact in self._links.values()
        ]
        arrows += [
            placement.arrow(parent.iri, self._centre.iri, "affirmed", f"{parent.text} has the form {text}", "")
            for text in [self._centre.text]
            for parent in self._parents
            if not any(link[:2] == (parent.iri, self._centre.iri) for link in self._links.values())
        ]
        shown = tuple(arrow for arrow in arrows if arrow is not None)
        return Drawing(
            centre=self._centre,
            address=drawing_address(self._reader.addresses, self._centre.iri),
            expanded=opened,
            placement=placement,
            arrows=shown,
            key=self._key(placement, shown, bool(opened)),
            left_out=tuple(self._left_out()),
        )

    def _put(self, column: str, member: Member) -> None:
        """Put a resource into a column unless it is in one already, or the vocabulary has no such column."""
        if column in self._columns and member.value.iri:
            holding = [members for members in self._columns.values() if member.value.iri in members]
            _gather(holding[0] if holding else self._columns[column], member)

    def _addressed(self, member: Member) -> Member:
        """Return a member with the address of the drawing around it, where there is one."""
        addresses, iri = self._reader.addresses, member.value.iri
        drawing = drawing_address(addresses, iri)
        return replace(member, name=addresses.local(iri) or "", drawing=drawing) if drawing else member

    def _choose(self, condition: Condition, order: dict[str, int]) -> None:
        """Keep the members of each column that are told of most, in causal order but for the forms."""
        uses: Counter[str] = Counter()
        for fact in condition.shown:
            uses.update({fact.subject.iri, fact.object.iri})
        main = self._main_column()
        for name, members in self._columns.items():
            left: list[Member] = []
            if len(members) > MOST_IN_A_COLUMN:
                kept = self._ranked(members.values(), uses)
                left, kept = kept[MOST_IN_A_COLUMN:], kept[:MOST_IN_A_COLUMN]
                chosen = {member.value.iri for member in kept}
                self._cut.append((left, len(members), False, self._headings[name], self._list_of(left[0])))
                members = {iri: member for iri, member in members.items() if iri in chosen}
            ranked = sorted(members.items(), key=lambda item: order.get(item[0], -1) if name != main else 0)
            self._columns[name] = dict(ranked)

    def _ranked(self, members: Iterable[Member], uses: Counter[str]) -> list[Member]:
        """Return members with those first of which most is told.

        First the centre and what is broader, then what is disputed, then by the documents and the pieces of evidence
        behind them, by how much these add (frequency, onset, references of their own …), and by how many statements of
        the page name them.
        """

        def told(member: Member) -> tuple[bool, bool, int, int, int, int, str, str]:
            iri, evidence = member.value.iri, [item for fact in member.facts for item in fact.evidence]
            return (
                member.status != "focus" and member.value not in self._parents,
                not any(fact.status.name == "contested" for fact in member.facts),
                -len({item.source.iri for item in evidence}),
                -len(evidence),
                -sum(len(item.qualifiers) + len(item.cites) for item in evidence),
                -uses[iri],
                member.value.text.casefold(),
                iri,
            )

        return sorted(members, key=told)

    def _left_out(self) -> Iterable[LeftOut]:
        for members, total, more, words, href in self._cut:
            number = sum(not self.holds(member.value.iri) for member in members)
            if number or more:
                yield LeftOut(number, total, more, words, href)

    def _key(self, placement: Placement, arrows: Sequence[Arrow], opened: bool) -> tuple[KeyEntry, ...]:
        boxes = {box.member.status for box in placement.boxes.values()}
        lines = {arrow.status for arrow in arrows}
        words = {status.name: status.word for status in STATUSES.values()}
        entries = [KeyEntry("focus", self._centre.text, box=True, line=False)]
        entries += [KeyEntry(name, text, name in boxes, name in lines) for name, text in words.items()]
        unknown = UNKNOWN_STATUS.name
        entries.append(KeyEntry(unknown, "linked by an arrow", unknown in boxes, line=False))
        entries.append(KeyEntry(unknown, UNKNOWN_STATUS.word, box=False, line=unknown in lines))
        entries.append(KeyEntry("expanded", "shown with its neighbours", box=opened, line=False))
        return tuple(entry for entry in entries if entry.box or entry.line)

    def _facts_of(self, value: Value) -> tuple[list[Fact], list[Fact], bool]:
        """Return the facts about a resource and those that name it, and whether there are more."""
        about = self._reader.facts_about(value.iri, _MOST_READ + 1)
        naming = self._reader.facts_naming(value.iri, _MOST_READ + 1)
        more = len(about) > _MOST_READ or len(naming) > _MOST_READ
        return list(about[:_MOST_READ]), list(naming[:_MOST_READ]), more

    def _main_column(self) -> str:
        """Return the column in which a resource that the site is about stands: that of its forms, else the first."""
        vocabulary = self._vocabulary
        columns = [vocabulary.predicate(iri).column for iri in sorted(vocabulary.with_role(Role.FORM))]
        return next(iter([*filter(None, columns), *(column.iri for column in vocabulary.columns)]), "")

    def _column_of(self, predicate: Value) -> str:
        return self._vocabulary.predicate(predicate.iri).column

    def _column_of_kind(self, value: Value) -> str:
        entry = self._vocabulary.by_kind.get(value.kind)
        return entry.column if entry else ""

    def _column_beside(self, fact: Fact, other: Value) -> str:
        """Return the column of a neighbour: what the predicate makes of it, else what its kind is drawn as."""
        focus = self._vocabulary.focus
        if other.iri == fact.object.iri and (column := self._column_of(fact.predicate)):
            return column
        return self._main_column() if focus and other.kind == focus.kind else self._column_of_kind(other)

    def _list_of(self, member: Member) -> str:
        """Return the address of the section that has the facts of a member."""
        wanted = {self._vocabulary.predicate(fact.predicate.iri).section for fact in member.facts}
        anchors = [section.anchor for section in self._vocabulary.sections if section.iri in wanted]
        return f"{self._centre.href}#{next(iter(anchors), OTHER.anchor)}"


def _gather(members: dict[str, Member], member: Member) -> None:
    """Add a member; one that is there already keeps what it is, and rests on the facts of both."""
    there = members.setdefault(member.value.iri, member)
    if there is not member:
        members[member.value.iri] = replace(there, facts=(*there.facts, *member.facts))


def _causal_rank(steps: Iterable[Fact]) -> dict[str, int]:
    rank: dict[str, int] = {}
    for fact in in_causal_order(tuple(steps)):
        rank.setdefault(fact.subject.iri, len(rank))
        rank[fact.object.iri] = max(rank.get(fact.object.iri, 0), rank[fact.subject.iri] + 1)
    return rank
