"""The answer to a query as a page shows it: which part of it, what it is called, how much there is."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

import pytest
from pyoxigraph import NamedNode, QueryResultsFormat
from pyoxigraph import Store as Engine

from nosograph.errors import QuerySyntaxError
from nosograph.rdf.formats import Format
from nosograph.rdf.names import NOSO
from nosograph.rdf.writer import engine_format
from nosograph.sparql.form import QueryForm, query_form
from nosograph.store.interface import Answer, Query, StoreStatistics, Timings, never
from nosograph.web.views.answers import PART, read_answer
from nosograph.web.views.facts import Reader
from nosograph.web.views.site import Site

SYMPTOM = str(NOSO.hasSymptom)


class EngineInProcess:
    """Answers with the engine itself, without workers: for queries that a test wrote."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.release = "test"

    def start(self) -> None:
        """Do nothing: it is ready."""

    def answer(self, query: Query, *, gone: Callable[[], bool] = never) -> Answer:
        """Return the answer in the format that the query asks for."""
        form = query_form(query.text)
        format: Format = query.formats[form]
        target: BinaryIO = io.BytesIO()
        result = self._engine.query(query.text)
        if form in (QueryForm.CONSTRUCT, QueryForm.DESCRIBE):
            result.serialize(target, engine_format(format))  # type: ignore[union-attr,call-arg,arg-type]
        else:
            result.serialize(target, QueryResultsFormat.from_media_type(format.media_type))  # type: ignore[union-attr,call-arg,arg-type]
        return Answer(form, format, Timings(evaluate=0.25), target)

    def check(self, query: Query, *, gone: Callable[[], bool] = never) -> None:
        """Do nothing: a test writes what parses."""

    def statistics(self) -> StoreStatistics:
        """Return that nothing was counted."""
        return StoreStatistics()

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


@pytest.fixture
def store(small_site: Site) -> EngineInProcess:
    """Return a store over the graph of the invented family."""
    assert isinstance(small_site.source, Engine)
    return EngineInProcess(small_site.source)


def test_cells_have_labels_and_curies(store: EngineInProcess, reader: Reader) -> None:
    """A resource is called by its label, with its CURIE beside it; an unbound variable is None."""
    condition = "https://w3id.org/nosograph/condition/amber-fever"
    table = read_answer(store, reader, Query(f"SELECT ?c ?n {{ VALUES ?c {{ <{condition}> }} }}"))

    (row,) = table.rows
    assert row[0] is not None and row[1] is None
    assert (row[0].text, row[0].href) == ("amber fever", "/condition/amber-fever.html")
    assert table.short == {condition: "condition:amber-fever"}


@pytest.mark.parametrize(("first", "shown"), [(0, PART), (PART, PART), (2 * PART, 7), (5000, 0)])
def test_a_part_is_shown_and_all_is_counted(store: EngineInProcess, reader: Reader, first: int, shown: int) -> None:
    """Rows before and behind the part are counted; parts join without gap."""
    rows = " ".join(str(number) for number in range(2 * PART + 7))

    table = read_answer(store, reader, Query(f"SELECT ?n {{ VALUES ?n {{ {rows} }} }}"), first=first)

    assert (len(table.rows), table.total) == (shown, 2 * PART + 7)
    if shown:
        assert table.rows[0][0] is not None and table.rows[0][0].text == str(first)
    assert table.before == (None if first == 0 else first - PART)
    assert table.after == (first + PART if first < 2 * PART else None)
    assert table.numbers == (frozenset({"n"}) if shown else frozenset())


def test_long_rows_make_a_shorter_part(store: EngineInProcess, reader: Reader) -> None:
    """A page stays small whatever literals hold: fewer rows, each value cut, and the next part begins behind them."""
    text = "x" * 900_000
    query = f'SELECT ?n ?t {{ VALUES ?n {{ 1 2 3 4 5 6 }} BIND("{text}" AS ?t) }}'

    table = read_answer(store, reader, Query(query))

    assert 1 <= len(table.rows) < 6 and table.total == 6
    assert table.after == len(table.rows)
    assert table.rows[0][1] is not None and len(table.rows[0][1].text) < 2100


def test_line_breaks_in_literals_are_no_rows(store: EngineInProcess, reader: Reader) -> None:
    """Values come back as they are, whatever they hold."""
    query = r'SELECT ?t { VALUES ?t { "one\ntwo\r\tthree" "\u2028\u0085" } }'

    table = read_answer(store, reader, Query(query))

    assert [row[0].text for row in table.rows if row[0]] == ["one\ntwo\r\tthree", "\u2028\u0085"]
    assert table.total == 2


@pytest.mark.parametrize("query", ["SELECT * {}", "SELECT ?x { VALUES ?x { UNDEF } }"])
def test_a_row_without_a_value_is_a_row(store: EngineInProcess, reader: Reader, query: str) -> None:
    """The join of nothing has one solution (SPARQL 1.1 Query §18.2.2)."""
    assert read_answer(store, reader, Query(query)).total == 1


def test_a_graph_has_rows_turtle_and_a_drawing(store: EngineInProcess, reader: Reader) -> None:
    """CONSTRUCT is shown three ways, each of the same triples."""
    table = read_answer(store, reader, Query(f"CONSTRUCT WHERE {{ ?s <{SYMPTOM}> ?o }}"))

    assert table.columns == ("subject", "predicate", "object") and table.total == len(table.rows) > 1
    assert "noso:hasSymptom" in table.text and "@prefix noso:" in table.text
    assert table.drawing is not None and len(table.drawing.edges) == table.total


def test_order_is_told_from_the_query(store: EngineInProcess, reader: Reader) -> None:
    """Without ORDER BY another part may come from another order, and the page says so."""
    assert read_answer(store, reader, Query("SELECT * { VALUES ?x { 1 } } order by ?x")).is_ordered
    assert not read_answer(store, reader, Query("SELECT ('ORDER' AS ?x) {}")).is_ordered


def test_what_is_no_query_is_an_error(store: EngineInProcess, reader: Reader) -> None:
    """The caller decides what to show."""
    with pytest.raises(QuerySyntaxError):
        read_answer(store, reader, Query("SELEC * {}"))


def test_a_javascript_iri_is_no_link(store: EngineInProcess, reader: Reader) -> None:
    """Only http and https are linked."""
    table = read_answer(store, reader, Query("SELECT ?x { VALUES ?x { <javascript:alert(1)> } }"))

    assert table.rows[0][0] is not None and table.rows[0][0].href == ""
    assert NamedNode("javascript:alert(1)").value == table.rows[0][0].iri
