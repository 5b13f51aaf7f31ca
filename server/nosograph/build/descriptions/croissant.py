"""Describes the tables of a release in Croissant (http://mlcommons.org/croissant/1.0): files, records and their fields.

Programs that load data sets for analysis read it: they find each file with its digest, and each column with its type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from nosograph.build.descriptions.described import DescribedRelease
from nosograph.build.dumps.table_columns import TableColumn, fact_columns, quad_columns
from nosograph.build.dumps.writing import write_text
from nosograph.rdf.formats import JSON_LD, PARQUET
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import FACTS_PARQUET, QUADS_PARQUET, TABLES, TableFile

CROISSANT_FILE: Final = "croissant.json"

_TERMS: Final = (
    "citeAs column data dataType equivalentProperty examples extract field fileObject fileProperty fileSet format "
    "includes isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate "
    "separator source subField transform"
)
_TYPED: Final = {"data": "@json", "dataType": "@vocab", "examples": "@json"}
_CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{
        term: {"@id": f"cr:{term}", "@type": _TYPED[term]} if term in _TYPED else f"cr:{term}"
        for term in _TERMS.split()
    },
}
"""The context that the specification gives, every term of it: readers compare it instead of expanding it."""

_ENCODINGS: Final = {PARQUET.media_type: "application/x-parquet"}
"""Media type → how Croissant 1.0 spells it."""


def write_croissant(about: DescribedRelease, folder: Path) -> ReleaseFile:
    """Write the description as a file, once the tables are written, and return the file."""
    text = json.dumps(describe_tables(about), indent=2, ensure_ascii=False) + "\n"
    return write_text(text, folder, CROISSANT_FILE, JSON_LD.media_type)


def describe_tables(about: DescribedRelease) -> dict[str, Any]:
    """Return the description as JSON-LD has it."""
    profile = about.profile
    licenses = [license.value for license in about.licenses()]
    said = {
        "name": profile.name,
        "alternateName": profile.title,
        "description": profile.description,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "url": about.base.iri,
        "identifier": about.release.value,
        "citeAs": f"{profile.publisher}. {profile.title}, release {about.version}. {about.release.value}".lstrip(". "),
        "version": about.version,
        "datePublished": about.date.isoformat(),
        "license": licenses if len(licenses) > 1 else "".join(licenses),
        "creator": {"@type": "sc:Organization", "name": profile.publisher, "url": f"{about.base.iri}about"}
        if profile.publisher
        else "",
        "keywords": list(profile.keywords),
        "inLanguage": "en",
        "isLiveDataset": False,
    }
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        **{name: value for name, value in said.items() if value not in ("", [])},
        "distribution": [_file(about, table) for table in TABLES if table.name() in about.files],
        "recordSet": [
            _records(FACTS_PARQUET, "Facts, a row for each piece of evidence.", fact_columns(about.vocabulary)),
            _records(QUADS_PARQUET, "Statements, with their named graph.", quad_columns()),
        ],
    }


def _file(about: DescribedRelease, table: TableFile) -> dict[str, Any]:
    file = about.files[table.name()]
    return {
        "@type": "cr:FileObject",
        "@id": table.name(),
        "name": table.name(),
        "description": table.label,
        "contentUrl": about.download(table.name()).value,
        "contentSize": f"{file.size} B",
        "encodingFormat": _ENCODINGS.get(table.format.media_type, table.format.media_type),
        "sha256": file.sha256,
    }


def _records(table: TableFile, about: str, columns: Iterable[TableColumn]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.table,
        "name": table.table,
        "description": about,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{table.table}/{column.name}",
                "name": f"{table.table}/{column.name}",
                "description": column.about,
                "dataType": "sc:Text",
                "source": {"fileObject": {"@id": table.name()}, "extract": {"column": column.name}},
            }
            for column in columns
        ],
    }
