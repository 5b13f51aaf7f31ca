"""Asks a release or a remote service one question and prints the answer: as a table, or in any of its formats."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from typing import Any

from nosograph.assets import find_assets
from nosograph.errors import SettingsError
from nosograph.rdf.curies import compact
from nosograph.rdf.formats import SPARQL_JSON, Format
from nosograph.rdf.names import Base
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import QueryForm, query_form
from nosograph.sparql.formats import DEFAULT_FORMATS, FORMATS_BY_FORM
from nosograph.store.embedded import open_embedded
from nosograph.store.interface import Answer, Query, Store
from nosograph.store.remote import RemoteStore
from nosograph.vocabulary.reading import read_vocabulary_folder

TABLE = "table"
"""Name of the format that is for people alone."""

TABLE_FORMS = (QueryForm.SELECT, QueryForm.ASK)

WIDEST_CELL = 72
"""Characters that a cell of a table shows; what is longer ends with an ellipsis. Every other format is complete."""


def ask(
    text: str,
    target: Release | str,
    settings: Settings,
    *,
    format_name: str | None = None,
) -> Iterator[bytes]:
    """Return the answer to a question in chunks.

    Args:
        text: the query; the project's prefixes need not be declared in it.
        target: the release to ask, or the address of a SPARQL service.
        settings: the limits.
        format_name: a format's short name, or ``table``, or None for a table where the answer is one and else Turtle.

    Raises:
        SettingsError: the format does not fit the query.
        StoreError: the query was not answered.
    """
    query_form(text)
    store, base = open_target(target, settings)
    try:
        yield from print_answer(
            store, base, text, format_name=format_name, timeout=settings.query_timeout, engine=settings.query_engine
        )
    finally:
        store.close()


def print_answer(
    store: Store, base: Base, text: str, *, format_name: str | None, timeout: float, engine: Engine | None = None
) -> Iterator[bytes]:
    """Return the answer of a store to a question in chunks, as it is printed; raises what ``ask`` raises.

    Args:
        store: the store.
        base: the base of the data, by which a table shortens IRIs.
        text: the query.
        format_name: a format's short name, or ``table``, or None for a table where the answer is one and else Turtle.
        timeout: seconds that the query may take.
        engine: the engine that is to answer where it can.
    """
    as_table = query_form(text) in TABLE_FORMS and format_name in (None, TABLE)
    name = None if as_table else format_name
    with ask_store(store, text, format_name=name, timeout=timeout, engine=engine) as answer:
        if as_table:
            yield format_table(json.loads(answer.read()), base).encode()
        else:
            yield from answer.chunks()
            if answer.format is SPARQL_JSON:
                yield b"\n"


def open_target(target: Release | str, settings: Settings) -> tuple[Store, Base]:
    """Return the store of a release, or of the SPARQL service at an address, and the base that its prefixes stand on.

    The prefixes are those of the release's vocabulary; for a service, those of the software's own, which are declared
    in what it is asked. The caller closes the store.
    """
    if isinstance(target, str):
        base = read_vocabulary_folder(find_assets().ontology).base(settings.base_iri)
        return RemoteStore(target, settings.query_timeout, base.prefixes()), base
    return open_embedded(target, dataclasses.replace(settings, query_workers=1)), target.base


def ask_store(
    store: Store, text: str, *, format_name: str | None, timeout: float, engine: Engine | None = None
) -> Answer:
    """Return the answer of a store to a query in a format.

    Args:
        store: the store.
        text: the query.
        format_name: a format's short name, or None for the first that fits the query's form.
        timeout: seconds that the query may take.
        engine: the engine that is to answer where it can; a service that knows no engines answers as it does.

    Raises:
        SettingsError: the format does not fit the query.
        StoreError: the query was not answered.
    """
    form = query_form(text)
    return store.answer(Query(text, {form: _choose_format(form, format_name)}, timeout=timeout, engine=engine))


def format_table(results: dict[str, Any], base: Base) -> str:
    """Return SPARQL JSON results as a table of aligned columns with compact IRIs, and the number of rows."""
    if "boolean" in results:
        return f"{str(results['boolean']).lower()}\n"
    header = list(results["head"]["vars"])
    rows = [[_cell(binding.get(name), base) for name in header] for binding in results["results"]["bindings"]]
    widths = [max([len(name), *(len(row[index]) for row in rows)]) for index, name in enumerate(header)]
    rule = "-" * min(sum(widths) + 2 * max(len(widths) - 1, 0), shutil.get_terminal_size((200, 24)).columns)
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    ]
    return "\n".join([lines[0], rule, *lines[1:], f"{len(rows)} row{'' if len(rows) == 1 else 's'}"]) + "\n"


def _choose_format(form: QueryForm, name: str | None) -> Format:
    """Return the format to answer in."""
    if name is None:
        return DEFAULT_FORMATS[form]
    choices = {entry.name: entry for entry in FORMATS_BY_FORM[form]}
    if name not in choices:
        table = f"{TABLE}, " if form in TABLE_FORMS else ""
        raise SettingsError(
            f"The answer to {form} has no format {name!r}.", hint=f"Choose from: {table}{', '.join(choices)}."
        )
    return choices[name]


def _cell(term: dict[str, str] | None, base: Base) -> str:
    """Return a term as a table shows it: printable, on one line, IRIs with their prefix."""
    if term is None:
        return ""
    text = compact(term["value"], base) if term["type"] == "uri" else term["value"]
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return shown if len(shown) <= WIDEST_CELL else shown[: WIDEST_CELL - 1] + "…"
