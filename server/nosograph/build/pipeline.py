"""The ordered steps from a knowledge graph that conforms to a published release.

Sort the quads · count · describe · write dumps · write what goes beside · load the store · index labels · read
everything back · publish. From the first step on the graph is a sorted file of quads that every step reads as a stream,
so the size of a release is bounded by disk and not by memory.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from heapq import merge
from pathlib import Path
from typing import Any, Final

from rdflib.namespace import RDF

from nosograph.assets import Assets
from nosograph.build.aligned_facts import AlignmentAccount, join
from nosograph.build.columns import QuadColumns, open_columns
from nosograph.build.descriptions.croissant import write_croissant
from nosograph.build.descriptions.described import DescribedRelease
from nosograph.build.descriptions.documents import metadata_lines, write_descriptions
from nosograph.build.descriptions.profile import (
    VOCABULARIES,
    own_statements,
    read_profile,
    read_resources,
    read_terms,
)
from nosograph.build.dumps.exchange import ExchangeJob, default_groups
from nosograph.build.dumps.making import PLAIN_QUADS, DumpJob, make_dumps
from nosograph.build.dumps.mapping_sets import find_mapping_sets
from nosograph.build.dumps.tables import write_tables
from nosograph.build.dumps.writing import write_graph, write_text
from nosograph.build.entailment import entailed_triples, read_ground, read_rules, without
from nosograph.build.importing import ImportFindings, check_imports
from nosograph.build.publishing import keep_published, publish, staging_folder
from nosograph.build.quads import SortedQuads, write_sorted
from nosograph.build.recording import write_manifest
from nosograph.build.settling import context_of, day_of, examples_of
from nosograph.build.statistics import measure
from nosograph.build.unchanged import find_built
from nosograph.build.withdrawing import withdrawn_lines
from nosograph.curation.verifying import CitationReport, published_json, published_text, quotation_triples
from nosograph.errors import Location, ReleaseError, ValidationFailed
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.indexing.making import write_derived
from nosograph.progress import Progress, quiet
from nosograph.rdf.formats import JSON, JSON_LD, PLAIN_TEXT, SPARQL_QUERY, TURTLE
from nosograph.rdf.jsonld import Context
from nosograph.rdf.lines import (
    counted_lines,
    graph_lines,
    imported_lines,
    parse_lines,
    plain_lines,
    read_lines,
    union_lines,
)
from nosograph.rdf.names import ALIGNED, CURATED_GRAPHS, ENTAILED, IMPORT_PREFIX, NOSO, Base
from nosograph.rdf.sorting import LineSorter
from nosograph.release.digests import digest_file
from nosograph.release.manifest import RELEASE_FORMAT, GraphTerms, Profile, ReleaseFile
from nosograph.release.names import CURATED_DUMPS
from nosograph.release.opening import Release, open_release
from nosograph.release.placing import is_whole
from nosograph.validation.report import Report
from nosograph.vocabulary.alignment import AlignmentTerms, read_alignment_terms

METADATA: Final = "metadata"
_WORK_NAME: Final = ".work"
_UNCHANGED: Final = "What was published before is as it was."


def build_release(
    knowledge: KnowledgeGraph,
    report: Report,
    releases: Path,
    *,
    epoch: int | None = None,
    progress: Progress = quiet,
    imports: Sequence[Path] = (),
    assets: Assets | None = None,
    citations: CitationReport | None = None,
    accounts: Sequence[Mapping[str, Any]] = (),
    previous: Release | None = None,
    plain_quads: int = PLAIN_QUADS,
    made_from: str = "",
    groups: frozenset[str] | None = None,
) -> Release:
    """Build a release, check it, publish it in ``releases`` and return it; a whole one of that version is kept.

    Args:
        knowledge: the graph.
        report: what the shapes say of it.
        releases: folder of the releases; made if it is not there.
        epoch: seconds since 1970 (SOURCE_DATE_EPOCH) to date the release by, instead of the data's own date.
        progress: called with a step's name, how much of it is done, and how much there is.
        imports: files of N-Quads with further graphs, below ``graph/import/``; they are streamed.
        assets: where the JSON-LD context is; by default where the data are found.
        citations: the verdicts on the cited passages, which must be good; None where the texts are not at hand, and
            then the release says that its citations were not verified.
        accounts: what became of every row of the imports, for the report.
        previous: the release before; the names of imports that it has and this one has not are published as withdrawn.
        plain_quads: so many quads the graphs may have for every dump to be written plain as well; of a larger release
            only the N-Quads are, and the others compressed alone.
        made_from: digest of all that the build is given (``unchanged.digest_inputs``); a whole release that was built
            from the same is kept, and nothing is computed. Without it, the graph is sorted to find its version.
        groups: names of the dumps for other tools to write (``release.names.DUMP_GROUPS``); by default what the size of
            the release allows.

    Raises:
        ValidationFailed: the graph does not conform, or no longer does beside the imports, or a citation does not hold.
        ReferenceDiffers: the validator and pySHACL do not find the same in the imports.
        ReleaseError: the release cannot be written or does not read back. What was published is as it was.
    """
    if not report.conforms:
        raise ValidationFailed(
            f"The graph does not conform to the shapes, so no release was made. {_UNCHANGED}",
            hint="Run `nosograph validate` and correct what it names.",
        )
    if citations is not None and not citations.holds:
        passages, sources = citations.citations, citations.sources
        raise ValidationFailed(
            f"{sum(passage.verdict != 'verified' for passage in passages)} of {len(passages)} cited passages and "
            f"{sum(source.verdict != 'verified' for source in sources)} of {len(sources)} sources do not hold against "
            f"the texts, so no release was made. {_UNCHANGED}",
            hint="Run `nosograph verify-citations` with the same folder and correct what it names.",
        )
    if made_from and (built := find_built(releases, made_from)) and is_whole(built):
        return keep_published(built, progress)
    day = knowledge.modified if epoch is None else day_of(epoch)
    context = context_of(knowledge, assets)
    try:
        with staging_folder(releases) as staged:
            options = (progress, citations, accounts, previous, plain_quads, made_from, groups)
            return _Build(knowledge, report, releases, staged, day, context, *options).run(imports)
    except OSError as error:
        raise ReleaseError(
            f"The release cannot be written: {error.strerror or error}. {_UNCHANGED}",
            location=Location(str(releases)),
            hint="Make room or give write permission there, and build again.",
        ) from error


@dataclass(frozen=True)
class _Build:
    """One build: what goes in, where it is put together."""

    knowledge: KnowledgeGraph
    report: Report
    releases: Path
    staged: Path
    day: date
    context: Context
    progress: Progress
    citations: CitationReport | None = None
    accounts: Sequence[Mapping[str, Any]] = ()
    previous: Release | None = None
    plain_quads: int = PLAIN_QUADS
    made_from: str = ""
    groups: frozenset[str] | None = None

    @property
    def work(self) -> Path:
        return self.staged / _WORK_NAME

    @property
    def base(self) -> Base:
        return self.knowledge.base

    def run(self, imports: Sequence[Path]) -> Release:
        self.work.mkdir()
        content, joined = self._add_alignment(self._add_withdrawn(self._sort(imports)))
        found = ImportFindings()
        if imports:
            self.progress("check imports", 0, 0)
            content, joined, found = self._check(content, joined)
        content = self._add_entailed(content)
        with open_columns(self.work) as columns:
            about = self._describe(content, columns)
            target = self.releases / about.version
            if target.exists() and is_whole(target):
                return keep_published(target, self.progress)
            metadata = str(self.base.graph(METADATA))
            quads = content.with_graph(metadata, metadata_lines(about), self.work, METADATA)
            columns.add(quads.graphs[metadata])
            files = write_tables(
                columns, self.knowledge.vocabulary, self.staged, self.work, self.progress, plain=about.plain
            )
            files += ExchangeJob(about, columns, quads, self.staged, self.work, self.progress).run()
        prefixes = self.base.prefixes()
        job = DumpJob(quads, self.staged, self.work, prefixes, self.context, plain=about.plain)
        files += make_dumps(job, self.progress)
        if any(graph.startswith(str(self.base.graph(IMPORT_PREFIX))) for graph in quads.graphs):
            curated = quads.only({str(self.base.graph(name)) for name in CURATED_GRAPHS}, self.work, "curated")
            files += make_dumps(replace(job, quads=curated), self.progress, dumps=CURATED_DUMPS)
        files += self._write_beside(quads, about, found, joined)
        sized = replace(about, files={file.name: file for file in files})
        files += write_descriptions(sized, self.staged, prefixes, self.context)
        files.append(write_croissant(sized, self.staged))
        inputs = dict(self.knowledge.inputs) | {f"import/{path.name}": digest_file(path) for path in imports}
        if self.previous is not None:
            inputs["previous"] = self.previous.manifest.content_hash
        manifest = write_manifest(quads, about, files, inputs, self.staged, self.made_from)
        staged = Release(self.staged, manifest)
        write_derived(staged, staged.derived_folder, self.progress, checked=True)
        shutil.rmtree(self.work)
        open_release(self.staged, deep=True)
        outcome = publish(self.staged, self.releases, manifest.version)
        self.progress(f"{outcome} {manifest.version}", 1, 1)
        return open_release(target)

    def _sort(self, imports: Sequence[Path]) -> SortedQuads:
        """Bring the quads of all graphs into order on disk."""
        sorter = LineSorter(self.work)
        total = sum(map(len, self.knowledge.graphs.values()))
        done = 0
        for name, graph in sorted(self.knowledge.graphs.items()):
            sorter.add_all(graph_lines(self.base, name, graph, self.knowledge.locations))
            done += len(graph)
            self.progress("sort quads", done, total)
        if self.citations is not None:
            sorter.add_all(graph_lines(self.base, "sources", quotation_triples(self.citations), {}))
        for path in imports:
            step = f"import {path.name}"
            sorter.add_all(
                counted_lines(imported_lines(self.base, path), partial(_report_unbounded, self.progress, step))
            )
        return write_sorted(sorter, self.work)

    def _add_withdrawn(self, content: SortedQuads) -> SortedQuads:
        """Return the quads with what is said of the names that the release before has and they have not."""
        if self.previous is None:
            return content
        self.progress("compare with the release before", 0, 0)
        lines = withdrawn_lines(self.previous, read_lines(content.whole), content.graphs, self.base)
        folder = Path(tempfile.mkdtemp(dir=self.work))
        return write_sorted(merge(read_lines(content.whole), lines), folder)

    def _check(
        self, content: SortedQuads, account: AlignmentAccount
    ) -> tuple[SortedQuads, AlignmentAccount, ImportFindings]:
        """Return the quads without what is faulty in the imports, what then joins them, and what the shapes found."""
        kept, joined = content, account

        def rewrite(lines: Iterable[bytes]) -> SortedQuads:
            nonlocal kept, joined
            folder = Path(tempfile.mkdtemp(dir=self.work))
            left = write_sorted(self._unjoined(lines), folder)
            kept, joined = self._add_alignment(self._add_withdrawn(left))  # what was left out may have been published
            return kept

        found = check_imports(content, self.knowledge, rewrite)
        return kept, joined, found

    def _unjoined(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Return quads without the graph that joins data sets, which is derived anew and which no other rests on."""
        tail = f"<{self.base.graph(ALIGNED)}> .\n".encode()
        return (line for line in lines if not line.endswith(tail))

    def _add_entailed(self, content: SortedQuads) -> SortedQuads:
        """Return the quads with the graph of what follows from them."""
        step = "derive statements"
        ontology = content.graphs.get(str(self.base.graph("ontology")))
        rules = read_rules(read_lines(ontology) if ontology else ())
        ground = read_ground(self._unjoined(read_lines(content.whole)))
        sorter = LineSorter(self.work)
        read = counted_lines(
            self._unjoined(read_lines(content.whole)), lambda done: self.progress(step, done, content.quads)
        )
        sorter.add_all(entailed_triples(read, rules, ground))
        found = without(sorter, union_lines(read_lines(content.whole)))
        added = content.with_graph(str(self.base.graph(ENTAILED)), found, self.work, ENTAILED)
        self.progress(step, content.quads, content.quads)
        return added

    def _add_alignment(self, content: SortedQuads) -> tuple[SortedQuads, AlignmentAccount]:
        """Return the quads with the graph that joins data sets, and what it joins."""
        step = "join data sets"
        self.progress(step, 0, 0)
        ontology = content.graphs.get(str(self.base.graph("ontology")))
        terms = read_alignment_terms(parse_lines(union_lines(read_lines(ontology)))) if ontology else AlignmentTerms()
        sorter = LineSorter(self.work)
        account = join(lambda: read_lines(content.whole), self.base, terms, sorter.add)
        folder = Path(tempfile.mkdtemp(dir=self.work))
        joined = content.with_graph(str(self.base.graph(ALIGNED)), sorter, folder, ALIGNED)
        self.progress(step, account.facts, account.facts)
        return joined, account

    def _describe(self, content: SortedQuads, columns: QuadColumns) -> DescribedRelease:
        """Count what the graphs hold, and settle the version."""
        self.progress("count", 0, 0)
        columns.add(content.whole)
        statistics = measure(columns)
        profile = read_profile(self.knowledge.dataset, self.base)
        names = [iri.removeprefix(str(self.base.graph(""))) for iri in content.graphs]
        terms = {name: self._terms(profile, name, content) for name in (*names, METADATA)}
        about = DescribedRelease(
            base=self.base,
            vocabulary=self.knowledge.vocabulary,
            version="",
            date=self.day,
            profile=profile,
            terms=terms,
            statistics=statistics,
            examples=tuple(examples_of(read_lines(content.whole), self.knowledge.vocabulary)),
            questions=self.knowledge.questions,
            plain=content.quads <= self.plain_quads,
            groups=default_groups(content.quads) if self.groups is None else self.groups,
            mapping_sets=find_mapping_sets(columns, self.base, terms),
            resources=read_resources(self.knowledge.dataset, self.base),
        )
        about = replace(about, own=len(metadata_lines(about)))
        self.progress("settle the version", 0, 0)
        content_hash = self._hash(content, about)
        return replace(about, version=f"{self.day.isoformat()}-{content_hash[:12]}", content_hash=content_hash)

    def _terms(self, profile: Profile, name: str, content: SortedQuads) -> GraphTerms:
        """Return what is said of a graph: in the description of the data set, else in the graph itself."""
        path = content.graphs.get(iri := str(self.base.graph(name)))
        subjects = {iri, VOCABULARIES.get(name, iri)}
        own = own_statements(path, subjects, content.graphs.get(str(self.base.graph("ontology")))) if path else []
        if name.startswith(IMPORT_PREFIX):  # who publishes this data set did not publish what it imports
            profile = replace(profile, publisher="")
        return read_terms(profile, self.knowledge.dataset, own, subjects)

    def _hash(self, content: SortedQuads, about: DescribedRelease) -> str:
        """Return the digest that the version is made from: the quads, and what else decides the bytes of the dumps.

        The metadata graph names the version, so it goes in as it reads without one.
        """
        digest = hashlib.sha256(f"{RELEASE_FORMAT} {self.base.iri}\n".encode())
        digest.update(json.dumps(self.context.document, sort_keys=True).encode() + b"\n")
        if self.citations is not None:
            digest.update(json.dumps(self._published_citations(), sort_keys=True).encode() + b"\n")
        for line in metadata_lines(about):
            digest.update(line)
        for line in read_lines(content.whole):
            digest.update(line)
        return digest.hexdigest()

    def _published_citations(self) -> dict[str, Any]:
        return published_json(self.citations, self._passages())

    def _passages(self) -> int:
        return sum(1 for _ in self.knowledge.graphs["sources"].subjects(RDF.type, NOSO.Passage))

    def _write_beside(
        self, quads: SortedQuads, about: DescribedRelease, found: ImportFindings, joined: AlignmentAccount
    ) -> list[ReleaseFile]:
        """Write the vocabulary, the shapes, the context, the report and the questions as files of their own."""
        prefixes = self.base.prefixes()
        context = json.dumps({"@context": self.context.document}, indent=2, ensure_ascii=False) + "\n"
        said = self.report.to_json() | {"citations": self._published_citations()}
        imported = found.to_text(self.base)
        if imported or self.accounts:
            said["imports"] = {"accounts": list(self.accounts), "shapes": found.to_json(self.base)}
        if self.accounts or joined.groups or joined.alignment.refused:
            said["alignment"] = joined.to_json()
        report = json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        text = f"{self.report.to_text().rstrip()}\n\n{published_text(self.citations, self._passages())}\n"
        text += f"\nImports\n{imported}\n" if imported else ""
        text += f"\nAlignment\n{joined.to_text(self.base)}\n" if "alignment" in said else ""
        files = [
            write_text(context, self.staged, "context.jsonld", JSON_LD.media_type),
            write_text(text, self.staged, "report.txt", PLAIN_TEXT.media_type),
            write_text(report, self.staged, "report.json", JSON.media_type),
        ]
        graphs = {"report": iter(plain_lines(self.report.to_graph(f"{about.release.value}#report")))}
        for name in ("ontology", "shapes"):
            path = quads.graphs.get(str(self.base.graph(name)))
            graphs[name] = union_lines(read_lines(path)) if path else iter(())
        for name, lines in graphs.items():
            files.append(write_graph(lines, self.staged, f"{name}.ttl", TURTLE, prefixes, self.context))
        for question in about.questions:
            name = f"questions/{question.name}.{SPARQL_QUERY.name}"
            files.append(write_text(question.query, self.staged, name, SPARQL_QUERY.media_type))
        return files


def _report_unbounded(progress: Progress, step: str, done: int) -> None:
    progress(step, done, 0)
