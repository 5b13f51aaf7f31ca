"""Citations against the documents: does each cited passage hold, and is each document the one that was read?

The texts of the sources are not part of the project. Whoever has them in a folder can check that every passage is what
its digest says, and that every text has the digest and the length that are recorded for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from nosograph.errors import AssetError, InputError, Location
from nosograph.facts.assembly import OA_END, OA_START, PASSAGE_LINKS
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO

SEARCH_LIMIT = 500_000_000
"""A moved passage is sought while windows times their length stay below this: seconds, not minutes."""

VERDICTS: Final = {
    "verified": "the cited range of the text is the cited text",
    "moved": "the cited text is elsewhere in this version of the source",
    "changed": "the cited text is not in this version of the source",
    "missing": "the folder has no text of the source",
}
"""Verdict on a passage → what it means."""

SOURCE_VERDICTS: Final = {
    "verified": "the text has the recorded digest and length",
    "length": "the text has the recorded digest, but not the recorded length",
    "changed": "the text does not have the recorded digest, so it is another version",
    "missing": "the folder has no text of the source",
    "no digest": "no digest is recorded, so nobody can tell which text was read",
}
"""Verdict on a source → what it means."""


@dataclass(frozen=True)
class Source:
    """A document that was read: what is recorded of its text, and the file name's stem that it was kept under."""

    iri: str
    digest: str | None
    length: int | None
    identifier: str


@dataclass(frozen=True)
class CheckedSource:
    """The verdict on one source.

    Attributes:
        iri: IRI of the source.
        verdict: one of ``SOURCE_VERDICTS``.
        digest: recorded SHA-256 of its text, or None.
        length: recorded length of its text in code points, or None.
        file: name of the file that has its text, or None.
        found_length: length of that text in code points, or None.
    """

    iri: str
    verdict: str
    digest: str | None
    length: int | None
    file: str | None
    found_length: int | None


@dataclass(frozen=True)
class CheckedCitation:
    """The verdict on one passage.

    Attributes:
        passage: IRI of the passage.
        source: IRI of its source.
        start: first code point, from 0.
        end: code point after the last.
        verdict: one of ``VERDICTS``.
        moved_to: where the text starts now, for a moved passage.
        evidence: how many evidence nodes rest on the passage.
    """

    passage: str
    source: str
    start: int
    end: int
    verdict: str
    moved_to: int | None
    evidence: int


@dataclass(frozen=True)
class CitationReport:
    """The verdict on every passage and on every source.

    Attributes:
        citations: the passages, by source and position of their IRIs in the alphabet.
        sources: the sources that have a digest or a passage.
        unreadable: names of files in the folder that are not UTF-8 text.
    """

    citations: tuple[CheckedCitation, ...]
    sources: tuple[CheckedSource, ...]
    unreadable: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Return whether every passage and every source was verified."""
        verdicts = [citation.verdict for citation in self.citations] + [source.verdict for source in self.sources]
        return all(verdict == "verified" for verdict in verdicts)

    def count(self, verdict: str) -> int:
        """Return how many passages got a verdict."""
        return sum(citation.verdict == verdict for citation in self.citations)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "holds": self.holds,
            "counts": {verdict: self.count(verdict) for verdict in VERDICTS},
            "files": {source.iri: source.file for source in self.sources},
            "sources": [asdict(source) for source in self.sources],
            "citations": [asdict(citation) for citation in self.citations],
            "unreadable": list(self.unreadable),
        }

    def to_text(self) -> str:
        """Return the report as text: each source, each passage that was not verified, and the sums."""
        lines = []
        for source in self.sources:
            lines.append(f"{source.iri}: {source.file or 'no text found'}")
            if source.verdict == "length":
                lines.append(f"  wrong length: recorded {source.length}, found {source.found_length} code points")
            elif source.verdict in ("changed", "no digest"):
                lines.append(f"  {source.verdict}: {SOURCE_VERDICTS[source.verdict]}")
        if any(source.file is None for source in self.sources):
            lines += [f"{name}: passed over, because it is not UTF-8 text" for name in self.unreadable]
        for citation in self.citations:
            if citation.verdict not in ("verified", "missing"):
                where = f" (now at {citation.moved_to})" if citation.moved_to is not None else ""
                lines.append(
                    f"{citation.verdict}: {citation.passage}{where}: {VERDICTS[citation.verdict]}; "
                    f"evidence nodes that rest on it: {citation.evidence}"
                )
        sums = ", ".join(f"{self.count(verdict)} {verdict}" for verdict in VERDICTS)
        return "\n".join([*lines, f"{len(self.citations)} passages: {sums}"])


def published_json(report: CitationReport | None, passages: int) -> dict[str, Any]:
    """Return what a release's report says of its citations: nothing of the machine, and no file name.

    Args:
        report: the verdicts, all of them good; None where this build had no texts to verify against.
        passages: how many passages the release cites.
    """
    if report is None:
        return {"verified": False, "passages": passages}
    sources = [{"iri": source.iri, "digest": source.digest, "length": source.length} for source in report.sources]
    return {"verified": report.holds, "passages": passages, "sources": sources}


def published_text(report: CitationReport | None, passages: int) -> str:
    """Return what a release's report says of its citations, as a sentence; the arguments are those for JSON."""
    if report is None:
        return (
            f"The {passages} cited passages were not verified in this build, because it had no texts of the sources "
            "('nosograph build --sources DIR')."
        )
    return (
        f"All {passages} cited passages were verified in this build against the texts of {len(report.sources)} "
        "sources, whose digests and lengths are as recorded."
    )


