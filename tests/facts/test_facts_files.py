"""Every file of the asset folders is read, or an error names it: odd encodings, special files, odd folders."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from nosograph.assets import Assets
from nosograph.errors import InputError, InputErrors
from nosograph.facts.loading import load_knowledge, register_names
from nosograph.rdf.names import Base

BASE = Base()

WRITTEN_FILES = (
    "data/dataset.ttl",
    "data/facts/broad.ttl",
    "data/identifiers.tsv",
    "data/mappings/m.sssom.tsv",
    "data/questions/01-q.rq",
    "ontology/schemes.ttl",
    "shapes/s.ttl",
)
"""One file of each sort that people write by hand, and each folder that is read."""

NOT_UTF8 = {
    "latin-1": (b"# a\n# caf\xe9 \n", r":2:6: The file is not UTF-8: .* at byte 9 \(0xe9\)", 2),
    "utf-8 with a byte order mark": (b"\xef\xbb\xbf# a\n", r":1:1: .*byte order mark", 1),
    "utf-16": ("\ufeff# a\n".encode("utf-16-le"), r":1:1: The file is UTF-16", 1),
    "utf-16, big end first": ("\ufeff# a\n".encode("utf-16-be"), r":1:1: The file is UTF-16", 1),
    "utf-16 without a mark": ("# a\n".encode("utf-16-le"), r":1:2: .*null character at byte 1", 1),
    "utf-32": ("\ufeff# a\n".encode("utf-32-le"), r":1:1: The file is UTF-32", 1),
    "cut in a character": ("# a\n# é".encode()[:-1], r":2:3: The file is not UTF-8", 2),
    "a null character": (b"# a\n# \x00\n", r":2:3: .*null character at byte 6", 2),
}
"""What spreadsheet programs and broken copies write → the message, and its line."""


@pytest.mark.parametrize("name", WRITTEN_FILES)
@pytest.mark.parametrize(("content", "message", "line"), NOT_UTF8.values(), ids=NOT_UTF8)
def test_file_in_another_encoding_is_refused_where_it_shows(
    small: Assets, name: str, content: bytes, message: str, line: int
) -> None:
    """Whatever file it is, the message names file, line, column and encoding, and how to save it."""
    (small.root / name).write_bytes(content)

    with pytest.raises(InputErrors, match=name + message) as caught:
        load_knowledge(small, BASE)

    (error,) = [error for error in caught.value.errors if error.location and error.location.file == name]
    assert error.location is not None
    assert error.location.line == line
    assert "UTF-8" in error.hint


def _make_pipe(path: Path) -> None:
    os.mkfifo(path)


def _make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(path.parent)  # the address of a socket is at most 108 bytes long
        try:
            listener.bind(path.name)
        finally:
            os.chdir(before)


def _link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


SPECIAL: dict[str, tuple[Callable[[Path], None], str]] = {
    "folder": (Path.mkdir, "This is a folder, not a regular file"),
    "pipe": (_make_pipe, "This is a pipe, not a regular file"),
    "device": (_link_to_device, "This is a device, not a regular file"),
    "socket": (_make_socket, "cannot be read: No such device or address"),
    "link to nothing": (_link_to_nothing, "cannot be read: No such file or directory"),
    "link to itself": (_link_to_itself, "cannot be read: Too many levels of symbolic links"),
}


@pytest.mark.parametrize("name", ["data/facts/x.ttl", "data/mappings/x.sssom.tsv", "data/questions/x.rq"])
@pytest.mark.parametrize(("make", "message"), SPECIAL.values(), ids=SPECIAL)
def test_special_file_is_refused_and_never_waited_for(
    small: Assets, name: str, make: Callable[[Path], None], message: str
) -> None:
    """Only regular files are read; a pipe that nobody writes to and an endless device do not hold the program."""
    make(small.root / name)

    with pytest.raises(InputErrors, match=f"{name}: .*{message}"):
        load_knowledge(small, BASE)


@pytest.mark.parametrize("make", [Path.mkdir, _make_pipe, _link_to_device], ids=["folder", "pipe", "device"])
def test_registry_that_is_no_regular_file_is_refused(small: Assets, make: Callable[[Path], None]) -> None:
    """The registry is not taken for empty when something else has its name."""
    make(small.data / "identifiers.tsv")

    with pytest.raises(InputErrors, match=r"data/identifiers.tsv: This is .*, not a regular file"):
        load_knowledge(small, BASE)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_unreadable_file_is_refused(small: Assets) -> None:
    """A file without permission is named, with the reason."""
    (small.data / "facts" / "broad.ttl").chmod(0)

    with pytest.raises(InputErrors, match=r"data/facts/broad.ttl: The file cannot be read: Permission denied"):
        load_knowledge(small, BASE)


@pytest.mark.parametrize("name", ["nested/deep/more.ttl", "MORE.TTL", "broad/more.ttl"])
def test_nested_and_capital_names_are_read(small: Assets, name: str) -> None:
    """A Turtle file counts wherever it is below data/, and in whatever case its suffix is written."""
    path = small.data / "facts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[] a <https://w3id.org/nosograph/ontology#Nothing> .\n", encoding="utf-8")

    with pytest.raises(InputErrors, match=f"data/facts/{name}:1: "):
        load_knowledge(small, BASE)


def test_linked_folder_is_read_once(small: Assets) -> None:
    """Facts may be kept elsewhere and linked in; a link back to a folder above does not go round."""
    facts = small.data / "facts"
    elsewhere = small.root / "elsewhere"
    facts.rename(elsewhere)
    facts.symlink_to(elsewhere)
    (elsewhere / "again").symlink_to(elsewhere)

    knowledge = load_knowledge(small, BASE)

    assert len(knowledge.graphs["facts"]) > 0


@pytest.mark.parametrize("name", ["conditions.tsv", "conditions.csv", "conditions.XLSX"])
def test_table_that_is_not_named_as_a_mapping_set_is_refused(small: Assets, name: str) -> None:
    """A table among the mappings that would not be read is named, with the suffix that it needs."""
    (small.data / "mappings" / name).write_text("subject_id\n", encoding="utf-8")

    with pytest.raises(InputErrors, match=rf"data/mappings/{name}: .*\.sssom\.tsv"):
        load_knowledge(small, BASE)


def test_two_questions_with_one_name_are_refused(small: Assets) -> None:
    """A question is published by its file's name, so two folders cannot have the same one."""
    for folder in ("a", "b"):
        path = small.data / "questions" / folder / "01-q.rq"
        path.parent.mkdir()
        path.write_text("# Question: What?\nASK {}\n", encoding="utf-8")

    with pytest.raises(InputErrors, match=r"data/questions/b/01-q.rq: .*data/questions/a/01-q.rq"):
        load_knowledge(small, BASE)


