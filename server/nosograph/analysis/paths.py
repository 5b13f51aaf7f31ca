"""Translates property paths (SPARQL 1.1 Query §9, §18.4): closures of the file where there is one, else recursion."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, Path, SequencePath
from rdflib.term import Literal, URIRef

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.tables import Tables
from nosograph.analysis.translation import Translation
from nosograph.analysis.types import Types

MOST_STEPS: Final = 5_000
"""Statements of the predicates of a repeated path without a closure whose two ends are both unknown."""


@dataclass(frozen=True)
class Ends:
    """The pairs of nodes that a path connects.

    Attributes:
        sql: a SELECT of ``s`` and ``o``, with one row for each way that counts.
        starts: what the first can be.
        ends: what the last can be.
    """

    sql: str
    starts: Types
    ends: Types


class Paths:
    """Translates the paths of one query.

    Args:
        context: the state of the translation.
        tables: what they lead through.
    """

    def __init__(self, context: Translation, tables: Tables) -> None:
        self._translation = context
        self._tables = tables

    def translate(self, start: Any, path: Path, end: Any) -> Ends:
        """Return the pairs that a path connects, from or to a term where one end is one.

        Raises:
            NotTranslated: the path is not one that is translated.
        """
        if isinstance(path, MulPath) and path.mod in ("*", "+", "?"):
            return self._repeated(start, path, end)
        return self._path(path)

    def _path(self, path: Any, *, once: bool = False) -> Ends:
        """Return the pairs of a path; ``once`` says that it does not matter how often each is among them."""
        if isinstance(path, URIRef):
            return self._step(path)
        if isinstance(path, InvPath):
            inner = self._path(path.arg, once=once)
            return Ends(f"SELECT o AS s, s AS o FROM ({inner.sql})", inner.ends, inner.starts)
        if isinstance(path, AlternativePath):
            if not once:
                self._require_apart(path)
            parts = [self._path(part, once=once) for part in path.args]
            return Ends(
                " UNION ALL ".join(f"SELECT s, o FROM ({part.sql})" for part in parts),
                frozenset().union(*(part.starts for part in parts)),
                frozenset().union(*(part.ends for part in parts)),
            )
        if isinstance(path, SequencePath):
            parts = [self._path(part, once=once) for part in path.args]
            sql = f"SELECT s, o FROM ({parts[0].sql})"
            for part in parts[1:]:
                first, second = self._translation.alias(), self._translation.alias()
                sql = (
                    f"SELECT {first}.s, {second}.o FROM ({sql}) {first} JOIN ({part.sql}) {second} "
                    f"ON {first}.o = {second}.s"
                )
            return Ends(sql, parts[0].starts, parts[-1].ends)
        if isinstance(path, NegatedPath):
            if not once:  # as of alternatives: with both ends known, the store counts one statement of several
                raise NotTranslated("a negated path, whose pairs several statements may connect")
            return self._negated(path)
        if isinstance(path, MulPath) and path.mod in ("*", "+", "?"):
            return self._repeated(None, path, None)
        raise NotTranslated("a path of another kind")

    def _require_apart(self, path: AlternativePath) -> None:
        """Refuse alternatives that may connect the same pair: the store does not always count both."""
        numbers = []
        for part in path.args:
            backward = isinstance(part, InvPath)
            predicate = part.arg if isinstance(part, InvPath) else part
            if not isinstance(predicate, URIRef):
                raise NotTranslated("alternatives of longer paths")
            number = self._translation.find(predicate)
            if number is not None:
                numbers.append((number, backward))
        for first, second in combinations(numbers, 2):
            if self._translation.catalogue.share_pair(first, second):
                raise NotTranslated("alternative paths that connect the same pair")

    def _step(self, predicate: URIRef) -> Ends:
        number = self._translation.find(predicate)
        types = self._translation.object_types(number if number is not None else -1)
        condition = "false" if number is None else f"p = {self._translation.bind(number)}"
        return Ends(
            f"SELECT s, o FROM {self._tables.table()} WHERE {condition}", self._translation.subject_types, types
        )

    def _negated(self, path: NegatedPath) -> Ends:
        arguments = path.args if isinstance(path.args, (list, tuple)) else [path.args]
        forward: list[URIRef] = [part for part in arguments if isinstance(part, URIRef)]
        backward: list[Any] = [part.arg for part in arguments if isinstance(part, InvPath)]
        if len(forward) + len(backward) != len(arguments) or not all(isinstance(part, URIRef) for part in backward):
            raise NotTranslated("a negated path of another kind")
        parts = []
        for excluded, columns in ((forward, "s, o"), (backward, "o AS s, s AS o")):
            if excluded:
                numbers = [number for term in excluded if (number := self._translation.find(term)) is not None]
                condition = f" WHERE p NOT IN ({', '.join(map(self._translation.bind, numbers))})" if numbers else ""
                parts.append(f"SELECT {columns} FROM {self._tables.table()}{condition}")
        every = self._translation.subject_types | self._translation.object_types(None)
        return Ends(" UNION ALL ".join(parts), every, every)

    def _repeated(self, start: Any, path: MulPath, end: Any) -> Ends:
        """Return the pairs of a path with ``*``, ``+`` or ``?``, each once (SPARQL 1.1 Query §18.4)."""
        every = self._translation.subject_types | self._translation.object_types(None)
        inner = self._path(path.path, once=True)
        constants = [term for term in (start, end) if isinstance(term, (URIRef, Literal))]
        if path.mod != "+":
            for term in constants:
                found = self._translation.find(term)
                if found is None or not self._translation.catalogue.is_node(found, self._tables.table()):
                    raise NotTranslated("a path of length zero from a term that no statement holds")
        if path.mod == "?":
            reached = f"SELECT s, o FROM ({inner.sql})"
            return Ends(f"{reached} UNION {self._nodes(start, end)}", every, every)
        inner_path: Any = path.path
        predicate = self._translation.find(inner_path) if isinstance(inner_path, URIRef) else None
        if self._tables.whole and predicate in self._translation.catalogue.closed:
            reached = f"SELECT s, o FROM closures WHERE p = {self._translation.bind(predicate)}"
            return Ends(reached if path.mod == "+" else f"{reached} UNION {self._nodes(start, end)}", every, every)
        return Ends(self._recursion(start, path, end, inner.sql), every, every)

    def _nodes(self, start: Any, end: Any) -> str:
        """Return the SQL of each node as the start and the end of a path of length zero."""
        for term in (start, end):
            if isinstance(term, (URIRef, Literal)):
                number = self._translation.bind(self._translation.find(term))
                return f"SELECT {number}::INTEGER, {number}::INTEGER"
        table = self._tables.table()
        return f"SELECT n, n FROM (SELECT s AS n FROM {table} UNION SELECT o FROM {table})"

    def _recursion(self, start: Any, path: MulPath, end: Any, step: str) -> str:
        name, inner = self._translation.alias("r"), self._translation.alias()
        if isinstance(start, (URIRef, Literal)):
            number, near, far = self._translation.find(start), "s", "o"
        elif isinstance(end, (URIRef, Literal)):
            number, near, far = self._translation.find(end), "o", "s"
        else:
            return self._all_pairs(path, step, name, inner)
        known = f"{self._translation.bind(-1 if number is None else number)}::INTEGER"
        seed = f"SELECT {known}" if path.mod == "*" else f"SELECT {far} FROM ({step}) WHERE {near} = {known}"
        follow = f"SELECT {inner}.{far} FROM ({step}) {inner} JOIN {name} ON {inner}.{near} = {name}.n"
        found = f"WITH RECURSIVE {name}(n) AS ({seed} UNION {follow})"
        return f"{found} SELECT {known} AS {near}, n AS {far} FROM {name}"

    def _all_pairs(self, path: MulPath, step: str, name: str, inner: str) -> str:
        if self._size(path.path) > MOST_STEPS:
            raise NotTranslated("a repeated path over many statements with no end known")
        follow = f"SELECT {name}.a, {inner}.o FROM {name} JOIN ({step}) {inner} ON {inner}.s = {name}.b"
        found = f"WITH RECURSIVE {name}(a, b) AS (SELECT s, o FROM ({step}) UNION {follow}) "
        pairs = f"{found}SELECT a AS s, b AS o FROM {name}"
        return pairs if path.mod == "+" else f"SELECT s, o FROM ({pairs}) UNION {self._nodes(None, None)}"

    def _size(self, path: Any) -> int:
        """Return how many statements a path may follow."""
        if isinstance(path, URIRef):
            number = self._translation.find(path)
            return sum(self._translation.catalogue.profile.get(-1 if number is None else number, {}).values())
        if isinstance(path, NegatedPath):
            return MOST_STEPS + 1
        parts = path.args if isinstance(path, (AlternativePath, SequencePath)) else [getattr(path, "path", None)]
        if isinstance(path, InvPath):
            parts = [path.arg]
        return sum(self._size(part) for part in parts)
