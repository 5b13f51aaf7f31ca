"""The list of imports of a data folder names what a build may import, and where its files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from nosograph.errors import InputError
from nosograph.imports.declared import FILE, read_declared
from nosograph.imports.kinds import kinds

KINDS = kinds(lambda endpoint, query: b"")
GOOD = """[signs]
kind = "obo"
files = ["signs.obo"]
systems = "S"
version = "1"

[quads]
kind = "nquads"
files = ["q.nq"]
"""


def write(folder: Path, text: str) -> Path:
    """Write a list of imports and return the folder."""
    (folder / "data").mkdir()
    (folder / FILE).write_text(text)
    return folder


def test_wanted_imports_are_read_in_the_order_of_the_list(tmp_path: Path) -> None:
    """By name or all; files are below the folder."""
    root = write(tmp_path, GOOD)
    (signs,) = read_declared(root, KINDS, ["signs"])

    assert [entry.name for entry in read_declared(root, KINDS, ["all"])] == ["signs", "quads"]
    assert signs.request.files == (root / "signs.obo",)
    assert (signs.request.profile.version, dict(signs.request.options)) == ("1", {"systems": "S"})
    assert read_declared(root, KINDS, []) == []


def test_files_of_an_installed_package_are_found(tmp_path: Path) -> None:
    """A package that is not installed is an error that says how to install it."""
    root = write(tmp_path, '[a]\nkind = "obo"\nfiles = ["package:rdflib/py.typed"]\n')
    other = tmp_path / "other"
    other.mkdir()
    write(other, '[a]\nkind = "obo"\nfiles = ["package:surely_not_there/a.obo"]\n')

    assert read_declared(root, KINDS, ["a"])[0].request.files[0].is_file()
    with pytest.raises(InputError, match="surely_not_there") as caught:
        read_declared(other, KINDS, ["a"])
    assert caught.value.hint.startswith("Install it")


@pytest.mark.parametrize(
    ("text", "wanted", "what", "line"),
    [
        ("[a\n", "a", "not TOML", None),
        ('\n[a]\nfiles = ["x"]\n', "a", "lacks a kind", 2),
        ('[a]\nkind = "everything"\nfiles = ["x"]\n', "a", "no kind of import 'everything'", 1),
        ('[a]\nkind = "obo"\nfiles = ["x"]\ncolour = "red"\n', "a", "colour", 1),
        ('[a]\nkind = "obo"\nfiles = ["x"]\nversion = 1\n', "a", "version", 1),
        (GOOD, "nothing", "no import 'nothing'", None),
    ],
)
def test_a_wrong_list_is_refused_with_its_line(
    tmp_path: Path, text: str, wanted: str, what: str, line: int | None
) -> None:
    """The location is the list, and the line of the import where one is wrong."""
    with pytest.raises(InputError, match=what) as caught:
        read_declared(write(tmp_path, text), KINDS, [wanted])

    assert caught.value.location is not None
    assert (caught.value.location.file, caught.value.location.line) == (FILE, line)
