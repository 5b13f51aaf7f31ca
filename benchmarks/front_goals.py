"""Rates and processor time of kept answers, of look-ups that all differ, and of documents, beside other servers."""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import endpoint_servers as servers
from endpoint_load import fetch, run_wrk
from endpoint_queries import choose_constants, read_queries
from endpoint_report import number, table

from nosograph.release.opening import Release

CLIENTS: Final = 16
ROUNDS: Final = 7
RESULTS: Final = "application/sparql-results+json"
TURTLE: Final = "text/turtle"
OURS: Final = "nosograph"
RUST: Final = "oxigraph"
COLD: Final = "nosograph, nothing kept"
"""A server of ours that keeps no answers, so that each document is made for each request."""

KEPT, LOOK_UP, DOCUMENT = "the same look-up again", "look-ups that all differ", "a condition's document, cold"
PLACEMENTS: Final = {
    "apart": "server on one processor, clients on the other",
    "together": "server and clients on all processors",
}

Figures = dict[str, Any]


def measure_goals(release: Release, started: Callable[..., Any], quick: bool) -> Figures:
    """Return the figures of every server in every cell; servers take turns within each round."""
    names = [name for name in servers.STARTERS if servers.is_installed(name)]
    rounds, seconds = (2, 1) if quick else (ROUNDS, 2)
    constants = choose_constants(release)
    query = read_queries(constants)[0].text
    path = "/" + constants["CONDITION"].removeprefix(release.base.iri) + ".ttl"
    describe = f"DESCRIBE <{constants['CONDITION']}>"
    placements = list(PLACEMENTS) if len(os.sched_getaffinity(0)) > 1 else ["together"]
    cells: Figures = {place: {what: {} for what in (KEPT, LOOK_UP, DOCUMENT)} for place in placements}
    with contextlib.ExitStack() as stack:
        endpoints = {name: stack.enter_context(started(release, name)) for name in names}
        endpoints[COLD] = stack.enter_context(started(release, OURS, answer_cache="0"))
        asked = [(what, name, endpoints[name].target(query)) for what in (KEPT, LOOK_UP) for name in names]
        asked += [(DOCUMENT, COLD, path)]
        asked += [(DOCUMENT, name, endpoints[name].target(describe)) for name in names if name != OURS]
        for what, name, target in asked:
            status, _, _ = fetch(endpoints[name].port, target, TURTLE if what == DOCUMENT else RESULTS)
            if status != 200:
                raise SystemExit(f"{name} answers {what} with status {status}.")
        for turn in range(rounds):
            for place in placements:
                theirs, ours = _processors(place)
                for endpoint in endpoints.values():
                    endpoint.confine(theirs)
                for what, name, target in asked:
                    load = run_wrk(
                        endpoints[name],
                        target,
                        TURTLE if what == DOCUMENT else RESULTS,
                        clients=CLIENTS,
                        seconds=seconds,
                        vary=what == LOOK_UP or (what == DOCUMENT and name != COLD),
                        cpus=ours,
                    )
                    cells[place][what].setdefault(name, []).append(asdict(load))
            print(f"{time.strftime('%H:%M:%S')} goals {turn + 1}/{rounds}", file=sys.stderr, flush=True)
    versions = {name: servers.version(name) for name in names}
    return {"rounds": rounds, "versions": versions, "cells": cells, "load": list(os.getloadavg())}


def report_goals(figures: Figures, results: Path) -> str:
    """Return the tables of rates, ratios and processor time, and which goals were reached."""
    cells = figures["cells"]
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    failed = sum(
        load["failed"]
        for place in cells.values()
        for what in place.values()
        for loads in what.values()
        for load in loads
    )
    parts = [
        f"{figures['quads']:,} quads, {figures['date']}, Python {figures['python']}; {versions}; {CLIENTS} "
        f"connections, medians of {figures['rounds']} alternating rounds; "
        f"load of the machine at the end {figures['load'][0]:.1f}; "
        f"{failed} failed requests.",
        "**Goals**\n\n" + _goals(cells),
    ]
    for place in cells:
        parts.append(f"**{PLACEMENTS[place].capitalize()}** (x is our rate by theirs)\n\n" + _rates(cells[place]))
    return "\n\n".join(parts) + "\n"


def _processors(place: str) -> tuple[set[int], set[int]]:
    """Return the processors of the server and those of the load generator."""
    every = sorted(os.sched_getaffinity(0))
    return ({every[0]}, {every[-1]}) if place == "apart" else (set(every), set(every))


def _goals(cells: Figures) -> str:
    rows = []
    for place, found in cells.items():
        kept, look_up = (_ratio(found[what][OURS], found[what][RUST]) for what in (KEPT, LOOK_UP))
        rows.append((f"the same look-up again ÷ Rust server's rate, {place}", "≥ 1", *_reached(kept, kept >= 1)))
        rows.append(
            (f"look-ups that differ ÷ Rust server's rate, {place}", "≥ 0.3", *_reached(look_up, look_up >= 0.3))
        )
    for what, bound in ((KEPT, 60), (LOOK_UP, 250)):
        costs = {place: _median(found[what][OURS], "cost") for place, found in cells.items()}
        least = min(costs.values())
        rows.append((f"µs of processor time, {what}", f"≤ {bound}", *_reached(least, least <= bound)))
    rate = max(_median(found[DOCUMENT][COLD], "rate") for found in cells.values())
    rows.append(("cold condition documents a second", "≥ 400", *_reached(rate, rate >= 400)))
    return table(["goal", "wanted", "measured", ""], rows)


def _rates(found: Figures) -> str:
    rows = []
    for what, by_server in found.items():
        ours = OURS if OURS in by_server else COLD
        for name, loads in by_server.items():
            shown = f"{name} DESCRIBE" if what == DOCUMENT and name != COLD else name
            ratio = "" if name == ours else f"{number(_ratio(by_server[ours], loads))} x"
            rows.append(
                (
                    what,
                    shown,
                    number(_median(loads, "rate")),
                    ratio,
                    number(_median(loads, "median")),
                    number(_median(loads, "cost")),
                )
            )
    return table(["asked", "server", "a second", "", "median ms", "µs of processor time"], rows)


def _reached(value: float, reached: bool) -> tuple[str, str]:
    return number(value), "reached" if reached else "**missed**"


def _ratio(ours: list[Figures], theirs: list[Figures]) -> float:
    """Return the median of the ratios of rates, each of two runs that followed each other."""
    pairs = zip(ours, theirs, strict=True)
    return float(statistics.median(one["rate"] / max(other["rate"], 1e-9) for one, other in pairs))


def _median(loads: Iterable[Figures], what: str) -> float:
    known = [load[what] for load in loads if load[what] is not None]
    return statistics.median(known) if known else float("nan")
