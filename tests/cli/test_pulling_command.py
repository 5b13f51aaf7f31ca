"""pull as a user meets it: a site or folder in, a release that a server takes out; exit codes, text and JSON."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from live import Server
from noted_releases import build
from publisher_site import published_at
from test_command_line import run

from nosograph.release.opening import latest_release


@pytest.mark.slow  # builds two releases and starts two servers, about ten seconds
def test_a_watching_server_takes_what_was_pulled(tmp_path: Path) -> None:
    """A replica of a real site serves its release, and the next one as soon as that was pulled."""
    publisher, mirror = tmp_path / "publisher", tmp_path / "mirror"
    first = build(publisher, "one")
    site = Server("--releases", str(publisher), "--watch", log=tmp_path / "site.jsonl")
    try:
        pulled = run("pull", f"{site.address}/", "--into", mirror, "--json", "--quiet")
        replica = Server("--releases", str(mirror), "--watch", log=tmp_path / "replica.jsonl")
        try:
            second = build(publisher, "two")
            again = run("pull", f"{site.address}/", "--into", mirror, "--quiet")
            replica.wait_for_metric("nosograph_release_swaps_total", 1)
            there, here = site.get("/changes.json"), replica.get("/changes.json")
        finally:
            replica.stop()
    finally:
        site.stop()

    assert (pulled.returncode, again.returncode) == (0, 0), pulled.stderr + again.stderr
    assert json.loads(pulled.stdout)["latest"] == first.version
    assert f"The latest release is {second.version}." in again.stdout
    assert here["X-Release"] == second.version
    assert [entry["version"] for entry in here.json["publications"]] == [
        entry["version"] for entry in there.json["publications"]
    ]


def test_what_cannot_be_pulled_is_exit_code_3(tmp_path: Path) -> None:
    """A wrong address is 2, a publisher who has nothing 3; the folder has nothing that can be seen."""
    wrong = run("pull", "ftp://e.org/", "--into", tmp_path / "mirror")
    with published_at(tmp_path) as site:
        nothing = run("pull", site.address, "--into", tmp_path / "mirror")

    assert (wrong.returncode, nothing.returncode) == (2, 3)
    assert "protocol 'ftp'" in wrong.stderr and "There are no releases at" in nothing.stderr
    assert not (tmp_path / "mirror").exists()


@pytest.mark.slow  # starts moto's server, and builds a release
def test_a_bucket_is_pulled_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of releases in a bucket is mirrored like any other."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed, so no bucket is here")
    boto3 = pytest.importorskip("boto3")
    release = build(tmp_path / "releases", "one")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        for path in (tmp_path / "releases").rglob("*"):
            name = path.relative_to(tmp_path).as_posix()
            if path.is_file() and "latest" not in name and "derived" not in name:
                client.upload_file(str(path), "bucket", name)
        pulled = run("pull", "s3://bucket/releases", "--into", tmp_path / "mirror", "--quiet")
        missing = run("pull", "s3://bucket/nothing", "--into", tmp_path / "other", "--quiet")
    finally:
        server.stop()

    assert pulled.returncode == 0, pulled.stderr
    assert latest_release(tmp_path / "mirror") == tmp_path / "mirror" / release.version
    assert missing.returncode == 3 and "There are no releases at s3://bucket/nothing" in missing.stderr


@pytest.mark.slow  # builds a release
def test_a_signature_of_minisign_is_checked(tmp_path: Path) -> None:
    """What the program itself signs is what the software checks."""
    program = shutil.which("minisign")
    if program is None:
        pytest.skip("minisign is not installed")
    release = build(tmp_path / "releases", "one")
    key, secret = tmp_path / "key.pub", tmp_path / "key.sec"
    for arguments in (["-G", "-W", "-p", key, "-s", secret], ["-S", "-s", secret, "-m", release.folder / "SHA256SUMS"]):
        subprocess.run([program, *arguments], input=b"\n\n", check=True, capture_output=True)

    pulled = run("pull", tmp_path / "releases", "--into", tmp_path / "mirror", "--trust", key, "--quiet")

    assert pulled.returncode == 0, pulled.stderr
    assert ", signed by " in pulled.stdout
