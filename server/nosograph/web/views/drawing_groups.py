"""Groups of a drawing: what does not fit into a column as boxes of single resources stands in it as numbers.

Where the resources stand under broad ones, such as findings under body systems, each of these is a group; otherwise
the rest is one group, or where very many facts name a resource, each status is. So nothing is left out of a drawing,
however much is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nosograph.store.documents import LISTED, DocumentFile
from nosograph.store.uses import FoundUse, Selection
from nosograph.web.views.drawing_layout import Member, MemberGroup
from nosograph.web.views.facts import Reader, Value
from nosograph.web.views.statement_tables import REMAINING
from nosograph.web.views.wording import STATUSES, UNKNOWN_STATUS, counted

MOST_GROUPS: Final = 27
"""Groups of broad resources in one column at most; the members of the smallest stand together beyond that."""

MOST_COUNTED: Final = 20_000
"""Facts that name a resource up to which their subjects are sorted by broad resources; else each status is a group."""

MIXED: Final = "mixed"
"""Name of the style of a group whose members have several statuses."""


@dataclass(frozen=True)
class Grouper:
    """Puts the members of a column that has too many into groups.

    Attributes:
        reader: reads the labels of broad resources.
        documents: knows what stands under them, and the lists that were made ahead.
    """

    reader: Reader
    documents: DocumentFile

    def by_broad(self, members: Iterable[Member], href: str) -> list[Member]:
        """Return members as groups by the nearest broad resource, the largest first; one alone in its group as it is.

        Nothing is returned where that does not make them clearer: they are of one group, or of almost as many as
        they are.

        Args:
            members: the members.
            href: where all of them are listed.
        """
        by_iri = {member.value.iri: member for member in members}
        parts = ((broad, [by_iri[iri] for iri in iris]) for broad, iris in self._parts(by_iri))
        return [found[0] if len(found) == 1 else self._of_members(broad, found, href) for broad, found in parts]

    def further(self, statuses: Mapping[str, int], members: Sequence[Member], href: str) -> list[Member]:
        """Return one group of further resources; none where there are none.

        Args:
            statuses: how many have each status.
            members: those of them that have been read.
            href: where all of them are listed.
        """
        number = sum(statuses.values())
        noun = self._noun([member.value.iri for member in members], number)
        value = Value(f"{number:,} more", href=href)
        return [_as_member(value, noun, statuses, href, members=tuple(members))] if number else []

    def of_use(self, use: FoundUse, hrefs: Mapping[str, str]) -> list[Member]:
        """Return the subjects of very many facts that name a resource as groups.

        Args:
            use: the facts.
            hrefs: by status, where those with it are listed; by the empty name, where all of them are.
        """
        most = use.total if use.total <= MOST_COUNTED else 1
        entries = {name: self.documents.used(use, Selection(status=name), most)[0] for name in use.statuses}
        facts = {entry.described: (entry.iri, name) for name, found in entries.items() for entry in found}
        groups = []
        for broad, iris in self._parts(facts) if most > 1 else ():
            statuses = Counter(facts[iri][1] for iri in iris)
            found = tuple(facts[iri][0] for iri in iris)
            groups.append(_as_member(broad, self._noun(iris, len(iris)), statuses, hrefs[""], facts=found))
        if groups:
            return groups
        for name, found_entries in entries.items():
            number, href = use.statuses[name], hrefs[name]
            noun = self._noun([entry.described for entry in found_entries], number)
            groups.append(_as_member(Value(noun, href=href), noun, {name: number}, href))
        return groups

    def merged(self, one: Member, other: Member) -> Member:
        """Return two groups under the same broad resource as one; what is in both counts once."""
        assert one.group is not None
        assert other.group is not None
        members = tuple({member.key: member for member in (*one.group.members, *other.group.members)}.values())
        facts = tuple(dict.fromkeys((*one.group.facts, *other.group.facts)))
        unread = sum((Counter(dict(group.statuses)) for group in (one.group, other.group) if group.facts), Counter())
        statuses = count_statuses(members) + unread
        noun = self._noun([member.value.iri for member in members], statuses.total())
        return _as_member(one.value, noun, statuses, one.group.href, members=members, facts=facts)

    def _of_members(self, value: Value, members: Sequence[Member], href: str) -> Member:
        noun = self._noun([member.value.iri for member in members], len(members))
        return _as_member(value, noun, count_statuses(members), href, members=tuple(members))

    def _parts(self, iris: Iterable[str]) -> list[tuple[Value, list[str]]]:
        wanted = list(iris)
        found = self.documents.groups(wanted)
        broad = {above[0] for above in found.groups.values()}
        parts: dict[str, list[str]] = {}
        for iri in wanted:
            name = iri if iri in broad else next(iter(found.groups.get(iri, ())), "")
            parts.setdefault(name, []).append(iri)
        others = parts.pop("", [])
        if len(parts) < 2 or 2 * len(parts) > len(wanted):
            return []
        for name in parts:
            self.reader.triples.keep_parts(name, LISTED, found.lines[name])
        named = [(self.reader.value(name), members) for name, members in parts.items()]
        named.sort(key=lambda part: (-len(part[1]), part[0].text.casefold(), part[0].iri))
        others += [iri for _, members in named[MOST_GROUPS:] for iri in members]
        return [*named[:MOST_GROUPS], *([(Value(REMAINING), others)] if others else [])]

    def _noun(self, iris: Iterable[str], number: int) -> str:
        """Return a number with what the resources are called, where they are of one kind."""
        kinds = {self.reader.addresses.kind(iri) or "" for iri in iris}
        known = self.reader.vocabulary.by_kind.get(kinds.pop()) if len(kinds) == 1 else None
        return counted(number, known.label, known.plural) if known else counted(number, "resource")


def count_statuses(members: Iterable[Member]) -> Counter[str]:
    """Return how many members have each status: that of the first fact that put each there."""
    return Counter(member.facts[0].status.name if member.facts else member.status for member in members)


def _as_member(
    value: Value,
    noun: str,
    statuses: Mapping[str, int],
    href: str,
    *,
    members: tuple[Member, ...] = (),
    facts: tuple[str, ...] = (),
) -> Member:
    ordered = tuple((name, statuses[name]) for name in (*STATUSES, UNKNOWN_STATUS.name) if statuses.get(name))
    group = MemberGroup(noun, ordered, href, members, facts)
    status = ordered[0][0] if len(ordered) == 1 else MIXED
    told = ", ".join(group.told) if status == MIXED else status
    return Member(value, told if noun == value.text else f"{noun}: {told}", status, group=group)
