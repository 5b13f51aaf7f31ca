"""The texts of sources: found in a folder by their digests, measured, and described."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rdflib import Graph, Literal
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from nosograph.errors import AssetError, InputError, Location
from nosograph.facts.asset_files import decode, read_bytes
from nosograph.rdf.names import NOSO, last_segment


@dataclass(frozen=True)
class Source:
    """A document that was read: what is recorded of its text, and the file name's stem that it was kept under."""

    iri: str
    digest: str | None
    length: int | None
    identifier: str


@dataclass(frozen=True)
class SourceTexts:
    """The texts of a folder by file name, with the digest of each, and the names of files that are no text."""

    by_name: Mapping[str, str]
    digests: Mapping[str, str]
    unreadable: tuple[str, ...]

    def of(self, source: Source) -> str | None:
        """Return the source's text, or None where the folder has no file with its digest."""
        name = self.find(source)
        return self.by_name[name] if name is not None and self.digests[name] == source.digest else None

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """File name by digest, and by stem where no digest is the same; the first in the alphabet counts."""
        names: dict[str, str] = {}
        for key in (self.digests.get, lambda name: Path(name).stem):
            for name in self.by_name:
                names.setdefault(key(name) or name, name)
        return names

    def find(self, source: Source) -> str | None:
        """Return the name of the file that has the source's text or, failing that, another version of it."""
        keys = (source.digest or "", source.identifier, last_segment(source.iri))
        return next((self._names[key] for key in keys if key in self._names), None)


def digest_of(text: str) -> str:
    """Return the SHA-256 (hex) of a text's UTF-8 form: the digest that citations use."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class DescribedText:
    """What a source's description records of its text.

    Attributes:
        file: name of the file.
        digest: SHA-256 (hex) of the text in UTF-8.
        length: number of code points.
    """

    file: str
    digest: str
    length: int

    def to_turtle(self) -> str:
        """Return the two statements that a description of the source has of its text, without its subject."""
        return f'    noso:textDigest "{self.digest}" ;\n    noso:textLength {self.length} .'


def describe_text(path: Path) -> DescribedText:
    """Return digest and length of a source's text.

    Raises:
        InputError: the file cannot be read, is no UTF-8 text, or is empty.
    """
    text = decode(read_bytes(path, str(path)), str(path))
    if not text.strip():
        raise InputError(
            "The file holds no text.", location=Location(str(path)), hint="Save the source's text in it, as UTF-8."
        )
    return DescribedText(path.name, digest_of(text), len(text))


def read_sources(graph: Graph) -> list[Source]:
    """Return the sources that have a digest or a passage, in the order of their IRIs."""
    iris = set(graph.subjects(NOSO.textDigest, None)) | set(graph.objects(None, NOSO.ofSource))
    return [
        Source(
            str(iri),
            _text_of(graph.value(iri, NOSO.textDigest)),
            length.toPython() if isinstance(length := graph.value(iri, NOSO.textLength), Literal) else None,
            _text_of(graph.value(iri, DCTERMS.identifier)) or "",
        )
        for iri in sorted(iris, key=str)
    ]


def _text_of(term: Node | None) -> str | None:
    return None if term is None else str(term)


def read_texts(folder: Path) -> SourceTexts:
    """Return the texts of a folder; a file that is not UTF-8 text is named as such and has none.

    Raises:
        AssetError: the folder cannot be read.
    """
    texts: dict[str, str] = {}
    unreadable: list[str] = []
    try:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                try:
                    texts[path.name] = path.read_bytes().decode("utf-8")
                except UnicodeDecodeError:
                    unreadable.append(path.name)
    except OSError as error:
        raise AssetError(
            f"The folder of source texts cannot be read: {error.strerror}.",
            location=Location(str(folder)),
            hint="Name a folder with one text file for each source.",
        ) from error
    return SourceTexts(texts, {name: digest_of(text) for name, text in texts.items()}, tuple(unreadable))
