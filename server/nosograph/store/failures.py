"""Translates what a worker says went wrong into the error that a caller gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nosograph.errors import (
    DatasetTooLarge,
    NoSpoolSpace,
    OtherRelease,
    QueryCrashed,
    QueryRefused,
    QuerySyntaxError,
    RemoteStoreError,
    ResultNotExpressible,
    ResultTooLarge,
    StoreError,
    StoreFailed,
    StoreTimedOut,
    StoreUnavailable,
)
from nosograph.settings import Settings
from nosograph.store.workers.endings import memory_exceeded

_MEBIBYTE: Final = 1024 * 1024


def error_of_reply(fields: Mapping[str, Any], settings: Settings, memory: int) -> StoreError:
    """Return the error that the header of a reply tells.

    Args:
        fields: the header.
        settings: the bounds that the error may name.
        memory: MiB of memory that the query was allowed.
    """
    what, hint = str(fields.get("what", "")), str(fields.get("hint", ""))
    match fields["error"]:
        case "syntax":
            return QuerySyntaxError(what, line=fields.get("line"), column=fields.get("column"), hint=hint)
        case "memory":
            return memory_exceeded(memory * _MEBIBYTE)
        case "crashed":
            return QueryCrashed(f"The query brought the engine down ({what}).", hint="Write it in another way.")
        case "too_large":
            return ResultTooLarge(
                f"The result is larger than the {settings.query_result} MiB that an answer may have.",
                limit=settings.query_result * _MEBIBYTE,
                hint="Ask for less: a LIMIT, fewer variables, or take the dump of the release.",
            )
        case "dataset_too_large":
            return DatasetTooLarge(
                f"The graphs of this query share triples and have more than the {fields['limit']:,} quads that can "
                "be merged for one query.",
                limit=fields["limit"],
                hint="Ask without FROM, which asks all graphs, or name one graph, or use GRAPH in the pattern.",
            )
        case "unreadable_from":
            return QuerySyntaxError(what, hint=hint)
        case "inexpressible":
            return ResultNotExpressible(what, hint=hint)
        case "unsupported":
            return QueryRefused(f"{what}.", hint="Use the functions and forms that SPARQL 1.1 itself defines.")
        case "remote":
            return RemoteStoreError(
                f"A service that the query calls did not answer as it should: {what}.",
                hint="Ask that service directly, or call it with SERVICE SILENT.",
            )
        case "service":
            return StoreFailed(what, status=fields.get("status"), hint=hint)
        case "unavailable":
            return StoreUnavailable(what, retry_after=fields["retry_after"], hint=hint)
        case "other_release":
            return OtherRelease(what, retry_after=fields["retry_after"], hint=hint)
        case "timed_out":
            return StoreTimedOut(what, hint=hint)
        case "no_space":
            return NoSpoolSpace(
                "The disk on which answers are collected is full.", hint="Try again later, or ask for less."
            )
        case _:
            return StoreError(what or "The query could not be evaluated.", hint=hint)
