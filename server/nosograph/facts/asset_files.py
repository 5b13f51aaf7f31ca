"""Finds and reads the files of the asset folders; what cannot be read is an error that says where and how to fix it.

Every file that people write (Turtle, mapping sets, registry, questions, context) is read here, so that an odd encoding,
a pipe or an unreadable file has the same message in each of them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nosograph.errors import InputError, Location

_BYTE_ORDER_MARKS: Final = {
    b"\xef\xbb\xbf": "UTF-8 with a byte order mark (U+FEFF)",
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
"""First bytes of a file → the encoding that they announce (Unicode Standard, section 23.8), longer ones first."""

_KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}

_SAVE_AS: Final = "Save it as UTF-8 without a byte order mark; a spreadsheet program may write another encoding."


def find_files(folder: Path, *suffixes: str) -> list[Path]:
    """Return every entry below a folder, at any depth, whose name ends with one of the suffixes.

    The order is that of the paths, with what is in a folder before what is in the folders below it. The suffixes are in
    lower case, and a name may have them in capitals. A folder with such a name is returned and not entered: to read it
    is an error, so nothing is ignored in silence. A folder that does not exist has no files.

    Raises:
        InputError: a folder cannot be listed.
    """
    if not os.path.lexists(folder):
        return []
    return sorted(_walk(folder, suffixes, set()), key=lambda path: (len(path.parts), path))


def read_bytes(path: Path, name: str) -> bytes:
    """Return the content of a regular file.

    Args:
        path: the file; a symbolic link is followed.
        name: the file's name in messages, relative to the assets folder.

    Raises:
        InputError: the file cannot be read, or is no regular file (a folder, pipe, socket or device).
    """
    try:
        # Without O_NONBLOCK, opening a pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
            if kind == stat.S_IFREG:
                with os.fdopen(descriptor, "rb", closefd=False) as file:
                    return file.read()
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(
            f"The file cannot be read: {error.strerror or error}.",
            location=Location(name),
            hint="Check that the file exists and that its permissions let you read it.",
        ) from error
    raise InputError(
        f"This is {_KINDS.get(kind, 'a special file')}, not a regular file.",
        location=Location(name),
        hint="Rename it or move it out of the folder; only regular files are read.",
    )


def read_text(path: Path, name: str) -> str:
    """Return the text of a UTF-8 file; arguments and errors are those of ``read_bytes`` and ``decode``."""
    return decode(read_bytes(path, name), name)


def decode(content: bytes, name: str) -> str:
    """Return the text of a file's content.

    Raises:
        InputError: the content is not UTF-8, begins with a byte order mark, or holds a null character; the location
            has the line and the column.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            raise InputError(f"The file is {encoding}.", location=Location(name, 1, 1), hint=_SAVE_AS)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"The file is not UTF-8: {error.reason} at byte {error.start} (0x{content[error.start]:02x}).",
            location=_locate(content, error.start, name),
            hint=_SAVE_AS,
        ) from error
    if "\x00" in text:
        start = content.index(b"\x00")
        raise InputError(
            f"The file holds a null character at byte {start}, so it is no text or not UTF-8.",
            location=_locate(content, start, name),
            hint=_SAVE_AS,
        )
    return text


def _locate(content: bytes, offset: int, name: str) -> Location:
    """Return line and column of a byte; the text before it is UTF-8."""
    before = content[:offset]
    line_start = before.rfind(b"\n") + 1
    return Location(name, before.count(b"\n") + 1, len(before[line_start:].decode("utf-8")) + 1)


def _walk(folder: Path, suffixes: tuple[str, ...], entered: set[Path]) -> Iterator[Path]:
    """Return the matching entries below a folder; linked folders are entered too, each real folder once."""
    real = folder.resolve()
    if real in entered:
        return
    entered.add(real)
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        raise InputError(
            f"The folder cannot be read: {error.strerror or error}.",
            location=Location(str(folder)),
            hint="Check that it is a folder and that its permissions let you list it.",
        ) from error
    for entry in entries:
        if entry.name.lower().endswith(suffixes):
            yield entry
        elif entry.is_dir():
            yield from _walk(entry, suffixes, entered)
