"""A web server of a folder of releases in the process of a test, which can be told to go wrong."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


@dataclass
class PublisherSite:
    """A folder behind a web server.

    Attributes:
        folder: the folder.
        port: where the server listens.
        cut: bytes of the body of a file after which the server closes the connection; 0 never.
        redirects: path → Location of a redirect.
        statuses: path → status that is answered instead.
        drip: seconds between single bytes of the body; 0 for whole files.
        ignores_if_range: whether a part is sent even of another state of the file.
        requests: path and header fields of each request.
    """

    folder: Path
    port: int = 0
    cut: int = 0
    redirects: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    drip: float = 0.0
    ignores_if_range: bool = False
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The address of the folder."""
        return f"http://127.0.0.1:{self.port}/"

    def asked(self) -> list[str]:
        """Return the paths that were asked for."""
        return [path for path, _ in self.requests]


class _Handler(BaseHTTPRequestHandler):
    site: PublisherSite

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Send a file, or the part of it that is asked for."""
        site, name = self.site, unquote(self.path).lstrip("/")
        site.requests.append((name, dict(self.headers.items())))
        if name in site.redirects or name in site.statuses:
            self.send_response(302 if name in site.redirects else site.statuses[name])
            if name in site.redirects:
                self.send_header("Location", site.redirects[name])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path = site.folder / name
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        start = 0
        asked = re.match(r"bytes=(\d+)-\Z", self.headers.get("Range", ""))
        if asked and (site.ignores_if_range or self.headers.get("If-Range", tag) == tag):
            start = int(asked[1])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        with contextlib.suppress(OSError):
            self._send(content[start:])

    def _send(self, content: bytes) -> None:
        if self.site.drip:
            for number in range(len(content)):
                self.wfile.write(content[number : number + 1])
                self.wfile.flush()
                time.sleep(self.site.drip)
        elif self.site.cut and len(content) > self.site.cut:
            self.wfile.write(content[: self.site.cut])
            self.close_connection = True
        else:
            self.wfile.write(content)


@contextlib.contextmanager
def published_at(folder: Path) -> Iterator[PublisherSite]:
    """Serve a folder as long as the block runs."""
    site = PublisherSite(folder)
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def rewrite_manifest(release: Path, changes: dict[str, object]) -> None:
    """Change members of a file's entry, or add files, in a manifest, and make checksums and ledger fit.

    Args:
        release: the release.
        changes: file name → its entry in the manifest, or None to remove it.
    """
    path = release / "manifest.json"
    manifest = json.loads(path.read_bytes())
    for name, entry in changes.items():
        manifest["files"].pop(name, None)
        if entry is not None:
            manifest["files"][name] = entry
    text = json.dumps(manifest, indent=2, sort_keys=True)
    path.write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    digests = {name: entry["sha256"] for name, entry in manifest["files"].items()} | {"manifest.json": digest}
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    (release / "SHA256SUMS").write_text(lines, encoding="utf-8")
    ledger_file = release.parent / "ledger.json"
    ledger = json.loads(ledger_file.read_bytes())
    for entry in ledger["releases"]:
        if entry["version"] == release.name:
            entry["digest"] = digest
    ledger_file.write_text(json.dumps(ledger), encoding="utf-8")
