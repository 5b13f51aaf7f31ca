"""A real nginx with the configuration of docs/deploy."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[2] / "docs" / "deploy" / "nginx.conf"

_MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {sites}
}}
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def site_configuration(
    name: str,
    port: int,
    upstream: int,
    folder: Path,
    *,
    prefix: str = "/kg/",
    strips: bool = False,
    caches: bool = True,
    second: int | None = None,
    certificate: Path | None = None,
    redirecting: int | None = None,
) -> str:
    """Return the configuration of docs/deploy for one site.

    Args:
        name: what the site's upstream and cache are called.
        port: where nginx listens.
        upstream: the port of the server behind it.
        folder: where the cache may be.
        prefix: where the site stands.
        strips: whether the prefix is taken from the address before it is passed on, which a header names then.
        caches: whether nginx keeps answers.
        second: the port of a second server; nobody listens there otherwise.
        certificate: a folder with certificate and key; without one the site has no TLS.
        redirecting: where requests without TLS are redirected.
    """
    text = _FILE.read_text(encoding="utf-8")
    if certificate is None:
        text = re.sub(r"(?m)^ *ssl_.*\n", "", text)
    changes = [
        ("listen 80;", f"listen 127.0.0.1:{redirecting or free_port()};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port}{' ssl http2' if certificate else ''};"),
        ("server 127.0.0.1:8000 ", f"server 127.0.0.1:{upstream} "),
        ("server 127.0.0.1:8001 ", f"server 127.0.0.1:{second or free_port()} "),
        ("zone=nosograph_clients:", f"zone={name}_clients:"),
        ("limit_conn nosograph_clients ", f"limit_conn {name}_clients "),
        ("/var/cache/nginx/nosograph", f"{folder}/{name}"),
        ("location /kg/", f"location {prefix}"),
        ("location = /kg/", f"location = {prefix}"),
        ("upstream nosograph", f"upstream {name}"),
        ("http://nosograph;", f"http://{name}/;" if strips else f"http://{name};"),
        ("=nosograph:", f"={name}:"),
        ("proxy_cache nosograph;", f"proxy_cache {name};" if caches else ""),
    ]
    if strips:
        header = f"proxy_set_header X-Forwarded-Prefix {prefix.rstrip('/') or '/'};\n"
        changes.append(("        proxy_http_version", f"        {header}        proxy_http_version"))
    if certificate:
        changes.append(("/etc/ssl/nosograph", str(certificate)))
    for old, new in changes:
        assert old in text, f"the configuration does not say {old!r}"
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def running_nginx(folder: Path, sites: str, ports: list[int]) -> Iterator[None]:
    """Run nginx with some sites as long as the block runs."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    main = folder / "nginx.conf"
    main.write_text(_MAIN.format(folder=folder, sites=sites), encoding="utf-8")
    log = folder / "start.log"
    with log.open("wb") as stream:
        process = subprocess.Popen([program, "-p", str(folder), "-c", str(main)], stdout=stream, stderr=stream)
    try:
        for port in ports:
            wait_for(port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server listens on a port, at most 30 seconds; its log is told when it does not."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        assert process.poll() is None, f"the server ended: {log.read_text()}"
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}: {log.read_text()}")
