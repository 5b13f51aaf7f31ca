"""Relations with their columns, and values of expressions: what a translated part of a query amounts to in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from rdflib.term import Literal, URIRef

from nosograph.analysis.types import ALL, DATATYPES, SCALE, Type, Types


class Form(StrEnum):
    """How a term is held in a column; NULL stands for unbound, and for an error."""

    ID = "INTEGER"
    """The number of a term of the file, or below zero of a term that the query brings."""
    INTEGER = "BIGINT"
    DECIMAL = "HUGEINT"
    """The value times ``SCALE``."""
    DOUBLE = "DOUBLE"
    BOOLEAN = "BOOLEAN"
    STRING = "VARCHAR"
    IRI = "VARCHAR /* an IRI */"
    SPELLED = "VARCHAR /* a term as N-Triples spell it */"

    @property
    def null(self) -> str:
        """SQL of an unbound value."""
        return f"NULL::{self.value.split()[0]}"


FORM_TYPES: Final[Mapping[Form, Types]] = {
    Form.ID: ALL,
    Form.INTEGER: frozenset({Type.INTEGER}),
    Form.DECIMAL: frozenset({Type.DECIMAL}),
    Form.DOUBLE: frozenset({Type.DOUBLE}),
    Form.BOOLEAN: frozenset({Type.BOOLEAN}),
    Form.STRING: frozenset({Type.STRING}),
    Form.IRI: frozenset({Type.IRI}),
    Form.SPELLED: ALL,
}


@dataclass(frozen=True)
class SqlColumn:
    """How a variable stands in a relation.

    Attributes:
        form: how its terms are held.
        types: what its terms can be.
        sure: whether it is bound in every row.
        foreign: whether it may hold terms that the query brings.
    """

    form: Form = Form.ID
    types: Types = ALL
    sure: bool = True
    foreign: bool = False


@dataclass(frozen=True)
class Relation:
    """A translated part of a query: SQL that yields one column for each variable.

    Attributes:
        sql: a SELECT.
        columns: variable → its column; the SQL names it as ``Translation.name`` does.
    """

    sql: str
    columns: Mapping[str, SqlColumn] = field(default_factory=dict)


@dataclass(frozen=True)
class Operand:
    """The value of an expression.

    Attributes:
        form: how it is held.
        sql: the expression; it is NULL where the value is unbound or an error.
        types: what it can be.
        language: SQL of the language tag of a ``STRING``, or nothing where it has none.
        constant: the term, where the expression is one.
        sure: whether it is never NULL.
        foreign: whether it may be the number of a term that the query brings.
    """

    form: Form
    sql: str
    types: Types
    language: str = ""
    constant: URIRef | Literal | None = None
    sure: bool = False
    foreign: bool = False


def scalar(form: Form, sql: str, *, sure: bool = False) -> Operand:
    """Return a value of a form that tells its type."""
    return Operand(form, sql, FORM_TYPES[form], sure=sure)


def escaped(sql: str) -> str:
    """Return the SQL of a string as N-Triples spell it between the quotes."""
    for character, escape in (("\\", "\\\\"), ('"', '\\"')):
        sql = f"replace({sql}, '{character}', '{escape}')"
    for code, letter in ((10, "n"), (13, "r"), (9, "t")):
        sql = f"replace({sql}, chr({code}), '\\{letter}')"
    return sql


def spelled_scalar(form: Form, sql: str, language: str = "") -> str:
    """Return the SQL of a scalar as N-Triples spell it; doubles have none."""
    datatype = {
        Form.INTEGER: Type.INTEGER,
        Form.DECIMAL: Type.DECIMAL,
        Form.BOOLEAN: Type.BOOLEAN,
    }
    if form is Form.IRI:
        return f"('<' || {sql} || '>')"
    if form is Form.STRING:
        return f"""('"' || {escaped(sql)} || '"'{f" || coalesce('@' || {language}, '')" if language else ""})"""
    if form is Form.DECIMAL:
        whole, rest = f"(abs({sql}) // {SCALE})", f"(abs({sql}) % {SCALE})"
        sql = (
            f"(CASE WHEN {sql} < 0 THEN '-' ELSE '' END || {whole} || CASE WHEN {rest} = 0 THEN '' "
            f"ELSE '.' || rtrim(lpad({rest}::VARCHAR, 18, '0'), '0') END)"
        )
    return f"""('"' || {sql} || '"^^<{DATATYPES[datatype[form]]}>')"""
