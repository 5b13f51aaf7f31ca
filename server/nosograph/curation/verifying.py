"""Verifies citations: does each cited passage hold, and is each document the one that was read?

The texts of the sources are not part of the project. Whoever has them in a folder can check that every passage is what
its digest says, and that every text has the digest and the length that are recorded for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import Node

from nosograph.curation.texts import Source, digest_of, read_sources, read_texts
from nosograph.facts.assembly import OA_END, OA_START, PASSAGE_LINKS
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES

SEARCH_LIMIT = 500_000_000
"""A moved passage is sought while windows times their length stay below this: seconds, not minutes."""

LONGEST_QUOTATION: Final = 300
"""Code points of a passage that a release quotes; a longer one is given by position and digest alone."""

OPEN_LICENSES: Final = tuple(
    f"{scheme}://creativecommons.org/{part}/"
    for scheme in ("https", "http")
    for part in ("licenses/by", "licenses/by-sa", "publicdomain")
)
"""Starts of the licences (``dcterms:license`` of a source) under which a release may quote its passages."""

_QUOTE_SELECTOR = URIRef(STANDARD_PREFIXES["oa"] + "TextQuoteSelector")
_EXACT = URIRef(STANDARD_PREFIXES["oa"] + "exact")

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
        quotations: IRI of each verified passage that may be quoted → its words.
    """

    citations: tuple[CheckedCitation, ...]
    sources: tuple[CheckedSource, ...]
    unreadable: tuple[str, ...] = ()
    quotations: Mapping[str, str] = field(default_factory=dict)

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
    return {"verified": report.holds, "passages": passages, "quoted": len(report.quotations), "sources": sources}


def published_text(report: CitationReport | None, passages: int) -> str:
    """Return what a release's report says of its citations, as a sentence; the arguments are those for JSON."""
    if report is None:
        return (
            f"The {passages} cited passages were not verified in this build, because it had no texts of the sources "
            "('nosograph build --sources DIR')."
        )
    return (
        f"All {passages} cited passages were verified in this build against the texts of {len(report.sources)} "
        f"sources, whose digests and lengths are as recorded. {_quoted(len(report.quotations))}"
    )


def _quoted(count: int) -> str:
    if not count:
        return "No passage is quoted: no source has a licence that allows it."
    return f"{count} passages are quoted: the licences of their sources allow it."


def verify_citations(knowledge: KnowledgeGraph, folder: Path) -> CitationReport:
    """Return the verdict on every passage and every source, from the source texts in a folder.

    A source's text is the file with its digest, whatever the file's name. Where there is none, it is the file named
    after its ``dcterms:identifier`` or local name, which is then another version of it.

    Raises:
        AssetError: the folder cannot be read.
    """
    graph, facts = knowledge.graphs["sources"], knowledge.graphs["facts"]
    texts = read_texts(folder)
    citations: list[CheckedCitation] = []
    sources: list[CheckedSource] = []
    quotations: dict[str, str] = {}
    for source in read_sources(graph):
        name = texts.find(source)
        text = texts.by_name[name] if name else None
        sources.append(_check_source(source, name, text))
        finder = _Finder(text or "")
        quotable = str(graph.value(URIRef(source.iri), DCTERMS.license)).startswith(OPEN_LICENSES)
        for passage in sorted(graph.subjects(NOSO.ofSource, URIRef(source.iri)), key=str):
            start, end = (int(str(graph.value(passage, part))) for part in (OA_START, OA_END))
            digest = str(graph.value(passage, NOSO.passageDigest))
            moved_to = None
            if text is None:
                verdict = "missing"
            elif digest_of(text[start:end]) == digest and end <= len(text):
                verdict = "verified"
                if quotable and end - start <= LONGEST_QUOTATION:
                    quotations[str(passage)] = text[start:end]
            else:
                moved_to = finder.find(digest, end - start)
                verdict = "changed" if moved_to is None else "moved"
            resting = sum(1 for link in PASSAGE_LINKS for _ in facts.subjects(link, passage))
            citations.append(CheckedCitation(str(passage), source.iri, start, end, verdict, moved_to, resting))
    return CitationReport(tuple(citations), tuple(sources), texts.unreadable, quotations)


def quotation_triples(report: CitationReport) -> Iterator[tuple[URIRef, URIRef, Node]]:
    """Return the words of the passages that a release quotes (Web Annotation Data Model §4.2.4)."""
    for passage, words in sorted(report.quotations.items()):
        yield URIRef(passage), RDF.type, _QUOTE_SELECTOR
        yield URIRef(passage), _EXACT, Literal(words)


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
