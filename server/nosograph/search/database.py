"""Search over names, definitions and codes: exact codes first, then ranked words, then words corrected."""

from __future__ import annotations

import sqlite3
import threading
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from nosograph.search import matching
from nosograph.search.codes import broader_code, names_a_code, readings
from nosograph.search.corrections import Dictionary, known_words, read_dictionary
from nosograph.search.matching import Match
from nosograph.search.resolving import Resolution, resolve
from nosograph.search.results import EVERYTHING, Filters, Hit, Matching, Results, TopicHit
from nosograph.search.similarity import RELATED, SAME, Candidate, likeness
from nosograph.search.topics import read_topics
from nosograph.search.words import significant, words_of
from nosograph.vocabulary.terms import Vocabulary

PAGE_LENGTH: Final = 50
LONGEST_QUERY: Final = 200
MOST_WORDS: Final = 12

_SIMILAR: Final = 85.0
"""Likeness of a candidate beyond which no better one is looked for."""

_MOST_ATTEMPTS: Final = 4
"""Readings of a name that find something, after which no other one is tried."""


@dataclass(frozen=True)
class _Found:
    """The matches of a query before they are filtered, and how they came about; as ``Results`` has it."""

    matches: list[Match]
    corrected: str = ""
    partial: bool = False
    topic: TopicHit | None = None


