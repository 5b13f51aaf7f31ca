"""Apache Spark with two executors answers what DuckDB and the store answer; slow: a query takes a second.

``--random-queries 500 --seed 3`` asks more of them.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections import Counter
from collections.abc import Iterator

import pytest
from awkward_data import SPACE, awkward_quads
from engines import Engines, TooLarge, multiset
from random_queries import Walker
from spark_engine import SparkEngine, spark_engine

from nosograph.analysis.casing import LOWER_DIFFERS, UPPER_DIFFERS
from nosograph.analysis.limits import NotTranslated
from nosograph.errors import QueryRefused
from nosograph.indexing.tables import ExportedTables

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None or shutil.which("java") is None,
        reason="Spark needs Java, and pyspark of the extra cluster (scripts/test --all installs it)",
    ),
    pytest.mark.filterwarnings("ignore"),  # pyspark's, of libraries that are not used here
]

PREFIXES = f"PREFIX : <{SPACE}> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
CHOSEN = [
    "SELECT * { ?s :whole ?n OPTIONAL { ?s :exact ?m FILTER(?m > ?n) } }",
    "SELECT * { ?s :whole ?n OPTIONAL { ?s :text ?t } MINUS { ?s :day ?d ; :text ?t } }",
    "SELECT * { ?s :whole ?n FILTER NOT EXISTS { ?s :text ?t FILTER(STRLEN(?t) > ?n) } }",
    "SELECT * { ?s :whole ?n BIND(EXISTS { ?s :text ?t } AS ?has) }",
    "SELECT * { VALUES ?x { 'new' 1 1.0 true <http://new.example/> 'a'@en } }",
    "SELECT * { GRAPH ?g { ?s :whole ?n . ?s :text ?t } }",
    "SELECT * { ?x :next+ ?y }",
    "SELECT * { ?x :next* :n1 }",
    "SELECT * { ?s :amount ?n FILTER(?n != 1.0) }",
    "SELECT * { ?s :unknown ?x FILTER(?x != 'a'^^:type) }",
    "SELECT * { ?s :real ?n . ?x :real ?m FILTER(?n = ?m) }",
    "SELECT * { ?s :text ?t FILTER(?t < 'b') }",
    "SELECT (?n + 0.1 AS ?x) (CEIL(?n) AS ?c) (FLOOR(?n) AS ?f) (ROUND(?n) AS ?r) { ?s :exact ?n }",
    "SELECT (9223372036854775807 + ?n AS ?x) { ?s :whole ?n }",
    "SELECT (STRLEN(?t) AS ?n) (SUBSTR(?t, 2) AS ?r) (LCASE(?t) AS ?l) { ?s :text ?t }",
    "SELECT (STRBEFORE(?t, 'k') AS ?b) (STRAFTER(?t, '') AS ?a) (CONCAT(STR(?t), '!') AS ?c) { ?s :name ?t }",
    "SELECT (LANG(?t) AS ?l) (DATATYPE(?t) AS ?d) (STR(?t) AS ?v) { ?s :label ?t }",
    "SELECT (REPLACE(?t, '[a-e]', '-') AS ?r) (MD5(?t) AS ?m) (SHA1(?t) AS ?i) (SHA256(?t) AS ?h) { ?s :text ?t }",
    "SELECT * { ?s :text ?t FILTER REGEX(?t, '^.[a-c]*$', 'i') }",
    "SELECT * { ?s :text ?t FILTER REGEX(?t, 'o.*e$') }",
    "SELECT * { ?s :whole ?n { BIND(1 AS ?k) } UNION { ?s :text ?k } }",
    "SELECT ?s (COUNT(*) AS ?c) (SUM(?n) AS ?t) (AVG(?n) AS ?a) { ?s :whole ?n FILTER(?n < 1000) } GROUP BY ?s",
    "SELECT (SUM(?n) AS ?t) (AVG(?n) AS ?a) (COUNT(?n) AS ?c) (COUNT(DISTINCT *) AS ?d) { ?s :none ?n }",
    "SELECT ?s ?m { ?s :whole ?n OPTIONAL { ?s :text ?m } } ORDER BY DESC(?m) ?s LIMIT 9 OFFSET 2",
    "SELECT ?s ?o { ?s ?p ?o } LIMIT 20",
    "ASK { ?s :whole 77 }",
    "CONSTRUCT { ?n :made ?s } { ?s :whole ?n }",
]
"""Queries in which the engines' dialects differ most."""


