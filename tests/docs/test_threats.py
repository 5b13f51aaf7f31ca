"""The threat model states bounds and tests that are there."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
from pathlib import Path

import pytest

from nosograph.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")


def rows(columns: int) -> list[list[str]]:
    """Return the cells of the rows of tables with so many columns, without their headings."""
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("|")
    ]
    return [cells for cells in found if len(cells) == columns and cells[-1].startswith("`tests/")]


@pytest.mark.parametrize("cells", rows(5), ids=lambda cells: cells[3].strip("`"))
def test_bounds_are_those_of_the_code(cells: list[str]) -> None:
    """A bound that is stated is the default of its setting, or the value of its constant."""
    default, name = cells[2].strip("`"), cells[3].strip("`")
    if "." not in name:
        found = getattr(Settings(), name)
    else:
        module, _, constant = name.rpartition(".")
        found = getattr(importlib.import_module(f"nosograph.{module}"), constant)

    assert str(found) == default


def test_every_setting_that_bounds_something_is_there() -> None:
    """A setting that was added against a reader has its row."""
    stated = {cells[3].strip("`") for cells in rows(5)}
    bounding = {
        entry.name
        for entry in dataclasses.fields(Settings)
        if re.match(r"(?:connections|threads_queue|query|analysis)(?:_|$)", entry.name)
    }

    assert bounding - stated <= {"query_service_allow", "query_engine", "analysis_replay"}
    assert all(name in TEXT for name in ("trusted_proxies", "cache", "SERVICE"))


@pytest.mark.parametrize("name", sorted({cells[-1].strip("`") for cells in [*rows(5), *rows(3)]}))
def test_the_tests_that_hold_it_exist(name: str) -> None:
    """Each test that is named is in the file that is named."""
    path, _, function = name.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))

    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
