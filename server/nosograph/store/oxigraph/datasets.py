"""Finds the dataset of a query, in which every triple of the default graph counts once (SPARQL 1.1 Query §13).

The engine does not remove duplicates where it merges graphs into one default graph (oxigraph issue 1919), neither under
its union option nor for FROM, and visits a graph that FROM NAMED names twice two times. So a store holds the union of
its named graphs in its default graph already, several graphs are only merged by the engine where they are known to
share no triple, others are copied, up to a bound, and a graph is named to the engine once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations, islice
from typing import Any, Final, NamedTuple

import pyoxigraph

from nosograph.sparql.engine import ask_engine
from nosograph.sparql.lexing import Kind, Token, tokens
from nosograph.store.oxigraph.failure import Failure

COPIED: Final = 250_000
"""Quads of a dataset that are copied into memory at most: about 1.5 seconds and 150 MiB."""

_FROM: Final = re.compile("from", re.IGNORECASE)
_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_DEPTHS: Final = {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}
_UNREADABLE: Final = "The FROM clauses of the query cannot be read."
_SPACED: Final = "Write each as FROM <iri> or FROM NAMED <iri>, with spaces between the words."


class Dataset(NamedTuple):
    """What a query is asked of: a store, and the engine's options that choose graphs of it."""

    store: pyoxigraph.Store
    options: dict[str, Any]


class DatasetClauses(NamedTuple):
    """The FROM clauses of a query as they are written.

    Attributes:
        prologue: the text before the query form: BASE and PREFIX declarations.
        default: what FROM names, as spelled.
        named: what FROM NAMED names, as spelled.
    """

    prologue: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


class Datasets:
    """Chooses the dataset of each query about one store.

    Args:
        store: the store; its default graph holds the union of its named graphs.
        overlaps: the pairs of graphs that share a triple, or None where that is not known.
        prefixes: prefixes that a query need not declare.
        bound: quads that may be copied.
    """

    def __init__(
        self,
        store: pyoxigraph.Store,
        overlaps: Iterable[Collection[str]] | None,
        prefixes: Mapping[str, str],
        bound: int = COPIED,
    ) -> None:
        self._store = store
        self._overlaps = None if overlaps is None else {frozenset(pair) for pair in overlaps}
        self._prefixes = prefixes
        self._bound = bound

    def find(self, text: str, base: str | None, default_graphs: list[str], named_graphs: list[str]) -> Dataset:
        """Return the dataset of a query; a text that does not parse gets the whole store, and its error when it is run.

        Parameters of the protocol replace FROM and FROM NAMED (SPARQL 1.1 Protocol §2.1.4). A query that has neither
        asks the store as it is: every triple in the default graph, and every named graph by its name.

        Raises:
            Failure: a parameter is no IRI, FROM cannot be read, or graphs that must be copied are too large.
        """
        if default_graphs or named_graphs:
            return self._merged(_nodes(default_graphs), _nodes(named_graphs))
        clauses = dataset_clauses(text)
        if len(clauses.default) < 2 and len(clauses.named) < 2:
            return Dataset(self._store, {})
        return self._merged(self._resolve(clauses, clauses.default, base), self._resolve(clauses, clauses.named, base))

    def _merged(self, default: list[pyoxigraph.NamedNode], named: list[pyoxigraph.NamedNode]) -> Dataset:
        """Return the dataset whose default graph is the merge of some graphs."""
        known = [node for node in default if self._store.contains_named_graph(node)]
        if any(self._may_share(first.value, second.value) for first, second in combinations(known, 2)):
            copy = self._copy(known, named)
            return Dataset(copy, {"default_graph": pyoxigraph.DefaultGraph(), "named_graphs": named})
        return Dataset(self._store, {"default_graph": default, "named_graphs": named})

    def _may_share(self, first: str, second: str) -> bool:
        return self._overlaps is None or frozenset((first, second)) in self._overlaps

    def _copy(self, default: list[pyoxigraph.NamedNode], named: list[pyoxigraph.NamedNode]) -> pyoxigraph.Store:
        copy = pyoxigraph.Store()
        left = self._bound
        for node in default:
            left -= self._copy_graph(copy, node, pyoxigraph.DefaultGraph(), left)
        for node in named:
            left -= self._copy_graph(copy, node, node, left)
        return copy

    def _copy_graph(
        self,
        copy: pyoxigraph.Store,
        source: pyoxigraph.NamedNode,
        target: pyoxigraph.NamedNode | pyoxigraph.DefaultGraph,
        left: int,
    ) -> int:
        """Copy a graph into another and return its number of quads, which may be ``left`` at most."""
        number = 0

        def quads() -> Iterator[pyoxigraph.Quad]:
            nonlocal number
            for quad in islice(self._store.quads_for_pattern(None, None, None, source), left + 1):
                number += 1
                yield pyoxigraph.Quad(quad.subject, quad.predicate, quad.object, target)

        copy.bulk_extend(quads())
        if number > left:
            raise Failure("dataset_too_large", limit=self._bound)
        return number

    def _resolve(
        self, clauses: DatasetClauses, spelled: tuple[str, ...], base: str | None
    ) -> list[pyoxigraph.NamedNode]:
        """Return the graphs that FROM clauses name, each once; the engine itself resolves prefixes and the base."""
        if not spelled:
            return []
        probe = f"{clauses.prologue} SELECT ?g {' '.join(f'FROM NAMED {name}' for name in spelled)} {{ GRAPH ?g {{}} }}"
        try:
            found = ask_engine(self._store, probe, self._prefixes, base_iri=base)
        except (SyntaxError, ValueError):
            raise Failure("unreadable_from", _UNREADABLE, hint=_SPACED) from None
        assert isinstance(found, pyoxigraph.QuerySolutions)
        return list(dict.fromkeys(row["g"] for row in found if isinstance(row["g"], pyoxigraph.NamedNode)))


