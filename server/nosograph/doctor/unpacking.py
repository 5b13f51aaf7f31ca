"""Unpacks compressed content up to a bound, so that a small answer cannot become a large one."""

from __future__ import annotations

import zlib
from typing import Final

import zstandard

from nosograph.doctor.outcomes import UnreadableBody

_GZIP: Final = 16 + zlib.MAX_WBITS

_PIECE: Final = 256
"""Bytes that are unpacked at once: in zstandard a few can become 128 KiB, and after each member the rest is copied."""

CODINGS: Final = ("gzip", "x-gzip", "deflate", "zstd")
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
        unpacked = _unpack_zstandard(content, bound) if coding == "zstd" else _unpack_deflate(content, coding, bound)
    except (zlib.error, zstandard.ZstdError) as error:
        raise UnreadableBody(f"The content is not {coding}: {error}.") from error
    found, has_ended = unpacked
    if is_whole and not has_ended and len(found) <= bound:
        raise UnreadableBody(f"The content in {coding} ends too early.")
    return found[:bound], len(found) > bound


def _unpack_deflate(content: bytes, coding: str, bound: int) -> tuple[bytes, bool]:
    """Return at most one byte more than the bound, and whether the end was reached; a file may be several members."""
    kind = zlib.MAX_WBITS if coding == "deflate" else _GZIP
    found, unpacker = bytearray(), zlib.decompressobj(kind)
    for start in range(0, len(content), _PIECE):
        rest = content[start : start + _PIECE]
        while rest and len(found) <= bound:
            if unpacker.eof:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                unpacker = zlib.decompressobj(kind)
            found += unpacker.decompress(rest, bound + 1 - len(found))
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
        if len(found) > bound:
            break
    return bytes(found), unpacker.eof or not content


def _unpack_zstandard(content: bytes, bound: int) -> tuple[bytes, bool]:
    """Return little more than the bound, and whether the end was reached; a file may be several frames."""
    found, unpacker = bytearray(), zstandard.ZstdDecompressor().decompressobj()
    for start in range(0, len(content), _PIECE):
        rest = content[start : start + _PIECE]
        while rest and len(found) <= bound:
            if unpacker.eof:
                unpacker = zstandard.ZstdDecompressor().decompressobj()
            found += unpacker.decompress(rest)
            rest = unpacker.unused_data if unpacker.eof else b""
        if len(found) > bound:
            break
    return bytes(found), unpacker.eof or not content
