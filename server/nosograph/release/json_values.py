"""Reads JSON that comes from elsewhere."""

from __future__ import annotations

import json
from typing import Any


def parse_json(content: bytes) -> Any:
    """Return the values of JSON that can be written again: JSON can hold half a surrogate pair, and UTF-8 cannot.

    Raises:
        ValueError: it is not JSON, or holds such a half.
        RecursionError: it is nested too deep.
    """
    values = json.loads(content)
    json.dumps(values, ensure_ascii=False).encode()
    return values
