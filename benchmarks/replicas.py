"""What replicas behind nginx do: throughput of one, two and three, a release that goes round, and one that is killed.

    nice python benchmarks/replicas.py [--quick] [--out benchmarks/results]

Publisher, replicas and clients are processes of this machine, so they share its processors: the throughput of more
replicas than it has processors shows what the proxy costs, not what machines of their own would bring.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from nosograph import __version__

ROOT: Final = Path(__file__).parent.parent
CONFIGURATION: Final = ROOT / "docs" / "deploy" / "replicas" / "nginx.conf"
FIRST_PORT: Final = 18210
CLIENTS: Final = 6
PATIENCE: Final = 120.0
PAGES: Final = ("/", "/about", "/condition/scleroderma.html", "/search?q=skin")
"""Pages that name the release that they are from, and no other."""
QUERY: Final = b"SELECT (COUNT(*) AS ?n) { ?s ?p ?o } # %d"
_VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")
_MAIN: Final = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""

Figures = dict[str, Any]


def site_of(ports: list[int], port: int, folder: Path) -> str:
    """Return the configuration of the guide for replicas at some ports, with nginx at another one."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    servers = "\n".join(f"    server 127.0.0.1:{each} max_fails=1 fail_timeout=5s;" for each in ports)
    text, number = re.subn(r"(?:    server 127\.0\.0\.1:\d+ [^\n]*\n)+", f"{servers}\n", text)
    assert number == 1
    for old, new in (("listen 80;", f"listen 127.0.0.1:{port};"), ("/var/cache/nginx/replicas", f"{folder}/cache")):
        assert old in text
        text = text.replace(old, new)
    return text


