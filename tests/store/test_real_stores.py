"""Servers of other people hold the release and answer for it: filled by the command, asked through this server.

They are those of ``benchmarks/store_servers.py``: Java servers are fetched by Maven, the others are installed or not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from built_release import pristine
from certificates import make_certificate
from live import Server
from maven import NotInstalled
from nginx import free_port, running_nginx
from sharing import alone_in
from store_servers import STARTERS, StoreServer

from nosograph.release.opening import Release

__all__ = ["pristine"]

pytestmark = pytest.mark.slow

GUARD = """
server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/fullchain.pem;
    ssl_certificate_key {folder}/privkey.pem;
    client_max_body_size 0;
    location / {{
        auth_basic "release";
        auth_basic_user_file {folder}/passwords;
        proxy_pass {upstream};
    }}
}}
"""
"""Configuration of nginx for a service that others may not ask."""

QUESTIONS = (
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
    "SELECT ?c ?l { ?c a noso:Condition ; skos:prefLabel ?l } ORDER BY ?l",
    "SELECT ?c ?l { ?c noso:textMatch 'skin' ; skos:prefLabel ?l } ORDER BY ?l",
    "SELECT ?s (COUNT(*) AS ?n) { ?f noso:status ?s } GROUP BY ?s ORDER BY ?s",
    "SELECT DISTINCT ?d { ?c noso:hasSubtype+ ?d } ORDER BY ?d",
    "ASK { ?f noso:status noso:denied }",
    "ASK { ?f a <urn:nothing> }",
)


def run_load(release: Release, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command that loads, with further environment variables."""
    command = [sys.executable, "-m", "nosograph.cli", "load", str(release.folder), "--quiet", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env=os.environ | variables)


@pytest.fixture(scope="module", params=list(STARTERS))
def filled(
    request: pytest.FixtureRequest, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[StoreServer, Any]]:
    """Return a server that holds the release, and what the command said of it."""
    cache = getattr(request.config, "cache", None)
    libraries = cache.mkdir("stores") if cache else tmp_path_factory.mktemp("stores")
    folder = tmp_path_factory.mktemp(request.param)
    with alone_in(libraries):
        running = STARTERS[request.param](folder, libraries)
        try:
            server = running.__enter__()
        except NotInstalled as reason:
            pytest.skip(str(reason))
    try:
        if server.load_file is None:
            done = run_load(release, "--into", server.query, "--graph-store", server.graph_store, "--json")
        else:
            assert run_load(release, "--to-file", str(folder / "copy.nq")).returncode == 0
            (folder / "copy.nq").rename(folder / "release.nq")
            server.load_file(folder / "release.nq")
            done = run_load(release, "--into", server.query, "--check", "--json")
        assert done.returncode == 0, done.stderr + done.stdout
        yield server, json.loads(done.stdout)
    finally:
        running.__exit__(None, None, None)


def test_it_holds_every_triple(filled: tuple[StoreServer, Any], release: Release) -> None:
    """And what it answers in its own way is worked round."""
    _, found = filled

    counts = release.manifest.counts
    assert sum(found["graphs"].values()) == counts.quads + counts.triples
    assert found["subjects"] > 100
    assert "refused" not in found["conformance"]["counts"]


def test_questions_have_the_answers_of_the_release(
    filled: tuple[StoreServer, Any], release: Release, tmp_path: Path
) -> None:
    """Whether the service answers them or the release does."""
    service, _ = filled
    check_answers(release, service.query, tmp_path)


def check_answers(release: Release, query: str, tmp_path: Path, environment: Mapping[str, str] | None = None) -> None:
    """Check that a server answers from a service as one does from the release; its log is ``other.jsonl``."""
    folder = ("--release", str(release.folder))
    own = Server(*folder, log=tmp_path / "own.jsonl")
    other = Server(*folder, "--store", query, environment=environment, log=tmp_path / "other.jsonl")
    try:
        for question in QUESTIONS:
            headers = {"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json"}
            expected, answer = (each.request("POST", "/sparql", headers, question.encode()) for each in (own, other))
            assert (answer.status, answer.json) == (expected.status, expected.json), question
        assert other.get("/condition/scleroderma", Accept="text/html").status == 303
    finally:
        assert own.stop() == other.stop() == 0


def test_a_service_of_another_release_is_refused(
    filled: tuple[StoreServer, Any], pristine: Release, tmp_path: Path
) -> None:
    """The server ends at once and says which release the service holds."""
    service, found = filled
    command = [sys.executable, "-m", "nosograph.cli", "serve", "--release", str(pristine.folder), "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NOSOGRAPH_")}

    done = subprocess.run(
        [*command, "--store", service.query], capture_output=True, text=True, timeout=120, env=environment, cwd=tmp_path
    )

    assert done.returncode == 3
    assert found["version"] in done.stderr


@dataclass(frozen=True)
class GuardedStore:
    """A service that is reached by https and with a password alone.

    Attributes:
        query: where it takes queries.
        graph_store: where it takes graphs.
        certificate: the certificate that signed its own.
    """

    query: str
    graph_store: str
    certificate: str


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedStore]:
    """Return the Rust server behind nginx, which asks for a password over TLS."""
    certificate = make_certificate(tmp_path)
    (tmp_path / "passwords").write_text("reader:{PLAIN}a secret\n")
    port = free_port()
    try:
        with STARTERS["oxigraph"](tmp_path, tmp_path) as service:
            site = GUARD.format(port=port, folder=tmp_path, upstream=service.query.removesuffix("/query"))
            with running_nginx(tmp_path, site, [port]):
                address = f"https://localhost:{port}"
                yield GuardedStore(f"{address}/query", f"{address}/store", str(certificate / "fullchain.pem"))
    except NotInstalled as reason:
        pytest.skip(str(reason))


def test_a_service_behind_tls_and_a_password(guarded: GuardedStore, release: Release, tmp_path: Path) -> None:
    """It is filled and asked with both; without one of them it is told which is missing, and the password never."""
    (tmp_path / "credentials").write_text("reader:a secret\n")
    where = ("--into", guarded.query, "--graph-store", guarded.graph_store)
    known = {"NOSOGRAPH_STORE_CREDENTIALS": str(tmp_path / "credentials")}
    trusted = {"SSL_CERT_FILE": guarded.certificate}

    untrusted = run_load(release, *where, **known)
    unknown = run_load(release, *where, **trusted)
    filled = run_load(release, *where, **known, **trusted)
    check_answers(release, guarded.query, tmp_path, known | trusted)

    assert untrusted.returncode == unknown.returncode == 3
    assert "certificate" in untrusted.stderr and "401" in unknown.stderr
    assert filled.returncode == 0, filled.stderr
    said = untrusted.stderr + unknown.stderr + filled.stderr + (tmp_path / "other.jsonl").read_text()
    assert "a secret" not in said and "cmVhZGVyOm" not in said
