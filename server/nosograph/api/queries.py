"""Asks a release or a SPARQL service."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

from nosograph.api.releases import open_release
from nosograph.errors import QueryRefused
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.sparql.form import QueryForm
from nosograph.store.asking import ask_store, open_target


@dataclass(frozen=True)
class QueryResult:
    """The whole answer to a query.

    Attributes:
        form: form of the query: SELECT, ASK, CONSTRUCT or DESCRIBE.
        format: short name of the format of ``raw``, such as ``json`` or ``ttl``.
        raw: the answer as the store wrote it.
    """

    form: QueryForm
    format: str
    raw: bytes

    @property
    def text(self) -> str:
        """The answer as text."""
        return self.raw.decode()

    @property
    def columns(self) -> tuple[str, ...]:
        """The variables of a SELECT, in its order."""
        return tuple(self._content["head"].get("vars", ()))

    @property
    def rows(self) -> list[dict[str, str]]:
        """The solutions of a SELECT: variable → IRI or text of the literal; a variable without a value is absent."""
        return [{name: term["value"] for name, term in binding.items()} for binding in self.bindings]

    @property
    def bindings(self) -> list[dict[str, dict[str, str]]]:
        """The solutions of a SELECT as SPARQL JSON has them, with type, language and datatype of each term."""
        found: list[dict[str, dict[str, str]]] = self._content.get("results", {}).get("bindings", [])
        return found

    @property
    def boolean(self) -> bool | None:
        """The answer of an ASK; None for any other query."""
        answer: bool | None = self._content.get("boolean")
        return answer

    @cached_property
    def _content(self) -> dict[str, Any]:
        if self.format != "json":
            raise QueryRefused(
                f"Rows are read from an answer in SPARQL JSON, and this one is in {self.format!r}.",
                hint="Ask for format='json' (the default for SELECT and ASK), or use raw or text.",
            )
        content: dict[str, Any] = json.loads(self.raw)
        return content


def query(
    target: Release | str | PathLike[str], text: str, *, format: str | None = None, timeout: float = 30.0
) -> QueryResult:
    """Return the answer of a release or a SPARQL service to a query.

    Args:
        target: an open release, the folder of one, or the address (http…) of a SPARQL endpoint.
        text: the query; the prefixes of the project need not be declared in it.
        format: short name of a format that fits the query's form; by default ``json`` for SELECT and ASK, ``ttl`` for
            CONSTRUCT and DESCRIBE.
        timeout: seconds that the query may take.

    Raises:
        QuerySyntaxError: the text is not SPARQL; it has line and column.
        SettingsError: the format does not fit the query.
        ReleaseError: the folder is not a release.
        StoreError: the query was not answered.
    """
    opened = _open(target)
    store, _ = open_target(opened, Settings(query_timeout=timeout))
    try:
        with ask_store(store, text, format_name=format, timeout=timeout) as answer:
            return QueryResult(answer.form, answer.format.name, answer.read())
    finally:
        store.close()


def _open(target: Release | str | PathLike[str]) -> Release | str:
    if isinstance(target, Release):
        return target
    address = str(target)
    return address if address.startswith(("http://", "https://")) else open_release(target)
