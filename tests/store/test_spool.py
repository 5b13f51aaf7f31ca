"""An answer that cannot be spooled is an error that says why."""

from __future__ import annotations

import os
from typing import Any

import pyoxigraph
import pytest

from nosograph.errors import NoSpoolSpace
from nosograph.rdf.formats import SPARQL_JSON, TURTLE
from nosograph.settings import Settings
from nosograph.store.failures import error_of_reply
from nosograph.store.oxigraph.evaluation import Evaluator
from nosograph.store.oxigraph.failure import Failure
from nosograph.store.workers.frames import Message


def failure_of(store: pyoxigraph.Store, request: Message) -> dict[str, Any]:
    """Return what a failed evaluation says; its exception ends here, since it holds results of this thread."""
    try:
        Evaluator(store, 2**30, {}).answer(request)
    except Failure as failure:
        return failure.header
    return {}


@pytest.mark.parametrize(
    ("form", "format", "text"),
    [
        ("SELECT", SPARQL_JSON, "SELECT * { ?s ?p ?o }"),
        ("CONSTRUCT", TURTLE, "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"),
    ],
)
def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, form: str, format: object, text: str) -> None:
    """Where the disk of the spool is full, the client is told so, and not the number of an error of the system."""
    store = pyoxigraph.Store()
    iri, long = pyoxigraph.NamedNode("http://example.org/a"), "x" * 100_000
    store.extend(pyoxigraph.Quad(iri, iri, pyoxigraph.Literal(f"{number} {long}")) for number in range(8))
    monkeypatch.setattr(
        "nosograph.store.oxigraph.evaluation._file_without_name", lambda: os.open("/dev/full", os.O_WRONLY)
    )
    header = {
        "check": False,
        "form": form,
        "formats": {form: format.name},  # type: ignore[attr-defined]
        "default_graphs": [],
        "named_graphs": [],
        "base": "",
    }

    error = error_of_reply(failure_of(store, Message(header, text.encode())), Settings(), 512)

    assert isinstance(error, NoSpoolSpace)
    assert "Errno" not in str(error)
