"""A plan is written for Spark as it is known to have the same result, or refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlglot
from awkward_data import SPACE
from engines import Engines
from sqlglot import exp

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.parquet import PARQUET_TABLES
from nosograph.cluster.dialect import SCHEMAS, SparkStatement, spark_statement

PREFIXES = f"PREFIX : <{SPACE}> "


def statement(awkward: Engines, text: str, *, ascii_folded: bool = False) -> SparkStatement:
    """Return a query as Spark runs it."""
    return spark_statement(awkward.analysis.plan(PREFIXES + text), ascii_folded=ascii_folded)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { ?s :text ?t FILTER(?t = "it\'s $p1 ?; -- \\\\ DROP TABLE terms") }',
        "SELECT * { ?s :label ?t FILTER CONTAINS(?t, 'x') }",
        "SELECT (STRLANG(?t, 'fr') AS ?r) { ?s :text ?t }",
        "SELECT * { VALUES ?x { 'new \\\\n' 1.0 <http://new.example/> } }",
    ],
)
def test_no_text_stands_in_the_sql(awkward: Engines, text: str) -> None:
    """Strings of a query, of the data and of the translation are bound, so that no engine's escapes matter."""
    found = statement(awkward, text)

    assert "'" not in found.sql and "DROP" not in found.sql
    names = {node.name for node in sqlglot.parse_one(found.sql, read="spark").find_all(exp.Placeholder)}
    assert names == set(found.arguments)
    assert all(isinstance(value, str | None) for value in found.arguments.values())


def test_numbers_of_terms_have_64_bits(awkward: Engines) -> None:
    """The tables hold them as BIGINT, and numbers beyond 64 bits are decimals of 38 digits."""
    sql = statement(awkward, "SELECT ?s (SUM(?n) AS ?t) { VALUES ?s { :n1 UNDEF } ?s :whole ?n } GROUP BY ?s").sql

    assert "BIGINT" in sql and "DECIMAL(38, 0)" in sql
    assert " AS INT)" not in sql and "INT128" not in sql and "HUGEINT" not in sql


def test_schemas_are_those_of_the_files() -> None:
    """The columns that Spark is told are those that are written."""
    for name, schema in SCHEMAS.items():
        columns = [column.split()[0] for column in schema.replace("(38, 0)", "").split(", ")]
        assert columns == list(PARQUET_TABLES[name].columns)


@pytest.mark.parametrize(
    ("pattern", "flags", "written"),
    [
        ("^a.c$", "", r"(?d)^a.c\z"),
        ("^a.c$", "i", r"(?di)^a.c\z"),
        (r"a\\$|b$", "", r"(?d)a\$|b\z"),
        ("[a-c]+(x|y)?", "", "(?d)[a-c]+(x|y)?"),
    ],
)
def test_patterns_are_written_for_java(awkward: Engines, pattern: str, flags: str, written: str) -> None:
    r"""The dot leaves out the newline alone, and the end is the end: ``$`` would match before a last newline."""
    found = statement(awkward, f"SELECT * {{ ?s :text ?t FILTER REGEX(?t, '{pattern}', '{flags}') }}")

    assert written in found.arguments.values()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT * { ?s :text ?t FILTER REGEX(?t, '(a|b)*c') }", "repeated group"),
        ("SELECT * { :n1 (:next|:broader)+ ?x }", "no table of their closure"),
        ("SELECT * { ?s :real ?n FILTER(?n / ?n = 1e0) }", "div, which is not proved"),
    ],
)
def test_what_may_differ_is_refused(awkward: Engines, text: str, reason: str) -> None:
    """The analysis engine answers it, and Spark is not asked."""
    assert awkward.from_analysis(PREFIXES + text) is not None

    with pytest.raises(NotTranslated, match=reason):
        statement(awkward, text)


def test_letters_that_fold_to_ascii_refuse_patterns_without_case(awkward: Engines) -> None:
    """The Kelvin sign is a k where case is left aside, and Java's flag is about ASCII alone."""
    text = "SELECT * { ?s :text ?t FILTER REGEX(?t, 'k', 'i') }"

    with pytest.raises(NotTranslated, match="letters that ASCII and others share"):
        statement(awkward, text, ascii_folded=True)
    assert statement(awkward, text, ascii_folded=False)
    assert statement(awkward, text.replace(", 'i'", ""), ascii_folded=True)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT list_sort(v0) FROM triples", "not proved"),
        ("SELECT random() AS v0 FROM triples", "not proved"),
        ("SELECT row_number() OVER () AS v0 FROM triples", "not proved"),
        ("SELECT s AS v0 FROM read_csv($p0)", "on a cluster"),
        ("SELECT s AS v0 FROM elsewhere", "the table elsewhere"),
        ("SELECT TRY_CAST(s AS BIGINT) AS v0 FROM triples", "not proved"),
        ("SELECT s::DATE AS v0 FROM triples", "type DATE"),
        ("SELECT s AS v0 FROM triples ORDER BY", "no form in Spark"),
    ],
)
def test_what_is_in_no_table_is_refused(awkward: Engines, sql: str, reason: str) -> None:
    """A construct that the translation learns later is not run before somebody has looked at it."""
    plan = replace(awkward.analysis.plan("SELECT ?s { ?s ?p ?o }"), sql=sql, parameters={"p0": "a"})

    with pytest.raises(NotTranslated, match=reason):
        spark_statement(plan, ascii_folded=False)
