"""The Croissant description of the tables is one that its own validator reads, and says what the files are."""

from __future__ import annotations

import json
from typing import Any

import mlcroissant
import pyarrow.parquet
import pytest

from nosograph.release.opening import Release


@pytest.fixture(scope="module")
def description(published: Release) -> dict[str, Any]:
    """Return the description of the release."""
    return dict(json.loads(published.file("croissant.json").read_bytes()))


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # the validator's own
def test_the_validator_accepts_it(published: Release) -> None:
    """The reference implementation finds no error; it only wishes for versions of three numbers."""
    metadata = mlcroissant.Dataset(jsonld=str(published.file("croissant.json"))).metadata

    assert metadata.ctx.issues.errors == set()
    assert all("MAJOR.MINOR.PATCH" in str(warning) for warning in metadata.ctx.issues.warnings)


def test_files_are_those_of_the_release(published: Release, description: dict[str, Any]) -> None:
    """Each file is there, with its digest and the address that serves it."""
    files = {file["@id"]: file for file in description["distribution"]}

    assert set(files) == {"nosograph.facts.parquet", "nosograph.facts.tsv", "nosograph.quads.parquet"}
    for name, file in files.items():
        assert file["sha256"] == published.manifest.files[name].sha256
        assert file["contentUrl"] == f"{published.base.iri}dumps/{published.version}/{name}"


def test_fields_are_the_columns(published: Release, description: dict[str, Any]) -> None:
    """Each column of a table is a field with a description, in the same order."""
    for records in description["recordSet"]:
        (file,) = {field["source"]["fileObject"]["@id"] for field in records["field"]}
        named = [field["source"]["extract"]["column"] for field in records["field"]]

        assert named == pyarrow.parquet.read_schema(published.folder / file).names
        assert all(field["description"] for field in records["field"])


def test_licences_and_people_are_those_of_the_release(published: Release, description: dict[str, Any]) -> None:
    """What is said of the release is what its manifest says."""
    manifest = published.manifest

    assert [description["license"]] == list(manifest.licenses())
    assert description["version"] == manifest.version
    assert description["datePublished"] == manifest.date.isoformat()
    assert description["description"] == manifest.profile.description
