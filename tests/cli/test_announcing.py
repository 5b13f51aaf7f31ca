"""``nosograph announce``: the redirects work in real servers, and the records say what the release says."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from nginx import free_port, running_nginx, wait_for

from nosograph.cli.program import cli
from nosograph.errors import NosographError, SettingsError
from nosograph.release.opening import Release

SITE = "http://127.0.0.1:1/kg/"
PATHS = [
    "",
    "condition/scleroderma",
    "condition/OMIM_181750.ttl",
    "fact/1/evidence/2?format=ttl&x=a%20b+c",
    "xref/MONDO:0005100",
    "search?q=%C3%A4%26%3F%23%25&kind=",
    "a%20b%2520c",
    "sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D",
]
_APACHE = """
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule rewrite_module {modules}/mod_rewrite.so
DocumentRoot {folder}/root
<Directory {folder}/root>
    AllowOverride All
    Options FollowSymLinks
</Directory>
"""


@pytest.fixture(scope="module")
def announced(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the command has written for a site below a prefix."""
    folder = tmp_path_factory.mktemp("announced")
    command = ["announce", str(folder), "--release", str(release.folder), "--site-url", SITE]
    done = CliRunner().invoke(cli, command, catch_exceptions=False, standalone_mode=False)
    assert sorted(done.output.split()) == sorted(str(path) for path in folder.rglob("*") if path.is_file())
    return folder


def read(folder: Path, name: str) -> dict[str, object]:
    """Return a record."""
    found = json.loads((folder / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module", params=["apache", "nginx"])
def port(request: pytest.FixtureRequest, announced: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Return the port of a real server that keeps the base IRI by the rules of the command."""
    found, folder = free_port(), tmp_path_factory.mktemp("server")
    if request.param == "apache":
        running = running_apache(folder, announced / "redirects" / "apache", found)
    else:
        rule = (announced / "redirects" / "nginx.conf").read_text(encoding="utf-8")
        running = running_nginx(folder, f"server {{\n listen 127.0.0.1:{found};\n {rule} }}", [found])
    with running:
        yield found


@contextlib.contextmanager
def running_apache(folder: Path, rules: Path, port: int) -> Iterator[None]:
    """Run Apache with a folder of rules, as w3id.org has one for each name, as long as the block runs."""
    program = shutil.which("apache2", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("apache2 is not installed")
    shutil.copytree(rules, folder / "root" / "nosograph")
    settings = folder / "apache.conf"
    settings.write_text(_APACHE.format(folder=folder, port=port, modules="/usr/lib/apache2/modules"), encoding="utf-8")
    process = subprocess.Popen([program, "-f", str(settings), "-X"])
    try:
        wait_for(port, process, folder / "error")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_redirects_keep_method_path_and_query(port: int, path: str, method: str) -> None:
    """Whatever follows the base IRI arrives as it was sent, escapes included, and a posted query stays one (307)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, f"/nosograph/{path}", headers={"Content-Length": "0"} if method == "POST" else {})
    reply = connection.getresponse()
    connection.close()

    assert (reply.status, reply.getheader("Location")) == (307, SITE + path)


def test_the_bioregistry_record_names_resources_of_the_focus(announced: Path, release: Release) -> None:
    """The pattern takes the example, and the address of the example is that of a resource."""
    ((prefix, record),) = read(announced, "bioregistry.json").items()
    assert isinstance(record, dict)

    assert prefix == record["prefix"] == "nosograph"
    assert re.match(record["pattern"], record["example"])
    assert not re.match(record["pattern"], "Not a name")
    assert record["uri_format"] == f"{release.base.iri}condition/$1"
    assert record["license"] == "CC-BY-4.0"


def test_identifiers_org_and_the_bioregistry_are_told_the_same(announced: Path) -> None:
    """Prefix, pattern, example and address do not differ between the two."""
    request = read(announced, "identifiers-org.json")
    record = read(announced, "bioregistry.json")["nosograph"]
    assert isinstance(record, dict)

    assert request["requestedPrefix"] == record["prefix"]
    assert request["idRegexPattern"] == record["pattern"]
    assert request["sampleId"] == record["example"]
    assert str(request["providerUrlPattern"]).replace("{$id}", "$1") == record["uri_format"]


def test_a_deposit_says_what_the_release_says(announced: Path, release: Release) -> None:
    """Creator, title, year, version, licence and IRI are those of the manifest, for DataCite and for Zenodo alike."""
    datacite, zenodo = read(announced, "datacite.json"), read(announced, "zenodo.json")["metadata"]
    assert isinstance(zenodo, dict)
    iri = str(release.base.resource("release", release.version))
    profile = release.manifest.profile

    assert datacite["url"] == iri
    assert datacite["creators"] == [{"name": profile.publisher, "nameType": "Organizational"}]
    assert datacite["titles"] == [{"title": profile.title, "lang": "en"}]
    assert datacite["publicationYear"] == str(release.manifest.date.year)
    assert datacite["version"] == zenodo["version"] == release.version
    assert (zenodo["title"], zenodo["license"]) == (profile.title, "cc-by-4.0")
    assert {"identifier": iri, "relation": "isIdenticalTo", "resource_type": "dataset"} in zenodo["related_identifiers"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "where the site is reached"),
        (["--site-url", "https://w3id.org/nosograph/"], "nothing to redirect"),
        (["--site-url", SITE, "--prefix", "No Prefix"], "no prefix of compact identifiers"),
    ],
)
def test_what_cannot_be_announced_is_an_error(release: Release, tmp_path: Path, given: list[str], words: str) -> None:
    """The message says what is missing, and nothing is written."""
    with pytest.raises(SettingsError, match=words):
        CliRunner().invoke(
            cli,
            ["announce", str(tmp_path / "out"), "--release", str(release.folder), *given],
            catch_exceptions=False,
            standalone_mode=False,
        )

    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_an_error(release: Release, tmp_path: Path) -> None:
    """A file in the way is named."""
    (tmp_path / "out").write_text("in the way", encoding="utf-8")

    with pytest.raises(NosographError, match="cannot be written"):
        CliRunner().invoke(
            cli,
            ["announce", str(tmp_path / "out"), "--release", str(release.folder), "--site-url", SITE],
            catch_exceptions=False,
            standalone_mode=False,
        )
