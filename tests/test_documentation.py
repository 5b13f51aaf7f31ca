"""What a user can call, set or request is documented, and what is documented is there."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest

from nosograph.cli.configuration import OTHER_VARIABLES
from nosograph.cli.exit_codes import CHECK_FAILED, DONE, FAILED, INTERRUPTED, USAGE
from nosograph.cli.program import COMMANDS
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.web.application import create_application

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "server" / "nosograph"
GUIDES = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))


def rows(heading: str) -> dict[str, str]:
    """Return the rows of the guides' table below a header cell: first cell without quotes → second cell."""
    table = GUIDES.partition(f"| {heading} |")[2].partition("\n\n")[0]
    cells = (re.split(r"(?<!\\)\|", line) for line in table.splitlines()[2:])
    return {row[1].strip().strip("`"): row[2].strip() for row in cells}


def test_every_command_is_in_the_guides() -> None:
    """The table lists each command of the command line, and no other."""
    assert {row.split()[1] for row in rows("command")} == set(COMMANDS)


def test_every_setting_is_in_the_guides_with_its_default() -> None:
    """The table's defaults are the real ones."""
    documented = rows("setting")

    assert list(documented) == [entry.name for entry in dataclasses.fields(Settings)]
    for entry in dataclasses.fields(Settings):
        default = "" if entry.default in (None, "", ()) else f"`{entry.default}`"
        assert documented[entry.name] == default, entry.name


def test_every_route_is_in_the_guides(release: Release) -> None:
    """The table lists each route of the application, and no other; parameters are written as Flask writes them."""
    rules = {
        re.sub(r"<(?:[a-z_]+(?:\([^)]*\))?:)?([a-z_]+)>", r"<\1>", rule.rule)
        for rule in create_application(release, Settings()).url_map.iter_rules()
    }

    assert {route for row in rows("route") for route in row.replace("`", "").split(" · ")} == rules


def test_every_exit_code_is_in_the_guides() -> None:
    """The table lists the codes that the command line ends with."""
    assert set(rows("code")) == {str(code) for code in (DONE, CHECK_FAILED, USAGE, FAILED, INTERRUPTED)}


def test_every_variable_is_in_the_guides() -> None:
    """A variable that is no setting is explained somewhere."""
    assert {name for name in OTHER_VARIABLES if f"`{name}" not in GUIDES} == set()


def test_every_room_is_in_the_guides() -> None:
    """The table lists each package and module at the top, and no other."""
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}

    assert {room for row in rows("room") for room in row.replace("`", "").split(" · ")} == rooms - {"__init__"}


@pytest.mark.parametrize(
    "path",
    [*sorted(PACKAGE.rglob("*.py")), *sorted((ROOT / "shapes").glob("*.ttl")), *sorted((ROOT / "docs").glob("*.md"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_words_are_those_of_the_field(path: Path) -> None:
    """Code, messages and guides use the terms of the field, and docstrings say what is returned, not what is given."""
    text = path.read_text(encoding="utf-8")
    docstrings = [
        ast.get_docstring(node) or ""
        for node in (ast.walk(ast.parse(text)) if path.suffix == ".py" else ())
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    ]

    assert re.findall(r"(?i)\b(?:mend(?:s|ed|ing)?|judg(?:es?|ed|ing)|nought|greet\w*|bury|buried)\b", text) == []
    assert [docstring for docstring in docstrings if re.match(r"Gives?\b|Tells?\b|Says?\b", docstring)] == []
