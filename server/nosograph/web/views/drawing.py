"""The graph around a resource as a picture: which resources and statements are drawn, and which are put into groups.

Columns show what a resource is to the one in the centre, so that no line is needed to say it; the vocabulary says which
there are. How a box is framed tells the status of the fact that connects it with the centre; arrows are forms, causal
steps and what is said of resources whose neighbours a reader asked for, and how an arrow is drawn tells the status of
its fact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nosograph.rdf import iris
from nosograph.store.documents import DocumentFile
from nosograph.store.uses import EVERY_ENTRY, FoundUse, Way
from nosograph.vocabulary.terms import Role, Vocabulary
from nosograph.web.views.addresses import drawing_address, uses_address
from nosograph.web.views.condition import MOST_FACTS, OTHER, Condition, in_causal_order
from nosograph.web.views.drawing_groups import Grouper, count_statuses
from nosograph.web.views.drawing_key import KeyEntry, drawing_key
from nosograph.web.views.drawing_layout import MOST_IN_A_STACK, Arrow, Box, Column, Member, Placement, group_key, place
from nosograph.web.views.facts import Fact, Reader, Value
from nosograph.web.views.related import MOST_NAMING
from nosograph.web.views.uses import UseLister
from nosograph.web.views.wording import UNKNOWN_STATUS

MOST_IN_A_COLUMN: Final = MOST_IN_A_STACK
"""Boxes of single resources in one column at most; a picture with more is a hairball, so the rest stands in groups."""

MOST_ADDED: Final = 8
"""Neighbours of one resource that are added to one column as single ones at most."""

MOST_EXPANDED: Final = 12
"""Resources whose neighbours one drawing shows at most."""

_MOST_READ: Final = 200


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
    """

    centre: Value
    address: str
    expanded: tuple[str, ...]
    placement: Placement
    arrows: tuple[Arrow, ...]
    key: tuple[KeyEntry, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The resources in the picture."""
        return tuple(self.placement.boxes.values())


def draw(
    reader: Reader, documents: DocumentFile, centre: Value, condition: Condition | None, expanded: Sequence[str] = ()
) -> Drawing | None:
    """Return the picture around a resource, or None where there is nothing to see beside the resource itself.

    Args:
        reader: reads the graph.
        documents: knows what stands under what, and the lists that were made ahead.
        centre: the resource.
        condition: its view, for a resource that the site is about; others are drawn with all their neighbours.
        expanded: local names (``kind/name``) of resources of the picture whose neighbours are to be shown too, and of
            groups whose members are, in the order in which they were asked for; those that are not in the picture are
            passed over.
    """
    plan = _Plan(reader, documents, centre)
    if condition is not None:
        plan.add_condition(condition)
    else:
        plan.add_centre()
    opened = []
    for name in expanded[:MOST_EXPANDED]:
        iri = reader.addresses.base.iri + name
        if plan.open_group(iri):
            opened.append(name)
        elif iri != centre.iri and plan.holds(iri):
            plan.expand(reader.value(iri))
            opened.append(name)
    return plan.drawn(tuple(opened))


def centre_name(vocabulary: Vocabulary) -> str:
    """Return what one of the resources that the site is about is called."""
    return vocabulary.focus.label if vocabulary.focus else "resource"


class _Plan:
    """Collects what is drawn around a resource."""

    def __init__(self, reader: Reader, documents: DocumentFile, centre: Value) -> None:
        self._reader = reader
        self._documents = documents
        self._grouper = Grouper(reader, documents)
        self._vocabulary = reader.vocabulary
        self._centre = centre
        self._columns: dict[str, dict[str, Member]] = {column.iri: {} for column in reader.vocabulary.columns}
        self._headings = {column.iri: column.heading for column in reader.vocabulary.columns}
        self._links: dict[str, tuple[str, str, Fact]] = {}
        self._group_links: dict[tuple[str, str], tuple[str, str, str]] = {}
        self._parents: tuple[Value, ...] = ()

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
            fact for fact in facts if fact.predicate.iri in to_participants and self._column_of_kind(fact.object.kind)
        ]
        main, name = self._main_column(), centre_name(self._vocabulary)
        self._parents = condition.parents
        for parent in condition.parents:
            self._put(main, Member(parent, f"broader {name}", "affirmed"))
        self._put(main, Member(self._centre, f"this {name}", "focus"))
        for fact in facts:
            if fact.subject.iri == self._centre.iri:
                role = "form of it" if fact.predicate.iri in to_forms else fact.predicate.text
                self._put(self._column_of(fact.predicate.iri), Member(fact.object, role, fact.status.name, (fact,)))
        for fact in (*steps, *involved):
            for value in (fact.subject, fact.object):
                self._put(self._column_of_kind(value.kind), Member(value, "part of a causal step", "unknown", (fact,)))
        self._choose(condition, _causal_rank(steps))
        for fact in (*steps, *forms):
            self._links[fact.iri] = (fact.subject.iri, fact.object.iri, fact)
        for fact in involved:
            self._links[fact.iri] = (fact.object.iri, fact.subject.iri, fact)

    def add_centre(self) -> None:
        """Add a resource of another kind with its neighbours."""
        about, naming, uses = self._facts_of(self._centre)
        used = [*(fact.predicate.iri for fact in (*naming, *about)), *(use.predicate for use in uses)]
        columns = [self._column_of_kind(self._centre.kind), *map(self._column_of, used), self._main_column()]
        column = next(filter(None, columns), "")
        if self._vocabulary.focus:
            self._headings[self._main_column()] = self._vocabulary.focus.plural_name
        self._put(column, Member(self._centre, "the resource in the centre", "focus"))
        self.expand(self._centre)

    def expand(self, value: Value) -> None:
        """Add the neighbours of a resource, and the statements that connect them with it."""
        about, naming, uses = self._facts_of(value)
        known = [fact for fact in (*about, *naming) if fact.subject.iri != self._centre.iri or value == self._centre]
        found: dict[str, dict[str, Member]] = {}
        for fact in known:
            other = fact.object if fact.subject.iri == value.iri else fact.subject
            column = self._column_beside(fact, other)
            if column in self._columns and other.iri and not self.holds(other.iri):
                _gather(found.setdefault(column, {}), _linked(value, other, fact))
        for column, members in found.items():
            ranked = self._ranked(members.values(), Counter())
            for member in self._fitting(ranked, MOST_ADDED, value.href):
                self._put(column, member)
                if member.group:
                    fact = member.group.members[0].facts[0]
                    self._link_group(member, value, fact.predicate.iri, outward=fact.subject.iri == value.iri)
        for use in uses:
            lister = UseLister(
                self._reader, self._documents, value.iri, uses_address(self._reader.addresses, value.iri)
            )
            hrefs = {name: lister.address_of(use, name) for name in ("", *use.statuses)}
            subjects = [entry.described for entry in self._documents.used(use, EVERY_ENTRY, 1)[0]]
            for member in self._grouper.of_use(use, hrefs):
                for subject in subjects:
                    self._put(self._column_of_neighbour(self._reader.addresses.kind(subject) or ""), member)
                self._link_group(member, value, use.predicate, outward=False)
        for fact in known:
            self._links.setdefault(fact.iri, (fact.subject.iri, fact.object.iri, fact))

    def _link_group(self, member: Member, value: Value, predicate: str, *, outward: bool) -> None:
        """Add an arrow that tells what a group is to a resource; ``outward`` where it leads to the group."""
        assert member.group is not None
        ends = (value.iri, member.key) if outward else (member.key, value.iri)
        phrase = self._vocabulary.predicate(predicate, self._reader.value(predicate).text).phrase
        first, second = (value.text, member.group.noun) if outward else (member.group.noun, value.text)
        self._group_links[ends] = (member.status, f"{first}: {phrase} {second}", member.group.href)

    def open_group(self, iri: str) -> bool:
        """Add the members of the group under a broad resource below it; return whether there is such a group."""
        key = group_key(iri)
        column = next((name for name, members in self._columns.items() if key in members), None)
        if column is None:
            return False
        box = self._columns[column][key]
        assert box.group is not None
        facts = [self._reader.fact(fact) for fact in box.group.facts[:_MOST_READ]]
        known = [*box.group.members, *(_linked(fact.object, fact.subject, fact) for fact in facts)]
        ranked = self._ranked((member for member in known if not self.holds(member.value.iri)), Counter())
        shown, further = ranked[:MOST_IN_A_COLUMN], ranked[MOST_IN_A_COLUMN:]
        left = Counter(dict(box.group.statuses)) - count_statuses(known) + count_statuses(further)
        added = [*shown, *self._grouper.further(left, further, box.group.href)]
        members = self._columns[column]
        position = list(members).index(key) + 1
        ordered = [*list(members.values())[:position], *added, *list(members.values())[position:]]
        self._columns[column] = {member.key: member for member in ordered}
        for fact in facts:
            self._links.setdefault(fact.iri, (fact.subject.iri, fact.object.iri, fact))
        return True

    def drawn(self, opened: tuple[str, ...]) -> Drawing | None:
        """Return the picture, or None where it has one box alone."""
        if sum(map(len, self._columns.values())) < 2:
            return None
        placement = place(
            Column(self._headings[name], tuple(self._addressed(member, opened) for member in members.values()))
            for name, members in self._columns.items()
        )
        arrows = [
            placement.arrow(
                start, end, fact.status.name, f"{fact.subject.text} {fact.phrase} {fact.object.text}", fact.href
            )
            for start, end, fact in self._links.values()
        ]
        arrows += [placement.arrow(*ends, *told) for ends, told in self._group_links.items()]
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
            key=drawing_key(self._centre.text, placement, shown, opened=bool(opened)),
        )

    def _put(self, column: str, member: Member) -> None:
        """Put a resource into a column unless it is in one already, or the vocabulary has no such column."""
        if column in self._columns and (member.value.iri or member.group):
            holding = [members for members in self._columns.values() if member.key in members]
            members = holding[0] if holding else self._columns[column]
            if member.group and member.key in members:
                members[member.key] = self._grouper.merged(members[member.key], member)
            else:
                _gather(members, member)

    def _addressed(self, member: Member, opened: Sequence[str]) -> Member:
        """Return a member with the address of the drawing around it, or for a group of this one with its members."""
        addresses, iri = self._reader.addresses, member.value.iri
        drawing, name = drawing_address(addresses, iri), addresses.local(iri) or ""
        if member.group and drawing:
            names = ",".join([other for other in opened if other != name] + ([] if name in opened else [name]))
            around = drawing_address(addresses, self._centre.iri)
            return replace(member, name=name, drawing=f"{around}?with={names}" if names else around)
        return replace(member, name=name, drawing=drawing) if drawing else member

    def _choose(self, condition: Condition, order: dict[str, int]) -> None:
        """Put what is too much for a column into groups, and what stays into causal order but for the forms."""
        uses: Counter[str] = Counter()
        for fact in condition.shown:
            uses.update({fact.subject.iri, fact.object.iri})
        main = self._main_column()
        for name, members in self._columns.items():
            fitting = list(members.values())
            if len(members) > MOST_IN_A_COLUMN:
                ranked = self._ranked(members.values(), uses)
                fitting = self._fitting(ranked, MOST_IN_A_COLUMN, self._list_of(ranked[-1]), order)
                positions = {key: position for position, key in enumerate(members)}
                fitting.sort(key=lambda member: positions.get(member.key, len(positions)))
            fitting.sort(key=lambda member: order.get(member.key, -1) if name != main else 0)
            self._columns[name] = {member.key: member for member in fitting}

    def _fitting(self, ranked: Sequence[Member], most: int, href: str, linked: Container[str] = ()) -> list[Member]:
        """Return members as they are where they are few enough, else those told of most, and the others in groups.

        Args:
            ranked: the members, those first of which most is told.
            most: how many may be drawn as single ones.
            href: where all of them are listed.
            linked: those that an arrow connects with others, which stay out of groups.
        """
        if len(ranked) <= most:
            return list(ranked)
        alone = [member for member in ranked if self._stands_alone(member) or member.value.iri in linked][:most]
        grouped = self._grouper.by_broad([member for member in ranked if member not in alone], href)
        if grouped:
            return [*alone, *grouped]
        left = ranked[most:]
        further = self._grouper.further(count_statuses(left), left, href)
        return [*ranked[:most], *further]

    def _stands_alone(self, member: Member) -> bool:
        """Return whether a member is the centre, directly broader than it, or disputed."""
        disputed = any(fact.status.name == "contested" for fact in member.facts)
        return disputed or member.status == "focus" or member.value in self._parents

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
                not self._stands_alone(member),
                -len({item.source.iri for item in evidence}),
                -len(evidence),
                -sum(len(item.qualifiers) + len(item.cites) for item in evidence),
                -uses[iri],
                member.value.text.casefold(),
                iri,
            )

        return sorted(members, key=told)

    def _facts_of(self, value: Value) -> tuple[Sequence[Fact], Sequence[Fact], list[FoundUse]]:
        """Return the facts about a resource and those that name it; where these are very many, the uses they make."""
        about = self._reader.facts_about(value.iri, MOST_FACTS)
        if len(self._reader.triples.subjects(iris.RDF_OBJECT, value.iri, MOST_NAMING + 1)) <= MOST_NAMING:
            return about, self._reader.facts_naming(value.iri, MOST_NAMING), []
        return about, (), [use for use in self._documents.uses(value.iri) if use.way is Way.OBJECT]

    def _main_column(self) -> str:
        """Return the column in which a resource that the site is about stands: that of its forms, else the first."""
        vocabulary = self._vocabulary
        columns = [vocabulary.predicate(iri).column for iri in sorted(vocabulary.with_role(Role.FORM))]
        return next(iter([*filter(None, columns), *(column.iri for column in vocabulary.columns)]), "")

    def _column_of(self, predicate: str) -> str:
        return self._vocabulary.predicate(predicate).column

    def _column_of_kind(self, kind: str) -> str:
        entry = self._vocabulary.by_kind.get(kind)
        return entry.column if entry else ""

    def _column_beside(self, fact: Fact, other: Value) -> str:
        """Return the column of a neighbour: what the predicate makes of it, else what its kind is drawn as."""
        if other.iri == fact.object.iri and (column := self._column_of(fact.predicate.iri)):
            return column
        return self._column_of_neighbour(other.kind)

    def _column_of_neighbour(self, kind: str) -> str:
        focus = self._vocabulary.focus
        return self._main_column() if focus and kind == focus.kind else self._column_of_kind(kind)

    def _list_of(self, member: Member) -> str:
        """Return the address of the section that has the facts of a member."""
        wanted = {self._vocabulary.predicate(fact.predicate.iri).section for fact in member.facts}
        anchors = [section.anchor for section in self._vocabulary.sections if section.iri in wanted]
        return f"{self._centre.href}#{next(iter(anchors), OTHER.anchor)}"


def _linked(value: Value, other: Value, fact: Fact) -> Member:
    """Return a neighbour of a resource, which an arrow connects with it."""
    return Member(other, f"linked with {value.text}", UNKNOWN_STATUS.name, (fact,))


def _gather(members: dict[str, Member], member: Member) -> None:
    """Add a member; one that is there already keeps what it is, and rests on the facts of both."""
    there = members.setdefault(member.key, member)
    if there is not member:
        members[member.key] = replace(there, facts=(*there.facts, *member.facts))


def _causal_rank(steps: Iterable[Fact]) -> dict[str, int]:
    rank: dict[str, int] = {}
    for fact in in_causal_order(tuple(steps)):
        rank.setdefault(fact.subject.iri, len(rank))
        rank[fact.object.iri] = max(rank.get(fact.object.iri, 0), rank[fact.subject.iri] + 1)
    return rank
