"""Reads the answers of the published questions that were made ready when a release was indexed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nosograph.rdf.formats import N_TRIPLES, SPARQL_JSON, SPARQL_TSV, Format
from nosograph.sparql.form import QueryForm, query_form
from nosograph.store.interface import Answer, Timings

LINE_FORMATS: Final[Mapping[QueryForm, Format]] = {
    QueryForm.SELECT: SPARQL_TSV,
    QueryForm.ASK: SPARQL_JSON,
    QueryForm.CONSTRUCT: N_TRIPLES,
    QueryForm.DESCRIBE: N_TRIPLES,
}
"""Form of a query → the format of its answer that has a row on each line, of which any part can be cut out."""


def read_ready_answer(folder: Path, name: str, text: str) -> Answer | None:
    """Return the answer to a published question that was made ready, or None where there is none.

    Args:
        folder: the folder of the answers of the release.
        name: the name of the question.
        text: its query.
    """
    path = folder / name
    if "/" in name or not path.is_file():
        return None
    form = query_form(text)
    return Answer(form, LINE_FORMATS[form], Timings(), path.read_bytes())