def nginx_program() -> str:
    """Return the path of nginx."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise SystemExit("nginx is not installed")
    return program


def nginx_version() -> str:
    """Return the version of nginx."""
    said = subprocess.run([nginx_program(), "-v"], capture_output=True, text=True, check=True).stderr
    return said.strip().rpartition("/")[2]


@contextlib.contextmanager
def proxy(ports: list[int], port: int, folder: Path) -> Iterator[None]:
    """Run nginx in front of some replicas as long as the block runs."""
    program = nginx_program()
    folder.mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, site=site_of(ports, port, folder)), encoding="utf-8")
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: ask(port, "/readyz").status == 200)
        yield
    finally:
        process.terminate()
        process.wait(30)


@dataclass
class Replica:
    """A server with a mirror of its own.

    Attributes:
        number: which one, from 1.
        folder: the folder of its releases.
    """

    number: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return FIRST_PORT + self.number

    def pull(self, publisher: Path) -> float:
        """Mirror the publisher's releases, and return the seconds that it took."""
        began = time.monotonic()
        run("pull", str(publisher), "--into", str(self.folder), "--all", "--quiet")
        return time.monotonic() - began

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = ["--releases", str(self.folder), "--port", str(self.port), "--trusted-proxies", "1", "--watch"]
        options += ["--query-workers", "1", "--analysis-workers", "0"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nosograph.cli", "serve", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(lambda: self._has_ended() or ask(self.port, "/readyz").status == 200)
        if self._has_ended():
            raise SystemExit(f"replica {self.number} does not start; is port {self.port} free?")

    def _has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """End it without a word, as the kernel does when memory is short."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)

    def stop(self) -> None:
        """Stop it after what is in flight."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    @property
    def release(self) -> str:
        """The release that it serves."""
        return ask(self.port, "/readyz").release


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int
    release: str
    cache: str
    body: bytes


def ask(port: int, path: str, body: bytes | None = None, source: str = "127.0.0.1", accept: str = "text/html") -> Reply:
    """Ask by GET, or by POST where there is a body; status 0 where no whole answer came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0))
    headers = {"Host": "conditions.example.org", "Accept": accept}
    if body is not None:
        headers |= {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        return Reply(answer.status, answer.getheader("X-Release", ""), answer.getheader("X-Cache", ""), content)
    except (OSError, http.client.HTTPException) as error:
        return Reply(0, "", "", repr(error).encode())
    finally:
        connection.close()


class _Links(HTMLParser):
    """Collects what a page leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the addresses of an element."""
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


@dataclass
class Load:
    """Clients that read pages, follow what is in them, and ask queries, each as soon as it has its answer.

    Attributes:
        port: where they ask.
        follows: whether they follow the links of the pages; otherwise each address is asked so that no cache has it.
    """

    port: int
    follows: bool
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    _files: dict[str, str] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Load:
        self._began = time.monotonic()
        for number in range(CLIENTS):
            thread = threading.Thread(target=self._run, args=(number,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        self.seconds = time.monotonic() - self._began

    def figures(self) -> Figures:
        """Return what was counted."""
        total = sum(self.counts[name] for name in ("pages", "links", "queries"))
        return {
            "seconds": round(self.seconds, 1),
            "answers": total,
            "per_second": round(total / self.seconds, 1),
            **{
                name: self.counts[name]
                for name in ("pages", "links", "queries", "versioned", "hits", "failed", "mixed", "back")
            },
            "examples": self.failed[:5],
        }

    def _run(self, number: int) -> None:
        source, seen, turn = f"127.0.0.{number + 10}", "", 0
        while not self._stop.is_set():
            turn += 1
            unique = "" if self.follows else f"?turn={self._began}-{number}-{turn}"
            path = PAGES[turn % len(PAGES)]
            page = self._ask("pages", path + unique.replace("?", "&" if "?" in path else "?"), source)
            seen = self._compare(page, seen)
            if self.follows:
                for link in _local_links(path, page.body.decode(errors="replace"))[turn % 5 : 40 : 5]:
                    found = self._ask("links", link, source, accept="*/*")
                    self._compare_file(link, found)
            self._ask("queries", "/sparql", source, QUERY % (number * 1_000_000 + turn))

    def _ask(self, kind: str, path: str, source: str, body: bytes | None = None, accept: str = "text/html") -> Reply:
        reply = ask(self.port, path, body, source, accept)
        with self._lock:
            self.counts[kind] += 1
            self.counts["hits"] += reply.cache == "HIT"
            if not 200 <= reply.status < 400:
                self.counts["failed"] += 1
                self.failed.append(f"{path} {reply.status} {reply.body[:200]!r}")
        return reply

    def _compare(self, page: Reply, seen: str) -> str:
        """Count a page that names another release than its header, or an older one than the client has seen."""
        if page.status != 200:
            return seen
        if set(_VERSION.findall(page.body.decode())) - {page.release}:
            self._count("mixed")
        if page.release < seen:
            self._count("back")
        return max(page.release, seen)

    def _compare_file(self, link: str, reply: Reply) -> None:
        """Count a file whose address says that it never changes, and that is not what it was."""
        if reply.status != 200 or not link.startswith(("/static/", "/dumps/2")):
            return
        digest = hashlib.sha256(reply.body).hexdigest()
        with self._lock:
            self.counts["versioned"] += 1
            self.counts["mixed"] += self._files.setdefault(link, digest) != digest

    def _count(self, name: str) -> None:
        with self._lock:
            self.counts[name] += 1


def _local_links(path: str, text: str) -> list[str]:
    """Return the addresses of the site that a page leads to, once each."""
    site = "http://site.example"
    found = dict.fromkeys(urljoin(site + path, link).partition("#")[0] for link in _Links(text).found)
    return [link.removeprefix(site) for link in found if link.startswith(f"{site}/") and not _is_large(link)]


def _is_large(link: str) -> bool:
    return "/dumps/" in link and not urlsplit(link).path.endswith((".json", "/"))


def run(*arguments: str) -> None:
    """Run a command of the software."""
    subprocess.run([sys.executable, "-m", "nosograph.cli", *arguments], check=True, stdout=subprocess.DEVNULL)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, within ``PATIENCE`` seconds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("a server did not come to what it should within two minutes")
        time.sleep(0.1)


def measure(folder: Path, seconds: float) -> Figures:
    """Return the figures, measured in a folder."""
    first, second = folder / "first", folder / "second"
    if not second.exists():
        run("build", "--out", str(first), "--source-date-epoch", "1767225600", "--dumps", "none", "--quiet")
        shutil.copytree(first, folder / "both", symlinks=True)
        run("build", "--out", str(folder / "both"), "--source-date-epoch", "1769904000", "--dumps", "none", "--quiet")
        (folder / "both").rename(second)
    replicas = [Replica(number, folder / f"replica-{number}") for number in (1, 2, 3)]
    figures: Figures = {
        "processors": os.cpu_count(),
        "clients": CLIENTS,
        "nginx": nginx_version(),
        "python": sys.version.partition(" ")[0],
        "nosograph": __version__,
        "load": round(os.getloadavg()[0], 1),
        "throughput": {},
    }
    try:
        for replica in replicas:
            replica.pull(first)
            replica.start()
        for number in (1, 2, 3):
            ports = [replica.port for replica in replicas[:number]]
            with proxy(ports, FIRST_PORT, folder / f"nginx-{number}"):
                with Load(FIRST_PORT, follows=False):  # the first answers of a server take longer
                    time.sleep(seconds / 2)
                with Load(FIRST_PORT, follows=False) as load:
                    time.sleep(seconds)
            figures["throughput"][str(number)] = load.figures()
        with proxy([replica.port for replica in replicas], FIRST_PORT, folder / "nginx"):
            figures["rolling"] = roll(replicas, second, seconds)
            figures["killed"] = kill(replicas[1], seconds)
    finally:
        for replica in replicas:
            replica.stop()
    return figures


def roll(replicas: list[Replica], publisher: Path, seconds: float) -> Figures:
    """Return what clients see while a new release goes from replica to replica."""
    before, pulls = replicas[0].release, []
    with Load(FIRST_PORT, follows=True) as load:
        time.sleep(seconds / 3)
        for replica in replicas:
            pulls.append(round(replica.pull(publisher), 1))
            wait_until(lambda replica=replica: replica.release not in ("", before))  # type: ignore[misc]
        time.sleep(seconds / 3)
    return {"from": before, "to": replicas[0].release, "pull_seconds": pulls} | load.figures()


def kill(replica: Replica, seconds: float) -> Figures:
    """Return what clients see while a replica is killed and comes back."""
    with Load(FIRST_PORT, follows=True) as load:
        time.sleep(seconds / 3)
        replica.kill()
        time.sleep(seconds / 3)
        replica.start()
        time.sleep(seconds / 3)
    return load.figures()


def report(figures: Figures) -> str:
    """Return the figures as Markdown."""
    names = ("answers", "per_second", "pages", "links", "queries", "versioned", "hits", "failed", "mixed", "back")
    rows = [(f"{number}, nothing kept", part) for number, part in figures["throughput"].items()]
    rows += [("3, a release goes round", figures["rolling"]), ("3, one is killed and comes back", figures["killed"])]
    lines = [f"| replicas | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    lines += [f"| {what} | {' | '.join(str(part[name]) for name in names)} |" for what, part in rows]
    about = (
        f"{figures['clients']} clients, publisher, nginx ({figures['nginx']}) and replicas share "
        f"{figures['processors']} processors with what else ran (load {figures['load']}), so the first rows tell "
        "what share of these the servers got, not what machines of their own bring. "
        f"A new release took {figures['rolling']['pull_seconds']} seconds to pull, with its derived files, into "
        "each. `links`: what the pages lead to, followed; `versioned`: those whose address has a version; `hits`: from "
        "the cache; `failed`: no answer, or an error; `mixed`: a page that names another release than its header, or a "
        "versioned file that changed; `back`: a page of an older release than the client had seen, which a cache may "
        "keep for as long as the answer says (five minutes)."
    )
    return "# Replicas\n\n" + about + "\n\n" + "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few seconds for each figure")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results")
    parser.add_argument("--work", type=Path, help="folder to work in, whose two releases are used again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nosograph-replicas-") as temporary:
        folder = options.work or Path(temporary)
        folder.mkdir(exist_ok=True)
        for name in ("replica-1", "replica-2", "replica-3"):
            shutil.rmtree(folder / name, ignore_errors=True)
        figures = measure(folder, 6.0 if options.quick else 30.0)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "replicas.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    (options.out / "replicas.md").write_text(report(figures), encoding="utf-8")
    print(report(figures))


if __name__ == "__main__":
    main()
