"""Finds from the tokens of a query what form it has and whether it calls a SERVICE, before any engine sees it."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from functools import lru_cache
from typing import Final

from nosograph.errors import QueryRefused, QuerySyntaxError
from nosograph.sparql.lexing import Kind, Token, line_and_column, tokens


class QueryForm(StrEnum):
    """The four forms of a SPARQL query (SPARQL 1.1 Query §16)."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"


UPDATES: Final = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"})
"""First words of a SPARQL 1.1 update (SPARQL 1.1 Update §3)."""

BYTE_ORDER_MARK: Final = "\ufeff"

_SERVICE: Final = re.compile("service", re.IGNORECASE)
_PLAIN: Final = re.compile(
    r"""[ \t\r\n]*+ (?:PREFIX[ \t\r\n]++[A-Za-z][\w-]*+:[ \t\r\n]*+<[^<>"{}|^`\\\x00-\x20]*+>[ \t\r\n]*+)*+
    (SELECT|ASK|CONSTRUCT|DESCRIBE)(?=[ \t\r\n{*?$])""",
    re.VERBOSE | re.ASCII,
)
"""How most queries begin, in capitals and without comments: what this matches, the tokens say as well, but later."""

# Each begins with its word, which is found fifteen times faster than a word boundary is.
_VOLATILE: Final = [
    re.compile(rf"{word}(?<!\w{word})(?!\w)") for word in ("service", "rand", "now", "uuid", "struuid", "bnode")
]
_NAMES_A_GRAPH: Final = frozenset({"GRAPH", "FROM", "NAMED", "DESCRIBE"})
_REMEMBERED: Final = 2
"""Texts whose tokens are not read again: a server asks where it answers, and again where it asks the store."""

_EXPECTED: Final = "Expected SELECT, ASK, CONSTRUCT, DESCRIBE, PREFIX or BASE"


@lru_cache(maxsize=_REMEMBERED)
def query_form(text: str) -> QueryForm:
    """Return the form of a query from its first word after the prologue, without parsing the rest.

    Raises:
        QuerySyntaxError: it is an update, or no query begins like this.
    """
    plain = _PLAIN.match(text)
    if plain is not None:
        return QueryForm(plain[1])
    stream = tokens(text, len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0)
    for token in stream:
        word = text[token.start : token.end].upper() if token.kind is Kind.WORD else ""
        if word in QueryForm.__members__:
            return QueryForm[word]
        if word in UPDATES:
            line, column = line_and_column(text, token.start)
            raise QuerySyntaxError(
                f"{word} begins an update, and this is where a query is expected.",
                line=line,
                column=column,
                hint="Send a query: SELECT, ASK, CONSTRUCT or DESCRIBE. Updates are not accepted.",
            )
        if word == "PREFIX":
            _require(text, next(stream, None), Kind.NAME, "a prefix that ends with a colon")
            _require(text, next(stream, None), Kind.IRI, "an IRI in angle brackets")
        elif word == "BASE":
            _require(text, next(stream, None), Kind.IRI, "an IRI in angle brackets")
        elif word == "VERSION":
            _require(text, next(stream, None), Kind.STRING, "a version in quotes")
        else:
            shown = text[token.start : min(token.end, token.start + 40)]
            raise _syntax_error(text, token.start, f"{_EXPECTED}, found {shown!r}")
    raise _syntax_error(text, len(text), f"{_EXPECTED}, but the text ends here")


def _require(text: str, token: Token | None, kind: Kind, wanted: str) -> None:
    if token is None or token.kind is not kind:
        location = len(text) if token is None else token.start
        raise _syntax_error(text, location, f"Expected {wanted}")


def _syntax_error(text: str, offset: int, what: str) -> QuerySyntaxError:
    line, column = line_and_column(text, offset)
    return QuerySyntaxError(f"{what}.", line=line, column=column)


@lru_cache(maxsize=_REMEMBERED)
def is_volatile(text: str) -> bool:
    """Return whether the same query may have another answer tomorrow, or another service answers a part of it.

    A word in a comment counts, which does no harm.
    """
    lowered = text.lower()
    return any(word.search(lowered) for word in _VOLATILE)


def calls_service(text: str) -> bool:
    """Return whether a text may call a SERVICE; strings, comments, IRIs and names that hold the word do not count.

    The engine reads keywords without looking where a word ends (``SERVICESILENT<…>``, ``SERVICEex:a {…}``), and tries
    ``<`` as an operator where the grammar of SPARQL sees an IRI, so such texts count as calls.
    """
    if not _SERVICE.search(text):
        return False
    before: Token | None = None
    suspect = False
    for token in tokens(text):
        if suspect and text[token.start] == "{":
            return True
        suspect = False
        content = text[token.start : token.end]
        if _SERVICE.search(content):
            if token.kind in (Kind.WORD, Kind.TAIL):
                return True
            if token.kind is Kind.IRI and re.search(r"\).*service.*#", content, re.IGNORECASE | re.DOTALL):
                return True
            if token.kind is Kind.NAME and _SERVICE.search(content.partition(":")[0]):
                previous = text[before.start : before.end].upper() if before else ""
                suspect = previous not in _NAMES_A_GRAPH
        before = token
    return False


def refuse_services(text: str, allowed: Collection[str]) -> bool:
    """Return whether a text calls a SERVICE, having made sure that it calls none but the allowed ones.

    Where calls are allowed, only the plainest spelling is: ``SERVICE <iri>`` or ``SERVICE SILENT <iri>``, with the IRI
    written exactly as it is in the list. The word may then stand nowhere else in the text, not even in a comment, so
    that no other reading of the text can hold another call.

    Raises:
        QueryRefused: it calls, or may call, something else.
    """
    if not calls_service(text):
        return False
    if not allowed:
        raise QueryRefused(
            "This endpoint calls no other endpoint, so SERVICE cannot be used.",
            hint="Ask the other endpoint yourself, or call this endpoint from there.",
        )
    plain = 0
    stream = tokens(text)
    for token in stream:
        if token.kind is not Kind.WORD or text[token.start : token.end].upper() != "SERVICE":
            continue
        target = next(stream, None)
        if target is not None and text[target.start : target.end].upper() == "SILENT":
            target = next(stream, None)
        iri = text[target.start + 1 : target.end - 1] if target is not None and target.kind is Kind.IRI else None
        if iri not in allowed:
            line, column = line_and_column(text, token.start)
            named = f"<{iri}>" if iri else "anything but an IRI in angle brackets"
            raise QueryRefused(
                f"The SERVICE at line {line}, column {column} calls {named}, which this endpoint does not allow.",
                hint=f"It may call: {', '.join(f'<{name}>' for name in sorted(allowed))}.",
            )
        plain += 1 + len(_SERVICE.findall(iri or ""))
    if plain != len(_SERVICE.findall(text)):
        raise QueryRefused(
            "A query that calls a SERVICE may hold that word nowhere else.",
            hint="Take it out of names, strings, IRIs and comments, and put spaces around the keyword.",
        )
    return True
