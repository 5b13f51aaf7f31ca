"""Answers the published questions when a release is indexed, so that no reader waits for an answer.

Only what the analysis engine answers is made ready: it can be stopped, it is bounded in memory, and its answers are
those of the store. Any other question is asked when somebody opens its page, and so is one whose answer depends on the
day, or is long.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from nosograph.analysis.database import AnalysisDatabase
from nosograph.analysis.limits import NotTranslated
from nosograph.errors import QuerySyntaxError
from nosograph.sparql.form import is_volatile, query_form
from nosograph.store.ready_answers import LINE_FORMATS

MOST_SECONDS: Final = 10.0
"""Seconds after which a question is left to be asked later."""

MOST_BYTES: Final = 4 * 1024 * 1024
"""Bytes of the longest answer that is made ready."""


class _TooLong(Exception):
    pass


class _BoundedBytes(io.BytesIO):
    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > MOST_BYTES:
            raise _TooLong
        return super().write(data)


def write_ready_answers(
    questions: Mapping[str, str],
    analysis: Path,
    folder: Path,
    prefixes: Mapping[str, str],
    *,
    seconds: float = MOST_SECONDS,
) -> int:
    """Write the answers that can be made ready into a folder that is not there, and return how many there are.

    Args:
        questions: name of a question → its query.
        analysis: the analysis file of the release.
        folder: the folder.
        prefixes: prefixes that a query need not declare.
        seconds: seconds that one may take.

    Raises:
        OSError: the analysis file cannot be read, or an answer cannot be written.
    """
    folder.mkdir()
    database = AnalysisDatabase.open(analysis, prefixes)
    number = 0
    try:
        for name, text in sorted(questions.items()):
            content = _answer(database, text, seconds)
            if content is not None:
                (folder / name).write_bytes(content)
                number += 1
    finally:
        database.close()
    return number


def _answer(database: AnalysisDatabase, text: str, seconds: float) -> bytes | None:
    """Return the answer to a query, or None where it is to be asked later."""
    output = _BoundedBytes()
    clock = threading.Timer(seconds, database.interrupt)
    try:
        if is_volatile(text):
            return None
        plan = database.plan(text)
        clock.start()
        database.write(plan, LINE_FORMATS[query_form(text)], output)
    except (NotTranslated, QuerySyntaxError, _TooLong, MemoryError, InterruptedError):
        return None
    finally:
        clock.cancel()
        if clock.ident is not None:
            clock.join()
    return output.getvalue()
