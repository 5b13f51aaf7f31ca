"""Reads the body of a request, and tells a body that is not HTTP from a fault of the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gunicorn.http import errors

from nosograph.web.http.problems import Problem, ProblemError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MALFORMED = (errors.ParseException, errors.NoMoreData)


class RequestBody:
    """A body whose chunks are checked while they are read (RFC 9112 §7.1).

    Raises:
        ProblemError: 400, where the chunked coding is malformed.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, or all that are left."""
        return self._checked(self._stream.read) if size < 0 else self._checked(lambda: self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        """Return the next line, or up to ``size`` bytes of it."""
        return self._checked(self._stream.readline) if size < 0 else self._checked(lambda: self._stream.readline(size))

    def _checked(self, read: Any) -> bytes:
        try:
            content = read()
        except _MALFORMED as error:
            raise ProblemError(
                Problem(
                    400,
                    f"The body of the request is not what its header announces: {error}",
                    hint="Send the size of each chunk in hexadecimal digits, or send Content-Length.",
                    code="malformed-body",
                )
            ) from error
        assert isinstance(content, bytes)
        return content


class CheckedBodies:
    """Wraps an application: whatever it reads of a request's body is checked."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request through the application within."""
        environ["wsgi.input"] = RequestBody(environ["wsgi.input"])
        return self._application(environ, start_response)
