"""A table becomes files of facts and descriptions: wrong rows are reported, no file is half written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rdflib import Literal, URIRef
from rdflib.namespace import RDF, SKOS

from nosograph.curation.columns import FACTS, RESOURCES, SOURCES, CurationColumns, columns_of
from nosograph.curation.descriptions import CuratedResource, DescriptionReader, described_twice, differs
from nosograph.curation.files import KEPT, UNCHANGED, WRITTEN, FileOutcome, compare_files, head_of, write_files
from nosograph.curation.names import CuratedNames
from nosograph.curation.passage_cells import PassageReader
from nosograph.curation.rows import CuratedEvidence, FactReader, written_twice
from nosograph.curation.tables import CellProblem, CurationInput, CurationRow
from nosograph.curation.terms import CurationTerms, read_terms
from nosograph.curation.texts import Source, read_sources, read_texts
from nosograph.curation.turtle_writing import write_facts, write_resources
from nosograph.curation.values import KnownResource, Values
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.progress import Progress, quiet
from nosograph.rdf.names import NOSO

_TOLD_EVERY: Final = 1000
_LABELS: Final = (SKOS.prefLabel, SKOS.altLabel)


@dataclass(frozen=True)
class CurationReport:
    """What became of a table.

    Attributes:
        rows: how many rows of facts were read.
        kept: how many of them are in the files.
        facts: how many facts they make.
        resources: names of the resources and sources that the files describe.
        problems: what is wrong, by row.
        remarks: quotations that were found in other words than they were given.
        files: path below the data folder → what became of it (``files.WRITTEN``, ``UNCHANGED`` or ``KEPT``).
        unread: sheets that were not read.
        dry: whether nothing was to be written.
    """

    rows: int
    kept: int
    facts: int
    resources: tuple[str, ...]
    problems: tuple[CellProblem, ...]
    remarks: tuple[CellProblem, ...]
    files: Mapping[str, str]
    unread: tuple[str, ...] = ()
    dry: bool = False

    @property
    def holds(self) -> bool:
        """Return whether every row was kept."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "holds": self.holds,
            "rows": self.rows,
            "kept": self.kept,
            "facts": self.facts,
            "resources": list(self.resources),
            "problems": [problem.to_json() for problem in self.problems],
            "remarks": [remark.to_json() for remark in self.remarks],
            "files": dict(self.files),
            "unread": list(self.unread),
            "dry": self.dry,
        }

    def to_text(self) -> str:
        """Return the report as text: problems, remarks, files and sums."""
        lines = [f"error: {problem}" for problem in self.problems]
        lines += [f"note: {remark}" for remark in self.remarks]
        lines += [f"note: the sheet {name!r} was not read." for name in self.unread]
        would = "would be " if self.dry else ""
        lines += [f"{name}: {would if state == WRITTEN else ''}{state}" for name, state in self.files.items()]
        lines.append(
            f"{self.kept} of {self.rows} rows kept: {self.facts} facts, {len(self.resources)} new descriptions, "
            f"{len(self.problems)} errors"
        )
        return "\n".join(lines)


@dataclass(frozen=True)
class CurationPlan:
    """What to do with a table.

    Attributes:
        family: the name of its file in ``data/facts/``; rows may name another.
        data: the data folder to write to.
        texts: the folder of the sources' texts, or None.
        replace: whether files may lose facts that the table does not have.
        strict: whether nothing is written where anything is wrong.
        dry: whether nothing is written at all.
    """

    family: str
    data: Path
    texts: Path | None = None
    replace: bool = False
    strict: bool = False
    dry: bool = False


def curate(
    knowledge: KnowledgeGraph, table: CurationInput, plan: CurationPlan, progress: Progress = quiet
) -> CurationReport:
    """Write the files that a table makes, and return what became of its rows.

    A row that is wrong is left out and told. A file is left as it is where it says what the table says. Where one would
    lose facts or descriptions, none is written, unless ``plan.replace``.

    Raises:
        AssetError: the folder of texts cannot be read.
        InputError: a file cannot be written, or one that is there already cannot be read.
    """
    terms = read_terms(knowledge)
    columns = columns_of(terms)
    own = f"resources/{plan.family}.ttl"
    describes = any(table.rows.get(name) for name in (RESOURCES, SOURCES))
    values = Values(terms)
    for known in known_resources(knowledge, terms):
        if not (describes and known.location.startswith(f"data/{own}:")):
            values.add(known)
    problems: list[CellProblem] = []
    described = _describe(table, columns, values, knowledge, plan, problems)
    texts = read_texts(plan.texts) if plan.texts is not None else None
    reader = FactReader(values, columns, PassageReader(texts, _sources(knowledge, described), terms.names), plan.family)
    evidence, remarks = _read_facts(table.rows.get(FACTS, ()), reader, problems, progress)
    families = {entry.family for entry in evidence}
    elsewhere = _evidence_elsewhere(knowledge, families)
    twice = {(problem.table, problem.row): problem for problem in written_twice(evidence, elsewhere, terms.names)}
    problems += twice.values()
    evidence = [entry for entry in evidence if (entry.row.table, entry.row.number) not in twice]
    progress("writing", 0, 0)
    files = _files(evidence, described, terms.names, plan)
    outcomes = compare_files(files, plan.data, knowledge, replace=plan.replace)
    lost = [_lost(outcome) for outcome in outcomes.values() if outcome.state == KEPT]
    problems += lost
    states = {name: outcome.state for name, outcome in outcomes.items()}
    if lost or (problems and plan.strict):  # facts without the resources that they name would be half a table
        states = {name: KEPT if state == WRITTEN else state for name, state in states.items()}
    if not plan.dry:
        write_files({name: files[name] for name, state in states.items() if state == WRITTEN}, plan.data)
    written = {name for name, state in states.items() if state in (WRITTEN, UNCHANGED)}
    kept = [entry for entry in evidence if f"facts/{entry.family}.ttl" in written]
    return CurationReport(
        rows=len(table.rows.get(FACTS, ())),
        kept=len(kept),
        facts=len({entry.fact for entry in kept}),
        resources=tuple(sorted(terms.names.shorten(entry.iri) for entry in described)) if own in written else (),
        problems=tuple(problems),
        remarks=tuple(remarks),
        files=states,
        unread=table.unread,
        dry=plan.dry,
    )


