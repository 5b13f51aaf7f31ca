"""Errors as clients see them: one value, and one place that makes it from an exception."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from nosograph import errors
from nosograph.rdf.formats import HTML, PLAIN_TEXT, PROBLEM_JSON, Format
from nosograph.web.http import negotiation
from nosograph.web.http.replies import Reply, add_vary

ERROR_FORMATS: Final = (PROBLEM_JSON, PLAIN_TEXT, HTML)
"""What a problem can be written in; the first one wherever nothing fits."""


@dataclass(frozen=True)
class Problem:
    """What went wrong with a request (RFC 9457).

    Attributes:
        status: the HTTP status.
        detail: what is wrong, in one sentence.
        hint: what the client can do about it, in one sentence; empty when nothing can be advised.
        code: a short name of the kind of problem that programs can test.
        fields: further members of the JSON body, such as ``line``, ``limit`` or ``available``.
        headers: header fields of the response, such as ``Allow`` or ``Retry-After``.
        request_id: the id under which the server's log has the request.
    """

    status: int
    detail: str
    hint: str = ""
    code: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""

    @property
    def title(self) -> str:
        """The status in words (RFC 9457 §4.2.1 asks for it where the type is ``about:blank``)."""
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Error"


class ProblemError(HTTPException):
    """A problem that a view found; it ends the request."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.code = problem.status


def not_found(detail: str, hint: str, **fields: Any) -> ProblemError:
    """Return the error for an address at which there is nothing."""
    return ProblemError(Problem(404, detail, hint=hint, code="not-found", fields=fields))


def bad_request(detail: str, hint: str, code: str = "malformed-request", **fields: Any) -> ProblemError:
    """Return the error for a request that cannot be understood."""
    return ProblemError(Problem(400, detail, hint=hint, code=code, fields=fields))


def too_many(what: str, number: int, limit: int) -> ProblemError:
    """Return the error for a request that asks for more at once than is answered (RFC 9110 §15.5.14)."""
    return ProblemError(
        Problem(
            413,
            f"The request has {number:,} {what}; {limit:,} are answered at once.",
            hint="Send several requests.",
            code=f"too-many-{what}",
            fields={"limit": limit},
        )
    )


def malformed_parameter(detail: str, hint: str) -> ProblemError:
    """Return the error for a query parameter whose value cannot be used."""
    return ProblemError(Problem(400, detail, hint=hint, code="malformed-parameter"))


def several_values(name: str, number: int) -> ProblemError:
    """Return the error for a query parameter that has one value and was given several."""
    return malformed_parameter(f"The parameter {name} is given {number} values.", "Give it once.")


def not_acceptable(formats: tuple[Format, ...], accept: str) -> ProblemError:
    """Return the error that lists what there is, where nothing fits the Accept header (RFC 9110 §15.5.7)."""
    available = [format.media_type for format in formats]
    return ProblemError(
        Problem(
            406,
            f"Nothing here fits the header Accept: {accept}",
            hint=f"Ask for one of {', '.join(available)}, or send no Accept header.",
            code="not-acceptable",
            fields={"available": available},
            headers={"Vary": "Accept"},
        )
    )


def translate(error: Exception, method: str, path: str) -> Problem:
    """Return the problem that an exception is to clients; the only place where that is decided.

    Args:
        error: what was raised.
        method: the method of the request.
        path: the path of the request.
    """
    match error:
        case ProblemError():
            return error.problem
        case negotiation.MalformedHeader():
            return Problem(
                400,
                str(error),
                hint="Write it as RFC 9110 §12.5 says, or leave it out.",
                code="malformed-header",
                fields={"header": error.field},
            )
        case errors.ReleaseError():
            return Problem(
                500,
                "A file of the release that is served here is damaged, so it is not sent.",
                hint="Another release may have it; those who run this server find it with `nosograph verify`.",
                code="damaged-release",
            )
        case errors.StoreError():
            return _translate_store(error)
        case MethodNotAllowed():
            allowed = sorted(error.valid_methods or ())
            return Problem(
                405,
                f"The method {method} is not for this address.",
                hint=f"Use {', '.join(allowed)}.",
                code="method-not-allowed",
                fields={"allowed": allowed},
                headers={"Allow": ", ".join(allowed)},
            )
        case NotFound():
            return Problem(
                404,
                f"There is nothing at {path}.",
                hint="The front page / and /.well-known/api-catalog list what there is.",
                code="not-found",
            )
        case HTTPException():
            return Problem(
                error.code or 500,
                error.description or "The request cannot be answered.",
                hint="Compare the request with the interfaces that /.well-known/api-catalog lists.",
                code="bad-request" if (error.code or 500) < 500 else "server-fault",
            )
        case _:
            return Problem(
                500,
                "The server failed on this request; the fault is its own.",
                hint="Try again, and report the request id if it happens again.",
                code="server-fault",
            )


