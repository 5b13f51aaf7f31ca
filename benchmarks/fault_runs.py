"""Does seeded faults to builders, servers, disks, clocks and networks, and counts what came of them.

    pip install -e '.[test]'
    python benchmarks/fault_runs.py --number 1000            # an hour
    python benchmarks/fault_runs.py --minutes 30             # mixed load with faults, memory and open files over time
    python benchmarks/fault_runs.py --seed 1 --only 17       # one fault of a run again

What is done and what must hold afterwards is ``tests/support/seeded_faults.py``; the tests do the first thirty. A run
ends at the first fault after which something does not hold, with exit status 1, and leaves the folder as it is. Else it
writes ``faults.md`` and ``faults.json`` to ``--results``; ``--name`` names them otherwise.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from endpoint_report import table  # noqa: E402
from faulty_world import FaultyWorld  # noqa: E402
from process_tree import family, proportional_memory  # noqa: E402
from seeded_faults import FAULTS, do_fault  # noqa: E402

RESULTS: Final = Path(__file__).parent / "results"


def run(world: FaultyWorld, options: argparse.Namespace) -> dict[str, Any]:
    """Do faults until there were enough, and return what was counted.

    Raises:
        AssertionError: something does not hold after a fault.
    """
    began = time.monotonic()
    done: Counter[str] = Counter()
    samples = [_sample(world, began)]
    numbers = range(options.number) if options.only is None else [options.only]
    for number in numbers:
        if options.minutes and time.monotonic() - began > options.minutes * 60:
            break
        chance = random.Random(f"{options.seed}-{number}")
        names = list(FAULTS)
        name = names[number % len(names)]
        print(f"{time.strftime('%H:%M:%S')} {number} {name}: ", end="", file=sys.stderr, flush=True)
        print(do_fault(world, name, chance), file=sys.stderr, flush=True)
        world.check()
        done[name] += 1
        samples.append(_sample(world, began))
        world.forget_old_releases()
    seconds = time.monotonic() - began
    return {
        "seed": options.seed,
        "seconds": round(seconds),
        "faults": dict(done),
        "answers": dict(sorted(world.answers.items())),
        "samples": samples,
        "date": time.strftime("%Y-%m-%d"),
    }


def _sample(world: FaultyWorld, began: float) -> dict[str, float]:
    """Return what the servers hold: memory in MiB, open files, processes."""
    processes = [pid for server in world.servers for pid in family(server.process.pid)]
    return {
        "seconds": round(time.monotonic() - began),
        "memory": sum(proportional_memory(pid) for pid in processes) // 1024,
        "files": sum(len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) for server in world.servers),
        "processes": len(processes),
    }


def report(figures: dict[str, Any]) -> str:
    """Return the tables of a run."""
    done = sum(figures["faults"].values())
    samples = figures["samples"]
    middle = samples[len(samples) // 2]
    held = [
        (
            what,
            *(f"{sample[what]:,}" for sample in (samples[0], middle, samples[-1])),
            f"{max(s[what] for s in samples):,}",
        )
        for what in ("memory", "files", "processes")
    ]
    return (
        f"{figures['date']}: {done} faults with seed {figures['seed']} in {figures['seconds']:,} s; all held each time."
        "\n\n"
        + table(["fault", "times"], [(name, str(number)) for name, number in figures["faults"].items()])
        + "\n\nWhat clients were answered meanwhile, none of it wrong:\n\n"
        + table(["asked, status", "times"], [(name, f"{number:,}") for name, number in figures["answers"].items()])
        + "\n\nWhat two servers held (memory in MiB):\n\n"
        + table(["", "at the start", "in the middle", "at the end", "at most"], held)
        + "\n"
    )


def main() -> int:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=1000, help="faults to do")
    parser.add_argument("--minutes", type=float, default=0.0, help="minutes after which no other fault is done")
    parser.add_argument("--seed", type=int, default=1, help="what the faults depend on")
    parser.add_argument("--only", type=int, help="do this fault of the run alone")
    parser.add_argument("--clients", type=int, default=1, help="clients that ask all the time")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the tables")
    parser.add_argument("--name", default="faults", help="name of the tables' files, without what is behind the dot")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    world = FaultyWorld(folder, clients=options.clients)
    try:
        figures = run(world, options)
    except AssertionError as error:
        print(f"\nThis does not hold any more: {error}\nThe folder is {folder}.", file=sys.stderr)
        return 1
    finally:
        world.close()
    options.results.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in figures.items())
    (options.results / f"{options.name}.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    (options.results / f"{options.name}.md").write_text(report(figures), encoding="utf-8")
    print(report(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
