"""Accounts for every row, term or statement of the files of an import: published, left out, or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final

from nosograph.errors import InputError, Location

EXAMPLES: Final = 20
FEW: Final = 3
"""How many locations of one reason to refuse, and to leave out, an account keeps; it counts all."""


class RowRefused(Exception):
    """A row cannot be published: ``reason`` is one of few, ``what`` says more, ``hint`` what to do."""

    def __init__(self, reason: str, what: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.what = what
        self.hint = hint


@dataclass
class FileAccount:
    """What became of the rows of one file.

    Attributes:
        file: the path of the file.
        unit: what is counted, in the plural: rows, terms, statements.
        read: how many there are.
        published: how many were published.
        left_out: reason → how many were left out by a rule.
        refused: reason → how many were refused as faulty.
        examples: reason → the first few of those left out or refused, each with its location.
    """

    file: str
    unit: str
    read: int = 0
    published: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    strict: bool = False

    def leave_out(self, reason: str, line: int | None, what: str = "") -> None:
        """Count one that a rule leaves out."""
        self.left_out[reason] += 1
        self._remember(reason, line, what)

    def refuse(self, refusal: RowRefused, line: int | None) -> None:
        """Count one that is faulty.

        Raises:
            InputError: the import is strict.
        """
        if self.strict:
            raise InputError(refusal.what, location=Location(self.file, line), hint=refusal.hint)
        self.refused[refusal.reason] += 1
        self._remember(refusal.reason, line, refusal.what)

    def check(self) -> None:
        """Check that nothing is unaccounted for."""
        total = self.published + self.left_out.total() + self.refused.total()
        assert self.read == total, f"{self.file}: {self.read} {self.unit} read, {total} accounted for"

    def to_json(self) -> dict[str, Any]:
        """Return the account as JSON has it."""
        return {
            "file": PurePath(self.file).name,
            "unit": self.unit,
            "read": self.read,
            "published": self.published,
            "leftOut": dict(sorted(self.left_out.items())),
            "refused": dict(sorted(self.refused.items())),
            "examples": {reason: list(found) for reason, found in sorted(self.examples.items())},
        }

    def to_lines(self) -> Iterator[str]:
        """Return the account as lines of text."""
        yield (
            f"{self.file}: {self.read} {self.unit} read = {self.published} published + "
            f"{self.left_out.total()} left out + {self.refused.total()} refused"
        )
        for title, counts in (("left out", self.left_out), ("refused", self.refused)):
            for reason, number in sorted(counts.items()):
                yield f"  {title}: {number} {reason}"
                yield from (f"    {example}" for example in self.examples.get(reason, ()))

    def _remember(self, reason: str, line: int | None, what: str) -> None:
        found = self.examples.setdefault(reason, [])
        if len(found) < (EXAMPLES if reason in self.refused else FEW):
            location = Location(PurePath(self.file).name, line)  # a release is the same on every machine
            found.append(f"{location}: {what}" if what else str(location))


@dataclass(frozen=True)
class Account:
    """What became of the content of all files of an import.

    Attributes:
        files: the account of each.
        notes: what else was counted: name → number, such as denials by notation.
        withheld: beginning of a code → how many codes were left out because they may not be republished.
    """

    files: tuple[FileAccount, ...]
    notes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    withheld: Mapping[str, int] = field(default_factory=dict)

    def total(self, what: str) -> int:
        """Return how many of all files were ``read``, ``published``, ``left_out`` or ``refused``."""
        values = (getattr(account, what) for account in self.files)
        return sum(value.total() if isinstance(value, Counter) else value for value in values)

    def to_json(self) -> dict[str, Any]:
        """Return the account as JSON has it."""
        return {
            "files": [account.to_json() for account in self.files],
            "notes": {name: dict(sorted(counts.items())) for name, counts in sorted(self.notes.items())},
            "withheldCodes": dict(sorted(self.withheld.items())),
        }

    def to_text(self) -> str:
        """Return the account as text for people."""
        lines = [line for account in self.files for line in account.to_lines()]
        lines += _counted("codes that may not be republished, left out", self.withheld)
        for name, counts in sorted(self.notes.items()):
            lines += _counted(name, counts)
        return "\n".join(lines) + "\n"


def _counted(title: str, counts: Mapping[str, int]) -> Iterable[str]:
    if counts:
        yield f"{title}: " + ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
