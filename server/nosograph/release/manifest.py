"""The manifest of a release: what it holds, file by file, and whose it is; written and read in one place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from nosograph.errors import Location, ReleaseError
from nosograph.release.json_values import parse_json
from nosograph.release.names import COMPRESSIONS, LATEST_NAME, MANIFEST_NAME, REBUILD, UNLISTED

MANIFEST_FORMAT: Final = 3
"""Version of the manifest's layout; a reader refuses a newer one, because it cannot know what it means."""

RELEASE_FORMAT: Final = 3
"""Version of what a build makes of its input: raise it with every change of the software that changes bytes of a dump.

It is part of the content hash, so equal versions are equal bytes, whichever version of the software wrote them.
"""

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_NAME = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,199}\Z")
"""A part of a file name: it is not hidden, has no control character, and every file system takes it."""

_LONGEST_NAME = 1000
"""Characters of the path of a file below its release."""


@dataclass(frozen=True)
class ReleaseFile:
    """One published file of a release.

    Attributes:
        name: path below the release folder, with forward slashes.
        size: length in bytes.
        sha256: digest of its bytes, 64 lower-case hexadecimal digits.
        media_type: media type of the content, after decompression if it is compressed.
        compression: ``"gz"``, ``"zst"`` or None.
    """

    name: str
    size: int
    sha256: str
    media_type: str
    compression: str | None = None


@dataclass(frozen=True)
class Counts:
    """What a release holds, counted from its quads.

    Attributes:
        quads: quads of all named graphs, which is what N-Quads, TriG and JSON-LD hold.
        triples: distinct triples of their union, which is what Turtle, N-Triples and RDF/XML hold.
        facts: resources of the class Fact.
        evidence: resources of the class Evidence.
        statuses: facts by the local name of their status.
        graphs: quads by name of the graph (``"facts"``, ``"import/hpo"``).
        kinds: resources by kind (``"condition"``, ``"finding"``, …).
        overlaps: names of each two graphs that have a triple in common, in order. A query of graphs no two of which
            stand here may be answered without looking for duplicates.
    """

    quads: int
    triples: int
    facts: int
    evidence: int
    statuses: Mapping[str, int]
    graphs: Mapping[str, int]
    kinds: Mapping[str, int]
    overlaps: tuple[tuple[str, str], ...] = ()

    @property
    def stored(self) -> int:
        """What a store holds: every quad in its named graph, and every triple in the default graph."""
        return self.quads + self.triples


@dataclass(frozen=True)
class Profile:
    """What its publisher says of the data set as a whole; what is empty was not said, and is not claimed anywhere.

    Attributes:
        title: the title, ``Name: what it is about``.
        description: a few sentences.
        publisher: name of who publishes it.
        license: IRI of its licence.
        keywords: what it is about, in words.
        contact: where readers write to: a ``mailto:`` or web address.
        repository: the web address of the files that the data are made of.
        issues: the web address of a form for reports that takes ``title`` and ``body`` as query parameters.
    """

    title: str = ""
    description: str = ""
    publisher: str = ""
    license: str = ""
    keywords: tuple[str, ...] = ()
    contact: str = ""
    repository: str = ""
    issues: str = ""

    @property
    def name(self) -> str:
        """The title without what follows its colon, to be used in a sentence."""
        return self.title.partition(": ")[0].strip()


UNSAID: Final = Profile(
    title="Nosograph", publisher="Nosograph contributors", license="https://creativecommons.org/licenses/by/4.0/"
)
"""What releases of the formats before 3 said on every page and in every header; their manifests do not hold it."""


@dataclass(frozen=True)
class GraphTerms:
    """What is said of one named graph; what is empty was said neither of it nor of the data set.

    Attributes:
        license: IRI of its licence.
        publisher: name of who publishes it.
        title: its title.
        version: its version, for the vocabulary and the shapes their ``owl:versionIRI``.
        date: the day of that version, YYYY-MM-DD, where an import says it.
    """

    license: str = ""
    publisher: str = ""
    title: str = ""
    version: str = ""
    date: str = ""


