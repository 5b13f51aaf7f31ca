"""What can go wrong, as values with fields: where it was, what is wrong, and how to correct it.

The command line and the web application each translate these in one place; nothing else formats them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A position in an input file; lines and columns count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return the location as ``file:line:column``, leaving out what is not known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class NosographError(Exception):
    """Base of every error that the project raises on purpose.

    Attributes:
        what: what is wrong, in one sentence.
        hint: what to do about it, in one sentence; empty when nothing can be advised.
        location: where it is wrong, when it is in a file.
    """

    def __init__(self, what: str, *, hint: str = "", location: Location | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.location = location

    def __str__(self) -> str:
        """Return the location, what is wrong and how to correct it, as one line a person can act on."""
        where = f"{self.location}: " if self.location else ""
        how = f" {self.hint}" if self.hint else ""
        return f"{where}{self.what}{how}"


class InputError(NosographError):
    """A curated file (facts, entities, mappings, registry, vocabulary, shapes) cannot be used as it is."""


class InputErrors(NosographError):
    """The input is wrong in several ways; ``errors`` has each with its location."""

    def __init__(self, errors: tuple[InputError, ...]) -> None:
        self.errors = errors
        super().__init__(f"{len(errors)} parts of the input cannot be used as they are.")

    def __str__(self) -> str:
        """Return every error on a line of its own."""
        return "\n".join(str(error) for error in self.errors)


class SettingsError(NosographError):
    """A flag, an environment variable or the configuration file has a value that cannot be used."""


class AssetError(NosographError):
    """The ontology, shapes or data folder cannot be found or read."""


class ReleaseError(NosographError):
    """A release cannot be built, or a release directory cannot be read."""


class ValidationFailed(ReleaseError):
    """The graph does not conform to the shapes, or its citations do not hold, so no release was made.

    Attributes:
        report: the report as text; empty where whoever raised this had it printed.
    """

    def __init__(self, what: str, *, hint: str = "", location: Location | None = None, report: str = "") -> None:
        super().__init__(what, hint=hint, location=location)
        self.report = report


class ReferenceDiffers(NosographError):
    """The validator and pySHACL, its reference, do not find the same, so neither can be relied on."""


class StoreError(NosographError):
    """Base of what can happen to a query or a look-up; each has a class of its own below."""


class QuerySyntaxError(StoreError):
    """The query text does not follow the SPARQL 1.1 grammar.

    Attributes:
        line: line of the error in the query, from 1, or None when the engine did not say.
        column: column of the error, from 1, or None.
    """

    def __init__(self, what: str, *, line: int | None = None, column: int | None = None, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        """Return what is wrong with the position in the query, when the engine told it."""
        where = f"Query line {self.line}, column {self.column}: " if self.line is not None else ""
        return where + super().__str__()


class TextSearchError(QuerySyntaxError):
    """The query asks the search index in a way, or for something, that it does not answer."""


class SearchUnavailable(StoreError):
    """The query asks the search index, which is not there or cannot be read."""


class QueryRefused(StoreError):
    """The query asks for something that this endpoint does not do: an update, a SERVICE call, a LOAD."""


class QueryTimeout(StoreError):
    """The query reached its deadline and was stopped.

    Attributes:
        limit: the deadline in seconds.
        elapsed: the time that the query had used, in seconds.
    """

    def __init__(self, what: str, *, limit: float, elapsed: float, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.limit = limit
        self.elapsed = elapsed


class QueryMemoryExceeded(StoreError):
    """The query needed more memory than a worker may use; ``limit`` is that bound in bytes."""

    def __init__(self, what: str, *, limit: int, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.limit = limit


class QueryCrashed(StoreError):
    """The query brought its worker process down (stack overflow or abort); the worker was replaced."""


class WorkerKilled(StoreError):
    """The process of the query was killed by the system or by somebody else; it was replaced."""


class ResultTooLarge(StoreError):
    """The result is larger than one answer may be; ``limit`` is that bound in bytes."""

    def __init__(self, what: str, *, limit: int, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.limit = limit


class DatasetTooLarge(StoreError):
    """The query merges graphs that share triples, and they are larger than may be merged; ``limit`` is in quads."""

    def __init__(self, what: str, *, limit: int, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.limit = limit


class ResultNotExpressible(StoreError):
    """The format that was asked for cannot hold the result; another one can."""


class NoSpoolSpace(StoreError):
    """The disk that answers are spooled on is full."""


class StoreBusy(StoreError):
    """No worker became free in time; ``retry_after`` is in seconds, ``per_client`` tells whose bound it was."""

    def __init__(self, what: str, *, retry_after: int, per_client: bool = False, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.retry_after = retry_after
        self.per_client = per_client


class RemoteStoreError(StoreError):
    """A remote SPARQL service could not be reached or answered with an error.

    Attributes:
        status: its HTTP status, where it answered.
        retry_after: after how many seconds it wants to be asked again, where it says so.
    """

    def __init__(
        self, what: str, *, status: int | None = None, retry_after: float | None = None, hint: str = ""
    ) -> None:
        super().__init__(what, hint=hint)
        self.status = status
        self.retry_after = retry_after


class StoreUnavailable(StoreError):
    """The SPARQL service that holds the release cannot answer now; ``retry_after`` is in seconds."""

    def __init__(self, what: str, *, retry_after: int, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.retry_after = retry_after


class OtherRelease(StoreUnavailable):
    """The SPARQL service holds another release than the one that is served, or only a part of one."""


class StoreFailed(RemoteStoreError):
    """The SPARQL service that holds the release answered with an error."""


class StoreTimedOut(StoreError):
    """The SPARQL service that holds the release did not answer in time, or said that it stopped the query."""


class ClientGone(StoreError):
    """The client closed its connection while its query ran, so the query was stopped."""
