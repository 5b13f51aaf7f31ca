"""Asks the search index what the text search of a query needs, before any engine sees the query.

It is asked here and not in a worker, whose start would take five times as long with the libraries that read the index.
What is asked is bounded: words, patterns and hits. The hits depend on the release alone, so both engines are asked the
same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final

from nosograph.errors import SearchUnavailable, TextSearchError
from nosograph.search.database import SearchDatabase
from nosograph.search.results import Matching
from nosograph.sparql.lexing import line_and_column
from nosograph.sparql.text_search import TextMatch, find_text_matches

MOST_HITS: Final = 10_000
"""Hits that one pattern may have."""

MOST_PATTERNS: Final = 10
"""Patterns of one query that ask the index."""


class TextSearch:
    """Puts what the search index finds into queries that ask for it.

    Args:
        index: the index; None where the release has none.
        prefixes: prefixes that a query need not declare.
    """

    def __init__(self, index: SearchDatabase | None, prefixes: Mapping[str, str]) -> None:
        self._index = index
        self._prefixes = prefixes

    def answered(self, text: str) -> str | None:
        """Return a query with the hits of its text search in it; None for a query that has no text search.

        Raises:
            TextSearchError: it searches for something that cannot be searched for.
            SearchUnavailable: there is no index, or it cannot be read.
        """
        found = find_text_matches(text, self._prefixes)
        if found is None:
            return None
        if self._index is None:
            raise SearchUnavailable(
                "The query searches for text, and this release has no search index.",
                hint="Make it by `nosograph index`, or write FILTER(CONTAINS(LCASE(STR(?label)), 'word')).",
            )
        if len(found.patterns) > MOST_PATTERNS:
            raise _error(text, found.patterns[MOST_PATTERNS], f"A query has {MOST_PATTERNS} text searches at most.")
        return found.replaced(lambda pattern: _wanted(text, pattern, self._search(text, pattern)))

    def _search(self, text: str, pattern: TextMatch) -> Matching:
        assert self._index is not None
        try:
            return self._index.find(pattern.words, MOST_HITS)
        except ValueError as error:
            raise _error(text, pattern, f"{error}.") from None
        except sqlite3.Error as error:
            raise SearchUnavailable(
                f"The search index of the release cannot be read: {error}.",
                hint="Make it again by `nosograph index`.",
            ) from error


def _wanted(text: str, pattern: TextMatch, found: Matching) -> tuple[str, ...]:
    if pattern.most is None and found.total <= MOST_HITS:
        return found.iris
    if pattern.most is None:
        what = f"{found.total:,} resources have {pattern.words!r}, and a pattern may have {MOST_HITS:,} hits at most."
        raise _error(text, pattern, what)
    if pattern.most > MOST_HITS:
        raise _error(text, pattern, f"A pattern may have {MOST_HITS:,} hits at most, not {pattern.most:,}.")
    return found.iris[: pattern.most]


def _error(text: str, pattern: TextMatch, what: str) -> TextSearchError:
    line, column = line_and_column(text, pattern.start)
    hint = 'Search for other or more words, or for the best hits alone: noso:textMatch ("words" 20).'
    return TextSearchError(what, line=line, column=column, hint=hint)
