"""Which licence an address stands for: its identifier in the list of SPDX (https://spdx.org/licenses/)."""

from __future__ import annotations

import re
from typing import Final

_CREATIVE_COMMONS: Final = re.compile(r"https?://creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)(?:/|\Z)")
_ZERO: Final = re.compile(r"https?://creativecommons\.org/publicdomain/zero/(\d\.\d)(?:/|\Z)")
_SPDX: Final = re.compile(r"https?://spdx\.org/licenses/([A-Za-z0-9.+-]+?)(?:\.html)?\Z")


def spdx_identifier(iri: str) -> str:
    """Return the identifier of a licence, such as ``CC-BY-4.0``; nothing where its address does not tell it."""
    if found := _CREATIVE_COMMONS.match(iri):
        return f"CC-{found[1].upper()}-{found[2]}"
    if found := _ZERO.match(iri):
        return f"CC0-{found[1]}"
    return found[1] if (found := _SPDX.match(iri)) else ""
