"""Compressed content is unpacked up to a bound, and what ends too early is no content."""

import gzip
import zlib
from collections.abc import Callable

import pytest
import zstandard

from nosograph.doctor.outcomes import UnreadableBody
from nosograph.doctor.unpacking import unpack

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
CONTENT = bytes(range(256)) * 40


@pytest.mark.parametrize("coding", PACKERS)
def test_content_is_unpacked_up_to_the_bound(coding: str) -> None:
    """Content comes whole where it fits, and cut at the bound where it does not, however small it was packed."""
    packed = PACKERS[coding](CONTENT)

    assert unpack(packed, coding, len(CONTENT)) == (CONTENT, False)
    assert unpack(packed, coding, len(CONTENT) - 1) == (CONTENT[:-1], True)
    assert unpack(PACKERS[coding](b" " * 20_000_000), coding, 100) == (b" " * 100, True)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_content_may_be_in_several_parts(coding: str) -> None:
    """Members of gzip and frames of zstandard that follow each other are one content."""
    assert unpack(PACKERS[coding](CONTENT) + PACKERS[coding](b"more"), coding, 100_000) == (CONTENT + b"more", False)


@pytest.mark.parametrize("coding", PACKERS)
def test_content_that_ends_too_early_is_refused(coding: str) -> None:
    """A download that broke is not taken for a shorter file, unless the reader itself stopped."""
    half = PACKERS[coding](CONTENT)[:-6]

    with pytest.raises(UnreadableBody, match="too early"):
        unpack(half, coding, 100_000)
    assert unpack(half, coding, 100_000, is_whole=False)[1] is False


@pytest.mark.parametrize("coding", [*PACKERS, "x-nothing"])
def test_other_content_is_refused(coding: str) -> None:
    """What is not in the coding that it claims is an error that says so."""
    with pytest.raises(UnreadableBody):
        unpack(b"plain text, and nothing else", coding, 100)


@pytest.mark.parametrize(("coding", "member"), [("deflate", zlib.compress(b"")), ("gzip", gzip.compress(b""))])
def test_empty_members_are_passed_over(coding: str, member: bytes) -> None:
    """A hundred thousand of them are no content, and are not copied again for each."""
    assert unpack(member * 100_000 + PACKERS[coding](b"end"), coding, 100) == (b"end", False)
