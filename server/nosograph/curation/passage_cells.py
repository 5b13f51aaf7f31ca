"""The cells of a row that tell of passages become ranges of a source's text with their digests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from rdflib import URIRef

from nosograph.curation.columns import PassageColumns
from nosograph.curation.names import CuratedNames
from nosograph.curation.quotations import QuotedPassage, QuotedText
from nosograph.curation.texts import Source, SourceTexts, digest_of
from nosograph.curation.values import split_cell
from nosograph.errors import InputError
from nosograph.rdf.names import NOSO

_POSITION: Final = re.compile(r"([0-9]{1,12})\s*[-\u2013]\s*([0-9]{1,12})\Z")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_SHOWN: Final = 60
"""Characters of a passage that a message shows at its beginning and at its end."""

_MOST_NEAREST: Final = 200
"""For so many quotations of a run the nearest passage is sought; a table of wrong ones has one cause."""


@dataclass(frozen=True)
class CuratedPassage:
    """A range of a source's text, in code points, and its digest."""

    property: URIRef
    start: int
    end: int
    digest: str


class PassageError(InputError):
    """A passage cannot be told from its cells; ``column`` is the heading of the one that is wrong."""

    def __init__(self, column: str, what: str, hint: str) -> None:
        super().__init__(what, hint=hint)
        self.column = column


