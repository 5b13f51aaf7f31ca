"""A query as workers are asked it, read by its tokens alone: no text is parsed in the serving process."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from nosograph.errors import QueryRefused, QuerySyntaxError
from nosograph.rdf.names import Base
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine, is_plainly_analysis
from nosograph.sparql.extensions import refuse_full_text
from nosograph.sparql.form import BYTE_ORDER_MARK, QueryForm, is_volatile, query_form, refuse_services
from nosograph.store.interface import Query
from nosograph.store.text_search import TextSearch
from nosograph.store.workers.frames import Message, encode_frame, encode_header, join_frame


@dataclass(frozen=True)
class Request:
    """A query as a worker is asked it.

    Attributes:
        content: the frame that asks it.
        header: the header of that frame.
        text: the query, with the hits of its text search.
        form: its form.
        limit: seconds that it may take.
        asked: when it was asked, by ``time.monotonic``.
        calling: whether it calls another service.
        client: who asks.
        is_volatile: whether the same query may have another answer tomorrow.
        engine: the engine that was chosen for it.
        is_analysis: whether it goes to the analysis engine first where none was chosen.
        read: seconds that reading it took.
    """

    content: bytes
    header: Mapping[str, Any]
    text: bytes
    form: QueryForm
    limit: float
    asked: float
    calling: bool
    client: str
    is_volatile: bool
    engine: Engine
    is_analysis: bool
    read: float

    @property
    def planning(self) -> bytes:
        """The frame that asks the analysis engine what it would do with the query."""
        return encode_frame(Message({**self.header, "plan": True}, self.text))

    @cached_property
    def key(self) -> bytes:
        """A digest of all that decides which engine can answer the query."""
        graphs = (self.header["default_graphs"], self.header["named_graphs"])
        return hashlib.blake2b(
            repr((self.header["base"], *graphs)).encode() + self.text, digest_size=16, usedforsecurity=False
        ).digest()


def prepare_request(query: Query, settings: Settings, base: Base, search: TextSearch, *, check: bool) -> Request:
    """Return a query as a worker is asked it.

    Args:
        query: the query.
        settings: what a query may use, and which engine is chosen for those that choose none.
        base: the base of the data.
        search: finds what text search in the query asks for; the engines get the query with the hits in it.
        check: whether it is only parsed.

    Raises:
        QuerySyntaxError: it is an update, or no query begins like this.
        QueryRefused: it is too long, asks for another server's full-text search, or calls a SERVICE that is not
            allowed.
        TextSearchError: its text search cannot be answered.
        SearchUnavailable: it asks the search index, which is not there.
    """
    began = time.perf_counter()
    text = query.text.removeprefix(BYTE_ORDER_MARK)
    _refuse_length(text, settings.query_text)
    form = query_form(text)
    refuse_full_text(text)
    calling = refuse_services(text, settings.query_service_allow)
    evaluated = search.answered(text)
    header, encoded_header = _common_header(
        check,
        form,
        tuple([(name, format.name) for name, format in query.formats.items()]),
        query.base or f"{base.iri}sparql",
    )
    encoded = _encoded(text)
    if query.default_graphs or query.named_graphs or evaluated is not None:
        header = {**header, "default_graphs": query.default_graphs, "named_graphs": query.named_graphs}
        if evaluated is not None:
            header, encoded = {**header, "asked": text}, evaluated.encode()
        encoded_header = encode_header(header)
    limit = settings.query_timeout
    if query.timeout is not None:
        limit = max(0.0, min(limit, query.timeout))
    engine = query.engine or settings.query_engine
    return Request(
        content=join_frame(encoded_header, encoded),
        header=header,
        text=encoded,
        form=form,
        limit=limit,
        asked=time.monotonic(),
        calling=calling,
        client=query.client,
        is_volatile=is_volatile(text),
        engine=engine,
        is_analysis=engine is Engine.ANALYSIS
        or (engine is Engine.AUTOMATIC and is_plainly_analysis(evaluated or text)),
        read=time.perf_counter() - began,
    )


@lru_cache(maxsize=64)
def _common_header(
    check: bool, form: QueryForm, formats: tuple[tuple[QueryForm, str], ...], base: str
) -> tuple[Mapping[str, Any], bytes]:
    """Return what queries that name no graphs are sent with, and as it travels: to encode it takes 8 microseconds."""
    header = {
        "check": check,
        "form": form,
        "formats": dict(formats),
        "base": base,
        "default_graphs": (),
        "named_graphs": (),
    }
    return header, encode_header(header)


def _refuse_length(text: str, bound: int) -> None:
    if len(text) > bound * 1024:
        raise QueryRefused(
            f"The query is longer than the {bound} KiB that a query may have.", hint="Ask in several queries."
        )


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line, column = text.count("\n", 0, error.start) + 1, error.start - text.rfind("\n", 0, error.start)
        raise QuerySyntaxError(
            "The query holds half of a surrogate pair, which is no character.", line=line, column=column
        ) from None
