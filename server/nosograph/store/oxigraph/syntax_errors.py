"""Turns the engine's message about a text that does not parse into one that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from nosograph.sparql.engine import UNDECLARED
from nosograph.sparql.lexing import Kind, Token, line_and_column, tokens

_PLACE: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)\Z", re.DOTALL)
_SPACE: Final = " " * 24
"""More than the longest keyword, so that the engine's furthest reading stays inside one token."""

_SPREAD: Final = 64 * 1024
"""Characters of a query beyond which its tokens are not spread: parsing it again would take too long."""

_PROBED: Final = 8192
"""Characters of spread text beyond which nothing is tried behind it."""

_KEYWORDS: Final = re.compile(r"[A-Z][A-Z_0-9]*\Z")
_CANDIDATES: Final = {
    "a variable": "?x",
    "an IRI": "<http://example.org/>",
    "a number": "1",
    "a string": "'x'",
    "'{'": "{",
    "'}'": "}",
    "'('": "(",
    "')'": ")",
    "'.'": ".",
    "';'": ";",
    "','": ",",
    "'='": "=",
    "'*'": "*",
    "AS": "AS",
    "WHERE": "WHERE",
    "FILTER": "FILTER",
    "OPTIONAL": "OPTIONAL",
    "UNION": "UNION",
    "GROUP BY": "GROUP BY",
    "ORDER BY": "ORDER BY",
    "LIMIT": "LIMIT",
    "VALUES": "VALUES",
    "FROM": "FROM",
}


def explain_syntax_error(text: str, message: str, rejects: Callable[[str], str]) -> dict[str, Any]:
    """Return ``what``, ``line`` and ``column`` of a syntax error, and a hint where there is one, as fields of a reply.

    The engine reports the furthest character that it looked at, which lies behind the position of the error when it
    tried keywords there. So the text is parsed again with its tokens far apart, which tells the token, and then up to
    that token with one candidate after the other behind it, which tells what could have stood there.

    Args:
        text: the query.
        message: what the engine said about it.
        rejects: gives the engine's message about a text that does not parse, or nothing.
    """
    found = _PLACE.match(message)
    if found is None:
        return {"what": message, "line": None, "column": None}
    if len(text) > _SPREAD:
        return {"what": "The query cannot be parsed here.", "line": int(found[1]), "column": int(found[2])}
    parts = list(tokens(text))
    reason = _reason(found[3])
    index = _failing_token(text, parts, rejects)
    if index is None:
        return {"what": reason or "The query cannot be parsed here.", "line": int(found[1]), "column": int(found[2])}
    offset = parts[index].start if index < len(parts) else len(text)
    line, column = line_and_column(text, offset)
    if index < len(parts):
        shown = text[parts[index].start : min(parts[index].end, parts[index].start + 40)]
        seen = "a quote that is not closed" if parts[index].kind is Kind.TAIL else repr(shown)
    else:
        seen = "the end of the query"
    if reason == f"{UNDECLARED}." and index < len(parts):
        prefix = text[parts[index].start : parts[index].end].partition(":")[0]
        return {
            "what": f"The prefix {prefix}: is not declared.",
            "line": line,
            "column": column,
            "hint": f"Write PREFIX {prefix}: and its IRI in angle brackets in front of the query; it is none of the "
            "prefixes that are known here.",
        }
    expected = "" if reason else _expected(text, parts[:index], rejects)
    what = reason or (f"Expected {expected}, found {seen}." if expected else f"Did not expect {seen} here.")
    return {"what": what, "line": line, "column": column}


def _reason(expected: str) -> str:
    """Return what the engine says in words, as it does for rules beyond the grammar; nothing when it lists tokens."""
    for item in re.split(r", (?=[A-Z\[\"'<])", expected):
        if re.fullmatch(r"[A-Z]?[A-Za-z]*(?: [^\[\]\"]+)+", item) and not _KEYWORDS.match(item):
            return f"{item[0].upper()}{item[1:]}."
    return ""


def _failing_token(text: str, parts: list[Token], rejects: Callable[[str], str]) -> int | None:
    """Return the index of the token that is not allowed there (the number of tokens: the end), None if unclear."""
    spread, starts = _spread(text, parts)
    found = _PLACE.match(rejects(spread))
    if found is None or found[1] != "1":
        return None
    column = int(found[2]) - 1
    before = [index for index, start in enumerate(starts) if start <= column]
    if not before:
        return 0
    # Past a token and the space behind it lies what comes next, or the end.
    last = before[-1]
    closed = parts[last].kind is not Kind.TAIL
    reached_end = closed and last == len(parts) - 1 and column >= len(spread)
    return len(parts) if reached_end else last


def _spread(text: str, parts: list[Token]) -> tuple[str, list[int]]:
    """Return the text on one line with its tokens far apart, and where each begins there."""
    pieces: list[str] = []
    starts: list[int] = []
    length, previous_end = 0, -1
    glued = False
    for part in parts:
        spelled = text[part.start : part.end]
        if part.kind is Kind.TAIL:
            # Only its first line: a quote that is closed on another line would look closed on one line.
            spelled = re.split(r"[\r\n]", spelled, maxsplit=1)[0]
        spelled = spelled.replace("\r", " ").replace("\n", " ")
        touches = part.start == previous_end
        suffix = touches and (part.kind is Kind.LANGUAGE or spelled == "^^" or glued)
        if not suffix:
            pieces.append(_SPACE)
            length += len(_SPACE)
        starts.append(length)
        pieces.append(spelled)
        length += len(spelled)
        previous_end = part.end
        glued = spelled in ("^^", "+", "-")
    return "".join(pieces) + _SPACE, starts


def _expected(text: str, parts: list[Token], rejects: Callable[[str], str]) -> str:
    """Return what could stand behind the tokens, found by trying; nothing when the text is long or nothing fits."""
    begun, _ = _spread(text, parts)
    if len(begun) > _PROBED:
        return ""
    fits = []
    for name, candidate in _CANDIDATES.items():
        found = _PLACE.match(rejects(f"{begun}{candidate}{_SPACE}"))
        if found is None or int(found[2]) - 1 >= len(begun) + len(candidate) + len(_SPACE):
            fits.append(name)
    if len(fits) > 1:
        return f"{', '.join(fits[:-1])} or {fits[-1]}"
    return "".join(fits)
