"""Remembers what the header fields of requests mean, so that those that come again are looked up instead of parsed.

The same bytes mean the same fields from whoever they come, and a client sends the same ones with each request, whatever
it asks for: so only its first line is read each time. What is kept is what the bytes say, not who sent them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nosograph.web.http.malformed import LONGEST_LINE
from nosograph.web.server.request_parser import ParsedRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LONGEST: Final = 4096
"""Bytes of header fields that are remembered."""

_OVERHEAD: Final = 4096
"""Bytes that header fields take beside those that were sent: their names and values, each an object."""

_REST: Final = rb"-A-Za-z0-9._~!$&'()*+,;=:@/"
_FIRST_LINE: Final = re.compile(rb"(GET|HEAD) (/[" + _REST + rb"]*+)(?:\?([" + _REST + rb"?%]*+))?+ HTTP/1\.1\r\n")
"""The plainest first line: a path without an escape, and a query part (RFC 3986 §3.3, §3.4)."""


class KnownRequests:
    """Keeps the header fields of requests without a body by their exact bytes.

    They are kept in two halves. When the newer half is full it becomes the older one, and the older one is forgotten,
    but for what was asked again meanwhile; so a flood of fields that come once drives out none that come often.

    Args:
        capacity: bytes that all of them may take.
    """

    def __init__(self, capacity: int = 8 * 1024 * 1024) -> None:
        self._half = capacity // 2
        self._newer: dict[bytes, ParsedRequest] = {}
        self._older: dict[bytes, ParsedRequest] = {}
        self._size = 0

    def find(self, content: bytes, address: str) -> ParsedRequest | None:
        """Return the request that some bytes are when they come from an address, or None where they are not known."""
        line = _FIRST_LINE.match(content)
        if line is None or line.end() > LONGEST_LINE:
            return None
        fields = content[line.end() :]
        found = self._newer.get(fields)
        if found is None:
            found = self._older.pop(fields, None)
            if found is None:
                return None
            self._add(fields, found)
        method, path, query = line.groups(b"")
        environ: WSGIEnvironment = {
            **found.environ,
            "REQUEST_METHOD": method.decode(),
            "PATH_INFO": path.decode(),
            "QUERY_STRING": query.decode(),
            "REMOTE_ADDR": address,
        }
        return ParsedRequest(environ, b"", found.keep_alive, found.is_old)

    def keep(self, content: bytes, request: ParsedRequest) -> None:
        """Remember the header fields in some bytes that are a request, if these are nothing beside it."""
        line = _FIRST_LINE.match(content)
        if line is None or request.body or len(content) - line.end() > LONGEST:
            return
        fields = content[line.end() :]
        if fields not in self._newer:
            self._add(fields, ParsedRequest(dict(request.environ), b"", request.keep_alive, request.is_old))

    def _add(self, fields: bytes, request: ParsedRequest) -> None:
        size = len(fields) + _OVERHEAD
        if self._size + size > self._half:
            self._older, self._newer, self._size = self._newer, {}, 0
        self._newer[fields] = request
        self._size += size
