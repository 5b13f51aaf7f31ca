"""Bounds on what the connections of one address, and all of them, may hold: their number, and bytes of bodies."""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import Final

BODY_BYTES: Final = 256 * 1024 * 1024
"""Bytes that the bodies of all requests that are being received may take together."""

_SHARE: Final = 4
"""The connections of one address get this part of those bytes at most."""


class Admission:
    """Counts connections, and the bytes that they have sent and that wait.

    Args:
        connections: connections that may be open at once.
        per_client: connections of one address; 0 for no such bound, where all come from a proxy.
        body_bytes: bytes of bodies that may wait in memory.
    """

    def __init__(self, connections: int, per_client: int, body_bytes: int = BODY_BYTES) -> None:
        self._connections = connections
        self._per_client = per_client
        self._body_bytes = body_bytes
        self._client_bytes = body_bytes // _SHARE if per_client else body_bytes
        self._open: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self.total = 0
        self.total_bytes = 0

    def refusal(self, network: str) -> str:
        """Return why a connection from a network is not taken: ``client`` or ``server``; nothing when it may be."""
        if self._per_client and self._open[network] >= self._per_client:
            return "client"
        return "server" if self.total >= self._connections else ""

    def enter(self, network: str) -> None:
        """Count a connection in."""
        self._open[network] += 1
        self.total += 1

    def leave(self, network: str) -> None:
        """Count a connection out."""
        self.total -= 1
        self._open[network] -= 1
        if not self._open[network]:
            del self._open[network]

    def hold(self, network: str, size: int) -> bool:
        """Count bytes of a body in, and return whether there was room for them."""
        if self.total_bytes + size > self._body_bytes or self._bytes[network] + size > self._client_bytes:
            return False
        self._bytes[network] += size
        self.total_bytes += size
        return True

    def let_go(self, network: str, size: int) -> None:
        """Count bytes of a body out."""
        self.total_bytes -= size
        self._bytes[network] -= size
        if not self._bytes[network]:
            del self._bytes[network]


def network_of(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network of an IPv6 address (RFC 6177)."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
