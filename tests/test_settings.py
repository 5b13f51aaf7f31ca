"""A flag wins over the environment, the environment over the file, the file over the default."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from nosograph.errors import SettingsError
from nosograph.settings import Settings, load_settings


def test_defaults_hold_when_nothing_is_given(tmp_path: Path) -> None:
    """Embedded defaults: nothing has to be configured."""
    assert load_settings({}, {}, folder=tmp_path) == Settings()


def test_order_of_precedence(tmp_path: Path) -> None:
    """Flag > environment > file > default, each shown by a setting that only it decides."""
    (tmp_path / "nosograph.toml").write_text('port = 1\nhost = "1.1.1.1"\nthreads = 3\n', encoding="utf-8")

    settings = load_settings({"port": 3}, {"NOSOGRAPH_PORT": "2", "NOSOGRAPH_HOST": "2.2.2.2"}, folder=tmp_path)

    assert (settings.port, settings.host, settings.threads) == (3, "2.2.2.2", 3)
    assert settings.query_timeout == Settings().query_timeout


def test_file_may_be_named_in_the_environment(tmp_path: Path) -> None:
    """NOSOGRAPH_CONFIG names the file, where a service manager cannot give options."""
    file = tmp_path / "elsewhere.toml"
    file.write_text("port = 9\n", encoding="utf-8")

    assert load_settings({}, {"NOSOGRAPH_CONFIG": str(file)}, folder=tmp_path).port == 9


def test_source_date_epoch_has_its_usual_name(tmp_path: Path) -> None:
    """Reproducible builds share one variable for the date."""
    assert load_settings({}, {"SOURCE_DATE_EPOCH": "86400"}, folder=tmp_path).source_date_epoch == 86400


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"port = ", "is not TOML"),
        (b"port = 1\xff", "is not UTF-8"),
        (b"colour = 1", "no setting named 'colour'"),
        (b'port = "many"', "setting 'port' is 'many', which is not a whole number"),
        (b"port = true", "which is not a whole number"),
        (b"host = 5", "which is not a text"),
        (b"query_timeout = 0", "which is not from 0.1"),
    ],
)
def test_bad_file_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    """The message names the file, what is wrong in it, and what would be right."""
    file = tmp_path / "nosograph.toml"
    file.write_bytes(content)

    with pytest.raises(SettingsError, match=re.escape(str(file)) + ".*" + re.escape(message)) as caught:
        load_settings({}, {}, folder=tmp_path)
    assert caught.value.hint


def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    """A file that was named and cannot be read is not passed over in silence."""
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({}, {}, tmp_path / "missing.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({}, {}, tmp_path)


@pytest.mark.parametrize(
    ("flags", "environment", "message"),
    [
        ({"port": 70000}, {}, "option --port is 70000, which is not from 0 to 65535"),
        ({}, {"NOSOGRAPH_PORT": "x"}, "environment variable NOSOGRAPH_PORT is 'x'"),
        ({"base_iri": "nosograph"}, {}, "not an absolute http or https IRI"),
        ({"base_iri": "https://example.org/a b/"}, {}, "a character that no IRI may hold"),
        ({"base_iri": "https://example.org/a"}, {}, "does not end with a slash"),
        ({"base_iri": "https://example.org/?a/"}, {}, "a query or a fragment"),
        ({"base_iri": "https://example.org:port/"}, {}, "not an"),
        ({"base_iri": "https://[::1/"}, {}, "not an IRI"),
        ({"site_url": "example.org"}, {}, "not an http(s) address"),
    ],
)
def test_bad_value_is_refused(tmp_path: Path, flags: dict[str, Any], environment: dict[str, str], message: str) -> None:
    """Each message names the option or variable and what it takes."""
    with pytest.raises(SettingsError, match=re.escape(message)):
        load_settings(flags, environment, folder=tmp_path)


def test_every_setting_says_what_it_is() -> None:
    """The command line's help and the messages are made from these words."""
    assert all(entry.metadata["about"] for entry in dataclasses.fields(Settings))
