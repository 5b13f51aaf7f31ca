"""A published question is a SPARQL query whose leading comment holds the question in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from nosograph.rdf.names import Base
from nosograph.sparql.lexing import Kind, Token, tokens

_HEAD: Final = re.compile(r"# Question: (?P<title>.+)\r?\n(?P<rest>(?:#.*\n)*)")


@dataclass(frozen=True)
class Question:
    """A published question.

    Attributes:
        name: stem of its file, such as ``01-all-subtypes``.
        title: the question in plain words.
        description: what the answer holds and how to change the question.
        query: the SPARQL query with its comments, as it is published.
    """

    name: str
    title: str
    description: str
    query: str


def read_question(name: str, query: str) -> Question | None:
    """Return the question of a query text, or None where its first line is not ``# Question: …``.

    The comment lines that follow describe the answer.
    """
    head = _HEAD.match(query)
    if head is None:
        return None
    description = " ".join(line.lstrip("# ").rstrip() for line in head["rest"].splitlines() if line.strip("# "))
    return Question(name, head["title"].strip(), description, query)


@dataclass(frozen=True)
class Parameter:
    """A resource that a question asks about, for which another of its kind can be put.

    Attributes:
        name: name of the variable that stands for it.
        kind: the kind of the resource.
        iri: the resource that the published query names; empty where it asks about every one.
        start: where the resource stands in the query, or would.
        end: where it ends; ``start`` where the published query names none.
    """

    name: str
    kind: str
    iri: str
    start: int
    end: int


def parameters(query: str, base: Base, focus: str = "") -> tuple[Parameter, ...]:
    """Return what can be chosen in a query: the resources of a ``VALUES`` block with one row.

    Where no block does so for it, a variable that is called as the kind ``focus`` and stands in the outermost group of
    the pattern can be chosen as well: SPARQL 1.1 §10 joins inline data with the rest of their group.

    Args:
        query: the query.
        base: the base of the release, which tells the kind of a resource.
        focus: the kind of the resources that the site is about, or empty.
    """
    found = list(tokens(query))
    words = [query[token.start : token.end] for token in found]
    prefixes = _declared(found, words)
    chosen = [
        parameter
        for position, word in enumerate(words)
        if word.upper() == "VALUES" and found[position].kind is Kind.WORD
        for parameter in _of_block(found, words, position + 1, prefixes, base)
    ]
    start = _outermost(found, words, focus) if focus and focus not in {entry.name for entry in chosen} else None
    return (*chosen, Parameter(focus, focus, "", start, start)) if start is not None else tuple(chosen)


def put(query: str, chosen: Iterable[tuple[Parameter, str]]) -> str:
    """Return a query with other resources in the place of some of its parameters.

    Args:
        query: the query whose parameters they are.
        chosen: parameters, each with the IRI of a resource.

    Raises:
        ValueError: an IRI is not one, so it could be read as something else.
    """
    for parameter, iri in sorted(chosen, key=lambda pair: -pair[0].start):
        term = str(NamedNode(iri))
        inserted = term if parameter.iri else f"\n  VALUES ?{parameter.name} {{ {term} }}"
        query = query[: parameter.start] + inserted + query[parameter.end :]
    return query


def _declared(found: list[Token], words: list[str]) -> dict[str, str]:
    """Return the prefixes that a query declares, with their IRIs."""
    return {
        words[position + 1].removesuffix(":"): words[position + 2][1:-1]
        for position, word in enumerate(words[:-2])
        if word.upper() == "PREFIX" and found[position + 2].kind is Kind.IRI
    }


def _of_block(
    found: list[Token], words: list[str], position: int, prefixes: Mapping[str, str], base: Base
) -> Iterator[Parameter]:
    """Return the parameters of a VALUES block with one row, in which every term is a resource of the release."""
    closing = next((at for at in range(position, len(words)) if words[at] == "}"), position)
    pairs = zip(found[position:closing], words[position:closing], strict=True)
    block = [(token, word) for token, word in pairs if word not in ("(", ")", "{")]
    variables = [word[1:] for token, word in block if token.kind is Kind.VARIABLE]
    terms = [token for token, _ in block if token.kind is not Kind.VARIABLE]
    if len(variables) != len(terms):
        return
    resources = [_resource(token, word, prefixes) for token, word in block if token.kind is not Kind.VARIABLE]
    kinds = [_kind(iri, base) for iri in resources]
    if all(kinds):
        for name, iri, kind, token in zip(variables, resources, kinds, terms, strict=True):
            yield Parameter(name, kind, iri, token.start, token.end)


def _resource(token: Token, word: str, prefixes: Mapping[str, str]) -> str:
    """Return the IRI of a term, or nothing where it is no IRI, or one that only the engine can read."""
    if token.kind is Kind.IRI:
        return word[1:-1]
    prefix, _, local = word.partition(":")
    if token.kind is Kind.NAME and prefix in prefixes and "\\" not in local:
        return prefixes[prefix] + local
    return ""


def _kind(iri: str, base: Base) -> str:
    kind = iri.removeprefix(base.iri).partition("/")[0] if iri.startswith(base.iri) else ""
    return kind if kind in base.kinds else ""


def _outermost(found: list[Token], words: list[str], name: str) -> int | None:
    """Return where the outermost group begins, if a variable stands in it and not only in groups within.

    None too where the pattern itself gives the variable a value, as inline data before a ``BIND`` would be an error.
    """
    opening, depth, stands = None, 0, False
    for position, (token, word) in enumerate(zip(found, words, strict=True)):
        if word == "{":
            depth += 1
            if depth == 1 and words[position - 1].upper() == "WHERE":
                opening = token.end
        elif word == "}":
            depth -= 1
        elif word == f"?{name}" and token.kind is Kind.VARIABLE and depth == 1 and opening is not None:
            if words[position - 1].upper() == "AS":
                return None
            stands = True
    return opening if stands else None
