"""Writes the figures of one run as tables in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any, Final

OURS: Final = "nosograph"
RUST: Final = "oxigraph"
PYTHON: Final = "rdflib-endpoint"
NOTHING: Final = "-"

Figures = dict[str, Any]


def write_report(figures: Figures) -> str:
    """Return all tables of a run."""
    names = list(figures["versions"])
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    parts = [
        f"{figures['quads']:,} quads, {figures['date']}; {versions}; medians of {figures['rounds']} rounds.",
        "**Goals**\n\n" + _goals(figures),
        "**One client, warm: median latency in ms** (x is the peer's time by ours: above 1, this project is faster)\n\n"
        + _latencies(figures, names),
        "**Sixteen clients, warm: answers per second** (x is our rate by the peer's)\n\n" + _rates(figures, names),
        "**First answer of a server that has just started, in ms**\n\n" + _cold(figures, names),
        "**One client runs hostile queries in a loop; four others look a label up**\n\n" + _runaway(figures, names),
        "**Start and memory**\n\n" + _resources(figures, names),
        f"The load generator took {figures['most_client_share']:.2f} of a core in the median run with sixteen clients.",
    ]
    for what, outcome in (("Answers that differ from ours", False), ("No answer", None)):
        listed = _with_outcome(figures, outcome)
        if listed:
            parts.append(f"{what}: {listed}.")
    return "\n\n".join(parts)


def _goals(figures: Figures) -> str:
    rows = []
    points = [name for name, query in figures["queries"].items() if query["point"]]
    warm = figures["warm"]
    rust = [_ratio(_rate(warm[name][OURS]), _rate(warm[name][RUST])) for name in points]
    rows.append(("uncached point queries ÷ Rust server's throughput (16 clients)", "≥ 0.3", _span(rust)))
    if PYTHON in figures["versions"]:
        for label, pick in (("latency, 1 client", "one"), ("throughput, 16 clients", "many")):
            speeds = [
                _ratio(_loads(cells[PYTHON]["one"], "median"), _loads(cells[OURS]["one"], "median"))
                if pick == "one"
                else _ratio(_rate(cells[OURS]), _rate(cells[PYTHON]))
                for cells in warm.values()
            ]
            rows.append((f"x rdflib-endpoint on the median query ({label})", "≥ 50", _span(speeds)))
    slower = _median(_ratio(run["with"]["median"], run["without"]["median"]) for run in figures["runaway"][OURS])
    rows.append(("others' median latency, with ÷ without a runaway client", "≤ 2", number(slower)))
    return table(["goal", "wanted", "reached: median (lowest - highest)"], rows)


def _latencies(figures: Figures, names: list[str]) -> str:
    rows = []
    for query, cells in figures["warm"].items():
        values = [_loads(cells[name]["one"], "median") for name in names]
        rows.append((query, *_with_ratios(names, values, lambda ours, peer: _ratio(peer, ours))))
    return table(["query", *_with_columns(names)], rows)


def _rates(figures: Figures, names: list[str]) -> str:
    rows = []
    for query, cells in figures["warm"].items():
        values = [_rate(cells[name]) for name in names]
        rows.append((query, *_with_ratios(names, values, _ratio)))
    return table(["query", *_with_columns(names)], rows)


def _cold(figures: Figures, names: list[str]) -> str:
    first = figures["cold"]["first_answer"]
    return table(
        ["query", *names],
        [(query, *(number(_median(first[name][query])) for name in names)) for query in figures["queries"]],
    )


def _runaway(figures: Figures, names: list[str]) -> str:
    rows = []
    for name in names:
        runs = figures["runaway"][name]
        quiet, loud = (_median(run[key]["median"] for run in runs) for key in ("without", "with"))
        worst = _median(run["with"]["p95"] for run in runs)
        rates = [_median(run[key]["rate"] for run in runs) for key in ("without", "with")]
        failed = sum(run["with"]["failed"] for run in runs)
        hostile = [outcome for run in runs for outcome in run["hostile"]]
        statuses = sorted({status for status, _ in hostile})
        spent = _median(seconds for _, seconds in hostile)
        ended = f"{len(hostile)} ended: {', '.join(str(status or 'no answer') for status in statuses)}"
        rows.append(
            (
                name,
                number(quiet),
                number(loud),
                number(_ratio(loud, quiet)),
                number(worst),
                *map(number, rates),
                str(failed),
                f"{ended}; {number(spent)} s each" if hostile else "none ended",
            )
        )
    head = ["server", "median ms without", "with", "with ÷ without", "p95 with", "per second without", "with"]
    return table([*head, "failed", "hostile queries"], rows)


def _resources(figures: Figures, names: list[str]) -> str:
    starts = figures["cold"]["start_seconds"]
    return table(
        ["server", "seconds until the first answer, loading included", "MiB after the run"],
        [(name, number(_median(starts[name])), f"{figures['memory'][name]:,}") for name in names],
    )


def _with_outcome(figures: Figures, outcome: bool | None) -> str:
    found = {
        query: [name for name, same in servers.items() if same is outcome]
        for query, servers in figures["agreement"].items()
    }
    return "; ".join(f"{query} by {', '.join(names)}" for query, names in found.items() if names)


def _with_columns(names: list[str]) -> list[str]:
    return [name if name == OURS else f"{name} (x)" for name in names]


def _with_ratios(names: list[str], values: Sequence[float | None], ratio: Any) -> list[str]:
    ours = values[names.index(OURS)]
    cells = []
    for name, value in zip(names, values, strict=True):
        share = ratio(ours, value)
        cells.append(number(value) if name == OURS or share is None else f"{number(value)} ({number(share)})")
    return cells


def _rate(cell: Figures) -> float | None:
    return _loads(cell["many"], "rate")


def _loads(loads: list[Figures], what: str) -> float | None:
    return _median(load[what] for load in loads)


def _ratio(upper: float | None, lower: float | None) -> float | None:
    return upper / lower if upper and lower else None


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _span(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return NOTHING
    return f"{number(statistics.median(known))} ({number(min(known))} - {number(max(known))})"


def number(value: float | None) -> str:
    """Return a figure as tables show it."""
    if value is None:
        return NOTHING
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
