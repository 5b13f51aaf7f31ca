"""How much an examination may ask of a server."""

from __future__ import annotations

from dataclasses import dataclass

from nosograph.errors import SettingsError


@dataclass(frozen=True)
class Budget:
    """The bounds of an examination; no request is sent beyond them.

    Attributes:
        requests: requests in all, redirects that are followed and repetitions included.
        pause: seconds from the end of an answer to the next request; a ``Crawl-delay`` may make it longer.
        body: bytes that are read of an answer, and bytes that a compressed one is unpacked to.
        dump: bytes that are read, and unpacked to, of the one dump that is sampled.
        seconds: seconds for each request, from the connection to the last byte.
        total: seconds for everything.
        wait: longest ``Retry-After``, in seconds, that is waited for; a longer one ends the examination.

    Raises:
        SettingsError: no request is allowed, or the pause is negative.
    """

    requests: int = 100
    pause: float = 0.2
    body: int = 4 * 1024 * 1024
    dump: int = 16 * 1024 * 1024
    seconds: float = 15.0
    total: float = 600.0
    wait: float = 15.0

    def __post_init__(self) -> None:
        """Check that these are bounds."""
        if self.requests < 1 or self.pause < 0:
            raise SettingsError(
                f"{self.requests} requests that are {self.pause:g} s apart are no bounds.",
                hint="Allow at least one request, and no negative pause.",
            )

    def to_text(self) -> str:
        """Return the bounds in one sentence."""
        mebibyte = 1024 * 1024
        return (
            f"At most {self.requests} requests, one at a time, {self.pause:g} s apart; at most "
            f"{self.body / mebibyte:g} MiB of each answer and {self.dump / mebibyte:g} MiB of one dump; at most "
            f"{self.seconds:g} s for each and {self.total:g} s in all."
        )
