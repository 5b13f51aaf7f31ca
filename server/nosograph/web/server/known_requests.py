"""Remembers what the bytes of a request mean, so that one that comes again is looked up instead of parsed.

The same bytes mean the same request from whoever they come: what is kept is what they say, not who sent them.
"""

from __future__ import annotations

from typing import Final

from nosograph.web.server.request_parser import ParsedRequest

LONGEST: Final = 4096
"""Bytes of a request that is remembered."""

_OVERHEAD: Final = 4096
"""Bytes that a request takes beside those that were sent: its names and values, each an object."""


class KnownRequests:
    """Keeps requests without a body by their exact bytes.

    They are kept in two halves. When the newer half is full it becomes the older one, and the older one is forgotten,
    but for what was asked again meanwhile; so a flood of requests that come once drives out none that come often.

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
        found = self._newer.get(content)
        if found is None:
            found = self._older.pop(content, None)
            if found is None:
                return None
            self._add(content, found)
        return found._replace(environ={**found.environ, "REMOTE_ADDR": address})

    def keep(self, content: bytes, request: ParsedRequest) -> None:
        """Remember that some bytes are a request, if they are nothing beside it and it has no body."""
        if len(content) <= LONGEST and not request.body:
            self._add(content, request._replace(environ=dict(request.environ)))

    def _add(self, content: bytes, request: ParsedRequest) -> None:
        size = len(content) + _OVERHEAD
        if self._size + size > self._half:
            self._older, self._newer, self._size = self._newer, {}, 0
        self._newer[content] = request
        self._size += size
