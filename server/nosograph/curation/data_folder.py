"""An empty folder becomes one in which data can be curated: vocabulary, shapes, and what is said of the data."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass
from pathlib import Path

from rdflib import Literal, URIRef

from nosograph.assets import Assets
from nosograph.errors import InputError, Location
from nosograph.facts.derivation import canonical
from nosograph.rdf.names import DEFAULT_BASE, STANDARD_PREFIXES


@dataclass(frozen=True)
class DataFolderTexts:
    """What is said of new data as a whole: title, description, creator and licence."""

    title: str
    description: str
    creator: str
    licence: str


def start_data_folder(folder: Path, assets: Assets, texts: DataFolderTexts, date: datetime.date) -> Assets:
    """Return new asset folders with the vocabulary and shapes of others and with no data yet.

    Args:
        folder: the folder to make; it may be there already when it is empty.
        assets: whose vocabulary and shapes are copied.
        texts: what is said of the data as a whole.
        date: the day of the data.

    Raises:
        InputError: the folder is not empty, or cannot be written.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise InputError(
                "The folder is not empty.", location=Location(str(folder)), hint="Name a new folder, or an empty one."
            )
        for name in ("ontology", "shapes"):
            shutil.copytree(assets.root / name, folder / name)
        (folder / "data" / "facts").mkdir(parents=True)
        (folder / "data" / "dataset.ttl").write_text(_dataset(texts, date), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"The folder cannot be written: {error.strerror or error}.",
            location=Location(str(folder)),
            hint="Name a folder in which you may write.",
        ) from error
    return Assets(folder)


def _dataset(texts: DataFolderTexts, date: datetime.date) -> str:
    day = f'"{date.isoformat()}"^^xsd:date'
    return "\n".join(
        [
            "# What is said of the data as a whole. Set dcterms:modified when the data change: it dates the release.",
            "",
            *(f"@prefix {prefix}: <{STANDARD_PREFIXES[prefix]}> ." for prefix in ("dcterms", "xsd")),
            "",
            f"<{DEFAULT_BASE}>",
            f"    dcterms:title {canonical(Literal(texts.title, lang='en'))} ;",
            f"    dcterms:description {canonical(Literal(texts.description, lang='en'))} ;",
            f"    dcterms:creator {canonical(Literal(texts.creator))} ;",
            f"    dcterms:license {canonical(URIRef(texts.licence))} ;",
            f"    dcterms:issued {day} ;",
            f"    dcterms:modified {day} .",
            "",
        ]
    )
