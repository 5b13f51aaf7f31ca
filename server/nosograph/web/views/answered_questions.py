"""The published questions: each in plain words, with its query and the answer that this release gives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from nosograph.errors import StoreError
from nosograph.rdf.formats import SPARQL_JSON, TURTLE
from nosograph.release.opening import Release
from nosograph.sparql.form import QueryForm, query_form
from nosograph.sparql.questions import Question, read_question
from nosograph.store.interface import Query, Store
from nosograph.web.views.facts import Reader, Value

SHOWN_ROWS: Final = 200
"""Rows of an answer that a page shows; the whole answer is a link away."""

_MOST_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True)
class Table:
    """The answer to a query, for people.

    Attributes:
        columns: names of the variables.
        rows: cells; None where a variable is unbound.
        total: number of rows in all.
        text: the answer as text where it is a graph, and for ASK the word.
        error: what went wrong, or empty.
        line: line of the error in the query, or None.
        column: column of the error, or None.
        hint: what to do about the error, or empty.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Value | None, ...], ...] = ()
    total: int = 0
    text: str = ""
    error: str = ""
    line: int | None = None
    column: int | None = None
    hint: str = ""


def read_questions(release: Release) -> tuple[Question, ...]:
    """Return the questions of a release in the order of their names; one without a head is titled by its name."""
    found = []
    for path in release.questions:
        text = release.read(f"questions/{path.name}").decode()
        found.append(read_question(path.stem, text) or Question(path.stem, path.stem.replace("-", " "), "", text))
    return tuple(found)


def answer(store: Store, reader: Reader, text: str, *, client: str = "", rows: int = SHOWN_ROWS) -> Table:
    """Return the answer to a query as a table that a page can show; an error is a table too, with what went wrong."""
    try:
        return evaluate(store, reader, text, client=client, rows=rows)
    except StoreError as error:
        return Table(
            error=error.what,
            hint=error.hint,
            line=getattr(error, "line", None),
            column=getattr(error, "column", None),
        )


def evaluate(store: Store, reader: Reader, text: str, *, client: str = "", rows: int = SHOWN_ROWS) -> Table:
    """Return the answer to a query as a table that a page can show.

    The query is evaluated by the store, outside this process. Only SELECT and ASK become tables; the graph of a
    CONSTRUCT or DESCRIBE is shown as Turtle.

    Raises:
        StoreError: the query was not answered.
    """
    formats = {
        QueryForm.SELECT: SPARQL_JSON,
        QueryForm.ASK: SPARQL_JSON,
        QueryForm.CONSTRUCT: TURTLE,
        QueryForm.DESCRIBE: TURTLE,
    }
    form = query_form(text)
    with store.answer(Query(text, {form: formats[form]}, client=client)) as found:
        if found.size > _MOST_BYTES:
            return Table(
                error=f"The answer has {found.size:,} bytes, which is more than a page can show.",
                hint="Fetch it in one of the formats below, or add a LIMIT.",
            )
        content = found.read().decode("utf-8")
    if form in (QueryForm.CONSTRUCT, QueryForm.DESCRIBE):
        return Table(text=content[: rows * 400])
    return _table(json.loads(content), reader, rows)


def _table(results: dict[str, Any], reader: Reader, rows: int) -> Table:
    if "boolean" in results:
        return Table(text="Yes" if results["boolean"] else "No")
    columns = tuple(results["head"]["vars"])
    bindings = results["results"]["bindings"]
    return Table(
        columns=columns,
        rows=tuple(tuple(_cell(binding.get(column), reader) for column in columns) for binding in bindings[:rows]),
        total=len(bindings),
    )


def _cell(term: dict[str, Any] | None, reader: Reader) -> Value | None:
    if term is None:
        return None
    if term["type"] == "uri":
        return reader.value(str(term["value"]))
    return Value(str(term["value"]), str(term.get("xml:lang", "")))