def licenses_of_graphs(
    profile: Profile, terms: Mapping[str, GraphTerms], graphs: Iterable[str] | None = None
) -> tuple[str, ...]:
    """Return the licences of what some named graphs say, the data set's own first; none where none was given.

    Args:
        profile: what is said of the data set, whose licence a graph without its own has.
        terms: what is said of each graph.
        graphs: names of graphs; None for every one.
    """
    own = profile.license
    found = {terms.get(name, GraphTerms()).license or own for name in (terms if graphs is None else graphs)} or {own}
    return tuple(sorted(found - {""}, key=lambda license: (license != own, license)))


@dataclass(frozen=True)
class Manifest:
    """What a release says of itself in ``manifest.json``.

    Attributes:
        version: date and content hash, ``YYYY-MM-DD-<12 hexadecimal digits>``; also the folder's name.
        base_iri: the base of every IRI in the data.
        date: date of the data, or of SOURCE_DATE_EPOCH where the build was given one.
        content_hash: the whole SHA-256 behind the version.
        counts: what the release holds.
        inputs: path of each input file → its SHA-256.
        files: published files by name, without the manifest and checksums themselves.
        profile: what is said of the data set.
        terms: name of a named graph → what is said of it.
    """

    version: str
    base_iri: str
    date: date
    content_hash: str
    counts: Counts
    inputs: Mapping[str, str]
    files: Mapping[str, ReleaseFile]
    profile: Profile = UNSAID
    terms: Mapping[str, GraphTerms] = field(default_factory=dict)

    def licenses(self, graphs: Iterable[str] | None = None) -> tuple[str, ...]:
        """Return the licences of what some named graphs say, or of the whole release; the data set's own first.

        Args:
            graphs: names such as ``facts`` or ``import/hpo``; None for every one.
        """
        return self._all_licenses if graphs is None else licenses_of_graphs(self.profile, self.terms, graphs)

    @cached_property
    def _all_licenses(self) -> tuple[str, ...]:
        return licenses_of_graphs(self.profile, self.terms)

    @property
    def imports(self) -> tuple[str, ...]:
        """Names of the graphs of imported data sets, such as ``import/hpo``; sorted."""
        return tuple(name for name in sorted(self.terms) if name.startswith("import/"))

    def to_json(self) -> str:
        """Return the text of ``manifest.json``: sorted keys, so equal manifests are equal bytes."""
        counts = self.counts
        content = {
            "format": MANIFEST_FORMAT,
            "version": self.version,
            "base": self.base_iri,
            "date": self.date.isoformat(),
            "content_hash": self.content_hash,
            "counts": {
                "quads": counts.quads,
                "triples": counts.triples,
                "facts": counts.facts,
                "evidence": counts.evidence,
                "statuses": dict(counts.statuses),
                "graphs": dict(counts.graphs),
                "kinds": dict(counts.kinds),
                "overlaps": [list(pair) for pair in counts.overlaps],
            },
            "inputs": dict(self.inputs),
            "profile": asdict(self.profile),
            "terms": {name: asdict(terms) for name, terms in self.terms.items()},
            "files": {
                file.name: {
                    "size": file.size,
                    "sha256": file.sha256,
                    "media_type": file.media_type,
                    "compression": file.compression,
                }
                for file in self.files.values()
            },
        }
        return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a release folder.

    Raises:
        ReleaseError: there is none, or it cannot be used.
    """
    path = folder / MANIFEST_NAME
    if not folder.is_dir():
        raise ReleaseError("There is no such folder.", location=Location(str(folder)), hint=REBUILD)
    if not path.is_file():
        latest = folder / LATEST_NAME
        raise ReleaseError(
            f"This folder is not a release: it has no {MANIFEST_NAME}.",
            location=Location(str(folder)),
            hint=f"It holds releases: name one of them, such as {latest}." if latest.is_dir() else REBUILD,
        )
    try:
        content = parse_json(path.read_bytes())
    except OSError as error:
        raise ReleaseError(
            f"The manifest cannot be read: {error.strerror}.", location=Location(str(path)), hint=REBUILD
        ) from error
    except (ValueError, RecursionError) as error:
        raise ReleaseError(f"The manifest is not JSON: {error}.", location=Location(str(path)), hint=REBUILD) from error
    try:
        return _parse_manifest(content)
    except _Malformed as error:
        raise ReleaseError(
            f"The manifest cannot be used: {error}.", location=Location(str(path)), hint=error.hint or REBUILD
        ) from error


class _Malformed(Exception):
    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


def _member(content: Any, name: str, kind: type, where: str = "it") -> Any:
    if not isinstance(content, dict):
        raise _Malformed(f"{where} is not an object")
    value = content.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _Malformed(f"{where} has no {name!r} of the right type")
    return value


def _mapping(content: Any, name: str, kind: type, where: str = "it") -> Mapping[str, Any]:
    members = _member(content, name, dict, where)
    for key in members:
        _member(members, key, kind, name)
    return MappingProxyType(dict(sorted(members.items())))


def _parse_manifest(content: Any) -> Manifest:
    layout = _member(content, "format", int)
    if layout > MANIFEST_FORMAT:
        raise _Malformed(
            f"its format is {layout}, and this version of nosograph knows formats up to {MANIFEST_FORMAT}",
            hint="Install a newer nosograph.",
        )
    version = _member(content, "version", str)
    if not _VERSION.match(version):
        raise _Malformed(f"its version {version!r} is not a date and a hash")
    try:
        day = date.fromisoformat(_member(content, "date", str))
    except ValueError as error:
        raise _Malformed(f"its date is not one: {error}") from error
    counts = _member(content, "counts", dict)
    files = {name: _parse_file(name, entry) for name, entry in sorted(_mapping(content, "files", dict).items())}
    return Manifest(
        version=version,
        base_iri=_member(content, "base", str),
        date=day,
        content_hash=_member(content, "content_hash", str),
        counts=Counts(
            quads=_member(counts, "quads", int, "counts"),
            triples=_member(counts, "triples", int, "counts"),
            facts=_member(counts, "facts", int, "counts"),
            evidence=_member(counts, "evidence", int, "counts"),
            statuses=_mapping(counts, "statuses", int, "counts"),
            graphs=_mapping(counts, "graphs", int, "counts"),
            kinds=_mapping(counts, "kinds", int, "counts"),
            overlaps=_overlaps(_member(counts, "overlaps", list, "counts")),
        ),
        inputs=_mapping(content, "inputs", str),
        files=MappingProxyType(files),
        profile=_parse_profile(content) if layout >= 3 else UNSAID,
        terms=_parse_terms(content) if layout >= 3 else MappingProxyType({}),
    )


def _parse_profile(content: Any) -> Profile:
    profile = _member(content, "profile", dict)
    keywords = _member(profile, "keywords", list, "profile")
    if not all(isinstance(keyword, str) for keyword in keywords):
        raise _Malformed("its keywords are not texts")
    texts = {name: _member(profile, name, str, "profile") for name in ("title", "description", "publisher", "license")}
    for name in ("contact", "repository", "issues"):  # manifests from before releases had addresses lack them
        texts[name] = _member({name: ""} | profile, name, str, "profile")
    return Profile(**texts, keywords=tuple(keywords))


def _parse_terms(content: Any) -> Mapping[str, GraphTerms]:
    names = [entry.name for entry in fields(GraphTerms)]
    return MappingProxyType(
        {
            graph: GraphTerms(*(_member({"date": ""} | said, name, str, f"terms of {graph}") for name in names))
            for graph, said in _mapping(content, "terms", dict).items()
        }
    )


def _overlaps(pairs: list[Any]) -> tuple[tuple[str, str], ...]:
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(name, str) for name in pair):
            raise _Malformed("its overlaps are not pairs of graph names")
    return tuple(sorted((min(pair), max(pair)) for pair in pairs))


def _parse_file(name: str, entry: Any) -> ReleaseFile:
    if len(name) > _LONGEST_NAME:
        raise _Malformed(f"the file name {name[:80]!r}… has more than {_LONGEST_NAME} characters")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name:
        raise _Malformed(f"the file name {name!r} leads out of the release")
    if path.parts[0] in UNLISTED or not all(_NAME.match(part) for part in path.parts):
        raise _Malformed(f"the file name {name!r} is not that of a published file")
    size = _member(entry, "size", int, name)
    if size < 0:
        raise _Malformed(f"the size of {name} is {size}")
    digest = _member(entry, "sha256", str, name)
    if not _DIGEST.match(digest):
        raise _Malformed(f"the digest of {name} is not a SHA-256")
    compression = entry.get("compression")
    if compression is not None and compression not in COMPRESSIONS:
        raise _Malformed(f"the compression of {name} is unknown")
    return ReleaseFile(name, size, digest, _member(entry, "media_type", str, name), compression)
