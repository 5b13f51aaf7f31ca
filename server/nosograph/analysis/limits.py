"""What the translation hands back to the store."""

from __future__ import annotations


class NotTranslated(Exception):
    """A query is not one that is answered here; ``reason`` says why, in a few words.

    The decision rests on the query and the release alone, never on what the evaluation meets.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
