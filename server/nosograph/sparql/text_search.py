"""Finds the patterns of a query that ask the search index, and puts their hits where they stand, as inline data.

``?condition noso:textMatch "raynaud"`` and ``(?condition ?rank) noso:textMatch ("raynaud" 20)`` match what the index
has for the words; ``?rank`` is 1 for the best. As a triple pattern is joined with the others of its group, so is a
``VALUES`` block (SPARQL 1.1 Query §10.2, §18.2), which stands before the triples around the pattern, so that these stay
one basic graph pattern. A text is read by its tokens alone: whether it parses is for the engine to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import NamedNode

from nosograph.errors import TextSearchError
from nosograph.rdf.names import NOSO
from nosograph.sparql.lexing import Kind, Token, line_and_column, tokens
from nosograph.sparql.names import names

TEXT_MATCH: Final = str(NOSO["textMatch"])
"""The predicate by which a query asks the search index."""

_LOCAL_NAME: Final = TEXT_MATCH.rpartition("#")[2]
_WRITTEN: Final = 'Write ?resource noso:textMatch "words", or (?resource ?rank) noso:textMatch ("words" 20).'
_CLOSING: Final = {"{": "}", "(": ")", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}"}
_ELEMENTS: Final = frozenset(
    {"FILTER", "BIND", "OPTIONAL", "MINUS", "GRAPH", "SERVICE", "UNION", "LATERAL", "VALUES", "CONSTRUCT"}
)
"""Words with which an element of a group begins that is no triple; and CONSTRUCT, before a template."""

_WITHOUT_PATTERNS: Final = frozenset({"SERVICE", "VALUES"})
"""Those whose braces hold no pattern of this endpoint."""

_PATH: Final = frozenset({"/", "|", "^", "!", "*", "+", "?"})

_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPED: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True)
class TextMatch:
    """A pattern that asks the search index.

    Attributes:
        words: what is searched for.
        most: how many hits are wanted, the best ones; None for all.
        variable: the variable that stands for a hit, as it is written.
        rank: the variable that stands for its rank, or empty.
        start: offset of the pattern's predicate.
        target: offset at which its hits are put.
    """

    words: str
    most: int | None
    variable: str
    rank: str
    start: int
    target: int


@dataclass(frozen=True)
class TextMatches:
    """The patterns of a query that ask the search index.

    Attributes:
        text: the query.
        patterns: the patterns.
        removed: the spans of the query that they take up.
    """

    text: str
    patterns: tuple[TextMatch, ...]
    removed: tuple[tuple[int, int], ...]

    def replaced(self, hits: Callable[[TextMatch], Sequence[str]]) -> str:
        """Return the query with the hits of each pattern in its stead.

        Args:
            hits: gives the IRIs of the resources that fit a pattern, the best first.
        """
        edits = [(pattern.target, pattern.target, _inline(pattern, hits(pattern))) for pattern in self.patterns]
        edits += [(start, end, " ") for start, end in self.removed]
        parts: list[str] = []
        position = 0
        for start, end, written in sorted(edits, key=lambda edit: edit[:2]):
            parts += (self.text[position:start], written)
            position = end
        return "".join((*parts, self.text[position:]))


def may_search(text: str) -> bool:
    """Return whether a query may ask the search index, at a glance."""
    return _LOCAL_NAME in text


def find_text_matches(text: str, prefixes: Mapping[str, str]) -> TextMatches | None:
    """Return the patterns of a query that ask the search index, or None where it has none.

    Text in strings and comments, in the template of CONSTRUCT, in inline data and in what another service is asked is
    no such pattern.

    Args:
        text: the query.
        prefixes: prefixes that the query need not declare.

    Raises:
        TextSearchError: the predicate stands where it cannot be answered.
    """
    starts = frozenset(_occurrences(text, prefixes)) if may_search(text) else frozenset()
    if not starts:
        return None
    found = _Reading(text, starts)
    found.read()
    return TextMatches(text, tuple(found.patterns), tuple(found.removed)) if found.patterns else None


def _occurrences(text: str, prefixes: Mapping[str, str]) -> Iterator[int]:
    for name in names(text):
        iri = name.iri
        if iri is None and name.prefix is not None:
            iri = prefixes.get(name.prefix, "") + name.text.partition(":")[2]
        if iri == TEXT_MATCH:
            yield name.start


def _inline(pattern: TextMatch, iris: Sequence[str]) -> str:
    nodes = [str(NamedNode(iri)) for iri in iris]
    if pattern.rank:
        rows = (f"({node} {rank})" for rank, node in enumerate(nodes, 1))
        return f" VALUES ({pattern.variable} {pattern.rank}) {{ {' '.join(rows)} }} "
    return f" VALUES {pattern.variable} {{ {' '.join(nodes)} }} "


@dataclass
class _Group:
    """What stands between two brackets: tokens, and groups within."""

    mark: str
    start: int
    end: int = 0
    items: list[Token | _Group] = field(default_factory=list)
    has_patterns: bool = True
    is_template: bool = False


_Item = Token | _Group


class _Reading:
    """Reads the groups of one query."""

    def __init__(self, text: str, starts: frozenset[int]) -> None:
        self._text = text
        self._starts = starts
        self.patterns: list[TextMatch] = []
        self.removed: list[tuple[int, int]] = []

    def read(self) -> None:
        """Find the patterns; a text whose brackets do not fit has none, and does not parse."""
        for group in self._groups():
            if not group.has_patterns:
                for item in group.items:
                    if isinstance(item, _Group):
                        item.has_patterns = False
            elif group.mark in ("{", ""):
                self._read_pattern(group)
            else:
                self._refuse_within(group)

    def _groups(self) -> list[_Group]:
        """Return all groups, one that holds another before it; the whole text is the first."""
        open_groups = [_Group("", 0)]
        found = [open_groups[0]]
        for token in tokens(self._text):
            word = self._text[token.start : token.end]
            if token.kind is Kind.MARK and word in _CLOSING:
                group = _Group(word, token.start)
                open_groups[-1].items.append(group)
                open_groups.append(group)
                found.append(group)
            elif token.kind is Kind.MARK and word in _CLOSING.values():
                group = open_groups.pop()
                if _CLOSING.get(group.mark) != word:
                    return []
                group.end = token.end
            else:
                open_groups[-1].items.append(token)
        return found if len(open_groups) == 1 else []

    def _read_pattern(self, group: _Group) -> None:
        """Read the elements of a group graph pattern, and say which of its groups hold patterns."""
        statement: list[_Item] = []
        block: int | None = None
        for item in group.items:
            word = self._word(item)
            if word in _ELEMENTS:
                self._read_statement(group, statement, block)
                statement = [item]
                block = block if word == "FILTER" else None
                continue
            if word == "." and isinstance(item, Token):
                self._read_statement(group, statement, block, item)
                statement = []
                continue
            element = self._word(statement[0]) if statement else ""
            if isinstance(item, _Group) and item.mark == "{":
                item.has_patterns = element not in _WITHOUT_PATTERNS and (element != "CONSTRUCT" or len(statement) > 1)
                item.is_template = element == "CONSTRUCT"
                self._read_statement(group, statement, block)
                statement = []
                block = block if element == "FILTER" else None
            elif isinstance(item, _Group) and element in ("FILTER", "BIND"):
                statement = []
            else:
                statement.append(item)
                if block is None and len(statement) == 1 and not word:
                    block = item.start
        self._read_statement(group, statement, block)

    def _word(self, item: _Item) -> str:
        """Return a keyword in capitals, or a mark; nothing for what is part of a triple."""
        if isinstance(item, _Group) or item.kind not in (Kind.WORD, Kind.MARK):
            return ""
        return self._text[item.start : item.end].upper()

    def _read_statement(
        self, group: _Group, statement: list[_Item], block: int | None, stop: Token | None = None
    ) -> None:
        """Read the triples of one subject; ``stop`` is the full stop behind them."""
        if not statement or block is None or self._word(statement[0]):
            return
        lists = _split(statement[1:], lambda item: self._word(item) == ";")
        parts = [part for part in lists if part]
        matching = [part for part in parts if part[0].start in self._starts]
        others = [part for part in parts if part[0].start not in self._starts]
        for part in lists:
            self._refuse_path(part)
        if not matching:
            return
        if group.is_template:
            raise self._error(matching[0][0].start, "CONSTRUCT WHERE takes no text search.", "Write its template out.")
        variables = self._subject(statement[0], matching[0][0].start)
        for part in matching:
            for words in _split(part[1:], lambda item: self._word(item) == ","):
                searched, most = self._object(words, part[0].start)
                self.patterns.append(TextMatch(searched, most, *variables, part[0].start, block))
        if others and variables[1]:
            raise self._error(others[0][0].start, "A subject in brackets has noso:textMatch alone.", _WRITTEN)
        if not others:
            self.removed.append((statement[0].start, (stop or statement[-1]).end))
            return
        first = others[0][0].start
        if parts[0] is matching[0]:  # a subject is followed by a predicate, so the other patterns up to one go as well
            self.removed.append((parts[0][0].start, first))
            matching = [part for part in matching if part[0].start > first]
        self.removed += [(part[0].start, part[-1].end) for part in matching]

    def _subject(self, subject: _Item, start: int) -> tuple[str, str]:
        """Return the variables of a pattern: of the hit, and of its rank or nothing."""
        items = subject.items if isinstance(subject, _Group) and subject.mark == "(" else [subject]
        written = [self._text[item.start : item.end] for item in items]
        variables = [item for item in items if isinstance(item, Token) and item.kind is Kind.VARIABLE]
        bound = {word[1:] for word in written}
        if len(variables) != len(items) or len(bound) != len(items) or len(items) not in (1, 2):
            raise self._error(start, "The subject of noso:textMatch is a variable, or two: for a hit and its rank.")
        return (written[0], written[1] if len(items) == 2 else "")

    def _object(self, items: list[_Item], start: int) -> tuple[str, int | None]:
        """Return what a pattern searches for, and how many hits it wants at most."""
        if len(items) == 1 and isinstance(items[0], _Group) and items[0].mark == "(":
            items = items[0].items
        most = None
        if len(items) == 2 and isinstance(items[1], Token) and items[1].kind is Kind.NUMBER:
            number = self._text[items[1].start : items[1].end]
            most = int(number) if number.isdecimal() and len(number) < 10 else 0
            items = items[:1]
        if most == 0 or len(items) != 1 or not isinstance(items[0], Token) or items[0].kind is not Kind.STRING:
            raise self._error(
                start,
                "The object of noso:textMatch is a plain string, or a string and a whole number in brackets; the index "
                "is asked before the query is evaluated, so it is neither a variable nor calculated.",
            )
        return _string_value(self._text[items[0].start : items[0].end]), most

    def _refuse_path(self, part: list[_Item]) -> None:
        """Refuse the predicate as a part of a path."""
        for position, item in enumerate(part):
            if item.start not in self._starts or isinstance(item, _Group):
                continue
            around = (*part[max(position - 1, 0) : position], *part[position + 1 : position + 2])
            if any(self._word(neighbour) in _PATH for neighbour in around):
                raise self._error(item.start, "noso:textMatch cannot be part of a path.")

    def _refuse_within(self, group: _Group) -> None:
        """Refuse the predicate in a path in brackets, of a node without a name, and of a triple that is only quoted."""
        parts = _split(group.items, lambda item: self._word(item) == ";")
        for part in parts:
            self._refuse_path(part)
            verb = 0 if group.mark in ("[", "{|") else 1 if group.mark in ("<<", "<<(") else len(part)
            if verb < len(part) and part[verb].start in self._starts:
                raise self._error(part[verb].start, "The subject of noso:textMatch is a variable.")

    def _error(self, start: int, what: str, hint: str = _WRITTEN) -> TextSearchError:
        line, column = line_and_column(self._text, start)
        return TextSearchError(what, line=line, column=column, hint=hint)


def _string_value(written: str) -> str:
    """Return the characters of a string in any of the four kinds of quotes (SPARQL 1.1 Query §4.1.2, §19.7)."""
    quotes = 3 if written[:3] in ("'''", '"""') else 1
    return _ESCAPE.sub(_unescaped, written[quotes:-quotes])


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2], 16)) if match[3] is None else _ESCAPED.get(match[3], match[3])


def _split(items: list[_Item], divides: Callable[[_Item], bool]) -> list[list[_Item]]:
    parts: list[list[_Item]] = [[]]
    for item in items:
        if divides(item):
            parts.append([])
        else:
            parts[-1].append(item)
    return parts
