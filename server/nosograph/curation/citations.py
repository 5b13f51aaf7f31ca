"""Checks every cited passage against the texts of the sources, and cites a new one.

The project republishes no source text. Whoever has a document can check each citation: the passage's code points must
have the SHA-256 that the citation gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS

from nosograph.errors import AssetError, InputError, Location
from nosograph.facts.assembly import OA_END, OA_START
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO

SEARCH_LIMIT = 500_000_000
"""A moved passage is sought while windows times their length stay below this: seconds, not minutes."""

VERDICTS = {
    "verified": "the text at the cited place is the cited text",
    "moved": "the cited text stands at another place in this version of the source",
    "changed": "the cited text does not stand in this version of the source",
    "missing": "the folder has no text of the source",
}


@dataclass(frozen=True)
class Source:
    """A document that was read: its digest and length, and the file name's stem that it was kept under."""

    iri: str
    digest: str
    length: int
    identifier: str


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
    """The verdict on every passage, and the file that each source's text was found in (None: not found)."""

    citations: tuple[CheckedCitation, ...]
    files: Mapping[str, str | None]

    @property
    def holds(self) -> bool:
        """Return whether every passage was verified."""
        return all(citation.verdict == "verified" for citation in self.citations)

    def count(self, verdict: str) -> int:
        """Return how many passages got a verdict."""
        return sum(citation.verdict == verdict for citation in self.citations)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "holds": self.holds,
            "counts": {verdict: self.count(verdict) for verdict in VERDICTS},
            "files": dict(self.files),
            "citations": [asdict(citation) for citation in self.citations],
        }

    def to_text(self) -> str:
        """Return the report as text: each source, each passage that was not verified, and the sums."""
        lines = [f"{source}: {file or 'no text found'}" for source, file in self.files.items()]
        for citation in self.citations:
            if citation.verdict not in ("verified", "missing"):
                where = f" (now at {citation.moved_to})" if citation.moved_to is not None else ""
                lines.append(
                    f"{citation.verdict}: {citation.passage}{where}: {VERDICTS[citation.verdict]}; "
                    f"evidence nodes that rest on it: {citation.evidence}"
                )
        sums = ", ".join(f"{self.count(verdict)} {verdict}" for verdict in VERDICTS)
        return "\n".join([*lines, f"{len(self.citations)} passages: {sums}"])


def digest_of(text: str) -> str:
    """Return the SHA-256 (hex) of a text's UTF-8 form: the digest that citations use."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def verify_citations(knowledge: KnowledgeGraph, folder: Path) -> CitationReport:
    """Return the verdict on every passage, from the source texts in a folder.

    A source's text is the file with its digest, whatever its name; failing that, the file named after its
    ``dcterms:identifier`` or local name, which is then another version of it.

    Raises:
        AssetError: the folder cannot be read.
    """
    graph, facts = knowledge.graphs["sources"], knowledge.graphs["facts"]
    texts = _read_texts(folder)
    citations: list[CheckedCitation] = []
    files: dict[str, str | None] = {}
    for source in _read_sources(graph):
        name = _find_text(source, texts)
        files[source.iri] = name
        text = texts[name] if name else None
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
            resting = sum(1 for _ in facts.subjects(NOSO.passage, passage))
            citations.append(CheckedCitation(str(passage), source.iri, start, end, verdict, moved_to, resting))
    return CitationReport(tuple(citations), files)


def cite(folder: Path, knowledge: KnowledgeGraph, source: str, quotation: str) -> Iterator[str]:
    """Return the Turtle of a passage for each place where a quotation stands in a source's text.

    Args:
        folder: the source texts.
        knowledge: the graph that describes the source.
        source: local name of the source, such as ``gard-scleroderma``.
        quotation: the exact text; an ellipsis (…) stands for anything between its first and its last part.

    Raises:
        InputError: the source is not described, its text is not in the folder, or the quotation is not in it.
    """
    iri = str(knowledge.base.resource("source", source))
    known = {entry.iri: entry for entry in _read_sources(knowledge.graphs["sources"])}
    if iri not in known:
        raise InputError(
            f"There is no source named {source!r} with a text digest.",
            hint=f"The sources with a text are: {', '.join(name.rpartition('/')[2] for name in known)}.",
        )
    texts = _read_texts(folder)
    name = _find_text(known[iri], texts)
    if name is None or digest_of(texts[name]) != known[iri].digest:
        raise InputError(
            f"The folder has no text with the digest of {source!r}.",
            location=Location(str(folder)),
            hint="Name its folder.",
        )
    text = texts[name]
    first, ellipsis, last = quotation.partition("…")
    start = text.find(first) if first else -1
    if start < 0 or (ellipsis and text.find(last, start + len(first)) < 0):
        raise InputError(
            "The quotation does not stand in the text.",
            location=Location(str(folder / name)),
            hint="Copy it letter by letter; the text may hold no-break spaces (U+00A0) where others show a space.",
        )
    while start >= 0:
        end = text.find(last, start + len(first)) + len(last) if ellipsis else start + len(first)
        if end < start:
            break
        yield f'[ oa:start {start} ; oa:end {end} ;\n    noso:passageDigest "{digest_of(text[start:end])}" ]'
        start = text.find(first, start + 1)


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


def _read_sources(graph: Graph) -> list[Source]:
    return [
        Source(
            str(iri),
            str(digest),
            int(str(graph.value(iri, NOSO.textLength))),
            str(graph.value(iri, DCTERMS.identifier)),
        )
        for iri, digest in sorted(graph.subject_objects(NOSO.textDigest), key=str)
    ]


def _read_texts(folder: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    try:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                try:
                    texts[path.name] = path.read_bytes().decode("utf-8")
                except UnicodeDecodeError:
                    continue  # not a text: nothing can be cited from it
    except OSError as error:
        raise AssetError(
            f"The folder of source texts cannot be read: {error.strerror}.",
            location=Location(str(folder)),
            hint="Name a folder with one text file for each source.",
        ) from error
    return texts


def _find_text(source: Source, texts: Mapping[str, str]) -> str | None:
    for name, text in texts.items():
        if digest_of(text) == source.digest:
            return name
    for name in texts:
        if Path(name).stem in (source.identifier, source.iri.rpartition("/")[2]):
            return name
    return None
