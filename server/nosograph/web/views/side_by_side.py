"""Two resources of one kind side by side: what is said of both, and what of one alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nosograph.vocabulary.terms import Vocabulary
from nosograph.web.views.condition import heading_of, in_order
from nosograph.web.views.facts import Fact, Reader, Value
from nosograph.web.views.related import inverse_heading
from nosograph.web.views.statement_tables import StatementRow, statement_row

MOST: Final = 1000
"""Facts of a resource that are compared at most; the page says when there are more."""

_NAMED: Final = "What names them"

_Key = tuple[str, str, str, tuple[str, ...]]
"""What two facts have in common when they say the same of two resources: predicate, subject, object, contexts."""


@dataclass(frozen=True)
class Cell:
    """What is said of one of the two.

    Attributes:
        row: the fact, with what its sources add.
        broader: the broader resource of which it is said, where it is inherited; else None.
    """

    row: StatementRow
    broader: Value | None


@dataclass(frozen=True)
class Pair:
    """A statement with what is said of the first and of the second; at least one of them is there.

    Attributes:
        tells: which part of the fact tells the statement under its heading: ``object``, ``subject`` or ``sentence``.
        first: what is said of the first.
        second: what is said of the second.
    """

    tells: str
    first: Cell | None
    second: Cell | None

    @property
    def fact(self) -> Fact:
        """The fact that stands for the statement."""
        cell = self.first or self.second
        assert cell is not None
        return cell.row.fact

    @property
    def differs(self) -> bool:
        """Whether it is said of both, and not with the same status."""
        if self.first is None or self.second is None:
            return False
        return self.first.row.fact.status != self.second.row.fact.status


@dataclass(frozen=True)
class PairGroup:
    """The statements of one predicate under their heading."""

    heading: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class PairSection:
    """The statements on one topic."""

    anchor: str
    heading: str
    groups: tuple[PairGroup, ...]


@dataclass(frozen=True)
class SideBySide:
    """Two resources with what is said of them.

    Attributes:
        first: the one.
        second: the other.
        sections: the statements by topic, those about both first.
        cut: whether one of them has more facts than are compared.
    """

    first: Value
    second: Value
    sections: tuple[PairSection, ...]
    cut: bool

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every statement."""
        return tuple(pair for section in self.sections for group in section.groups for pair in group.pairs)

    @property
    def both(self) -> int:
        """How many statements are made about both."""
        return sum(1 for pair in self.pairs if pair.first and pair.second)

    @property
    def only_first(self) -> int:
        """How many statements are made about the first alone."""
        return sum(1 for pair in self.pairs if not pair.second)

    @property
    def only_second(self) -> int:
        """How many statements are made about the second alone."""
        return sum(1 for pair in self.pairs if not pair.first)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that is shown."""
        cells = (cell for pair in self.pairs for cell in (pair.first, pair.second) if cell)
        return tuple(cell.row.fact for cell in cells)


def side_by_side(reader: Reader, first: str, second: str) -> SideBySide:
    """Return two resources side by side.

    What a broader resource passes on counts as said, and says from where; what is said of the resource itself comes
    before it.
    """
    one, other = _Sayings(reader, first), _Sayings(reader, second)
    vocabulary = reader.vocabulary
    about = {key: one.about.get(key) or other.about[key] for key in (*one.about, *other.about)}
    key_of = {cell.row.fact.iri: key for key, cell in about.items()}
    sections = [
        PairSection(
            section.anchor,
            section.heading,
            tuple(
                _group(heading_of(vocabulary, facts[0]), [key_of[fact.iri] for fact in facts], one.about, other.about)
                for facts in predicates
            ),
        )
        for section, predicates in in_order(vocabulary, [cell.row.fact for cell in about.values()])
    ]
    named = _named(reader, one, other)
    return SideBySide(
        first=reader.value(first),
        second=reader.value(second),
        sections=(*sections, PairSection("named", _NAMED, named)) if named else tuple(sections),
        cut=one.cut or other.cut,
    )


class _Sayings:
    """What is said of a resource: about it, of broader ones and inherited, and by naming it in other facts."""

    def __init__(self, reader: Reader, iri: str) -> None:
        own = reader.facts_about(iri, MOST + 1)
        inherited = reader.facts_inherited(iri, MOST + 1)
        naming = reader.facts_naming(iri, MOST + 1)
        self.cut = max(len(own), len(inherited), len(naming)) > MOST
        self.about: dict[_Key, Cell] = {}
        self.named: dict[_Key, Cell] = {}
        for fact in (*own[:MOST], *reader.facts_within(iri, MOST)):
            self.about[_key(fact, iri)] = _cell(reader.vocabulary, fact, None)
        for fact in inherited[:MOST]:
            holder = fact.contexts[0] if fact.contexts else fact.subject
            self.about.setdefault(_key(fact, holder.iri), _cell(reader.vocabulary, fact, holder))
        for fact in naming[:MOST]:
            self.named[_key(fact, iri)] = _cell(reader.vocabulary, fact, None)


def _key(fact: Fact, holder: str) -> _Key:
    """Return what a fact says, without the resource of which it says it."""
    parts = ("" if value.iri == holder else value.iri or value.text for value in (fact.subject, fact.object))
    subject, object = parts
    return fact.predicate.iri, subject, object, tuple(value.iri for value in fact.contexts if value.iri != holder)


def _cell(vocabulary: Vocabulary, fact: Fact, broader: Value | None) -> Cell:
    return Cell(statement_row(vocabulary, fact, fact.subject.iri), broader)


def _group(heading: str, keys: Iterable[_Key], first: dict[_Key, Cell], second: dict[_Key, Cell]) -> PairGroup:
    """Return the statements with some keys: those about both, then those about the first, then about the second."""
    pairs = [Pair(_tells(key), first.get(key), second.get(key)) for key in dict.fromkeys(keys)]
    return PairGroup(heading, tuple(sorted(pairs, key=_both_first)))


def _tells(key: _Key) -> str:
    _, subject, object, _ = key
    if subject and object:
        return "sentence"
    return "subject" if subject else "object"


def _both_first(pair: Pair) -> tuple[bool, bool, str, str]:
    fact = pair.fact
    shown = fact.object if pair.tells == "object" else fact.subject
    return pair.first is None or pair.second is None, pair.first is None, shown.text.casefold(), fact.iri


def _named(reader: Reader, one: _Sayings, other: _Sayings) -> tuple[PairGroup, ...]:
    """Return the statements that name the two, by what they are for whatever names them."""
    groups: dict[str, list[_Key]] = {}
    for key in dict.fromkeys((*one.named, *other.named)):
        fact = (one.named.get(key) or other.named[key]).row.fact
        groups.setdefault(inverse_heading(reader, fact.predicate), []).append(key)
    return tuple(_group(heading, groups[heading], one.named, other.named) for heading in sorted(groups))
