"""A value of settings is checked when it is made, whoever makes it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from nosograph.errors import SettingsError
from nosograph.settings import Settings


def test_text_becomes_the_type_of_its_setting() -> None:
    """Options and variables are text; a program may give text as well."""
    given: dict[str, Any] = {"port": "80", "query_timeout": "1.5", "releases": "r", "query_service_allow": "http://a/,"}

    settings = Settings(**given)

    assert settings == Settings(port=80, query_timeout=1.5, releases=Path("r"), query_service_allow=("http://a/",))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("port", 70000, "70000 is not from 0 to 65535"),
        ("port", True, "True is not a whole number"),
        ("port", 1.5, "1.5 is not a whole number"),
        ("port", None, "None is not a whole number"),
        ("query_timeout", "soon", "'soon' is not a number"),
        ("query_timeout", float("nan"), "nan is not from"),
        ("host", 5, "5 is not a text"),
        ("releases", "", "'' is not a path"),
        ("base_iri", "nosograph", "not an absolute http or https IRI"),
        ("base_iri", "https://example.org/a b/", "a character that no IRI may hold"),
        ("base_iri", "https://example.org/a", "does not end with a slash"),
        ("base_iri", "https://example.org/?a/", "a query or a fragment"),
        ("base_iri", "https://example.org:port/", "not an"),
        ("base_iri", "https://[::1/", "not an IRI"),
        ("site_url", "example.org", "not an http(s) address"),
        ("site_url", "https://[::1/", "not an http(s) address"),
        ("site_url", "https://example.org/kg", "ends with a slash"),
        ("site_url", "https://example.org/?kg=/", "no query"),
        ("site_url", "https://example.org//kg/", "dots or empty segment"),
        ("site_url", "https://example.org/a/../kg/", "dots or empty segment"),
        ("query_engine", "duck", "'duck' is not one of automatic, store, analysis"),
        ("analysis_replay", "1.5", "'1.5' is not from 0 to 1"),
        ("query_service_allow", "not a url", "'not a url' is not an http(s) address"),
        ("query_service_allow", ("http://a/", "ftp://b/"), "'ftp://b/' is not an http(s) address"),
        ("query_service_allow", ("http://a b/",), "is not an http(s) address"),
        ("query_service_allow", (1,), "(1,) is not a text, nor a list of texts"),
    ],
)
def test_bad_value_is_refused(name: str, value: Any, message: str) -> None:
    """Each message names the value and what is wrong with it, and says what would be right."""
    with pytest.raises(SettingsError, match=re.escape(message)) as caught:
        Settings(**{name: value})
    assert caught.value.hint


def test_every_setting_says_what_it_is() -> None:
    """The command line's help and the messages are made from these words."""
    assert all(entry.metadata["about"] for entry in dataclasses.fields(Settings))
