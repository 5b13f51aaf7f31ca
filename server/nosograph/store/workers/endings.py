"""Why a worker ended that was not asked to, and what that means for its query."""

from __future__ import annotations

from enum import Enum

from nosograph.errors import QueryCrashed, QueryMemoryExceeded, StoreError, WorkerKilled


class Ending(Enum):
    """Why a worker ended that was not asked to."""

    MEMORY = "it reached its own memory limit"
    CRASH = "the engine ended it"
    NO_SYSTEM_MEMORY = "the kernel ended it for want of memory"
    KILLED = "somebody else killed it"


def error_of_ending(ending: Ending, cause: str, memory: int) -> StoreError:
    """Return the error for a query whose worker has ended.

    Args:
        ending: why it ended.
        cause: the signal or the last words, for people.
        memory: bytes that a query may use.
    """
    match ending:
        case Ending.MEMORY:
            return memory_exceeded(memory)
        case Ending.NO_SYSTEM_MEMORY:
            return WorkerKilled(
                "The machine ran out of memory, so the system ended the process of this query.",
                hint="Try again later, or ask for less at once.",
            )
        case Ending.KILLED:
            return WorkerKilled("The process of this query was killed from outside.", hint="Ask the query again.")
        case Ending.CRASH:
            return QueryCrashed(
                f"The query brought the engine down ({cause}).",
                hint="It is nested too deeply or too long for the engine: write it flatter, or in several queries.",
            )


def memory_exceeded(limit: int) -> QueryMemoryExceeded:
    """Return the error for a query that needed more memory than its worker may use."""
    return QueryMemoryExceeded(
        f"The query needed more than the {limit // 1024**2} MiB of memory that a query may use.",
        limit=limit,
        hint="Ask for less at once: a smaller LIMIT, fewer values, no ORDER BY of everything.",
    )
