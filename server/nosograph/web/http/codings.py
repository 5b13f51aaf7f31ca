"""Content codings: packs the body of a response as the client can unpack it (RFC 9110 §8.4)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import zstandard

CODINGS: Final = ("zstd", "gzip")
"""Content codings in the order of preference: zstd (RFC 8878) packs better and takes a fifth of the time."""


def compress(content: bytes, coding: str) -> bytes:
    """Return content in a content coding; the same bytes always, so that an entity tag can be strong."""
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=3, write_content_size=True).compress(content)
    return gzip.compress(content, compresslevel=6, mtime=0)


def compress_stream(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Return a stream of chunks in a content coding."""
    if coding == "zstd":
        encoder = zstandard.ZstdCompressor(level=3).chunker(chunk_size=64 * 1024)
        for chunk in chunks:
            yield from encoder.compress(chunk)
        yield from encoder.finish()  # type: ignore[no-untyped-call]
        return
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for chunk in chunks:
        packed = packer.compress(chunk)
        if packed:
            yield packed
    yield packer.flush()
