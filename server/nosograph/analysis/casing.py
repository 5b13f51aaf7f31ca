"""The characters that SQL and the store put into another letter case differently: a test compares all of Unicode."""

from __future__ import annotations

from typing import Final

_LOWER: Final = (
    (0x130, 0x130),
    (0x3A3, 0x3A3),  # sigma, which is another letter at the end of a word
    (0x1C89, 0x1C89),
    (0xA7CB, 0xA7DC),
    (0x10D50, 0x10D65),
    (0x16EA0, 0x16EB8),
)
_UPPER: Final = (
    (0xDF, 0xDF),
    (0x149, 0x149),
    (0x19B, 0x19B),
    (0x1F0, 0x1F0),
    (0x264, 0x264),
    (0x390, 0x390),
    (0x3B0, 0x3B0),
    (0x587, 0x587),
    (0x1C8A, 0x1C8A),
    (0x1E96, 0x1E9A),
    (0x1F50, 0x1F56),
    (0x1F80, 0x1FFC),
    (0xA7CD, 0xA7DB),
    (0xFB00, 0xFB17),
    (0x10D70, 0x10D85),
    (0x16EBB, 0x16ED3),
)


def _characters(ranges: tuple[tuple[int, int], ...]) -> str:
    return "[" + "".join(rf"\x{{{first:X}}}-\x{{{last:X}}}" for first, last in ranges) + "]"


LOWER_DIFFERS: Final = _characters(_LOWER)
"""Regular expression (RE2) of a character whose lower case SQL and the store do not agree on."""

UPPER_DIFFERS: Final = _characters(_UPPER)
"""The same for the upper case."""
