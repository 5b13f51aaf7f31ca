"""Where a setting comes from: option, environment, configuration file, default; and what is told of a wrong one."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from nosograph.cli.configuration import OTHER_VARIABLES, variable_of
from nosograph.cli.options import ConfiguredCommand, uses
from nosograph.errors import SettingsError
from nosograph.settings import Settings

ROOT = Path(__file__).parent.parent.parent


@click.group()
@click.option("--config", type=click.Path(path_type=Path), envvar="NOSOGRAPH_CONFIG")
def group(config: Path | None) -> None:
    """Stand in for the group of commands."""


@group.command("show", cls=ConfiguredCommand)
@uses(*(entry.name for entry in dataclasses.fields(Settings)))
def show(settings: Settings) -> int:
    """Keep the settings for the test."""
    seen.append(settings)
    return 0


seen: list[Settings] = []


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in an empty folder, as click reads ``nosograph.toml`` from there."""
    monkeypatch.chdir(tmp_path)
    seen.clear()
    return tmp_path


def settings_of(*arguments: str, **environment: str) -> Settings:
    """Return the settings that a command gets; a SettingsError is raised as it is."""
    runner = CliRunner(env=dict(environment))
    result = runner.invoke(group, [*_config(arguments), "show", *_rest(arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return seen[-1]


def _config(arguments: tuple[str, ...]) -> tuple[str, ...]:
    return arguments[:2] if arguments[:1] == ("--config",) else ()


def _rest(arguments: tuple[str, ...]) -> tuple[str, ...]:
    return arguments[2:] if arguments[:1] == ("--config",) else arguments


def test_defaults_hold_when_nothing_is_given() -> None:
    """Nothing has to be configured."""
    assert settings_of() == Settings()


def test_order_of_precedence(working_folder: Path) -> None:
    """Option > environment > file > default, each shown by a setting that only it decides."""
    (working_folder / "nosograph.toml").write_text('port = 1\nhost = "1.1.1.1"\nthreads = 3\n', encoding="utf-8")

    settings = settings_of("--port", "3", NOSOGRAPH_PORT="2", NOSOGRAPH_HOST="2.2.2.2")

    assert (settings.port, settings.host, settings.threads) == (3, "2.2.2.2", 3)
    assert settings.query_timeout == Settings().query_timeout


def test_file_may_be_named_in_the_environment(tmp_path: Path) -> None:
    """NOSOGRAPH_CONFIG names the file, where a service manager cannot give options."""
    file = tmp_path / "elsewhere.toml"
    file.write_text("port = 9\n", encoding="utf-8")

    assert settings_of(NOSOGRAPH_CONFIG=str(file)).port == 9


def test_source_date_epoch_has_its_usual_name() -> None:
    """Reproducible builds share one variable for the date."""
    assert settings_of(SOURCE_DATE_EPOCH="86400").source_date_epoch == 86400


def test_a_list_is_written_as_each_source_can(tmp_path: Path) -> None:
    """Addresses come with commas between from the environment, and as a list from the file."""
    file = tmp_path / "list.toml"
    file.write_text("query_service_allow = ['http://a/', 'http://b/']")

    listed = settings_of("--config", str(file)).query_service_allow
    spelled = settings_of(NOSOGRAPH_QUERY_SERVICE_ALLOW="http://a/, http://b/,").query_service_allow

    assert listed == spelled == ("http://a/", "http://b/")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"port = ", ": The configuration file is not TOML"),
        (b"port = 1\xff", ": The configuration file is not UTF-8 text"),
        (b"\xef\xbb\xbfport = 1", "begins with a byte order mark"),
        (b"\n\ncolour = 1", ":3: There is no setting named 'colour'"),
        (b"[server]\nport = 1", ":1: There is no setting named 'server'"),
        (b'\nport = "many"', ":2: setting port: 'many' is not a whole number"),
        (b"# port\nport = true", ":2: setting port: True is not a whole number"),
        (b"host = 5", ":1: setting host: 5 is not a text"),
        (b"query_timeout = 0", ":1: setting query_timeout: 0 is not from 0.1"),
        (b"query_service_allow = ['not a url']", ":1: setting query_service_allow: 'not a url' is not an http(s)"),
    ],
)
def test_bad_file_is_refused_by_line(working_folder: Path, content: bytes, message: str) -> None:
    """The message names the file, the line where that is known, what is wrong, and what would be right."""
    (working_folder / "nosograph.toml").write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        settings_of()
    assert str(caught.value).startswith("nosograph.toml:")
    assert message in str(caught.value)
    assert caught.value.hint


def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    """A file that was named and cannot be read is not passed over in silence."""
    with pytest.raises(SettingsError, match="cannot be read"):
        settings_of("--config", str(tmp_path / "missing.toml"))
    with pytest.raises(SettingsError, match="cannot be read"):
        settings_of("--config", str(tmp_path))


def test_help_needs_no_configuration(working_folder: Path) -> None:
    """Who has broken the file can still read what its settings are."""
    (working_folder / "nosograph.toml").write_text("port = [")

    result = CliRunner().invoke(group, ["show", "--help"])

    assert result.exit_code == 0
    assert "--query-timeout" in result.output


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (("--port", "70000"), {}, "option --port: '70000' is not from 0 to 65535"),
        ((), {"NOSOGRAPH_PORT": "x"}, "environment variable NOSOGRAPH_PORT: 'x' is not a whole number"),
        ((), {"SOURCE_DATE_EPOCH": "x"}, "environment variable SOURCE_DATE_EPOCH: 'x'"),
        (("--base-iri", "noso"), {"NOSOGRAPH_BASE_IRI": "https://a/"}, "option --base-iri: The base IRI 'noso'"),
    ],
)
def test_message_names_the_source(arguments: tuple[str, ...], environment: dict[str, str], message: str) -> None:
    """The option or variable that won is the one to correct."""
    with pytest.raises(SettingsError, match=re.escape(message)):
        settings_of(*arguments, **environment)


def test_a_mistyped_variable_is_refused() -> None:
    """A setting that has no effect because of a typing error is found, and the right name is suggested."""
    with pytest.raises(SettingsError, match=r"NOSOGRAPH_PROT\. Did you mean NOSOGRAPH_PORT\?"):
        settings_of(NOSOGRAPH_PROT="80")


def test_a_mistyped_key_is_refused(working_folder: Path) -> None:
    """As a variable, so a key of the file."""
    (working_folder / "nosograph.toml").write_text("querytimeout = 5")

    with pytest.raises(SettingsError, match=r"'querytimeout'\. Did you mean query_timeout\?"):
        settings_of()


def test_every_variable_of_the_project_is_known() -> None:
    """What the tests, the package build and the scripts read does not stop a command."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = [ROOT / name for name in listing.stdout.splitlines() if not name.endswith("test_configuration.py")]
    if not files:
        pytest.skip("the files of the project are listed by git, and this is no checkout")
    named = {
        name
        for path in files
        if path.is_file()
        for name in re.findall(r"NOSOGRAPH_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8", errors="replace"))
    }

    assert named - {variable_of(entry.name) for entry in dataclasses.fields(Settings)} <= set(OTHER_VARIABLES)
