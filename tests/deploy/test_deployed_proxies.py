"""nginx and Caddy with the files of docs/deploy and TLS: what passes, what does not, and an upgrade."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from certificates import make_certificate
from live import Server
from nginx import running_nginx, site_configuration, wait_for

from nosograph.release.opening import Release
from nosograph.web.server.waits import IDLE_SECONDS, LAST_SECONDS

CADDYFILE = Path(__file__).parents[2] / "docs" / "deploy" / "Caddyfile"
UPGRADE = CADDYFILE.with_name("upgrade").read_text(encoding="utf-8")
NOTICE = int(UPGRADE.partition("NOTICE:-")[2].partition("}")[0])
"""Seconds that the script gives a proxy to notice the new slot."""

QUERY = "SELECT ?s { ?s a ?class } LIMIT 3"


@dataclass(frozen=True)
class Slots:
    """A site behind a proxy that has two slots for servers.

    Attributes:
        port: where the proxy listens, with TLS.
        plain: where it redirects what has no TLS; None where it does not.
        upstreams: the ports of the slots; a server runs in the first.
        first: that server.
        arguments: how a server for the second is started.
        trust: checks the certificate of the proxy.
    """

    port: int
    plain: int | None
    upstreams: tuple[int, int]
    first: Server
    arguments: tuple[str, ...]
    trust: ssl.SSLContext

    def connection(self) -> http.client.HTTPSConnection:
        """Return a connection to the proxy."""
        return http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.trust)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Return status and body of the answer to one request."""
        with contextlib.closing(self.connection()) as connection:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read()


