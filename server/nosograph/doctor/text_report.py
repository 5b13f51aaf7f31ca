"""Writes what an examination found for people, and as JSON."""

from __future__ import annotations

import textwrap
from typing import Any, Final

from nosograph.doctor.examining import ExaminationReport
from nosograph.doctor.outcomes import CheckOutcome, CheckResult

_MARKS: Final = {
    CheckOutcome.PASSED: ("✓", "32"),
    CheckOutcome.FAILED: ("✗", "31"),
    CheckOutcome.CANNOT_TELL: ("?", "33"),
    CheckOutcome.INAPPLICABLE: ("-", "90"),
    CheckOutcome.UNTESTED: ("·", "90"),
}
"""Outcome → its mark and colour (ECMA-48)."""

_WORDS: Final = {
    CheckOutcome.PASSED: "passed",
    CheckOutcome.FAILED: "failed",
    CheckOutcome.CANNOT_TELL: "cannot tell",
    CheckOutcome.INAPPLICABLE: "not applicable",
    CheckOutcome.UNTESTED: "not asked",
}
_WIDTH: Final = 110


def report_text(report: ExaminationReport, *, is_coloured: bool = False) -> str:
    """Return the report for a terminal."""
    lines = [
        f"{report.url}, examined at {report.at:%Y-%m-%d %H:%M:%S} UTC",
        f"Endpoint: {printable(report.endpoint) or 'none was found'}",
        f"Publisher: {'yes' if report.is_publisher else 'no, an endpoint alone'}"
        + (f"; looked at {printable(report.resource)}" if report.resource else ""),
        f"Asked: {report.requests} requests. {report.budget.to_text()}",
        "",
    ]
    for area in report.areas:
        score = "-" if area.score is None else f"{area.score:.0f} of 100"
        lines.append(_painted(f"{area.name}: {score} (counts {area.weight})", "1", is_coloured))
        for result in report.results:
            if result.area == area.name:
                lines += _lines_of(result, is_coloured)
        lines.append("")
    lines.append(_painted(f"Score: {score_text(report)}", "1", is_coloured))
    lines += textwrap.wrap(SCORING, _WIDTH)
    return "\n".join(lines)


SCORING: Final = (
    "The score of an area is the weight of its checks that passed, in percent of the weight of those that passed or "
    "failed (a check weighs 5 where a specification requires it, 3 where one recommends it, 1 where it helps); the "
    "score is the mean of the areas by what they count. What is not applicable, not asked or cannot be told counts for "
    "nothing."
)
"""How scores come about, for the reader."""


def score_text(report: ExaminationReport) -> str:
    """Return the score as a number of 100, or that there is none."""
    return "none, as nothing could be decided" if report.score is None else f"{report.score:.0f} of 100"


def report_json(report: ExaminationReport) -> dict[str, Any]:
    """Return the report as JSON."""
    return {
        "url": report.url,
        "endpoint": report.endpoint or None,
        "publisher": report.is_publisher,
        "resource": report.resource or None,
        "at": report.at.isoformat(timespec="seconds"),
        "requests": report.requests,
        "score": None if report.score is None else round(report.score, 1),
        "scoring": SCORING,
        "areas": [
            {
                "name": area.name,
                "weight": area.weight,
                "score": None if area.score is None else round(area.score, 1),
                "counts": {str(outcome): count for outcome, count in area.counts.items()},
            }
            for area in report.areas
        ],
        "results": [_result_json(result) for result in report.results],
    }


def _result_json(result: CheckResult) -> dict[str, Any]:
    check, decision = result.check, result.decision
    found: dict[str, Any] = {
        "check": check.name,
        "area": result.area,
        "weight": check.weight,
        "rule": check.rule,
        "outcome": str(decision.outcome),
        "detail": decision.detail,
        "clause": {"document": check.clause.document, "section": check.clause.section, "url": check.clause.url},
    }
    return found | ({"cure": check.cure} if decision.outcome is CheckOutcome.FAILED else {})


def _lines_of(result: CheckResult, is_coloured: bool) -> list[str]:
    check, decision = result.check, result.decision
    mark, colour = _MARKS[decision.outcome]
    words = "" if decision.outcome in (CheckOutcome.PASSED, CheckOutcome.FAILED) else f"{_WORDS[decision.outcome]}: "
    head = f"  {_painted(mark, colour, is_coloured)} {check.name} ({check.weight}): {check.rule}"
    lines = [head, *_indented(words + decision.detail)]
    if decision.outcome is CheckOutcome.FAILED:
        lines += _indented(f"Cure: {check.cure}")
        lines.append(f"      {check.clause.document}, {check.clause.section}, {check.clause.url}")
    return lines


def _indented(text: str) -> list[str]:
    return textwrap.wrap(
        printable(text), _WIDTH, initial_indent="      ", subsequent_indent="      ", break_long_words=False
    )


def printable(text: str) -> str:
    """Return text without control characters, which a server could send to a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _painted(text: str, colour: str, is_coloured: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if is_coloured else text
