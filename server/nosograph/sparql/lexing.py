"""Splits SPARQL text into tokens, in linear time and without recursion, whatever the text holds.

Nothing here parses: a parser of hostile text belongs into a worker process. What can be told from the tokens alone
(the form of a query, the word SERVICE, the line and column of a position) is told in the serving process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple


class Kind(Enum):
    """What a token is, as far as a lexer can know."""

    IRI = auto()
    STRING = auto()
    NAME = auto()
    VARIABLE = auto()
    BLANK = auto()
    LANGUAGE = auto()
    NUMBER = auto()
    WORD = auto()
    MARK = auto()
    TAIL = auto()


class Token(NamedTuple):
    """A token with its offsets in the text; ``TAIL`` is the rest of a text after a quote that is never closed."""

    kind: Kind
    start: int
    end: int


_LOCAL = r"(?:[\w:\-·]++|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]|\.++(?=[\w:\-·%\\]))*+"

# Possessive quantifiers keep every alternative linear: what was read is never read again.
_TOKEN: Final = re.compile(
    rf"""
      (?P<space>   (?: [ \t\r\n]++ | \#[^\r\n]*+ )++ )
    | (?P<IRI>     <[^<>"{{}}|^`\x00-\x20]*+> )
    | (?P<STRING>  '''(?:[^'\\]++|\\.|'{{1,2}}+(?!'))*+''' | \"""(?:[^"\\]++|\\.|"{{1,2}}+(?!"))*+\"""
                 | '(?!'')(?:[^'\\\r\n]++|\\[^\r\n])*+' | "(?!"")(?:[^"\\\r\n]++|\\[^\r\n])*+" )
    | (?P<VARIABLE> [?$]\w++ )
    | (?P<BLANK>   _:\w(?:[\w\-·]++|\.++(?=[\w\-·]))*+ )
    | (?P<LANGUAGE> @[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?+ )
    | (?P<NUMBER>  \d++(?:\.\d++)?+(?:[eE][+-]?\d++)?+ )
    | (?P<NAME>    :(?!\.){_LOCAL} | :)
    | (?P<WORD>    [^\W\d_]\w*+ )
    | (?P<MARK>    <<\(|\)>>|<<|>>|\{{\||\|\}}|\^\^|&&|\|\||!=|<=|>=|_|\\|[^\w'"\\] )
    """,
    re.VERBOSE | re.DOTALL,
)
_PREFIX: Final = re.compile(r"[\w.\-·]*+")
_NAME_END: Final = re.compile(rf":(?:(?!\.){_LOCAL})?+", re.DOTALL)
_KINDS: Final = {kind.name: kind for kind in Kind}


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Return the tokens of a SPARQL text one after the other, without space and comments."""
    position, length, no_colon_before = start, len(text), 0
    while position < length:
        match = _TOKEN.match(text, position)
        if match is None:
            yield Token(Kind.TAIL, position, length)
            return
        group, end = match.lastgroup or "MARK", match.end()
        if group == "WORD" and end > no_colon_before:
            # A prefix may hold dots, so only the colon at its end tells it from a keyword followed by a dot.
            # ``no_colon_before`` saves reading a long dotted run again for each of its words.
            prefix = _PREFIX.match(text, end)
            no_colon_before = prefix.end() if prefix else end
            name = _NAME_END.match(text, no_colon_before) if text[no_colon_before - 1] != "." else None
            if name is not None:
                group, end = "NAME", name.end()
        if group != "space":
            yield Token(_KINDS[group], position, end)
        position = end


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    r"""Return the line and the column of an offset, both from 1; ``\n``, ``\r\n`` and ``\r`` end a line."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