@dataclass
class PassageReader:
    """Finds the passages of rows in the texts of their sources.

    Attributes:
        texts: the texts of a folder, or None where none was named.
        sources: what is recorded of each source's text.
        names: shortens names for messages.
    """

    texts: SourceTexts | None
    sources: Mapping[URIRef, Source]
    names: CuratedNames
    _quoted: dict[URIRef, QuotedText | None] = field(default_factory=dict)
    _nearest: dict[tuple[URIRef, str], str] = field(default_factory=dict)

    def read(
        self, cells: Mapping[str, str], columns: PassageColumns, source: URIRef
    ) -> list[tuple[CuratedPassage, str]]:
        """Return the passages that a row tells of, each with a remark where its words differ from the quotation.

        Raises:
            PassageError: a passage cannot be found, or more than one is meant.
        """
        parts = ("quotation", "occurrence", "position", "digest")
        given = [cells.get(columns.heading(part), "") for part in parts]
        if not any(given):
            if columns.required:
                raise PassageError(
                    columns.heading("quotation"),
                    "The cell is empty.",
                    "Copy the words of the source that say so; without its text, give position and digest.",
                )
            return []
        split = [[cell] if columns.required else split_cell(cell) for cell in given]
        rows = zip_longest(*split, fillvalue="")
        return [self._read_one(dict(zip(parts, row, strict=True)), columns, source) for row in rows]

    def find(self, source: URIRef, quotation: str) -> Sequence[QuotedPassage]:
        """Return where a quotation stands in the text of a source.

        Raises:
            PassageError: it stands nowhere, or the text is not at hand.
        """
        columns = PassageColumns(NOSO.passage, "", required=True)
        text = self._text(source, columns, needed=True)
        if text is not None and (passages := text.find(quotation).passages):
            return passages
        what = f"The quotation is not in the text of {self.names.shorten(source)}."
        raise PassageError("quotation", what, self._hint(text, quotation, source) if text else "")

    def _read_one(
        self, given: Mapping[str, str], columns: PassageColumns, source: URIRef
    ) -> tuple[CuratedPassage, str]:
        quotation, position, digest = given["quotation"], given["position"].strip(), given["digest"].strip()
        text = self._text(source, columns, needed=not (position and digest))
        if digest and not _DIGEST.match(digest):
            raise PassageError(
                columns.heading("digest"), "This is no SHA-256.", "Write its 64 lower-case hexadecimal digits."
            )
        if text is None:
            start, end = self._position(position, columns)
            if not digest:
                raise PassageError(
                    columns.heading("digest"),
                    "The cell is empty, and the text of the source is not at hand.",
                    "Name the folder of the texts with --sources.",
                )
            return CuratedPassage(columns.property, start, end, digest), ""
        if position:
            start, end = self._position(position, columns)
            words = text.text[start:end]
            if end > len(text.text) or (digest and digest_of(words) != digest):
                raise PassageError(
                    columns.heading("position"),
                    f"The text of {self.names.shorten(source)} has other words at {start}-{end}: {_show(words)}.",
                    "Correct position and digest, or empty both and give the quotation.",
                )
            if quotation.strip() and not _covers(words, quotation):
                raise PassageError(
                    columns.heading("quotation"),
                    f"The words at {start}-{end} are {_show(words)}.",
                    "Empty position and digest to have the quotation found.",
                )
            return CuratedPassage(columns.property, start, end, digest_of(words)), ""
        found, remark = self._find(text, quotation, given["occurrence"].strip(), columns, source)
        if digest and digest_of(found.words) != digest:
            raise PassageError(
                columns.heading("digest"), "The quotation has another digest.", "Empty the cell: it is derived."
            )
        return CuratedPassage(columns.property, found.start, found.end, digest_of(found.words)), remark

    def _find(
        self, text: QuotedText, quotation: str, occurrence: str, columns: PassageColumns, source: URIRef
    ) -> tuple[QuotedPassage, str]:
        matches = text.find(quotation)
        passages = matches.passages
        if not passages:
            raise PassageError(
                columns.heading("quotation"),
                f"The quotation is not in the text of {self.names.shorten(source)}.",
                self._hint(text, quotation, source),
            )
        number = 1
        if occurrence:
            if not re.fullmatch(r"[1-9][0-9]{0,5}", occurrence) or int(occurrence) > len(passages):
                raise PassageError(
                    columns.heading("occurrence"),
                    f"The quotation stands {_times(passages)} in the text of {self.names.shorten(source)}.",
                    f"Write a number from 1 to {len(passages)}.",
                )
            number = int(occurrence)
        elif len(passages) > 1:
            some = "; ".join(f"{n} at {p.start}: {_around(text.text, p)}" for n, p in enumerate(passages[:4], 1))
            raise PassageError(
                columns.heading("quotation"),
                f"The quotation stands {_times(passages)} in the text of {self.names.shorten(source)}.",
                f"Quote more words, or write its number in the column {columns.heading('occurrence')}: {some}.",
            )
        found = passages[number - 1]
        remark = "" if matches.exact else f"Found as it stands at {found.start}-{found.end}: {_show(found.words)}."
        return found, remark

    def _hint(self, text: QuotedText, quotation: str, source: URIRef) -> str:
        key = source, quotation
        if key not in self._nearest:
            near = text.nearest(quotation) if len(self._nearest) < _MOST_NEAREST else None
            self._nearest[key] = (
                f"The nearest passage is at {near.start}-{near.end}: {_show(near.words)}."
                if near
                else "Copy the words from the text; … stands for words left out."
            )
        return self._nearest[key]

    def _text(self, source: URIRef, columns: PassageColumns, *, needed: bool) -> QuotedText | None:
        """Return the text of a source; None where no folder was named, or where it is not needed and not there.

        Raises:
            PassageError: it is needed and not there, or the folder has another version of it.
        """
        if self.texts is None:
            return None
        if source not in self._quoted:
            known = self.sources.get(source)
            words = self.texts.of(known) if known else None
            self._quoted[source] = QuotedText(words) if words is not None else None
        quoted = self._quoted[source]
        known = self.sources.get(source)
        if quoted is None and (needed or known is None or self.texts.find(known) is not None):
            what, hint = self._why_missing(source)
            raise PassageError(columns.heading("quotation"), what, hint)
        return quoted

    def _why_missing(self, source: URIRef) -> tuple[str, str]:
        known, name = self.sources.get(source), self.names.shorten(source)
        if known is None or known.digest is None:
            return (
                f"{name} has no text: nothing is recorded of one.",
                "Name its file in the table of sources, or name the source in which the words were read.",
            )
        file = self.texts.find(known) if self.texts else None
        if file is not None:
            return (
                f"The text of {name} in {file} is not the one that was read: its digest differs from the recorded one.",
                "Take the text that was read; a new version of a document is a source of its own.",
            )
        return (
            f"The folder of texts has none with the digest of {name}.",
            "Put its text there, under any name, or leave --sources out and give position and digest.",
        )

    def _position(self, position: str, columns: PassageColumns) -> tuple[int, int]:
        found = _POSITION.match(position)
        if found is not None and int(found[1]) < int(found[2]):
            return int(found[1]), int(found[2])
        if position:
            raise PassageError(
                columns.heading("position"),
                f"{position!r} is no range of code points.",
                "Write it as 352-377: the offset of the first, counted from 0, and the offset behind the last.",
            )
        raise PassageError(
            columns.heading("quotation"),
            "The quotation cannot be found, because the texts of the sources are not at hand.",
            "Name their folder with --sources.",
        )


def _covers(words: str, quotation: str) -> bool:
    matches = QuotedText(words).find(quotation).passages
    return any(match.start == 0 and match.end == len(words) for match in matches) or words == quotation


def _show(words: str) -> str:
    flat = " ".join(words.split())
    return f"“{flat}”" if len(flat) <= 2 * _SHOWN else f"“{flat[:_SHOWN]} … {flat[-_SHOWN:]}”"


def _around(text: str, passage: QuotedPassage) -> str:
    before = text[max(0, passage.start - 20) : passage.start]
    after = text[passage.end : passage.end + 20]
    return _show(before + passage.words + after)


def _times(passages: Sequence[QuotedPassage]) -> str:
    return "once" if len(passages) == 1 else f"{len(passages)} times"