def test_line_of_any_length_is_read(small: Assets) -> None:
    """A definition of a million letters on one line is unusual and allowed."""
    with (small.data / "things.ttl").open("a", encoding="utf-8") as stream:
        stream.write(
            f'finding:long a noso:Finding ; skos:prefLabel "long"@en ; skos:definition "{"é" * 1_000_000}"@en .'
        )

    knowledge = load_knowledge(small, BASE)

    assert str(knowledge.locations[BASE.resource("finding", "long")]) == "data/things.ttl:13"


STRAY_QUOTES = {
    "opened and not closed": ('condition:a\tactive\t"\t2020-01-01', 2),
    "closed too early": ('condition:a\tactive\t"x"y\t2020-01-01', 2),
    "over the end of the line": ('condition:a\tactive\t"\ncondition:b\tactive\t\t2020-01-01', 2),
}


@pytest.mark.parametrize(("rows", "line"), STRAY_QUOTES.values(), ids=STRAY_QUOTES)
def test_stray_quote_in_the_registry_is_refused_at_its_line(small: Assets, rows: str, line: int) -> None:
    """A quotation mark that does not enclose a whole cell is named with its line, in words."""
    (small.data / "identifiers.tsv").write_text(f"identifier\tstate\treplaced_by\tsince\n{rows}\n", encoding="utf-8")

    with pytest.raises(InputErrors, match=rf"data/identifiers.tsv:{line}: .*quotation mark"):
        load_knowledge(small, BASE)


def test_registry_is_not_rewritten_from_a_file_that_cannot_be_read(small: Assets) -> None:
    """'register' leaves the file alone when it cannot tell what it holds."""
    knowledge = load_knowledge(small, BASE)
    registry = small.data / "identifiers.tsv"
    registry.write_bytes("\ufeffidentifier\n".encode("utf-16-le"))

    with pytest.raises(InputError, match="UTF-16"):
        register_names(small, knowledge)

    assert registry.read_bytes().startswith(b"\xff\xfe")
