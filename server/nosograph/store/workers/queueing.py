"""Lines of waiting queries, one for each client, served in turn: a client with many queries delays its own only."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """One line per client; each client is served once before any is served again. Not locked: the owner does that."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[Item]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        """Return how many wait in all."""
        return self._size

    def waiting(self, client: str) -> int:
        """Return how many of a client wait."""
        return len(self._lines.get(client, ()))

    def ahead(self, client: str) -> int:
        """Return how many would be served before another one of a client, when all clients may go."""
        own = self.waiting(client)
        return own + sum(min(len(line), own + 1) for other, line in self._lines.items() if other != client)

    def push(self, client: str, item: Item) -> None:
        """Put an item at the end of its client's line."""
        self._lines.setdefault(client, deque()).append(item)
        self._size += 1

    def pop(self, may_go: Callable[[str], bool] = lambda client: True) -> Item | None:
        """Take the first item of the client whose turn it is, passing over clients that may not go now."""
        for client in self._lines:
            if may_go(client):
                break
        else:
            return None
        line = self._lines.pop(client)
        item = line.popleft()
        self._size -= 1
        if line:
            self._lines[client] = line
        return item

    def remove(self, client: str, item: Item) -> None:
        """Take an item out of its line; nothing happens when it is not there any more."""
        line = self._lines.get(client)
        if line is None or item not in line:
            return
        line.remove(item)
        self._size -= 1
        if not line:
            del self._lines[client]
