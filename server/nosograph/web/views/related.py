"""Pages of every class but the focus: what is said of a resource, what names it, and for a source what cites it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from nosograph.rdf import iris
from nosograph.store.uses import FoundUse, Way
from nosograph.vocabulary.terms import capitalise
from nosograph.web.views.condition import Group, Section
from nosograph.web.views.facts import Evidence, Fact, Passage, Reader, Value

MOST: Final = 1000
"""Facts that one list shows at most; the page says when there are more."""


@dataclass(frozen=True)
class Related:
    """What the graph says of a resource and with it.

    Attributes:
        own: facts whose subject it is, by predicate.
        named: facts whose object it is, by predicate.
        cut: whether there are more than are shown.
    """

    own: tuple[Group, ...]
    named: tuple[Group, ...]
    cut: bool

    @property
    def sections(self) -> tuple[Section, ...]:
        """Both as sections of the page, those that have a fact."""
        found = (Section("facts", "What is said of it", self.own), Section("named", "Where it is named", self.named))
        return tuple(section for section in found if section.groups)


MOST_NAMING: Final = 200
"""Facts that name a resource and are shown on its page; of more, the page has the beginning, and lists have all."""


def listed_apart(uses: Iterable[FoundUse]) -> list[FoundUse]:
    """Return the uses of a resource of which its page shows the beginning, as there is too much of them for a page.

    Where facts name it in so many ways that they are too many together, this holds for all of these.
    """
    found = list(uses)
    naming = [use for use in found if use.way is Way.OBJECT]
    apart = naming if sum(use.total for use in naming) > MOST_NAMING else []
    most = {iris.SOURCE: MOST, iris.CITES: MOST_NAMING}
    by_evidence = (use for use in found if use.way is Way.EVIDENCE and use.predicate in most)
    return [*apart, *(use for use in by_evidence if use.total > most[use.predicate])]


def related_view(reader: Reader, iri: str, apart: Iterable[FoundUse] = ()) -> Related:
    """Return the facts about a resource and those that name it, but for those of uses that are listed apart."""
    own = reader.facts_about(iri, MOST + 1)
    named = () if any(use.way is Way.OBJECT for use in apart) else reader.facts_naming(iri, MOST + 1)
    return Related(
        own=grouped(own[:MOST], lambda predicate: capitalise(predicate.text)),
        named=grouped(named[:MOST], lambda predicate: inverse_heading(reader, predicate)),
        cut=len(own) > MOST or len(named) > MOST,
    )


def grouped(facts: Iterable[Fact], heading: Callable[[Value], str]) -> tuple[Group, ...]:
    """Return facts by the heading of their predicate, in the order of the headings."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(heading(fact.predicate), []).append(fact)
    return tuple(Group(name, tuple(groups[name])) for name in sorted(groups, key=str.casefold))


def inverse_heading(reader: Reader, predicate: Value) -> str:
    """Return the heading of the facts of a predicate on the page of their object."""
    return reader.vocabulary.predicate(predicate.iri).inverse_heading or capitalise(predicate.text)


@dataclass(frozen=True)
class Resting:
    """A fact that rests on a source, and the evidence that says so."""

    fact: Fact
    evidence: Evidence


@dataclass(frozen=True)
class PassageUse:
    """A passage of a source, and what was read in it."""

    passage: Passage
    rests: tuple[Resting, ...]


@dataclass(frozen=True)
class SourceView:
    """What the page of a source shows beside the facts about it.

    Attributes:
        read: whether it was read, which its digest tells; otherwise it is only a reference of another document.
        quoted: whether the release quotes a passage of it.
        cited_by: the resources that the site is about whose statements rest on it, with the number of these, those with
            most first: their pages have it among their references.
        rests: what was read in it, in the order of its text.
        elsewhere: what was read in it at no passage that is given.
        cited: what other documents say with it as their reference.
        passages: the passages that evidence points to, antecedents included, with what rests on each, in the order of
            its text.
        cut: whether there are more than are shown.
    """

    read: bool
    quoted: bool
    cited_by: tuple[tuple[Value, int], ...]
    rests: tuple[Resting, ...]
    elsewhere: tuple[Resting, ...]
    cited: tuple[Resting, ...]
    passages: tuple[PassageUse, ...]
    cut: bool

    @property
    def sections(self) -> tuple[Section, ...]:
        """What no passage of it shows, as sections of the page, those that have a fact."""
        found = (
            ("rests", "What was read in it at no given passage", self.elsewhere),
            ("cited", "What others say on its authority", self.cited),
        )
        return tuple(
            Section(anchor, heading, (Group("", tuple({item.fact.iri: item.fact for item in items}.values())),))
            for anchor, heading, items in found
            if items
        )


def source_view(reader: Reader, iri: str, apart: Iterable[FoundUse] = ()) -> SourceView:
    """Return what the page of a source shows, but for the uses that are listed apart."""
    without = {use.predicate for use in apart if use.way is Way.EVIDENCE}
    rests = () if iris.SOURCE in without else _resting(reader, iris.SOURCE, iri)
    cited = () if iris.CITES in without else _resting(reader, iris.CITES, iri)
    return SourceView(
        read=bool(reader.triples.value(iri, iris.TEXT_DIGEST)),
        quoted=any(passage.words for item in rests for passage in item.evidence.passages),
        cited_by=_cited_by(reader, rests[:MOST]),
        rests=rests[:MOST],
        elsewhere=tuple(item for item in rests[:MOST] if not item.evidence.passages),
        cited=cited[:MOST],
        passages=_passages(rests),
        cut=len(rests) > MOST or len(cited) > MOST,
    )


def _cited_by(reader: Reader, rests: Iterable[Resting]) -> tuple[tuple[Value, int], ...]:
    focus = reader.vocabulary.focus
    facts: dict[Value, set[str]] = {}
    for item in rests:
        for value in (item.fact.subject, *item.fact.contexts):
            if focus is not None and value.kind == focus.kind:
                facts.setdefault(value, set()).add(item.fact.iri)
    numbers = [(value, len(found)) for value, found in facts.items()]
    return tuple(sorted(numbers, key=lambda pair: (-pair[1], pair[0].text.casefold(), pair[0].iri)))


def _passages(rests: Iterable[Resting]) -> tuple[PassageUse, ...]:
    passages: dict[str, Passage] = {}
    uses: dict[str, list[Resting]] = {}
    for item in rests:
        for passage in (*item.evidence.passages, *item.evidence.antecedents):
            passages[passage.iri] = passage
            uses.setdefault(passage.iri, []).append(item)
    ordered = sorted(passages.values(), key=lambda passage: (passage.start, passage.end))
    return tuple(PassageUse(passage, tuple(uses[passage.iri])) for passage in ordered)


def _resting(reader: Reader, predicate: str, iri: str) -> tuple[Resting, ...]:
    found = []
    for evidence in reader.triples.subjects(predicate, iri, MOST + 1):
        for fact in reader.triples.subjects(iris.EVIDENCE, evidence, 1):
            found.append(Resting(reader.fact(fact), reader.evidence(evidence)))
    return tuple(
        sorted(
            found,
            key=lambda item: (
                item.evidence.passages[0].start if item.evidence.passages else -1,
                item.fact.subject.text.casefold(),
                item.fact.iri,
            ),
        )
    )
