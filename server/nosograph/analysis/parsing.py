"""Reads the text of a query as the algebra of SPARQL, as far as both parsers read it alike."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pyoxigraph
import rdflib
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import BNode, Literal, URIRef

from nosograph.analysis.limits import NotTranslated
from nosograph.sparql.engine import refusal
from nosograph.sparql.form import QueryForm
from nosograph.sparql.lexing import Kind, tokens

MOST_TOKENS: Final = 1_000
"""Tokens of the longest text that is parsed here: the parser takes a millisecond for each."""

MOST_STATEMENTS: Final = 60
"""Full stops in it: the parser's time grows with the third power of the triples that follow each other."""

DEEPEST: Final = 30
"""Brackets around its innermost part."""

_FORMS: Final = {
    "SelectQuery": QueryForm.SELECT,
    "AskQuery": QueryForm.ASK,
    "ConstructQuery": QueryForm.CONSTRUCT,
    "DescribeQuery": QueryForm.DESCRIBE,
}
NO_PREFIXES: Final[Mapping[str, str]] = MappingProxyType({})
_LOG: Final = logging.getLogger("rdflib.term")
_PARSING: Final = threading.Lock()


@dataclass(frozen=True)
class ParsedQuery:
    """A query as algebra.

    Attributes:
        form: its form.
        part: the algebra below the form.
        every: whether it selects every variable (``*``).
        default: graphs that FROM names.
        named: graphs that FROM NAMED names.
        template: the triples of CONSTRUCT.
    """

    form: QueryForm
    part: CompValue
    every: bool
    default: tuple[str, ...]
    named: tuple[str, ...]
    template: tuple[Any, ...] = ()


def parse_query(text: str, base: str = "", prefixes: Mapping[str, str] = NO_PREFIXES) -> ParsedQuery:
    """Return a query as algebra.

    Args:
        text: the query.
        base: IRI against which relative IRIs are resolved; empty for none.
        prefixes: prefixes that the query need not declare.

    Raises:
        NotTranslated: one of the two parsers does not take the text, or they may not read it alike.
    """
    _refuse_long(text)
    if "\\u" in text or "\\U" in text:
        raise NotTranslated("characters that are spelled by their numbers")
    if refusal(pyoxigraph.Store(), text, base or None, prefixes):
        raise NotTranslated("a text that the store does not parse")
    try:
        with _exact_literals():
            parsed = parseQuery(text)
            every = not parsed[1].projection
            if any(part.name == "Filter" and _is_constant(part.expr) for part in parts_of(parsed[1])):
                raise NotTranslated("a constant as a filter, which the parser may drop")
            algebra = translateQuery(parsed, base=base or None, initNs=prefixes).algebra
    except NotTranslated:
        raise
    except Exception as error:  # the parser raises exceptions of many classes, RecursionError among them
        raise NotTranslated("a text that does not parse here") from error
    form = _FORMS[algebra.name]
    clauses = algebra.datasetClause or []
    template = _template(algebra) if form is QueryForm.CONSTRUCT else ()
    found = ParsedQuery(
        form,
        algebra.p,
        every,
        tuple(str(clause.default) for clause in clauses if clause.default),
        tuple(str(clause.named) for clause in clauses if clause.named),
        template,
    )
    for term in (*found.default, *found.named):
        if not URIRef(term).startswith(_scheme(term)):
            raise NotTranslated("a relative IRI")
    return found


def parts_of(part: Any) -> Iterator[CompValue]:
    """Return the parts of a query at every depth, parsed or as algebra."""
    if isinstance(part, CompValue):
        yield part
        for name, value in part.items():
            if name != "_vars":
                yield from parts_of(value)
    elif isinstance(part, Iterable) and not isinstance(part, str):
        for value in part:
            yield from parts_of(value)


def _is_constant(expression: Any) -> bool:
    """Return whether a parsed expression, below the rules of the grammar that it went through, is a literal."""
    while isinstance(expression, CompValue) and expression.name.endswith("Expression") and not expression.other:
        expression = expression.expr
    return isinstance(expression, Literal) or (isinstance(expression, CompValue) and expression.name == "literal")


def _refuse_long(text: str) -> None:
    """Refuse a text that the parser would take seconds for."""
    statements = depth = deepest = 0
    for number, token in enumerate(tokens(text), 1):
        if token.kind is Kind.MARK:
            word = text[token.start]
            statements += word == "."
            depth += (word in "({[") - (word in ")}]")
            deepest = max(deepest, depth)
        if number > MOST_TOKENS or statements > MOST_STATEMENTS or deepest > DEEPEST:
            raise NotTranslated("a text that is too long or nested too deeply to be parsed here")


def _template(algebra: CompValue) -> tuple[Any, ...]:
    """Return the triples of CONSTRUCT; in its short form they are the pattern."""
    if algebra.template is not None:
        return tuple(algebra.template)
    part = algebra.p
    while part.name in ("Slice", "Project", "OrderBy"):
        part = part.p
    if part.name != "BGP" or any(isinstance(term, BNode) for triple in part.triples for term in triple):
        raise NotTranslated("CONSTRUCT WHERE of a pattern with blank nodes")
    return tuple(part.triples)


def _scheme(iri: str) -> str:
    scheme, colon, _ = iri.partition(":")
    if not colon:
        raise NotTranslated("a relative IRI")
    return scheme


@contextmanager
def _exact_literals() -> Iterator[None]:
    """Let the parser keep literals as they are spelled, and say nothing of those that it has no value for.

    Both switches are those of the whole process.
    """
    with _PARSING:
        normalized, silent = rdflib.NORMALIZE_LITERALS, _LOG.disabled
        rdflib.NORMALIZE_LITERALS, _LOG.disabled = False, True
        try:
            yield
        finally:
            rdflib.NORMALIZE_LITERALS, _LOG.disabled = normalized, silent