def reserved_socket() -> socket.socket:
    """Return a socket that keeps a port for a server of the test: nobody is answered there, and nobody else gets it."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    return found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a certificate for localhost and its key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@contextlib.contextmanager
def running_caddy(folder: Path, certificate: Path, port: int, upstreams: tuple[int, int]) -> Iterator[None]:
    """Run Caddy with the file of docs/deploy and a certificate of the test's own, which stands in for a fetched one."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed")
    site = f"{{$NOSOGRAPH_SITE:conditions.example.org}} {{\n\ttls {certificate}/fullchain.pem {certificate}/privkey.pem"
    text = CADDYFILE.read_text(encoding="utf-8")
    assert text.count("{$NOSOGRAPH_SITE:conditions.example.org} {") == 1
    own = text.replace("{$NOSOGRAPH_SITE:conditions.example.org} {", site)
    (folder / "Caddyfile").write_text(
        f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}}\n{own}", encoding="utf-8"
    )
    environment = os.environ | {
        "NOSOGRAPH_SITE": f"https://localhost:{port}",
        "NOSOGRAPH_UPSTREAMS": " ".join(f"127.0.0.1:{upstream}" for upstream in upstreams),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with (folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(port, process, folder / "caddy.log")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def slots(
    request: pytest.FixtureRequest, release: Release, certificate: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Slots]:
    """Return the site behind each proxy."""
    folder = tmp_path_factory.mktemp(request.param)
    reserved = [reserved_socket() for _ in range(4)]
    port, plain, one, two = (int(entry.getsockname()[1]) for entry in reserved)
    arguments = ("--release", str(release.folder), "--trusted-proxies", "1")
    arguments += ("--site-url", f"https://localhost:{port}/kg/")
    if request.param == "nginx":
        names = {"second": two, "certificate": certificate, "redirecting": plain}
        text = site_configuration("public", port, one, folder, **names)  # type: ignore[arg-type]
        running: contextlib.AbstractContextManager[None] = running_nginx(folder, text, [port])
    else:
        running = running_caddy(folder, certificate, port, (one, two))
    with contextlib.ExitStack() as ends:
        for entry in reserved:
            ends.enter_context(entry)
        first = Server(*arguments, "--port", str(one), log=folder / "first.jsonl")
        ends.callback(first.stop)
        ends.enter_context(running)
        trust = ssl.create_default_context(cafile=str(certificate / "fullchain.pem"))
        found = Slots(port, plain if request.param == "nginx" else None, (one, two), first, arguments, trust)
        yield found


def test_proxies_let_a_connection_go_before_the_server_does() -> None:
    """A request on a connection that the server closes at the same moment is lost where it may not be sent again."""
    caddy = re.search(r"keepalive (\d+)s", CADDYFILE.read_text(encoding="utf-8"))
    nginx = re.search(r"keepalive_timeout (\d+)s;", CADDYFILE.with_name("nginx.conf").read_text(encoding="utf-8"))

    assert caddy and int(caddy[1]) < LAST_SECONDS
    assert nginx and int(nginx[1]) < IDLE_SECONDS
    assert "non_idempotent" in CADDYFILE.with_name("nginx.conf").read_text(encoding="utf-8")


@pytest.mark.slow
def test_pages_queries_and_dumps_pass_with_tls(slots: Slots) -> None:
    """What the server answers itself comes through the proxy unchanged, under the certificate of the site."""
    query = f"/kg/sparql?query={quote(QUERY)}"
    dump = "/dumps/latest/nosograph.nq.zst"

    assert slots.request("GET", "/kg/")[0] == 200
    assert slots.request("GET", query, Accept="text/csv") == (200, slots.first.get(query[3:], Accept="text/csv").body)
    assert slots.request("POST", "/kg/sparql", QUERY.encode(), Content_Type="application/sparql-query")[0] == 200
    assert slots.request("GET", f"/kg{dump}")[1] == slots.first.get(dump).body


@pytest.mark.slow
def test_metrics_and_bodies_without_end_do_not_pass(slots: Slots) -> None:
    """Metrics are for the monitor alone, and a body beyond the bound ends at the proxy."""
    assert slots.request("GET", "/kg/metrics")[0] == 403
    assert slots.request("GET", "/kg//metrics")[0] in (403, 404)
    ended: object = None
    try:
        ended, _ = slots.request("POST", "/kg/sparql", b" " * (5 << 20), Content_Type="application/sparql-query")
    except OSError:
        ended = "closed while it was sent"
    assert ended in (413, "closed while it was sent")
    assert slots.first.get("/healthz").status == 200


@pytest.mark.slow
def test_clients_are_told_apart_behind_the_proxy(slots: Slots) -> None:
    """The access log names the client that the proxy saw, whatever the client itself claims."""
    slots.request("GET", "/kg/about", X_Forwarded_For="198.51.100.7")

    line = slots.first.wait_for_log(path="/about")

    assert line["client"] == "127.0.0.1"


@pytest.mark.slow
def test_what_has_no_tls_is_redirected(slots: Slots) -> None:
    """A request to the port without TLS leads to the same address with it."""
    if slots.plain is None:
        pytest.skip("Caddy does that by itself on the usual ports, which a test does not take")
    with contextlib.closing(http.client.HTTPConnection("localhost", slots.plain, timeout=60)) as connection:
        connection.request("GET", "/kg/about")
        answer = connection.getresponse()

    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/kg/about")


@pytest.mark.slow
def test_an_upgrade_fails_no_request(slots: Slots, tmp_path: Path) -> None:
    """While clients ask, a server starts in the second slot and the first one stops: every answer is a success."""
    statuses: Counter[int | str] = Counter()
    ended = threading.Event()

    def ask(number: int) -> None:
        connection = slots.connection()
        count = 0
        while not ended.is_set():
            count += 1
            text = f"{QUERY} # {number} {count}".encode()
            try:
                if count % 2:
                    connection.request("POST", "/kg/sparql", text, {"Content-Type": "application/sparql-query"})
                else:
                    connection.request("GET", f"/kg/condition/scleroderma.html?n={number}-{count}")
                answer = connection.getresponse()
                answer.read()
                statuses[answer.status] += 1
            except (OSError, http.client.HTTPException) as error:
                statuses[type(error).__name__] += 1
                connection.close()
                connection = slots.connection()
        connection.close()

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for client in clients:
        client.start()
    second = None
    try:
        time.sleep(0.5)
        second = Server(*slots.arguments, "--port", str(slots.upstreams[1]), log=tmp_path / "second.jsonl")
        time.sleep(NOTICE)
        before = sum(statuses.values())
        slots.first.stop()
        end = time.monotonic() + 60
        while sum(statuses.values()) < before + 200 and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        ended.set()
        for client in clients:
            client.join(60)
        served = second.metric("nosograph_requests_total") if second else 0
        if second:
            second.stop()

    assert set(statuses) == {200}, statuses
    assert served > 100
