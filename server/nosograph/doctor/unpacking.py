"""Unpacks compressed content up to a bound, so that a small answer cannot become a large one."""

from __future__ import annotations

import io
import zlib
from typing import Final

import zstandard

from nosograph.doctor.outcomes import UnreadableBody

_GZIP: Final = 16 + zlib.MAX_WBITS

CODINGS: Final = ("gzip", "x-gzip", "deflate", "zstd")
"""Content codings that can be unpacked."""


def unpack(content: bytes, coding: str, bound: int) -> tuple[bytes, bool]:
    """Return content without its coding, and whether there is more of it than the bound.

    Raises:
        UnreadableBody: it is not in that coding, or the coding is not known.
    """
    if coding in ("", "identity"):
        return content[:bound], len(content) > bound
    if coding not in CODINGS:
        raise UnreadableBody(f"The content coding {coding[:40]!r} was not asked for and is not known.")
    try:
        found = _unpack_zstandard(content, bound) if coding == "zstd" else _unpack_deflate(content, coding, bound)
    except (zlib.error, zstandard.ZstdError) as error:
        raise UnreadableBody(f"The content is not {coding}: {error}.") from error
    return found[:bound], len(found) > bound


def _unpack_deflate(content: bytes, coding: str, bound: int) -> bytes:
    """Return at most one byte more than the bound; a file may be several gzip members, one after the other."""
    found, rest = b"", content
    while rest and len(found) <= bound:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS if coding == "deflate" else _GZIP)
        found += unpacker.decompress(rest, bound + 1 - len(found))
        if unpacker.unconsumed_tail or not unpacker.eof:
            break
        rest = unpacker.unused_data.lstrip(b"\0")
    return found


def _unpack_zstandard(content: bytes, bound: int) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content), read_across_frames=True) as reader:
        return reader.read(bound + 1)