def digest_of(text: str) -> str:
    """Return the SHA-256 (hex) of a text's UTF-8 form: the digest that citations use."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def verify_citations(knowledge: KnowledgeGraph, folder: Path) -> CitationReport:
    """Return the verdict on every passage and every source, from the source texts in a folder.

    A source's text is the file with its digest, whatever the file's name. Where there is none, it is the file named
    after its ``dcterms:identifier`` or local name, which is then another version of it.

    Raises:
        AssetError: the folder cannot be read.
    """
    graph, facts = knowledge.graphs["sources"], knowledge.graphs["facts"]
    texts = _read_texts(folder)
    citations: list[CheckedCitation] = []
    sources: list[CheckedSource] = []
    for source in _read_sources(graph):
        name = texts.find(source)
        text = texts.by_name[name] if name else None
        sources.append(_check_source(source, name, text))
        finder = _Finder(text or "")
        for passage in sorted(graph.subjects(NOSO.ofSource, URIRef(source.iri)), key=str):
            start, end = (int(str(graph.value(passage, part))) for part in (OA_START, OA_END))
            digest = str(graph.value(passage, NOSO.passageDigest))
            moved_to = None
            if text is None:
                verdict = "missing"
            elif digest_of(text[start:end]) == digest and end <= len(text):
                verdict = "verified"
            else:
                moved_to = finder.find(digest, end - start)
                verdict = "changed" if moved_to is None else "moved"
            resting = sum(1 for link in PASSAGE_LINKS for _ in facts.subjects(link, passage))
            citations.append(CheckedCitation(str(passage), source.iri, start, end, verdict, moved_to, resting))
    return CitationReport(tuple(citations), tuple(sources), texts.unreadable)


def cite(folder: Path, knowledge: KnowledgeGraph, source: str, quotation: str) -> Iterator[str]:
    """Return the Turtle of a passage for each location of a quotation in a source's text.

    Args:
        folder: the source texts.
        knowledge: the graph that describes the source.
        source: local name of the source, such as ``gard-scleroderma``.
        quotation: the exact text; an ellipsis (…) stands for anything between its first and its last part.

    Raises:
        InputError: the source is not described, its text is not in the folder, or the quotation is not in it.
    """
    iri = str(knowledge.base.resource("source", source))
    known = {entry.iri: entry for entry in _read_sources(knowledge.graphs["sources"]) if entry.digest}
    if iri not in known:
        raise InputError(
            f"There is no source named {source!r} with a text digest.",
            hint=f"The sources with a text are: {', '.join(name.rpartition('/')[2] for name in known)}.",
        )
    texts = _read_texts(folder)
    name = texts.find(known[iri])
    if name is None or texts.digests[name] != known[iri].digest:
        raise InputError(
            f"The folder has no text with the digest of {source!r}.",
            location=Location(str(folder)),
            hint="Name its folder.",
        )
    text = texts.by_name[name]
    first, ellipsis, last = quotation.partition("…")
    start = text.find(first) if first else -1
    if start < 0 or (ellipsis and text.find(last, start + len(first)) < 0):
        raise InputError(
            "The quotation is not in the text.",
            location=Location(str(folder / name)),
            hint="Copy it letter by letter; the text may hold no-break spaces (U+00A0) where others show a space.",
        )
    while start >= 0:
        end = text.find(last, start + len(first)) + len(last) if ellipsis else start + len(first)
        if end < start:
            break
        yield f'[ oa:start {start} ; oa:end {end} ;\n    noso:passageDigest "{digest_of(text[start:end])}" ]'
        start = text.find(first, start + 1)


@dataclass(frozen=True)
class _Texts:
    """The texts of a folder by file name, with the digest of each, and the names of files that are no text."""

    by_name: Mapping[str, str]
    digests: Mapping[str, str]
    unreadable: tuple[str, ...]

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
        keys = (source.digest or "", source.identifier, source.iri.rpartition("/")[2])
        return next((self._names[key] for key in keys if key in self._names), None)


class _Finder:
    """Finds a passage by its digest anywhere in a text; hashes each length's windows once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._windows: dict[int, dict[str, int]] = {}

    def find(self, digest: str, length: int) -> int | None:
        if length not in self._windows:
            count = len(self.text) - length + 1
            if length <= 0 or count <= 0 or count * length > SEARCH_LIMIT:
                return None
            self._windows[length] = {
                digest_of(self.text[start : start + length]): start for start in reversed(range(count))
            }
        return self._windows[length].get(digest)


def _check_source(source: Source, name: str | None, text: str | None) -> CheckedSource:
    if source.digest is None:
        verdict = "no digest"
    elif text is None:
        verdict = "missing"
    elif digest_of(text) != source.digest:
        verdict = "changed"
    else:
        verdict = "verified" if source.length == len(text) else "length"
    found_length = None if text is None else len(text)
    return CheckedSource(source.iri, verdict, source.digest, source.length, name, found_length)


def _read_sources(graph: Graph) -> list[Source]:
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


def _read_texts(folder: Path) -> _Texts:
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
    return _Texts(texts, {name: digest_of(text) for name, text in texts.items()}, tuple(unreadable))
