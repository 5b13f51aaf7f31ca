"""What uses a resource or a concept, as lists that are read page by page: each use with its number and its statuses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from nosograph.store.documents import DocumentFile
from nosograph.store.uses import EVERY_ENTRY, FoundUse, Selection, UsedEntry, Way
from nosograph.vocabulary.terms import FACT_KIND, capitalise
from nosograph.web.views.facts import Fact, Reader
from nosograph.web.views.overview import PageOfList, Row, row_of
from nosograph.web.views.statement_tables import StatementTable, use_table
from nosograph.web.views.wording import STATUSES

MOST_OF_A_USE: Final = 25
"""Entries of each use that a page shows beside others; a list of one use has ``PAGE_LENGTH`` a page."""

PAGE_LENGTH: Final = 100

FILTERED_FROM: Final = PAGE_LENGTH
"""Entries from which a list is worth a filter by words."""

MOST_FILTERED: Final = 20_000
"""Entries up to which a list is filtered by words, which looks at the name of each: 4 µs."""


@dataclass(frozen=True)
class StatusChoice:
    """A status by which a list can be narrowed: what it is called, how many entries have it, and the address."""

    words: str
    number: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class Use:
    """How a release uses a resource: facts, evidence or resources that name it by one property.

    Attributes:
        name: the property as a CURIE, which names the use in addresses.
        heading: what the entries have in common.
        total: how many there are.
        fitting: how many there are of those that are wanted.
        table: the facts that are shown, where facts or their evidence use it.
        rows: the resources that are shown, where these use it directly.
        page: which part is shown.
        href: address of the whole list, where the page shows only its beginning; else empty.
        statuses: the statuses by which a list of facts can be narrowed, where it has several.
        selection: which entries are wanted.
        filtered: whether a list of facts is long enough for a filter by words.
    """

    name: str
    heading: str
    total: int
    fitting: int
    table: StatementTable | None
    rows: tuple[Row, ...]
    page: PageOfList
    href: str
    statuses: tuple[StatusChoice, ...]
    selection: Selection
    filtered: bool

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that are shown."""
        return tuple(row.fact for row in self.table.rows) if self.table else ()


@dataclass(frozen=True)
class UseLister:
    """Makes the lists of what uses one resource.

    Attributes:
        reader: reads the release.
        documents: the lists that were made ahead.
        iri: the resource.
        address: address of its lists, without the query.
    """

    reader: Reader
    documents: DocumentFile
    iri: str
    address: str

    def ordered(self, found: Iterable[FoundUse]) -> list[FoundUse]:
        """Return uses in the order of the vocabulary: facts, then evidence, then other resources."""
        ways = list(Way)
        order = {predicate: position for position, predicate in enumerate(self.reader.vocabulary.predicates)}
        return sorted(
            found, key=lambda use: (ways.index(use.way), order.get(use.predicate, len(order)), use.predicate, use.kind)
        )

    def beginning(self, found: FoundUse) -> Use:
        """Return a use with its first entries."""
        return self._list(found, EVERY_ENTRY, MOST_OF_A_USE, whole=False)

    def part(self, found: FoundUse, selection: Selection) -> Use:
        """Return a use with one page of the entries that are wanted."""
        return self._list(found, selection, PAGE_LENGTH, whole=True)

    def name(self, found: FoundUse) -> str:
        """Return the name of a use in addresses."""
        return self.reader.addresses.short(found.predicate)

    def address_of(self, found: FoundUse, status: str = "") -> str:
        """Return the address of the list of a use, of all entries or of the facts with a status."""
        return self._address(found, {"status": status})

    def _list(self, found: FoundUse, selection: Selection, length: int, *, whole: bool) -> Use:
        entries, more = self.documents.used(found, selection, length)
        fitting = self.documents.count_used(found, selection)
        for named in self.documents.listed(entry.described or entry.iri for entry in entries):
            named.tell(self.reader.triples)
        narrowed = {"status": selection.status, "q": selection.words}
        before = after = ""
        if entries and (more if selection.before else selection.after):
            before = self._address(found, narrowed, before=entries[0].rank)
        if entries and (selection.before or more):
            after = self._address(found, narrowed, after=entries[-1].rank)
        return Use(
            name=self.name(found),
            heading=self._heading(found),
            total=found.total,
            fitting=fitting,
            table=self._table(found, [entry.iri for entry in entries]),
            rows=self._rows(found, [entry.iri for entry in entries]),
            page=PageOfList(_words(entries, fitting, selection), before if whole else "", after if whole else ""),
            href="" if whole or len(entries) == found.total else self._address(found, {}),
            statuses=self._statuses(found, selection) if len(found.statuses) > 1 else (),
            selection=selection,
            filtered=found.kind == FACT_KIND and FILTERED_FROM < found.total <= MOST_FILTERED,
        )

    def _address(self, found: FoundUse, narrowed: dict[str, str], **rank: int) -> str:
        given = {"use": self.name(found), **{name: value for name, value in narrowed.items() if value}, **rank}
        return f"{self.address}?{urlencode(given, safe=':')}"

    def _statuses(self, found: FoundUse, selection: Selection) -> tuple[StatusChoice, ...]:
        words = {"q": selection.words}
        every = StatusChoice("All", found.total, self._address(found, words), not selection.status)
        return (
            every,
            *(
                StatusChoice(
                    status.word,
                    found.statuses[name],
                    self._address(found, {"status": name, **words}),
                    selection.status == name,
                )
                for name, status in STATUSES.items()
                if name in found.statuses
            ),
        )

    def _rows(self, found: FoundUse, entries: list[str]) -> tuple[Row, ...]:
        if found.way is not Way.DIRECT:
            return ()
        return tuple(row_of(self.reader, found.kind, iri) for iri in entries)

    def _table(self, found: FoundUse, entries: list[str]) -> StatementTable | None:
        if found.way is Way.DIRECT:
            return None
        facts = [self.reader.fact(iri) for iri in entries]
        if found.way is Way.EVIDENCE:
            facts = [self._with_evidence(fact, found.predicate) for fact in facts]
        anchor = f"use-{self.name(found).replace(':', '-')}"
        return use_table(self.reader.vocabulary, anchor, self._heading(found), facts, self.iri)

    def _with_evidence(self, fact: Fact, predicate: str) -> Fact:
        """Return a fact with that evidence alone that has the resource as a value."""
        triples = self.reader.triples
        return replace(
            fact, evidence=tuple(item for item in fact.evidence if triples.holds(item.iri, predicate, self.iri))
        )

    def _heading(self, found: FoundUse) -> str:
        """Return what the entries of a use have in common, in the words of the vocabulary."""
        label = self.reader.value(self.iri).text
        predicate = self.reader.value(found.predicate)
        if found.way is not Way.OBJECT:
            return f"{capitalise(predicate.text)}: {label}"
        return f"What {self.reader.vocabulary.predicate(found.predicate, predicate.text).phrase} {label}"


def _words(entries: list[UsedEntry], fitting: int, selection: Selection) -> str:
    """Return which part of a list is shown: by ranks, which are those of the whole list, where nothing narrows it."""
    if not entries:
        return "none"
    if selection.status or selection.words:
        return f"{len(entries):,} of {fitting:,}"
    return f"{entries[0].rank:,} to {entries[-1].rank:,} of {fitting:,}"
