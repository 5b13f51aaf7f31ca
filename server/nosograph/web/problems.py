"""Errors as clients see them: one value, one place that makes it from an exception, three ways to write it."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from nosograph import errors
from nosograph.formats import HTML, PLAIN_TEXT, PROBLEM_JSON, Format
from nosograph.web import negotiation
from nosograph.web.observation import PROBLEM, REQUEST_ID

_log = logging.getLogger("nosograph.web")

ERROR_FORMATS: Final = (PROBLEM_JSON, PLAIN_TEXT, HTML)
_JSON_ALIASES: Final = {PROBLEM_JSON.name: ("application/json",)}


@dataclass(frozen=True)
class Problem:
    """What went wrong with a request (RFC 9457).

    Attributes:
        status: the HTTP status.
        detail: what is wrong, in one sentence.
        mend: what the client can do about it, in one sentence; empty when nothing can be advised.
        code: a short name of the kind of problem that programs can test.
        fields: further members of the JSON body, such as ``line``, ``limit`` or ``available``.
        headers: header fields of the response, such as ``Allow`` or ``Retry-After``.
        request_id: the id under which the server's log has the request.
    """

    status: int
    detail: str
    mend: str = ""
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


def not_found(detail: str, mend: str, **fields: Any) -> ProblemError:
    """Give the error for an address at which there is nothing."""
    return ProblemError(Problem(404, detail, mend=mend, code="not-found", fields=fields))


def malformed_parameter(detail: str, mend: str) -> ProblemError:
    """Give the error for a query parameter whose value cannot be used."""
    return ProblemError(Problem(400, detail, mend=mend, code="malformed-parameter"))


def not_acceptable(formats: tuple[Format, ...], accept: str) -> ProblemError:
    """Give the error that lists what there is, where nothing fits the Accept header (RFC 9110 §15.5.7)."""
    available = [format.media_type for format in formats]
    return ProblemError(
        Problem(
            406,
            f"Nothing here fits the header Accept: {accept}",
            mend=f"Ask for one of {', '.join(available)}, or send no Accept header.",
            code="not-acceptable",
            fields={"available": available},
            headers={"Vary": "Accept"},
        )
    )


def translate(error: Exception) -> Problem:
    """Give the problem that an exception is to clients; the only place where that is decided."""
    match error:
        case ProblemError():
            return error.problem
        case negotiation.MalformedHeader():
            return Problem(
                400,
                str(error),
                mend="Write it as RFC 9110 §12.5 says, or leave it out.",
                code="malformed-header",
                fields={"header": error.field},
            )
        case errors.StoreError():
            return _translate_store(error)
        case MethodNotAllowed():
            allowed = sorted(error.valid_methods or ())
            return Problem(
                405,
                f"The method {request.method} is not for this address.",
                mend=f"Use {', '.join(allowed)}.",
                code="method-not-allowed",
                fields={"allowed": allowed},
                headers={"Allow": ", ".join(allowed)},
            )
        case NotFound():
            return Problem(
                404,
                f"There is nothing at {request.path}.",
                mend="The front page / and /.well-known/api-catalog list what there is.",
                code="not-found",
            )
        case HTTPException():
            return Problem(error.code or 500, error.description or "The request cannot be answered.")
        case _:
            return Problem(
                500,
                "The server failed on this request; the fault is its own.",
                mend="Try again, and report the request id if it happens again.",
                code="server-fault",
            )


def _translate_store(error: errors.StoreError) -> Problem:
    """Give the problem that a failed query is.

    A query that cannot be run at all is 400 or 403; one that ran into a bound that holds for the whole server is
    503; one whose answer is too large is 422, because asking again cannot help; one whose answer the chosen format
    cannot hold is 406.
    """
    status, code = 500, "store-fault"
    fields: dict[str, Any] = {}
    headers: dict[str, str] = {}
    match error:
        case errors.QuerySyntaxError():
            status, code = 400, "query-syntax"
            fields = {"line": error.line, "column": error.column}
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
        case errors.ResultTooLarge():
            status, code, fields = 422, "result-too-large", {"limit_bytes": error.limit}
        case errors.ResultNotExpressible():
            status, code = 406, "not-expressible"
        case errors.StoreBusy():
            status, code = (429, "too-many-queries") if error.per_client else (503, "busy")
            headers = {"Retry-After": str(error.retry_after)}
            fields = {"retry_after_seconds": error.retry_after}
        case errors.RemoteStoreError():
            status, code = 502, "remote-store"
        case errors.ClientGone():
            status, code = 400, "client-gone"
    shown = {name: value for name, value in fields.items() if value is not None}
    return Problem(status, error.what, mend=error.mend, code=code, fields=shown, headers=headers)


def render(problem: Problem, accept: str | None) -> Response:
    """Give the response for a problem, written as the client asks; problem details where nothing else fits."""
    try:
        choice = negotiation.choose(accept, ERROR_FORMATS, _JSON_ALIASES)
    except negotiation.MalformedHeader:
        choice = None
    chosen = choice.format if choice else PROBLEM_JSON
    writers = {HTML.name: _write_html, PLAIN_TEXT.name: _write_text, PROBLEM_JSON.name: write_json}
    response = Response(writers[chosen.name](problem), problem.status)
    response.headers["Content-Type"] = chosen.content_type
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def write_json(problem: Problem) -> str:
    """Give problem details (RFC 9457 §3), indented because people read them too."""
    members = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "mend": problem.mend,
        "code": problem.code,
        "request_id": problem.request_id,
        **problem.fields,
    }
    return json.dumps({name: value for name, value in members.items() if value != ""}, indent=2) + "\n"


def _write_text(problem: Problem) -> str:
    lines = [f"{problem.status} {problem.title}", problem.detail, problem.mend]
    for name, value in problem.fields.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        lines.append(f"{name.replace('_', ' ')}: {shown}")
    lines.append(f"request id: {problem.request_id}")
    return "\n".join(line for line in lines if line) + "\n"


def _write_html(problem: Problem) -> str:
    from nosograph.web import pages  # pages use the problem, so the module cannot be imported while this one loads

    return pages.render_error(problem)


def install(app: Flask) -> None:
    """Make an application answer every error through this module."""
    app.register_error_handler(Exception, _handle)


def _handle(error: Exception) -> Response:
    problem = translate(error)
    if problem.status >= 500 and not isinstance(error, errors.StoreError):
        _log.error("request %s failed", request.environ.get(REQUEST_ID, "-"), exc_info=error)
    identified = dataclasses.replace(problem, request_id=request.environ.get(REQUEST_ID, ""))
    request.environ[PROBLEM] = identified.code
    return render(identified, request.headers.get("Accept"))
