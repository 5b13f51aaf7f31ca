"""Names and addresses of code systems, as the Bioregistry lists them, are read; its table can be relied on."""

from __future__ import annotations

from importlib.resources import files

import pytest

from nosograph.rdf.names import CODE_SYSTEMS
from nosograph.search.code_systems import find_code
from nosograph.search.codes import readings

LINES = files("nosograph.search").joinpath("code_systems.tsv").read_text(encoding="utf-8").splitlines()


def test_the_table_names_its_version_and_licence() -> None:
    """The first line says of which version of the Bioregistry it is, and under what it may be used."""
    assert LINES[0].startswith("# Bioregistry 0.15.6, CC0-1.0, ")


@pytest.mark.parametrize("column", [0, 2])
def test_the_table_has_no_name_and_no_address_twice(column: int) -> None:
    """The converter relies on it, because looking for duplicates would take seconds at each start."""
    values = [value for line in LINES[2:] for value in line.split("\t")[column].split("|") if value]

    assert len(values) == len(set(values)) > 2000
    assert all(value == value.casefold() for value in values)


def test_no_pattern_can_take_long() -> None:
    """No group is repeated, and no pattern has three repetitions without a bound."""
    patterns = [line.split("\t")[1] for line in LINES[2:]]

    assert [text for text in patterns if any(mark in text for mark in (")*", ")+", "){"))] == []
    assert [text for text in patterns if text.count("+") + text.count("*") > 4] == []


@pytest.mark.parametrize("prefix", CODE_SYSTEMS)
def test_every_code_system_here_is_in_the_table(prefix: str) -> None:
    """By its prefix or by its address, so that other spellings of its codes are understood."""
    by_name, by_address = find_code(f"{prefix}:1".casefold()), find_code(f"{CODE_SYSTEMS[prefix]}1".casefold())

    assert by_name is not None or by_address is not None


@pytest.mark.parametrize(
    ("text", "system", "local"),
    [
        ("mondo:0005100", "mondo", "0005100"),
        ("icd-10 m34", "icd10", "m34"),
        ("https://omim.org/mim:181750", "omim", "181750"),
        ("http://www.omim.org/entry/181750", "omim", "181750"),
        ("http://identifiers.org/mondo/0005100", "mondo", "0005100"),
        ("https://bioregistry.io/mondo:0005100", "mondo", "0005100"),
        ("https://rarediseases.info.nih.gov/?gard_id=9748", "gard", "9748"),
        ("gbif 5", "gbif", "5"),
    ],
)
def test_names_and_addresses_are_read(text: str, system: str, local: str) -> None:
    """Names, addresses of several providers, and those of general resolvers."""
    found = find_code(text)

    assert found is not None
    assert (found.system, found.local, found.is_valid) == (system, local, True)


@pytest.mark.parametrize("text", ["", "scleroderma", "foo:12", "https://example.org/0005100", "mondo:", "mondo"])
def test_other_texts_are_no_codes(text: str) -> None:
    """A word, an unknown name or address, and a name alone."""
    assert find_code(text) is None


@pytest.mark.parametrize("text", ["mondo:abc", "hp:1", "mondo:" + "1" * 101])
def test_a_code_that_looks_otherwise_is_invalid(text: str) -> None:
    """The system is known, and its codes do not look so."""
    found = find_code(text)

    assert found is not None
    assert not found.is_valid


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("https://omim.org/MIM:181750", "omim181750"),
        ("MSH:D012595", "meshd012595"),
        ("http://identifiers.org/orphanet/90291", "orphanet90291"),
        ("gbif:5", "https://www.gbif.org/species/5"),
    ],
)
def test_the_index_is_asked_by_its_own_keys(spelling: str, key: str) -> None:
    """A code of a system with a prefix here has that prefix; another one is looked for by its addresses."""
    assert key in readings(spelling)
