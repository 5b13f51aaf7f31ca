"""Keeps the difference of two releases in a file beside them: what each resource that differs says in both.

A resource is its lines, each after a mark: ``-`` only the older release has it, ``+`` only the newer, ``=`` both. So
from the differences A to B and B to C follows that of A to C, without a look at the releases, and every form in which a
difference is published is read from the one file. Beside the lines stands what they amount to, which takes longer to
find than to read. It is an SQLite database of packed blocks, each with a checksum.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import zstandard

from nosograph.comparison.differences import Change, ComparisonSummary, SummaryWriter
from nosograph.comparison.walking import ChangedResource, resource_keys
from nosograph.errors import Location, ReleaseError
from nosograph.rdf.names import Base
from nosograph.release.durability import sync_file, sync_folder

DIFFERENCE_FORMAT: Final = 1
BLOCK_RESOURCES: Final = 100
"""Resources of a block; a page of the event stream has those of one block."""

_BLOCK_BYTES: Final = 1 << 20
_LEVEL: Final = 6
_TABLES: Final = """
CREATE TABLE about (content BLOB NOT NULL);
CREATE TABLE blocks (
  number INTEGER PRIMARY KEY, changes INTEGER NOT NULL, content BLOB NOT NULL, described BLOB NOT NULL
);
"""


def write_difference_file(
    path: Path,
    old: str,
    new: str,
    base: Base,
    resources: Iterable[ChangedResource],
    describe: Callable[[ChangedResource], Change | None],
) -> None:
    """Write the difference of two releases in one step: the file is there whole, or not.

    Raises:
        OSError: it cannot be written.
        ReleaseError: a release cannot be read.
    """
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with closing(sqlite3.connect(fresh)) as database:
            database.executescript(_TABLES)
            summary = SummaryWriter()
            number = 0
            for number, (lines, changes) in enumerate(_blocks(resources, describe, summary), 1):
                described = "\n".join(json.dumps(change.to_json(), ensure_ascii=False) for change in changes)
                row = (number, len(changes), _pack(lines), _pack(described.encode()))
                database.execute("INSERT INTO blocks VALUES (?, ?, ?, ?)", row)
            about = {
                "format": DIFFERENCE_FORMAT,
                "old": old,
                "new": new,
                "base": base.iri,
                "blocks": number,
                "summary": summary.summary().to_json(),
            }
            content = json.dumps(about, ensure_ascii=False, sort_keys=True).encode()
            database.execute("INSERT INTO about VALUES (?)", (_pack(content),))
            database.commit()
        sync_file(fresh)
        fresh.replace(path)
    except sqlite3.Error as error:
        fresh.unlink(missing_ok=True)
        raise OSError(None, str(error), str(path)) from error
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _blocks(
    resources: Iterable[ChangedResource],
    describe: Callable[[ChangedResource], Change | None],
    summary: SummaryWriter,
) -> Iterator[tuple[bytes, list[Change]]]:
    """Return the lines of each block, and the changes that they amount to."""
    parts: list[bytes] = []
    changes: list[Change] = []
    size = 0
    for resource in resources:
        change = describe(resource)
        summary.add(resource, change)
        if change is not None:
            changes.append(change)
        parts.append(_text(resource))
        size += len(parts[-1])
        if len(parts) == BLOCK_RESOURCES or size >= _BLOCK_BYTES:
            yield b"".join(parts), changes
            parts, changes, size = [], [], 0
    if parts:
        yield b"".join(parts), changes


class DifferenceFile:
    """A difference that was kept, opened to be read.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _about(self) -> dict[str, Any]:
        with self._reading() as database:
            rows = database.execute("SELECT content FROM about").fetchall()
            about = json.loads(_unpack(rows[0][0])) if len(rows) == 1 else {}
            held = database.execute("SELECT count(*), max(number) FROM blocks").fetchone()
        if about.get("format") != DIFFERENCE_FORMAT or held != (about["blocks"], about["blocks"] or None):
            raise self._damage("it is not whole, or another version of the software wrote it")
        return about

    @property
    def old(self) -> str:
        """The version of the older release."""
        return str(self._about["old"])

    @property
    def new(self) -> str:
        """The version of the newer release."""
        return str(self._about["new"])

    @property
    def base_iri(self) -> str:
        """The base of the IRIs of both."""
        return str(self._about["base"])

    @property
    def blocks(self) -> int:
        """How many blocks it has."""
        return int(self._about["blocks"])

    @cached_property
    def summary(self) -> ComparisonSummary:
        """How many differences there are, and the first of each sort."""
        return ComparisonSummary.from_json(self._about["summary"])

    def resources(self) -> Iterator[ChangedResource]:
        """Return every resource that differs, in order.

        Raises:
            ReleaseError: the file is damaged.
        """
        for number in range(1, self.blocks + 1):
            yield from self.block(number)

    def block(self, number: int) -> tuple[ChangedResource, ...]:
        """Return the resources of a block; none where there is no such block.

        Raises:
            ReleaseError: the file is damaged.
        """
        with self._reading() as database:
            row = database.execute("SELECT content FROM blocks WHERE number = ?", (number,)).fetchone()
            return tuple(_resources(_unpack(row[0]), resource_keys(Base(self.base_iri)))) if row else ()

    def changes(self) -> Iterator[Change]:
        """Return what the resources that differ amount to, in order.

        Raises:
            ReleaseError: the file is damaged.
        """
        for number in range(1, self.blocks + 1):
            with self._reading() as database:
                (described,) = database.execute("SELECT described FROM blocks WHERE number = ?", (number,)).fetchone()
                found = [Change.from_json(json.loads(line)) for line in _unpack(described).splitlines()]
            yield from found

    def blocks_with_changes(self) -> tuple[int, ...]:
        """Return the numbers of the blocks in which something differs beside the description of a release."""
        with self._reading() as database:
            found = database.execute("SELECT number FROM blocks WHERE changes > 0 ORDER BY number").fetchall()
        return tuple(number for (number,) in found)

    def _reading(self) -> _Reading:
        return _Reading(self)

    def _damage(self, what: str) -> ReleaseError:
        return ReleaseError(
            f"The kept difference of two releases cannot be read: {what}.",
            location=Location(str(self.path)),
            hint="Remove it, and make it anew with `nosograph changes`.",
        )


