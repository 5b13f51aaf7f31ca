"""Facts and descriptions become rows of a table; a row that is read back gives exactly what it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF
from rdflib.term import Node

from nosograph.curation.columns import (
    CLASS,
    FACTS,
    FAMILY,
    FILE,
    NAME,
    RESOURCES,
    SOURCES,
    CurationColumn,
    CurationColumns,
    PassageColumns,
    columns_of,
)
from nosograph.curation.quotations import QuotedText
from nosograph.curation.terms import PropertyTerm, read_terms
from nosograph.curation.texts import SourceTexts, read_sources
from nosograph.curation.values import Values, join_cell, write_text
from nosograph.curation.written_statements import read_data_folder
from nosograph.errors import InputError
from nosograph.facts.assembly import OA_END, OA_START, Assembly
from nosograph.facts.derivation import canonical
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO

LONGEST_CELL: Final = 32_767
"""Characters that a cell of a workbook may have (Excel specifications and limits)."""

Cells = dict[str, str]
"""Heading → text of one row."""


def export_tables(
    knowledge: KnowledgeGraph, data: Path, texts: SourceTexts | None, family: str | None = None
) -> dict[str, list[Cells]]:
    """Return the rows of every table.

    Args:
        knowledge: the curated graph, with the default base.
        data: the data folder that it was read from; what the build derives is not exported.
        texts: the texts of the sources, for quotations; without one, passages are told by position and digest.
        family: the file of facts to export; every file where it is None, and the column family then names each row's.

    Raises:
        InputError: there is no such file of facts, or a fact says what no row can say.
    """
    terms = read_terms(knowledge)
    columns = columns_of(terms)
    exporter = _Exporter(knowledge, read_data_folder(data, knowledge), columns, texts)
    facts = list(exporter.facts(family))
    if family is not None and not facts:
        names = sorted({exporter.family_of(iri) for iri in exporter.evidence()})
        raise InputError(f"No facts are in data/facts/{family}.ttl.", hint=f"The families are: {', '.join(names)}.")
    return {
        FACTS: facts,
        RESOURCES: list(exporter.descriptions(RESOURCES)),
        SOURCES: list(exporter.descriptions(SOURCES)),
    }


class _Exporter:
    def __init__(
        self, knowledge: KnowledgeGraph, written: Assembly, columns: CurationColumns, texts: SourceTexts | None
    ) -> None:
        self._written = written
        self._facts = written.facts
        self._terms = terms = read_terms(knowledge)
        self._columns = columns
        self._values = Values(terms)
        self._rules = {rule.iri: rule for rule in (*terms.predicates, *terms.evidence, *terms.about_fact)}
        self._quoted: Mapping[str, QuotedText] = {}
        self._files: Mapping[str, str] = {}
        if texts is not None:
            sources = read_sources(written.sources)
            found = {source.iri: words for source in sources if (words := texts.of(source)) is not None}
            self._quoted = {iri: QuotedText(words) for iri, words in found.items()}
            self._files = {source.iri: texts.find(source) or "" for source in sources if source.iri in found}

    def evidence(self) -> Iterator[Node]:
        """Return every piece of evidence."""
        return self._facts.objects(None, NOSO.evidence)

    def family_of(self, evidence: Node) -> str:
        """Return the name of the file of facts that has some evidence."""
        assert isinstance(evidence, URIRef)
        return PurePosixPath(self._written.locations[evidence].file).stem

    def facts(self, family: str | None) -> Iterator[Cells]:
        """Return the rows of the table of facts, in the order of subject, predicate, object and passage."""
        pairs = self._facts.subject_objects(NOSO.evidence)
        rows = []
        for fact, evidence in pairs:
            if family is None or self.family_of(evidence) == family:
                rows.append(self._row(fact, evidence, family is None))
        for _, cells in sorted(rows, key=lambda row: row[0]):
            yield cells

    def _row(self, fact: Node, evidence: Node, with_family: bool) -> tuple[tuple[str, ...], Cells]:
        subject, predicate, object_ = (
            self._facts.value(fact, part) for part in (RDF.subject, RDF.predicate, RDF.object)
        )
        assert isinstance(subject, URIRef) and isinstance(predicate, URIRef) and object_ is not None
        cells = {
            "subject": self._values.write(subject),
            "predicate": self._values.write(predicate),
            "object": self._cell([object_], self._rules.get(predicate), fact),
        }
        for rules, node in ((self._terms.about_fact, fact), (self._terms.evidence, evidence)):
            for rule in rules:
                values = sorted(self._facts.objects(node, rule.iri), key=canonical)
                if values:
                    cells[rule.term.label] = self._cell(values, rule, fact)
        source = self._facts.value(evidence, NOSO.source)
        starts = []
        for columns in self._columns.passages:
            passages = sorted(self._facts.objects(evidence, columns.property), key=self._range)
            starts += [f"{start:012d}-{end:012d}" for start, end in map(self._range, passages)]
            cells |= self._passage_cells(passages, columns, str(source))
        if with_family:
            cells[FAMILY] = self.family_of(evidence)
        return (str(subject), str(predicate), canonical(object_), str(source), *starts, str(evidence)), cells

    def _cell(self, values: Sequence[Node], rule: PropertyTerm | None, fact: Node) -> str:
        """Return the cell of some values; refuse what a cell would not give back."""
        cells = [self._values.write(value) for value in values]
        for cell, value in zip(cells, values, strict=True):
            if rule is None or (isinstance(value, Literal) and self._reads_otherwise(cell, value, rule)):
                raise InputError(
                    f"A table cannot hold the value {canonical(value)} of {self._values.shorten(fact)}.",
                    location=self._written.locations.get(URIRef(str(fact))),
                    hint="The vocabulary gives the property no range that has it.",
                )
        return cells[0] if rule is not None and rule.single and len(cells) == 1 else join_cell(cells)

    def _reads_otherwise(self, cell: str, value: Literal, rule: PropertyTerm) -> bool:
        try:
            return self._values.value(cell.strip(), rule) != value
        except InputError:
            return True

    def _range(self, passage: Node) -> tuple[int, int]:
        sources = self._written.sources
        return int(str(sources.value(passage, OA_START))), int(str(sources.value(passage, OA_END)))

    def _passage_cells(self, passages: Sequence[Node], columns: PassageColumns, source: str) -> Cells:
        """Return the cells that tell of some passages: quotations, where each is found again, else positions."""
        quotations, occurrences, positions, digests = [], [], [], []
        for passage in passages:
            start, end = self._range(passage)
            positions.append(f"{start}-{end}")
            digests.append(str(self._written.sources.value(passage, NOSO.passageDigest)))
            found = self._quotation(source, start, end)
            if found is not None:
                quotations.append(found[0])
                occurrences.append(found[1])
        join = (lambda cells: "".join(cells)) if columns.required else join_cell
        exact = len(quotations) == len(passages) and (columns.required or all(q.strip() == q for q in quotations))
        cells = {}
        if exact:
            cells[columns.heading("quotation")] = join(quotations)
            if any(occurrences):
                cells[columns.heading("occurrence")] = join([entry or "1" for entry in occurrences])
        if not exact or any(len(cell) > LONGEST_CELL for cell in cells.values()):
            cells = {columns.heading("position"): join(positions), columns.heading("digest"): join(digests)}
        return {heading: cell for heading, cell in cells.items() if cell}

    def _quotation(self, source: str, start: int, end: int) -> tuple[str, str] | None:
        """Return the words of a range, and which occurrence of them it is; None where a search would not find it."""
        text = self._quoted.get(source)
        if text is None or end > len(text.text):
            return None
        words = text.text[start:end]
        if not words.strip() or _UNSAFE.intersection(words):
            return None
        ranges = [(entry.start, entry.end) for entry in text.find(words).passages]
        if (start, end) not in ranges:
            return None
        return words, str(ranges.index((start, end)) + 1) if len(ranges) > 1 else ""

    def descriptions(self, table: str) -> Iterator[Cells]:
        """Return the rows of the table of resources or of sources, by name."""
        graph = self._written.sources if table == SOURCES else self._written.entities
        classes = {entry.term.iri for entry in self._terms.classes}
        for iri in sorted(set(graph.subjects(RDF.type, None)), key=str):
            types = set(graph.objects(iri, RDF.type))
            if isinstance(iri, URIRef) and types & classes and (NOSO.Source in types) == (table == SOURCES):
                yield self._description(iri, graph, types, self._columns.tables[table], table)

    def _description(
        self, iri: URIRef, graph: Graph, types: set[Node], columns: Iterable[CurationColumn], table: str
    ) -> Cells:
        name = self._values.shorten(iri)
        class_ = self._terms.kind(name.partition(":")[0])
        assert class_ is not None
        cells = {NAME: name}
        if table == RESOURCES:
            cells[CLASS] = class_.term.label
        elif str(iri) in self._files:
            cells[FILE] = self._files[str(iri)]
        for column in columns:
            if column.rule is None:
                continue
            values = set(graph.objects(iri, column.rule.iri)) - {class_.term.iri}
            written = [
                write_text(value)
                if RDF.langString in column.rule.datatypes and isinstance(value, Literal)
                else self._values.write(value)
                for value in sorted(values, key=canonical)
            ]
            if written:
                cells[column.heading] = written[0] if column.rule.single else join_cell(written)
        return cells


_UNSAFE: Final = frozenset(map(chr, [*range(9), 11, 12, 13, *range(14, 32), 0xFFFE, 0xFFFF]))
"""Characters that a file of separated values or a workbook does not give back as they are."""
