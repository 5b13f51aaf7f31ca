"""How long the server waits for a client: every wait has an end."""

from __future__ import annotations

from typing import Final

IDLE_SECONDS: Final = 30.0
"""A client that sends nothing for so long between two requests loses its connection."""

HEAD_SECONDS: Final = 10.0
"""The header of a request must be complete so long after its first byte."""

BODY_SECONDS: Final = 30.0
"""The body of a request must be complete so long after its header."""

WRITE_SECONDS: Final = 60.0
"""A response must be taken in so long, and one second more for each ``SLOWEST_READER`` bytes."""

SLOWEST_READER: Final = 16 * 1024

LINGER_SECONDS: Final = 2.0
"""So long a client whose request was refused may go on sending before the connection is cut off."""

GONE_SECONDS: Final = 0.5
"""A client that closes its side and whose answer takes longer than this is taken to have left."""

LAST_SECONDS: Final = 2.0
"""A client that says nothing for so long after the server began to stop loses its connection."""
