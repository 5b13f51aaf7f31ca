"""What is said of an import as a whole: title, publisher, licence, version; and its provenance as statements."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nosograph.errors import InputError, Location
from nosograph.imports.accounting import Account
from nosograph.imports.statements import (
    PAGE,
    PREF_LABEL,
    TYPE,
    GraphWriter,
    spell_iri,
    spell_text,
    spell_value,
)
from nosograph.rdf.iris import noso
from nosograph.rdf.names import DEFAULT_BASE, STANDARD_PREFIXES

_ADDRESS: Final = re.compile(r'https?://[^\s<>"{}|\\^`]+\Z')
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9-]+")


def _in(prefix: str, local: str) -> str:
    return spell_iri(STANDARD_PREFIXES[prefix] + local)


_COUNTS: Final = {
    "read": noso("rowsRead"),
    "published": noso("rowsPublished"),
    "left_out": noso("rowsLeftOut"),
    "refused": noso("rowsRefused"),
}


@dataclass(frozen=True)
class ImportProfile:
    """What is said of an import as a whole.

    Attributes:
        name: its name, the last part of the IRI of its graph.
        title: its title.
        publisher: who publishes the data set.
        license: address of the licence of the data set.
        version: the version of the data set.
        day: the day of that version, YYYY-MM-DD; empty where it is not known.
        homepage: address of the data set, or empty.
    """

    name: str
    title: str = ""
    publisher: str = ""
    license: str = ""
    version: str = ""
    day: str = ""
    homepage: str = ""

    def filled(self, **found: str) -> ImportProfile:
        """Return the profile with what the files themselves say where nothing else was said."""
        return replace(self, **{key: value for key, value in found.items() if value and not getattr(self, key)})

    def check(self) -> ImportProfile:
        """Return the profile, complete.

        Raises:
            InputError: the name, the title, the licence or the version is missing or cannot be used.
        """
        if not _NAME.match(self.name):
            raise InputError(
                f"The import cannot be called {self.name!r}.", hint="Use lower-case words and digits joined by hyphens."
            )
        for key, what in (("license", "licence"), ("version", "version")):
            if not getattr(self, key):
                raise InputError(
                    f"Nothing says what the {what} of the import {self.name!r} is.",
                    hint=f"Give it with --{key}, or in data/imports.toml: a release states it of each graph.",
                )
        for key in ("license", "homepage"):
            if getattr(self, key) and not _ADDRESS.match(getattr(self, key)):
                raise InputError(
                    f"The {key} {getattr(self, key)!r} of the import {self.name!r} is not an http(s) address.",
                    hint="Give the address by which programs know it.",
                )
        day = _DAY.search(self.day or self.version)
        return replace(self, title=self.title or self.name, day=day[0] if day else "")


@dataclass(frozen=True)
class ReadFile:
    """A file that was read: its name, its digest, and how many code points its text has."""

    name: str
    digest: str
    length: int


def measure_file(path: Path) -> ReadFile:
    """Return name, digest and length of a text.

    Raises:
        InputError: the file cannot be read, or is not UTF-8.
    """
    digest, length = hashlib.sha256(), 0
    try:
        with path.open("rb") as stream:
            for line in stream:
                digest.update(line)
                length += len(line.decode())
    except UnicodeDecodeError as error:
        raise InputError(
            f"The file is not UTF-8: {error.reason}.", location=Location(str(path)), hint="Fetch the file again."
        ) from error
    except OSError as error:
        raise InputError(
            f"The file cannot be read: {error.strerror or error}.",
            location=Location(str(path)),
            hint="Check that it exists and that its permissions let you read it.",
        ) from error
    return ReadFile(path.name, digest.hexdigest(), length)


def source_of(profile: ImportProfile, file: ReadFile) -> str:
    """Return the spelled IRI of a file, in one version, as a source."""
    version = _UNSAFE.sub("-", profile.version).strip("-")
    return f"<{DEFAULT_BASE}source/{profile.name}_{_UNSAFE.sub('-', file.name)}_{version}>"


def write_source(writer: GraphWriter, profile: ImportProfile, file: ReadFile) -> str:
    """Write a file as a source that was read whole, and return its spelled IRI."""
    source = source_of(profile, file)
    writer.add_types(source, noso("Source"))
    for predicate, value in (
        (PREF_LABEL, spell_text(f"{profile.title}, version {profile.version}: {file.name}")),
        (spell_iri(noso("textDigest")), spell_value(file.digest)),
        (spell_iri(noso("textLength")), spell_value(str(file.length), "integer")),
        *_said(profile),
    ):
        writer.add(source, predicate, value)
    return source


def write_graph_description(writer: GraphWriter, profile: ImportProfile, sources: list[str], account: Account) -> None:
    """Write what the graph of an import is: title, licence, version, sources, and how many rows became of it."""
    graph = spell_iri(writer.graph)
    writer.add(graph, TYPE, _in("void", "Dataset"))
    writer.add(graph, _in("dcterms", "title"), spell_text(profile.title))
    for predicate, value in _said(profile):
        writer.add(graph, predicate, value)
    for source in sources:
        writer.add(graph, _in("prov", "wasDerivedFrom"), source)
    for what, property_ in _COUNTS.items():
        writer.add(graph, spell_iri(property_), spell_value(str(account.total(what)), "integer"))


def _said(profile: ImportProfile) -> Iterator[tuple[str, str]]:
    yield _in("dcterms", "license"), spell_iri(profile.license)
    yield _in("owl", "versionInfo"), spell_value(profile.version)
    if profile.publisher:
        yield _in("dcterms", "publisher"), spell_value(profile.publisher)
    if profile.day:
        yield _in("dcterms", "issued"), spell_value(profile.day, "date")
    if profile.homepage:
        yield PAGE, spell_iri(profile.homepage)
