"""What a check is, and what can come of it, in the words of the Evaluation and Report Language (EARL 1.0)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nosograph.errors import NosographError

if TYPE_CHECKING:
    from nosograph.doctor.examination import Examination


class CheckOutcome(StrEnum):
    """What came of a check; the values are the local names of EARL's outcomes."""

    PASSED = "passed"
    FAILED = "failed"
    CANNOT_TELL = "cantTell"
    INAPPLICABLE = "inapplicable"
    UNTESTED = "untested"


@dataclass(frozen=True)
class Decision:
    """What a check found.

    Attributes:
        outcome: what came of it.
        detail: what was seen, in one sentence.
    """

    outcome: CheckOutcome
    detail: str


@dataclass(frozen=True)
class SpecificationClause:
    """Where it stands what a check asks for.

    Attributes:
        document: title of the specification.
        section: its section.
        url: where that can be read.
    """

    document: str
    section: str
    url: str


@dataclass(frozen=True)
class Check:
    """One rule that a server is examined by.

    Attributes:
        name: short name, for ever the same.
        weight: how much it counts inside its area: 5 where a specification requires it, 3 where one recommends it, 1
            where it helps.
        rule: what has to be so, in one sentence.
        clause: where that stands.
        cure: what to do where it is not so.
        decide: returns what was found; it may raise ``NotAnswered``.
    """

    name: str
    weight: int
    rule: str
    clause: SpecificationClause
    cure: str
    decide: Callable[[Examination], Decision]


@dataclass(frozen=True)
class CheckArea:
    """A group of checks that gets a score of its own.

    Attributes:
        name: what it is called.
        weight: how much its score counts in the whole.
        checks: its checks.
    """

    name: str
    weight: int
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class CheckResult:
    """A check with what it found."""

    area: str
    check: Check
    decision: Decision


class NotAnswered(NosographError):
    """A request that a check needs got no answer; ``outcome`` is what that means for the check."""

    def __init__(self, what: str, outcome: CheckOutcome) -> None:
        super().__init__(what)
        self.outcome = outcome


class UnreadableBody(NosographError):
    """The body of an answer is not what its media type says."""


def passed(detail: str) -> Decision:
    """Return that a rule holds."""
    return Decision(CheckOutcome.PASSED, detail)


def failed(detail: str) -> Decision:
    """Return that a rule does not hold."""
    return Decision(CheckOutcome.FAILED, detail)


def cannot_tell(detail: str) -> Decision:
    """Return that what was seen does not show whether a rule holds."""
    return Decision(CheckOutcome.CANNOT_TELL, detail)


def inapplicable(detail: str) -> Decision:
    """Return that a rule is about something that this server does not have."""
    return Decision(CheckOutcome.INAPPLICABLE, detail)


def holds(fulfilled: bool, detail: str, otherwise: str = "") -> Decision:
    """Return passed or failed, with what was seen in either case."""
    return passed(detail) if fulfilled else failed(otherwise or detail)
