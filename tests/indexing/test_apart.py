"""A step in a process of its own tells what came of it, whatever else the process prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from nosograph.errors import ReleaseError
from nosograph.indexing.apart import run_apart

MODULE = """
import os, sys
from nosograph.indexing.apart import tell

def work(report):
    report("step", 1, 2)
    os.write(1, b" 12% of a progress bar")
    print("a line")
    return {"number": 7}

sys.exit(tell(work))
"""


def died(status: int) -> ReleaseError:
    """Return the error for a process that told nothing."""
    return ReleaseError(f"status {status}", hint="")


def test_what_a_library_prints_is_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A progress bar that an engine writes to standard output breaks no line of what the process tells."""
    (tmp_path / "printing_step.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    steps = []

    made = run_apart("printing_step", report=lambda *told: steps.append(told), died=died)

    assert made == {"number": 7}
    assert steps == [("step", 1, 2)]
