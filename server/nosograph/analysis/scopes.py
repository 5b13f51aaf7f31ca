"""What an expression sees: columns of the relations around it, and the terms that stand behind their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nosograph.analysis.relations import Form, Operand, SqlColumn
from nosograph.analysis.translation import Translation
from nosograph.analysis.types import Types


class Scope:
    """The relations of one FROM clause, and those of the queries around it.

    Args:
        context: the state of the translation.
        columns: variable → its column and the SQL that names it.
        outer: the scope around, or None.
    """

    def __init__(
        self, context: Translation, columns: Mapping[str, tuple[SqlColumn, str]], outer: Scope | None = None
    ) -> None:
        self.context = context
        self._columns = columns
        self._outer = outer
        self._terms: dict[tuple[str, bool], str] = {}
        self._own = {sql for _, sql in columns.values()}

    def variable(self, name: str) -> Operand:
        """Return the value of a variable; one that is not in scope is unbound."""
        found = self.lookup(name)
        if found is None:
            return Operand(Form.ID, Form.ID.null, frozenset())
        column, sql = found
        return Operand(column.form, sql, column.types, sure=column.sure, foreign=column.foreign)

    def lookup(self, name: str) -> tuple[SqlColumn, str] | None:
        """Return the column of a variable and the SQL that names it, here or in a scope around, or None."""
        if name in self._columns:
            return self._columns[name]
        return self._outer.lookup(name) if self._outer else None

    def terms(self, value: Operand) -> str:
        """Return the alias of the row of ``terms`` that a number of a term leads to."""
        if self._outer is not None and self._outer.names(value.sql):
            return self._outer.terms(value)
        key = (value.sql, value.foreign)
        if key not in self._terms:
            self._terms[key] = self.context.alias("t")
        return self._terms[key]

    def names(self, sql: str) -> bool:
        """Return whether a column of this scope, or of one around, has this name."""
        return sql in self._own or (self._outer is not None and self._outer.names(sql))

    def joins(self, prefix: str = "") -> str:
        """Return the joins that bring in the terms that were asked for, of names that begin in a certain way."""
        return "".join(
            f" LEFT JOIN {TERMS[foreign]} {alias} ON {alias}.id = {sql}"
            for (sql, foreign), alias in self._terms.items()
            if sql.startswith(prefix)
        )

    def requested(self) -> list[str]:
        """Return the numbers whose terms were asked for."""
        return [sql for sql, _ in self._terms]

    def numbers(self, types: Types, value: Operand) -> str:
        """Return the SQL list of the numbers of some types, as they can stand behind a value."""
        return self.context.numbers(types & value.types, foreign=value.foreign)


TERMS: Final = {False: "terms", True: "(SELECT * FROM terms UNION ALL SELECT * FROM own)"}
"""Whether terms of the query may be among them → the table of terms."""
