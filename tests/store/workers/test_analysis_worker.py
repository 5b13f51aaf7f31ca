"""An analysis worker is confined like one of the store: no network, one file, bounded, and nothing can be changed."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nosograph.rdf.formats import SPARQL_JSON, TURTLE
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.frames import Message, encode_frame
from nosograph.store.workers.pool import Pool
from nosograph.store.workers.process import AnalysisPlan
from nosograph.store.workers.scheduling import ANALYSIS_PACE

MEBIBYTE = 1024 * 1024

INSIDE = """
import errno, json, os, socket, sys
from nosograph.store.workers import sandbox
from nosograph.store.workers.analysis_worker import open_file
import duckdb

sandbox.leave_no_core()
guard = sandbox.forbid_network()
evaluator = open_file(json.loads(sys.argv[1]))
sandbox.limit_memory(int(sys.argv[3]))
told = {"guard": guard}

def attempt(name, action):
    try:
        action()
        told[name] = "done"
    except (OSError, MemoryError, duckdb.Error) as error:
        told[name] = type(error).__name__

attempt("socket", lambda: socket.socket())
attempt("pair", lambda: socket.socketpair())
attempt("program", lambda: os.execv("/bin/true", ["/bin/true"]))
attempt("memory", lambda: bytearray(int(sys.argv[3]) * 2))
connection = evaluator._database._database
for statement in sys.argv[4:]:
    attempt(statement, lambda: connection.execute(statement).fetchall())
attempt("reading", lambda: connection.execute("SELECT count(*) FROM terms").fetchall())
print(json.dumps(told))
"""
"""What a worker does before it answers, and then what a hostile query could make its engine do at worst."""

STATEMENTS = [
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    "COPY terms TO '{folder}/out.csv'",
    "ATTACH '{folder}/other.duckdb' AS other",
    "ATTACH ':memory:' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "DELETE FROM terms",
    "CREATE TABLE mine (a INTEGER)",
    "SET memory_limit = '100GB'",
    "SET threads = 64",
    "SET temp_directory = '{folder}'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SELECT max(x), list(repeat('x', 1000000)) FROM range(100000) t(x)",
]


@pytest.fixture
def plan(analysed: Any) -> AnalysisPlan:
    """The plan of a worker that opens the analysis file of the small release."""
    memory = 512 * MEBIBYTE
    return AnalysisPlan(str(analysed.analysis_database), engine=128, memory=memory, result=MEBIBYTE, prefixes={})


def question(text: str, **header: object) -> bytes:
    """Return the frame that asks a worker a question."""
    formats = {"SELECT": SPARQL_JSON.name, "ASK": SPARQL_JSON.name, "CONSTRUCT": TURTLE.name}
    common = {"formats": formats, "default_graphs": (), "named_graphs": (), "base": "http://example.org/"}
    return encode_frame(Message({**common, **header}, text.encode()))


@asynccontextmanager
async def asking(plan: AnalysisPlan, counters: Counters) -> AsyncIterator[Callable[[bytes], Awaitable[Message]]]:
    """Return what asks the one worker of a pool."""
    pool = Pool(plan, 1, counters, pace=dataclasses.replace(ANALYSIS_PACE, spare=0))

    async def ask(content: bytes) -> Message:
        return (await pool.run(content, 60.0, "client"))[0]

    await pool.start()
    try:
        yield ask
    finally:
        await pool.close(5.0)


def test_whatever_the_engine_would_do_is_refused_inside_the_worker(plan: AnalysisPlan, tmp_path: Path) -> None:
    """Confined as a worker is, the process can make no socket, run no program, and its engine reads one file alone."""
    statements = [statement.format(folder=tmp_path) for statement in STATEMENTS]
    fields = json.dumps({"file": plan.file, "engine": plan.engine, "result": plan.result, "prefixes": {}})
    arguments = [sys.executable, "-c", INSIDE, fields, "", str(plan.memory), *statements]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    told = json.loads(done.stdout)

    assert (told.pop("guard"), told.pop("reading")) == ("seccomp", "done")
    assert [name for name, outcome in told.items() if outcome == "done"] == []
    assert (told["socket"], told["pair"], told["program"], told["memory"]) == (
        *("PermissionError", "PermissionError", "PermissionError"),
        "MemoryError",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_answers_has_the_limits_of_its_plan(plan: AnalysisPlan) -> None:
    """The kernel says it of the living process: filter, no core dump, bounded memory, no further thread, one file."""

    async def use() -> tuple[str, str, list[str]]:
        before = set(children())
        async with asking(plan, Counters()) as ask:
            assert "error" not in (await ask(question("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))).header
            worker = min(set(children()) - before)
            files = [str(entry.readlink()) for entry in Path(f"/proc/{worker}/fd").iterdir()]
            status = Path(f"/proc/{worker}/status").read_text(), Path(f"/proc/{worker}/limits").read_text()
            return *status, files

    status, limits, files = asyncio.run(use())

    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert (facts["Seccomp"].strip(), facts["NoNewPrivs"].strip(), facts["Threads"].strip()) == ("2", "1", "2")
    bounds = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert bounds["Max core file size"] == "0"
    assert int(bounds["Max address space"]) < plan.memory + 1024 * MEBIBYTE
    assert {file for file in files if file.startswith("/") and not file.startswith("/dev/")} == {plan.file}


def children() -> list[int]:
    """Return the processes whose parent is this one."""
    tasks = Path("/proc/self/task").iterdir()
    return [int(number) for task in tasks for number in (task / "children").read_text().split()]


def test_a_reply_says_whether_one_answer_is_right(plan: AnalysisPlan) -> None:
    """Whoever asks learns what may move to another engine and be compared, and what is handed back, with the reason."""

    async def use() -> list[dict[str, Any]]:
        async with asking(plan, Counters()) as ask:
            texts = (
                ("SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 2", {}),
                ("SELECT ?s { ?s ?p ?o } LIMIT 2", {}),
                ("SELECT ?s { ?s ?p ?o }", {"plan": True}),
                ("DESCRIBE ?s { ?s ?p ?o }", {}),
            )
            return [(await ask(question(text, **header))).header for text, header in texts]

    ordered, cut, planned, described = asyncio.run(use())

    assert (ordered["determined"], ordered["ordered"], ordered["form"]) == (True, True, "SELECT")
    assert (cut["determined"], cut["ordered"]) == (False, True)
    assert planned == {"determined": True, "ordered": False}
    assert described == {"handed_back": "DESCRIBE"}


def test_memory_that_is_not_enough_is_handed_back_where_the_store_may_answer(plan: AnalysisPlan) -> None:
    """Where one answer is right the store may try; where several are, it is an error, and the worker is replaced."""
    pattern = "SELECT DISTINCT ?a ?d ?g ?x { ?a ?b ?c . ?d ?e ?f . ?g ?h ?x } ORDER BY ?x"

    async def use() -> list[dict[str, Any]]:
        async with asking(plan, Counters()) as ask:
            texts = (f"{pattern} ?a ?d ?g", f"{pattern} LIMIT 3", "ASK { ?s ?p ?o }")
            return [(await ask(question(text))).header for text in texts]

    determined, cut, after = asyncio.run(use())

    assert "memory" in determined["handed_back"]
    assert (cut["error"], cut["retire"]) == ("memory", True)
    assert after["determined"]