@pytest.fixture(scope="module")
def spark(tables: ExportedTables) -> Iterator[SparkEngine]:
    """Return Spark over the awkward data, with two executors."""
    with spark_engine(tables) as engine:
        yield engine


def compare(spark: SparkEngine, engines: Engines, text: str) -> str:
    """Ask all three, and return what came of it; with the numbers of terms at the end of each order, no row is free."""
    try:
        plan = engines.analysis.plan(text)
        expected = engines.from_analysis(text)
    except (NotTranslated, MemoryError, TooLarge):
        return "back"
    try:
        found = spark.answer(text)
    except QueryRefused:
        return "refused"
    if isinstance(found, list) and isinstance(expected, list) and not plan.ordered:
        assert multiset(found) == multiset(expected), text
    else:
        assert found == expected, text
    if plan.determined:
        stored = engines.from_store(text)
        if isinstance(found, list) and isinstance(stored, list):
            assert multiset(found) == multiset(stored), text
        else:
            assert found == stored, text
    return "answered"


@pytest.mark.parametrize("text", CHOSEN)
def test_spark_answers_what_differs_most_alike(spark: SparkEngine, awkward: Engines, text: str) -> None:
    """None of these is refused, and each has the rows of DuckDB and of the store."""
    assert compare(spark, awkward, PREFIXES + text) == "answered"


def test_random_queries_are_answered_alike(
    spark: SparkEngine, awkward: Engines, request: pytest.FixtureRequest
) -> None:
    """The queries on which DuckDB and the store are compared; few are refused."""
    number, seed = request.config.getoption("--random-queries"), request.config.getoption("--seed")
    walker = Walker(awkward_quads(), seed)

    seen = Counter(compare(spark, awkward, walker.query().text) for _ in range(number))

    assert seen["answered"] > number / 2
    assert seen["refused"] < number / 6


def test_numbers_that_do_not_fit_are_refused(spark: SparkEngine, awkward: Engines) -> None:
    """What Spark cannot calculate exactly is an error, never NULL and never a rounded number."""
    text = PREFIXES + "SELECT (?n / 7 AS ?y) { ?s :whole ?n }"
    assert awkward.from_analysis(text)

    with pytest.raises(QueryRefused, match="numbers beyond"):
        spark.answer(text)


def test_letter_case_is_that_of_the_translation(spark: SparkEngine, awkward: Engines) -> None:
    """Every character whose case the translation relies on has it in Spark as well."""
    spark.answer("ASK { ?s ?p ?o }")  # starts Spark
    rows = spark.store._session.sql(
        "SELECT * FROM (SELECT c, lower(c) AS l, upper(c) AS u FROM (SELECT decode(unhex(lpad(hex(id), 8, '0')), "
        "'UTF-32') AS c FROM range(1, 1114112) WHERE NOT id BETWEEN 55296 AND 57343)) WHERE l <> c OR u <> c"
    ).collect()
    in_spark = {row[0]: (row[1], row[2]) for row in rows}
    database = awkward.analysis._database.cursor()
    texts = [chr(number) for number in range(1, 0x110000) if not 0xD800 <= number < 0xE000]
    changed = database.execute(
        "SELECT c, lower(c) AS l, upper(c) AS u, regexp_matches(c, $2), regexp_matches(c, $3) "
        "FROM (SELECT unnest($1) AS c)",
        [texts, LOWER_DIFFERS, UPPER_DIFFERS],
    ).fetchall()

    differing = [
        text
        for text, lower, upper, other_lower, other_upper in changed
        if (not other_lower and lower != in_spark.get(text, (text, text))[0])
        or (not other_upper and upper != in_spark.get(text, (text, text))[1])
    ]

    assert differing == []
    assert len(in_spark) > 2_000