class _Reading:
    """A connection to a file while it is read; what goes wrong is that the file is damaged."""

    def __init__(self, file: DifferenceFile) -> None:
        self._file = file

    def __enter__(self) -> sqlite3.Connection:
        try:
            address = f"{self._file.path.resolve().as_uri()}?mode=ro&immutable=1"
            self._database = sqlite3.connect(address, uri=True)
        except sqlite3.Error as error:
            raise self._file._damage(str(error)) from error
        return self._database

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._database.close()
        if isinstance(error, (sqlite3.Error, zstandard.ZstdError, ValueError, KeyError, TypeError)):
            raise self._file._damage(str(error)) from error


def _text(resource: ChangedResource) -> bytes:
    """Return a resource as a block has it: marked lines in order, and an empty line."""
    before, after = frozenset(resource.before), frozenset(resource.after)
    marked = (
        (b"=" if line in before and line in after else b"-" if line in before else b"+") + line
        for line in sorted(before | after)
    )
    return b"".join(marked) + b"\n"


def _resources(text: bytes, key_of: Callable[[bytes], bytes]) -> Iterator[ChangedResource]:
    for part in text.split(b"\n\n"):
        marked = [line + b"\n" for line in part.split(b"\n") if line]
        if marked:
            before = tuple(line[1:] for line in marked if line[:1] in b"=-")
            after = tuple(line[1:] for line in marked if line[:1] in b"=+")
            yield ChangedResource(key_of(marked[0][1:]), before, after)


def _pack(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(content)


def _unpack(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(packed)