def _files(
    evidence: Iterable[CuratedEvidence], described: Sequence[CuratedResource], names: CuratedNames, plan: CurationPlan
) -> dict[str, str]:
    """Return the text of each file that a table makes, by its path below the data folder."""
    families: dict[str, list[CuratedEvidence]] = {}
    for entry in evidence:
        families.setdefault(entry.family, []).append(entry)
    paths = {f"facts/{family}.ttl": rows for family, rows in sorted(families.items())}
    files = {name: write_facts(rows, names, head_of(plan.data / name)) for name, rows in paths.items()}
    if described:
        name = f"resources/{plan.family}.ttl"
        files[name] = write_resources(described, names, head_of(plan.data / name))
    return files


def known_resources(knowledge: KnowledgeGraph, terms: CurationTerms) -> Iterable[KnownResource]:
    """Return the resources that the data describe, by IRI."""
    classes = {entry.term.iri for entry in terms.classes}
    for graph in (knowledge.graphs["conditions"], knowledge.graphs["sources"]):
        for iri in sorted(set(graph.subjects(RDF.type, None)), key=str):
            types = frozenset(node for node in graph.objects(iri, RDF.type) if isinstance(node, URIRef))
            if isinstance(iri, URIRef) and types & classes:
                labels = [str(label) for part in _LABELS for label in graph.objects(iri, part)]
                yield KnownResource(iri, types, tuple(labels), str(knowledge.locations.get(iri, "the data")))


def _describe(
    table: CurationInput,
    columns: CurationColumns,
    values: Values,
    knowledge: KnowledgeGraph,
    plan: CurationPlan,
    problems: list[CellProblem],
) -> list[CuratedResource]:
    """Return what the tables of sources and resources describe anew, and let cells name it."""
    described: dict[URIRef, CuratedResource] = {}
    for name in (SOURCES, RESOURCES):
        reader = DescriptionReader(values, columns.tables[name], name == SOURCES, plan.texts)
        graph = knowledge.graphs["sources" if name == SOURCES else "conditions"]
        for row in table.rows.get(name, ()):
            resource, wrong = reader.read(row)
            problems += wrong
            if resource is None:
                continue
            known = values.resources.get(resource.iri)
            if known is None:
                described[resource.iri] = resource
                values.add(resource.known(values.terms))
            elif resource.iri in described or differs(resource, graph):
                problems.append(described_twice(resource, known, values.terms.names))
    return list(described.values())


def _sources(knowledge: KnowledgeGraph, described: Sequence[CuratedResource]) -> dict[URIRef, Source]:
    """Return what is recorded of the text of each source, in the data and in the table."""
    known = {URIRef(source.iri): source for source in read_sources(knowledge.graphs["sources"])}
    for resource in described:
        said = dict(resource.values)
        length = said.get(NOSO.textLength)
        if NOSO.textDigest in said and isinstance(length, Literal):
            known[resource.iri] = Source(str(resource.iri), str(said[NOSO.textDigest]), int(length), "")
    return known


def _read_facts(
    rows: Sequence[CurationRow], reader: FactReader, problems: list[CellProblem], progress: Progress
) -> tuple[list[CuratedEvidence], list[CellProblem]]:
    evidence: list[CuratedEvidence] = []
    remarks: list[CellProblem] = []
    for number, row in enumerate(rows):
        if number % _TOLD_EVERY == 0:
            progress("reading rows", number, len(rows))
        entry, wrong, noted = reader.read(row)
        problems += wrong
        remarks += noted
        if entry is not None:
            evidence.append(entry)
    return evidence, remarks


def _evidence_elsewhere(knowledge: KnowledgeGraph, families: Iterable[str]) -> dict[URIRef, str]:
    """Return the evidence that is in files of other families, with where it is."""
    own = tuple(f"data/facts/{family}.ttl" for family in families)
    found: dict[URIRef, str] = {}
    for iri in knowledge.graphs["facts"].objects(None, NOSO.evidence):
        location = knowledge.locations.get(iri) if isinstance(iri, URIRef) else None
        if isinstance(iri, URIRef) and location is not None and location.file not in own:
            found[iri] = str(location)
    return found


def _lost(outcome: FileOutcome) -> CellProblem:
    return CellProblem(
        outcome.name,
        0,
        "",
        f"The file has {len(outcome.lost)} statements that the table does not have, such as: {outcome.lost[0]}.",
        "Export it and add your rows to that table, name another family (--family), or let them go (--replace).",
    )
