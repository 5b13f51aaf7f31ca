"""Unpacks compressed content up to a bound, so that a small answer cannot become a large one."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import zstandard

from nosograph.doctor.outcomes import UnreadableBody

_GZIP: Final = 16 + zlib.MAX_WBITS

_PIECE: Final = 256
"""Bytes that are unpacked at once: a few can become 256 KiB, and after each member the rest is copied."""

_UNPACKERS: Final[dict[str, Callable[[], Any]]] = {
    "gzip": partial(zlib.decompressobj, _GZIP),
    "x-gzip": partial(zlib.decompressobj, _GZIP),
    "deflate": zlib.decompressobj,
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
}
"""Content coding that can be unpacked → what begins to."""

CODINGS: Final = tuple(_UNPACKERS)
"""Content codings that can be unpacked."""


def unpack(content: bytes, coding: str, bound: int, *, is_whole: bool = True) -> tuple[bytes, bool]:
    """Return content without its coding, and whether there is more of it than the bound.

    Args:
        content: what was read.
        coding: its content coding; empty for none.
        bound: bytes that are returned at most.
        is_whole: whether all of it was read, so that it has to have an end.

    Raises:
        UnreadableBody: it is not in that coding, ends before its end, or the coding is not known.
    """
    if coding in ("", "identity"):
        return content[:bound], len(content) > bound
    if coding not in CODINGS:
        raise UnreadableBody(f"The content coding {coding[:40]!r} was not asked for and is not known.")
    try:
        unpacked = _unpack_pieces(content, bound, _UNPACKERS[coding], b"" if coding == "zstd" else b"\0")
    except (zlib.error, zstandard.ZstdError) as error:
        raise UnreadableBody(f"The content is not {coding}: {error}.") from error
    found, has_ended = unpacked
    if is_whole and not has_ended and len(found) <= bound:
        raise UnreadableBody(f"The content in {coding} ends too early.")
    return found[:bound], len(found) > bound


def _unpack_pieces(content: bytes, bound: int, begin: Callable[[], Any], padding: bytes) -> tuple[bytes, bool]:
    """Return little more than the bound, and whether the end was reached; a file may be several members or frames.

    Args:
        content: the content.
        bound: bytes that are wanted at most.
        begin: returns what unpacks the next member.
        padding: what may stand between two members and after the last.
    """
    found, unpacker = bytearray(), begin()
    for start in range(0, len(content), _PIECE):
        rest = content[start : start + _PIECE]
        while rest and len(found) <= bound:
            if unpacker.eof:
                rest = rest.lstrip(padding)
                if not rest:
                    break
                unpacker = begin()
            found += unpacker.decompress(rest)
            rest = unpacker.unused_data if unpacker.eof else b""
        if len(found) > bound:
            break
    return bytes(found), unpacker.eof or not content
