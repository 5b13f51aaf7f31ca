"""The SQL of a plan as Spark reads it: everything in which the two dialects differ stands here.

A plan is parsed as the analysis engine's SQL, and each node of it is either kept, because both engines give it one
meaning, or written in another way, or refused. What stands in no table below is refused, so that a construct that the
translation learns later is not run before somebody has looked at it. No text of a query or of the data is written into
SQL: strings are bound. Spark is to calculate with ANSI rules, by which what does not fit is an error and never NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlglot
from sqlglot import exp

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.regexes import pieces
from nosograph.analysis.translating import Plan

_KEPT: Final = frozenset(
    {
        # names
        *(exp.Identifier, exp.Column, exp.Alias, exp.TableAlias, exp.Star),
        # queries
        *(exp.Select, exp.From, exp.Subquery, exp.Where, exp.Join, exp.Union, exp.With, exp.CTE, exp.Values, exp.Tuple),
        *(exp.Group, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Distinct),
        # logic with three values, and comparisons: of strings by their bytes in UTF-8, of numbers exactly
        *(exp.And, exp.Or, exp.Not, exp.Paren, exp.Boolean, exp.Null, exp.Is, exp.In, exp.Exists, exp.Between),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ),
        *(exp.Case, exp.If, exp.Coalesce, exp.Nullif),
        # calculation: whole numbers of 64 bits, and of 38 digits; doubles are added and multiplied alike
        *(exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Neg),
        *(exp.Count, exp.Sum, exp.Min, exp.Max),
        # text
        *(exp.DPipe, exp.Trim),
    }
)
"""Constructs that both engines read and evaluate alike."""

_TYPES: Final = {
    exp.DataType.Type.INT: "BIGINT",
    exp.DataType.Type.BIGINT: "BIGINT",
    exp.DataType.Type.SMALLINT: "SMALLINT",
    exp.DataType.Type.INT128: "DECIMAL(38, 0)",
    exp.DataType.Type.DOUBLE: "DOUBLE",
    exp.DataType.Type.BOOLEAN: "BOOLEAN",
    exp.DataType.Type.TEXT: "STRING",
}
"""Type of the analysis engine → type of Spark; numbers of terms are BIGINT in the tables."""

_FUNCTIONS: Final[Mapping[type[exp.Expr], tuple[str, tuple[str, ...]]]] = {
    exp.Abs: ("abs", ("this",)),
    exp.Contains: ("contains", ("this", "expression")),
    exp.EndsWith: ("endswith", ("this", "expression")),
    exp.IsNan: ("isnan", ("this",)),
    exp.Length: ("char_length", ("this",)),
    exp.Lower: ("lower", ("this",)),
    exp.MD5: ("md5", ("this",)),
    exp.Pad: ("lpad", ("this", "expression", "fill_pattern")),
    exp.Replace: ("replace", ("this", "expression", "replacement")),
    exp.SHA: ("sha1", ("this",)),
    exp.SHA2: ("sha2", ("this", "length")),
    exp.StartsWith: ("startswith", ("this", "expression")),
    exp.StrPosition: ("instr", ("this", "substr")),
    exp.Substring: ("substring", ("this", "start", "length")),
    exp.Upper: ("upper", ("this",)),
}
"""Function → its name in Spark and its arguments, which are in the same order there."""

SCHEMAS: Final[Mapping[str, str]] = {
    "terms": "id BIGINT, type SMALLINT, value STRING, language STRING, whole BIGINT, "
    "scaled DECIMAL(38, 0), real DOUBLE",
    "triples": "p BIGINT, o BIGINT, s BIGINT",
    "quads": "g BIGINT, p BIGINT, o BIGINT, s BIGINT",
    "closures": "p BIGINT, o BIGINT, s BIGINT",
    "types": "type SMALLINT, name STRING, datatype STRING",
}
"""Table that statements read → its columns in Spark, which would run a job to find them out."""

_TABLES: Final = {name: name for name in SCHEMAS} | {"by_subject": "triples"}
"""Table of the analysis file → table that holds the same rows."""


@dataclass(frozen=True)
class SparkStatement:
    """A plan as Spark runs it.

    Attributes:
        sql: the SQL, with ``:name`` for what is bound.
        arguments: the bound strings.
    """

    sql: str
    arguments: Mapping[str, str]


def spark_statement(plan: Plan, *, ascii_folded: bool) -> SparkStatement:
    """Return a plan as Spark runs it over the tables, which are there under their names.

    Args:
        plan: the plan.
        ascii_folded: whether a term has a letter beyond ASCII that is the other case of an ASCII letter.

    Raises:
        NotTranslated: it has a construct that is not known to have the same result there.
    """
    try:
        tree = sqlglot.parse_one(plan.sql, read="duckdb")
        if any(clause.args.get("recursive") for clause in tree.find_all(exp.With)):
            raise NotTranslated("a path without an end over statements that have no table of their closure")
        rewriting = _Rewriting(plan.parameters, ascii_folded)
        for node in reversed(list(tree.walk())):  # what is inside first
            fresh = rewriting.rewrite(node)
            if fresh is not node:
                tree = fresh if node is tree else tree
                node.replace(fresh)
        used = {node.name for node in tree.find_all(exp.Placeholder)}
        sql = tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except RecursionError as error:
        raise NotTranslated("a query that is nested too deeply") from error
    except sqlglot.errors.SqlglotError as error:
        raise NotTranslated(f"what has no form in Spark: {str(error).partition(chr(10))[0]}") from error
    return SparkStatement(sql, {name: text for name, text in rewriting.texts.items() if name in used})


class _Rewriting:
    """Writes the nodes of one plan, the inner ones before those around them.

    Attributes:
        texts: name → string that is bound.
    """

    def __init__(self, parameters: Mapping[str, Any], ascii_folded: bool) -> None:
        self._parameters = parameters
        self._ascii_folded = ascii_folded
        self.texts: dict[str, str] = {}
        self._rules: Mapping[type[exp.Expr], Callable[[Any], exp.Expr]] = {
            exp.Anonymous: self._row,
            exp.Cast: self._cast,
            exp.Chr: lambda node: self._bound(chr(int(node.expressions[0].name))),
            exp.DataType: lambda node: node,
            exp.IntDiv: self._quotient,
            exp.Literal: lambda node: self._bound(node.name) if node.is_string else node,
            exp.Placeholder: self._parameter,
            exp.RegexpLike: self._matches,
            exp.RegexpReplace: self._replaced,
            exp.Table: self._table,
        }

    def rewrite(self, node: exp.Expr) -> exp.Expr:
        """Return what stands for a node in Spark's SQL: itself, or another.

        Raises:
            NotTranslated: it is not known to have the same result.
        """
        kind = type(node)
        if kind in _KEPT:
            return node
        if kind in self._rules:
            return self._rules[kind](node)
        if kind in _FUNCTIONS:
            name, arguments = _FUNCTIONS[kind]
            return exp.Anonymous(this=name, expressions=[node.args[key] for key in arguments if node.args.get(key)])
        raise NotTranslated(f"{kind.__name__.lower()}, which is not proved to be the same on a cluster")

    def _bound(self, text: str) -> exp.Expr:
        name = f"t{len(self.texts)}"
        self.texts[name] = text
        return exp.Placeholder(this=name)

    def _parameter(self, node: exp.Placeholder) -> exp.Expr:
        value = self._parameters[node.name]
        if isinstance(value, float):
            return self._bound(repr(value).replace("inf", "Infinity").replace("nan", "NaN"))
        if isinstance(value, str):
            return self._bound(value)
        return exp.convert(value)  # a whole number, a boolean or NULL

    def _text(self, node: exp.Expr | None) -> str:
        """Return the string that a node stands for, which is bound already; empty where there is none."""
        return self.texts[node.name] if node is not None else ""

    def _cast(self, node: exp.Cast) -> exp.Expr:
        wanted = _TYPES.get(node.to.this)
        if wanted is None or isinstance(node, exp.TryCast):
            raise NotTranslated(f"a value of type {node.to.sql()} on a cluster")
        return exp.Cast(this=node.this, to=exp.DataType.build(wanted, dialect="spark"))

    def _row(self, node: exp.Anonymous) -> exp.Expr:
        if node.name.lower() != "row":
            raise NotTranslated(f"{node.name}, which is not proved to be the same on a cluster")
        return exp.Anonymous(this="struct", expressions=node.expressions)

    def _quotient(self, node: exp.IntDiv) -> exp.Expr:
        """Return a quotient without its rest, toward zero, of numbers of up to 38 digits.

        Spark's own ``div`` gives 64 bits. What remains of the first number after the rest is taken away divides evenly,
        and what Spark keeps of such a quotient are 32 digits before the point; a longer one is an error.
        """
        first, second = exp.paren(node.this), exp.paren(node.expression)
        even = exp.paren(exp.Sub(this=first, expression=exp.Mod(this=first.copy(), expression=second)))
        quotient = exp.Div(this=even, expression=second.copy())
        return exp.Cast(this=quotient, to=exp.DataType.build("DECIMAL(38, 0)", dialect="spark"))

    def _pattern(self, node: exp.Expr, flags: str) -> exp.Expr:
        r"""Return a plain regular expression as Java reads it.

        There the dot leaves out more line ends, unless the newline is to be the only one (``(?d)``); ``$`` matches
        before a newline at the end as well, ``\z`` does not; and ``(?i)`` is about ASCII alone. Java goes back and
        forth in a repeated group, and needs a stack for it, so those are refused.
        """
        if "i" in flags and self._ascii_folded:
            raise NotTranslated("a regular expression without letter case over letters that ASCII and others share")
        parts = list(pieces(self._text(node)))
        if any(part.startswith(")") and part[1:] in ("*", "+") for part in parts):
            raise NotTranslated("a regular expression with a repeated group on a cluster")
        flag = "(?di)" if "i" in flags else "(?d)"
        return self._bound(flag + "".join(r"\z" if part == "$" else part for part in parts))

    def _matches(self, node: exp.RegexpLike) -> exp.Expr:
        flags = self._text(node.args.get("flag"))
        return exp.Anonymous(this="regexp_like", expressions=[node.this, self._pattern(node.expression, flags)])

    def _replaced(self, node: exp.RegexpReplace) -> exp.Expr:
        flags = self._text(node.args.get("modifiers"))
        arguments = [node.this, self._pattern(node.expression, flags), node.args["replacement"]]
        return exp.Anonymous(this="regexp_replace", expressions=arguments)

    def _table(self, node: exp.Table) -> exp.Expr:
        name = node.name
        if name in _TABLES:
            node.set("this", exp.to_identifier(_TABLES[name]))
        elif name != "own":
            raise NotTranslated(f"the table {name} on a cluster")
        return node