class SearchDatabase:
    """The search database of one release; every thread gets a connection of its own.

    Args:
        path: the database.
        vocabulary: the vocabulary of the release: its focus stands before others that fit as well, and its sections
            and roles tell what a query asks for.
    """

    def __init__(self, path: Path, vocabulary: Vocabulary) -> None:
        self._path = path
        self._focus = vocabulary.focus.kind if vocabulary.focus else ""
        self._topics = read_topics(vocabulary)
        self._local = threading.local()

    def search(
        self, query: str, filters: Filters = EVERYTHING, *, limit: int = PAGE_LENGTH, offset: int = 0
    ) -> Results:
        """Return what fits a query best.

        A query that is a code in any notation finds the resources with this code, or with the one that it is a
        subdivision of. Otherwise every word must occur, in any form, the last one also as a beginning; where nothing
        has all, all may be beginnings, then unknown words are replaced by the nearest known ones, and at last words are
        left out.

        Args:
            query: what a person typed; only its first ``LONGEST_QUERY`` characters and ``MOST_WORDS`` words count.
            filters: which of the hits are wanted.
            limit: most hits to give.
            offset: hits to leave out at the beginning.
        """
        text = _normal(query)
        with self._connection() as database:
            found = self._by_code(database, text) or self._by_words(database, words_of(text)[:MOST_WORDS])
            chosen = [match for match in found.matches if match.fits(filters)]
            any_kind, any_status = replace(filters, kind=""), replace(filters, status="")
            return Results(
                query,
                filters,
                matching.read_hits(database, chosen[offset : offset + limit]),
                len(chosen),
                _counted(match.kind for match in found.matches if match.fits(any_kind)),
                _counted(status for match in found.matches if match.fits(any_status) for status in match.statuses),
                found.corrected,
                found.partial,
                found.topic,
                _exact(database, found.matches),
            )

    def find(self, query: str, most: int) -> Matching:
        """Return what fits a query as it stands, in the order of ``search``: nothing is guessed or left out.

        It has the query as a code in any notation, or all of its words: in any form, the last one also as a beginning,
        or where nothing has them so, all as beginnings.

        Args:
            query: words, or a code or IRI.
            most: IRIs to give at most.

        Raises:
            ValueError: it has no word, or more characters or words than count in a search.
        """
        text = unicodedata.normalize("NFC", query).strip()
        words = words_of(text)
        if not words:
            raise ValueError("A search has a word or a number")
        if len(text) > LONGEST_QUERY or len(words) > MOST_WORDS:
            raise ValueError(f"A search has {LONGEST_QUERY} characters and {MOST_WORDS} words at most")
        with self._connection() as database:
            found = self._by_code(database, text)
            if found is None:
                attempts = (self._matches(database, words, beginnings=loosely) for loosely in (False, True))
                found = next((attempt for attempt in attempts if attempt.matches), _Found([]))
            matches = [] if found.corrected else found.matches
            return Matching(matching.read_iris(database, matches[:most]), len(matches))

    def candidates(self, name: str, kinds: Sequence[str], limit: int) -> list[Candidate]:
        """Return the resources that a name may mean, the most similar first.

        They have it as a code or IRI, or its words, as ``search`` has it. While none is similar the commonest words are
        left out, one after the other, so that no more resources are looked at than have the rarer ones.

        Args:
            name: the name; only its first ``LONGEST_QUERY`` characters and ``MOST_WORDS`` words count.
            kinds: the kinds that are wanted; all where there is none.
            limit: most to give.
        """
        text = _normal(name)
        words = words_of(text)[:MOST_WORDS]
        with self._connection() as database:
            by_code = self._by_code(database, text)
            if by_code is not None and not by_code.corrected:
                found = [match for match in by_code.matches if not kinds or match.kind in kinds]
                hits = zip(matching.read_hits(database, found[:limit]), found, strict=False)
                return [Candidate(hit, SAME if match.is_exact else RELATED, match.is_exact) for hit, match in hits]
            candidates: dict[str, Candidate] = {}
            attempts = 0
            for expression, attempt in self._expressions(database, words, candidates):
                matches = matching.match_words(database, expression, attempt, self._focus, kinds=kinds, limit=limit)
                for hit in matching.read_hits(database, matches):
                    candidates.setdefault(hit.iri, Candidate(hit, likeness(text, hit)))
                attempts += bool(matches)
                if attempts == _MOST_ATTEMPTS or any(entry.likeness >= _SIMILAR for entry in candidates.values()):
                    break
        return sorted(candidates.values(), key=lambda entry: -entry.likeness)[:limit]

    def _expressions(
        self, database: sqlite3.Connection, words: list[str], found: Collection[str]
    ) -> Iterator[tuple[str, list[str]]]:
        """Return what is asked for a name, with the words of it: all, all corrected, and ever fewer.

        While nothing is ``found``, each of the commoner words is asked for by itself as well.
        """
        if not words:
            return
        wanted = significant(words)
        yield matching.expression(wanted), words
        yield matching.expression(wanted, beginnings=True), words
        corrections = self._dictionary.corrections(wanted, known_words(database, wanted))
        for corrected in corrections:
            yield matching.expression(corrected), corrected
        commonest_first = matching.by_frequency(database, corrections[0] if corrections else wanted)
        for first in range(1, len(commonest_first)):
            yield matching.expression(commonest_first[first:]), commonest_first[first:]
        for word in reversed(commonest_first[:-1]):
            if not found:
                yield matching.expression([word]), [word]

    def exact(self, query: str, kind: str = "") -> Hit | None:
        """Return the one resource that has a query as its IRI, or that is an exact match of it as a code.

        Args:
            query: a code in any notation, or an IRI.
            kind: the kind that the resource must have, or empty for any.
        """
        with self._connection() as database:
            found = self._by_code(database, _normal(query))
            matches = found.matches if found else []
            return _exact(database, [match for match in matches if kind in ("", match.kind)])

    def resolve(self, codes: Iterable[str]) -> dict[str, Resolution]:
        """Return what each code, in any notation, or IRI leads to."""
        with self._connection() as database:
            return resolve(database, codes)

    def named(self, name: str, kinds: Sequence[str]) -> frozenset[str]:
        """Return the IRIs of the resources of some kinds that have exactly this name, or this code or IRI."""
        with self._connection() as database:
            exact = {match.iri for match in resolve(database, [name])[name].matches if match.is_exact}
            found = matching.match_name(database, words_of(_normal(name)), kinds)
            return frozenset(exact) | frozenset(matching.read_iris(database, found))

    def hits(self, iris: Iterable[str]) -> tuple[Hit, ...]:
        """Return the resources with some IRIs, in the order of their labels; those that the index does not have not."""
        with self._connection() as database:
            return matching.read_hits(database, matching.match_iris(database, iris))

    def names(self, kind: str, limit: int) -> tuple[str, ...]:
        """Return the labels of the resources of a kind that facts name, in alphabetical order, at most ``limit``."""
        with self._connection() as database:
            return matching.read_names(database, kind, limit)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            address = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(address, uri=True)
            self._local.connection = connection
        yield connection

    @cached_property
    def _dictionary(self) -> Dictionary:
        with self._connection() as database:
            return read_dictionary(database, self._topics.words)

    def _by_code(self, database: sqlite3.Connection, text: str) -> _Found | None:
        """Return what has a code, or the code that it is a subdivision of, or codes that begin so; None for no code."""
        keys = readings(text)
        for key in keys:
            if found := matching.match_code(database, key, text.strip("<>")):
                return _Found(found)
        for broader in filter(None, map(broader_code, keys)):
            if found := matching.match_code(database, broader):
                return _Found([replace(match, is_exact=False) for match in found], corrected=text.rpartition(".")[0])
        for key in keys:
            if names_a_code(key):
                return _Found(matching.match_beginning(database, key))
        return None

    def _by_words(self, database: sqlite3.Connection, words: list[str]) -> _Found:
        if not words:
            return _Found([])
        if matching.is_name(database, words):
            return self._matches(database, words)
        return next((found for found in self._attempts(database, words) if found.matches), _Found([]))

    def _attempts(self, database: sqlite3.Connection, words: list[str]) -> Iterator[_Found]:
        """Return what is found in ever looser readings of a query."""
        yield self._by_topic(database, words)
        yield self._matches(database, words)
        yield self._matches(database, words, beginnings=True)
        wanted = significant(words)
        known = known_words(database, wanted)
        corrections = self._dictionary.corrections(wanted, known)
        for corrected in corrections:
            found = self._by_topic(database, corrected)
            found = found if found.matches else self._matches(database, corrected)
            yield replace(found, corrected=" ".join(corrected), partial=len(corrected) < len(wanted))
        question = self._topics.question(words)
        if question is not None:
            yield replace(self._matches(database, question.words), corrected=" ".join(question.words), partial=True)
        nearest = corrections[0] if corrections else wanted
        if len(nearest) > 1:
            yield _Found(matching.match_any_word(database, nearest, self._focus), partial=True)

    def _by_topic(self, database: sqlite3.Connection, words: list[str]) -> _Found:
        """Return the matches of the resource whose topic is asked for, where one is so named and has facts on it."""
        question = self._topics.question(words)
        if question is None:
            return _Found([])
        found = self._matches(database, question.words)
        named = [match for match in found.matches if match.kind == self._focus and match.difference is not None]
        if not named or (len(named) > 1 and named[0].difference == named[1].difference):
            return _Found([])
        own, inherited = matching.read_predicates(database, named[0])
        wanted, section = question.topic.predicates, question.topic.section
        if wanted.isdisjoint(own | inherited):
            return _Found([])
        anchor = "" if wanted.isdisjoint(own) else section.anchor
        return replace(found, topic=TopicHit(matching.read_hits(database, named[:1])[0], anchor, section.heading))

    def _matches(self, database: sqlite3.Connection, words: list[str], *, beginnings: bool = False) -> _Found:
        expression = matching.expression(significant(words), beginnings=beginnings)
        return _Found(matching.match_words(database, expression, words, self._focus))


def _normal(query: str) -> str:
    return unicodedata.normalize("NFC", query).strip()[:LONGEST_QUERY]


def _exact(database: sqlite3.Connection, matches: list[Match]) -> Hit | None:
    exact = [match for match in matches if match.is_exact]
    return matching.read_hits(database, exact)[0] if len(exact) == 1 else None


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))
