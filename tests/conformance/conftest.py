"""Makes the real server of the web tests available here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "web"))

from live import server, shelf

__all__ = ["server", "shelf"]