def dataset_clauses(text: str) -> DatasetClauses:
    """Return the FROM clauses of a query, found by its tokens.

    Raises:
        Failure: FROM is glued to a name, which the engine reads as FROM and the grammar as one name.
    """
    if not _FROM.search(text):
        return DatasetClauses("")
    form, header = _header(text)
    default: list[str] = []
    named: list[str] = []
    describes = text[form : form + 8].upper() == "DESCRIBE"
    stream = iter(header)
    for token in stream:
        word = text[token.start : token.end]
        if word.upper() == "FROM" and token.kind is Kind.WORD:
            name = _next_word(text, stream)
            if name.upper() == "NAMED":
                named.append(_next_word(text, stream))
            else:
                default.append(name)
        elif token.kind in (Kind.WORD, Kind.NAME) and word.upper().startswith("FROM") and not describes:
            raise Failure("unreadable_from", _UNREADABLE, hint=_SPACED)
    return DatasetClauses(text[:form], tuple(default), tuple(named))


def _next_word(text: str, stream: Iterator[Token]) -> str:
    token = next(stream, None)
    return "" if token is None else text[token.start : token.end]


def _header(text: str) -> tuple[int, list[Token]]:
    """Return where the query form begins, and the tokens between it and the pattern that no bracket encloses."""
    form, depth, groups = -1, 0, 0
    header: list[Token] = []
    for token in tokens(text):
        word = text[token.start : token.end]
        upper = word.upper() if token.kind is Kind.WORD else ""
        if form < 0:
            if upper in _FORMS:
                form, groups = token.start, 2 if upper == "CONSTRUCT" else 1
            continue
        if upper == "WHERE" and not depth:
            break
        if word == "{" and not depth:
            groups -= 1
            if not groups:
                break
        change = _DEPTHS.get(word, 0) if token.kind is Kind.MARK else 0
        depth += change
        if not depth and not change:
            header.append(token)
    return max(form, 0), header


def _nodes(iris: Iterable[str]) -> list[pyoxigraph.NamedNode]:
    nodes = []
    for iri in dict.fromkeys(iris):
        try:
            nodes.append(pyoxigraph.NamedNode(iri))
        except ValueError:
            raise Failure(
                "syntax", f"The graph parameter {iri!r} is not an absolute IRI.", hint="Give an absolute IRI."
            ) from None
    return nodes
