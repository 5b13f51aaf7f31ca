"""The units of systemd: valid, hardened, and a server works under what they forbid."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from live import Server
from publisher_site import published_at
from unit_filter import allowed_calls, prelude, settings_of

from nosograph.api.releases import verify
from nosograph.cli.program import COMMANDS
from nosograph.release.opening import Release, latest_release
from nosograph.settings import Settings
from nosograph.web.server.running import GRACE_SECONDS, OTHER_FILES

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
SERVER = DEPLOY / "nosograph@.service"
EXPOSURE = {"nosograph@.service": 1.2, "nosograph-build.service": 0.5, "replicas/nosograph-pull.service": 1.2}
"""Exposure by systemd's own analyser, from 0 to 10, lower is better; version 252. A new version may count more."""

UNITS = [*EXPOSURE, "nosograph-build.timer", "replicas/nosograph-pull.timer"]

DIRECT = {"Content-Type": "application/sparql-query"}
SLOW = b"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?x ?y ?z }"


def analyse(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what systemd's analyser says; the test skips without it."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", UNITS)
def test_units_are_valid(name: str, tmp_path: Path) -> None:
    """Systemd reads each unit without a complaint; programs of the installation stand in for those that it starts."""
    for path in (DEPLOY / name).parent.glob("nosograph*.[st]*"):
        text = re.sub(r"(?m)^(Exec\w+=)/opt/\S+", rf"\1{shutil.which('true')}", path.read_text(encoding="utf-8"))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    file = name.rpartition("/")[2]
    unit = tmp_path / file.replace("@.", "@a.")
    if not unit.exists():
        unit.symlink_to(file)

    done = analyse("verify", "--man=no", str(unit))

    complaints = [line for line in done.stderr.splitlines() if "nosograph" in line]
    assert complaints == []


@pytest.mark.parametrize("name", EXPOSURE)
def test_services_are_hardened(name: str) -> None:
    """Systemd's analyser finds no more exposed than is stated, and the guide states it."""
    bound = round(EXPOSURE[name] * 10)
    done = analyse("security", "--offline=true", "--no-pager", f"--threshold={bound}", str(DEPLOY / name))

    assert done.returncode == 0, done.stdout
    assert f"{EXPOSURE[name]}" in (DEPLOY.parent / "public.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXPOSURE)
def test_services_start_commands_that_exist(name: str) -> None:
    """The command line of a unit has a command of the project."""
    (line,) = settings_of(DEPLOY / name)["ExecStart"]

    assert line.split()[3] in COMMANDS


def test_limits_of_the_unit_hold_what_the_settings_allow() -> None:
    """Files, memory and the time to stop are enough for the default settings."""
    unit, defaults = settings_of(SERVER), Settings()
    workers = (defaults.query_workers + 2) * defaults.query_memory
    analysis = (defaults.analysis_workers + 1) * defaults.analysis_memory
    gibibytes = {name: int(unit[name][0].removesuffix("G")) for name in ("MemoryHigh", "MemoryMax")}

    assert int(unit["LimitNOFILE"][0]) >= defaults.connections + OTHER_FILES
    assert int(unit["TimeoutStopSec"][0]) > defaults.query_timeout + GRACE_SECONDS
    assert gibibytes["MemoryMax"] * 1024 > workers + analysis + defaults.answer_cache + 512
    assert gibibytes["MemoryHigh"] <= gibibytes["MemoryMax"]


def test_calls_that_workers_restrict_themselves_with_are_allowed() -> None:
    """A worker sets its limits, its filter and its priority: a stricter unit would take its own confinement from it."""
    assert {"prctl", "prlimit64", "setpriority", "sched_getaffinity", "pipe2", "socketpair"} <= allowed_calls(SERVER)


@pytest.mark.slow
def test_server_works_under_the_filter_of_the_unit(release: Release, tmp_path: Path) -> None:
    """Pages, both engines, a killed query and its successor work with the system calls that the unit leaves."""
    try:
        server = Server("--release", str(release.folder), log=tmp_path / "log.jsonl", prelude=prelude(SERVER))
    except AssertionError as error:
        if "seccomp" in str(error):
            pytest.skip("this system does not let a process filter its calls")
        raise
    try:
        counted = [
            server.request("POST", f"/sparql?engine={engine}", DIRECT, b"SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
            for engine in ("store", "analysis")
        ]
        killed = server.request("POST", "/sparql?timeout=0.3&engine=store", DIRECT, SLOW)
        page = server.get("/condition/scleroderma.html")
        dump = server.get("/dumps/latest/nosograph.nq.gz")
        server.wait_for_metric("nosograph_query_workers", 4)
        memory = server.metric("nosograph_query_workers_resident_memory_bytes")
    finally:
        assert server.stop() == 0

    assert [reply.status for reply in counted] == [200, 200]
    assert counted[0].body == counted[1].body
    assert (killed.status, page.status, dump.status) == (503, 200, 200)
    assert memory > 0
    assert "seccomp nor" not in server.log.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_filter_of_the_unit_filters(tmp_path: Path) -> None:
    """The test above would show nothing if nothing was forbidden."""
    tries = """
import ctypes, mmap, os, socket
def refused(do):
    try:
        do()
    except (OSError, PermissionError):
        return True
    return False
print(refused(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
      refused(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)),
      ctypes.CDLL(None).unshare(0x40000000) != 0,
      refused(lambda: os.chroot("/")), refused(lambda: socket.socket(socket.AF_INET)))
"""
    program = tmp_path / "tries.py"
    program.write_text(prelude(SERVER) + tries, encoding="utf-8")
    done = subprocess.run(["python3", str(program)], capture_output=True, text=True, check=False)

    assert done.stdout.split() == ["True", "True", "True", "True", "False"], done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("nosograph-build.service", ("build", "--out", "releases")),
        ("replicas/nosograph-pull.service", ("pull", "{address}", "--into", "releases")),
    ],
)
def test_jobs_work_under_the_filter_of_their_units(
    name: str, job: tuple[str, ...], release: Release, tmp_path: Path
) -> None:
    """A build and a pull, with the processes that they start, end well with the system calls that their units leave."""
    program = prelude(DEPLOY / name) + "\nfrom nosograph.cli import main\nmain()\n"
    with published_at(release.folder.parent) as site:
        arguments = [word.format(address=site.address) for word in job]
        command = [sys.executable, "-c", program, *arguments, "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300)

    assert done.returncode == 0, done.stderr
    found = latest_release(tmp_path / "releases")
    assert found is not None and verify(found).whole
    assert (found / "derived").is_dir()