_PUBLIC: Final[Mapping[type[Exception], str]] = {
    errors.StoreUnavailable: "The store that answers queries cannot be reached, or has too much to do.",
    errors.OtherRelease: "The store that answers queries does not hold this release at the moment.",
    errors.StoreTimedOut: "The store that answers queries did not answer in time.",
    errors.StoreFailed: "The store that answers queries failed on this query.",
}
"""What clients are told of the store behind the server: its address and its words are for the server's log."""


def _translate_store(error: errors.StoreError) -> Problem:
    """Return the problem that a failed query is.

    A query that cannot be run at all is 400 or 403; one that ran into a bound that holds for the whole server is
    503; one whose answer is too large is 422, because asking again cannot help; one whose answer the chosen format
    cannot hold is 406.
    """
    status, code = 500, "store-fault"
    fields: dict[str, Any] = {}
    headers: dict[str, str] = {}
    match error:
        case errors.QuerySyntaxError():
            status, code = 400, "text-search" if isinstance(error, errors.TextSearchError) else "query-syntax"
            fields = {"line": error.line, "column": error.column}
        case errors.SearchUnavailable():
            status, code, headers = 503, "no-search-index", {"Retry-After": "300"}
        case errors.QueryRefused():
            status, code = 403, "query-refused"
        case errors.QueryTimeout():
            status, code = 503, "query-timeout"
            fields = {"limit_seconds": error.limit, "elapsed_seconds": round(error.elapsed, 3)}
            headers = {"Retry-After": "30"}
        case errors.QueryMemoryExceeded():
            status, code, fields = 503, "query-memory", {"limit_bytes": error.limit}
            headers = {"Retry-After": "30"}
        case errors.QueryCrashed():
            status, code, headers = 503, "query-crashed", {"Retry-After": "30"}
        case errors.WorkerKilled():
            status, code, headers = 503, "worker-killed", {"Retry-After": "5"}
        case errors.ResultTooLarge():
            status, code, fields = 422, "result-too-large", {"limit_bytes": error.limit}
        case errors.DatasetTooLarge():
            status, code, fields = 422, "dataset-too-large", {"limit_quads": error.limit}
        case errors.NoSpoolSpace():
            status, code, headers = 507, "spool-full", {"Retry-After": "60"}
        case errors.ResultNotExpressible():
            status, code = 406, "not-expressible"
        case errors.StoreBusy():
            status, code = (429, "too-many-queries") if error.per_client else (503, "busy")
            headers = {"Retry-After": str(error.retry_after)}
            fields = {"retry_after_seconds": error.retry_after}
        case errors.StoreUnavailable():
            status = 503
            code = "other-release" if isinstance(error, errors.OtherRelease) else "store-unavailable"
            headers = {"Retry-After": str(error.retry_after)}
            fields = {"retry_after_seconds": error.retry_after}
        case errors.StoreTimedOut():
            status, code, headers = 504, "store-timeout", {"Retry-After": "30"}
        case errors.RemoteStoreError():
            status, code = 502, "remote-store"
        case errors.ClientGone():
            status, code = 400, "client-gone"
    shown = {name: value for name, value in fields.items() if value is not None}
    return Problem(
        status, _PUBLIC.get(type(error), error.what), hint=error.hint, code=code, fields=shown, headers=headers
    )


def write_json(problem: Problem) -> str:
    """Return problem details (RFC 9457 §3), indented because people read them too."""
    members = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "hint": problem.hint,
        "code": problem.code,
        "request_id": problem.request_id,
        **problem.fields,
    }
    return json.dumps({name: value for name, value in members.items() if value != ""}, indent=2) + "\n"


def write_text(problem: Problem) -> str:
    """Return the problem as lines of plain text."""
    lines = [f"{problem.status} {problem.title}", problem.detail, problem.hint]
    for name, value in problem.fields.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        lines.append(f"{name.replace('_', ' ')}: {shown}")
    lines.append(f"request id: {problem.request_id}")
    return "\n".join(line for line in lines if line) + "\n"


def problem_format(accept: str | None) -> Format:
    """Return the format in which a client that sent an Accept header is told a problem."""
    try:
        choice = negotiation.choose(accept, ERROR_FORMATS)
    except negotiation.MalformedHeader:
        choice = None
    return choice.format if choice else PROBLEM_JSON


def problem_reply(problem: Problem, format: Format, write_page: Callable[[Problem], str]) -> Reply:
    """Return the response for a problem.

    Args:
        problem: the problem.
        format: one of ``ERROR_FORMATS``.
        write_page: writes the HTML page of a problem.
    """
    writers = {HTML.name: write_page, PLAIN_TEXT.name: write_text, PROBLEM_JSON.name: write_json}
    headers = {"Content-Type": format.content_type, **problem.headers, "Cache-Control": "no-store"}
    add_vary(headers, "Accept")
    return Reply(problem.status, headers, writers[format.name](problem).encode())
