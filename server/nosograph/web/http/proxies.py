"""Who asks, where reverse proxies stand in front."""

from __future__ import annotations


def forwarded_client(peer: str, forwarded: str | None, proxies: int) -> str:
    """Return the address of the client.

    Args:
        peer: the address that the connection comes from.
        forwarded: value of X-Forwarded-For, to which each proxy adds whom it was asked by.
        proxies: how many proxies are trusted; what is before their entries could be written by anybody.
    """
    if not proxies or not forwarded:
        return peer
    named = [part.strip() for part in forwarded.split(",")]
    return named[-proxies] if len(named) >= proxies and named[-proxies] else peer
