"""Writes what a release has for tools of others: mapping sets, a file of each named graph, dumps in other models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nosograph.build.columns import QuadColumns
from nosograph.build.descriptions.described import DescribedRelease
from nosograph.build.dumps.annotation_rows import annotation_rows
from nosograph.build.dumps.kgx import write_kgx
from nosograph.build.dumps.mapping_sets import write_mapping_sets
from nosograph.build.dumps.nanopublications import NANOPUBLICATION, Credit, nanopublications
from nosograph.build.dumps.obographs import obo_graph
from nosograph.build.dumps.plain_evidence import EvidenceSource, plain_evidence
from nosograph.build.dumps.rdf12 import reified_lines
from nosograph.build.dumps.writing import DumpWriter
from nosograph.build.quads import SortedQuads
from nosograph.errors import SettingsError
from nosograph.progress import Progress
from nosograph.rdf.formats import N_TRIPLES, Format
from nosograph.rdf.lines import parse_lines, read_lines, triple_part
from nosograph.rdf.names import CURATED_GRAPHS, IMPORT_PREFIX
from nosograph.rdf.writer import write_statements
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import (
    ANNOTATIONS,
    DUMP_GROUPS,
    GRAPHS_GROUP,
    KGX_NODES,
    OBO_GRAPH,
    RDF_1_2,
    ExchangeDump,
    graph_file,
)
from nosograph.vocabulary.biolink import read_biolink_terms

EVERY_GROUP_UP_TO: Final = 1_000_000
"""Quads up to which a release has everything of this module by default."""

LARGE_GROUPS: Final = frozenset({KGX_NODES.group, ANNOTATIONS.group, OBO_GRAPH.group})
"""What a larger release has by default: the others are as large as the dumps that every release has."""

_OF_PLAIN_EVIDENCE: Final = frozenset({KGX_NODES.group, ANNOTATIONS.group})

FACTS: Final = "facts"
"""Local name of the named graph of curated facts."""


def chosen_groups(names: Sequence[str]) -> frozenset[str] | None:
    """Return the groups of dumps that somebody names, ``all`` or ``none``; None where nobody names any.

    Raises:
        SettingsError: there is no such group.
    """
    if unknown := [name for name in names if name not in (*DUMP_GROUPS, "all", "none")]:
        raise SettingsError(
            f"There are no dumps of the name {', '.join(map(repr, unknown))}.",
            hint=f"Give some of {', '.join(DUMP_GROUPS)}, with commas between, or all, or none.",
        )
    if "all" in names:
        return frozenset(DUMP_GROUPS)
    return frozenset(names) - {"none"} if names else None


def default_groups(quads: int) -> frozenset[str]:
    """Return the names of what a release of so many quads has beside the dumps that every release has."""
    return frozenset(DUMP_GROUPS) if quads <= EVERY_GROUP_UP_TO else LARGE_GROUPS


@dataclass(frozen=True)
class ExchangeJob:
    """What is written for tools of others, and of what.

    Attributes:
        about: the release.
        columns: its quads as columns.
        quads: its quads.
        folder: takes the files.
        work: takes what is only needed meanwhile.
        progress: called with a step's name, how much of it is done, and how much there is.
    """

    about: DescribedRelease
    columns: QuadColumns
    quads: SortedQuads
    folder: Path
    work: Path
    progress: Progress

    def run(self) -> list[ReleaseFile]:
        """Write everything, and return the files."""
        self.progress("write mapping sets", 0, 0)
        files = write_mapping_sets(self.about.mapping_sets, self.columns, self.about.base, self.folder)
        if GRAPHS_GROUP in self.about.groups:
            for iri, path in self.quads.graphs.items():
                name = graph_file(iri.removeprefix(str(self.about.base.graph(""))))
                self.progress(f"write {name}", 0, 0)
                files += self._write_lines(name, N_TRIPLES, (triple_part(line) + b" .\n" for line in read_lines(path)))
        dumps = self.about.exchange_dumps()
        files += self._write_dumps([dump for dump in dumps if not dump.curated], self.quads, None)
        if curated := [dump for dump in dumps if dump.curated]:
            graphs = [str(self.about.base.graph(name)) for name in CURATED_GRAPHS]
            quads = self.quads.only(set(graphs), self.work, "curated-for-exchange")
            files += self._write_dumps(curated, quads, graphs)
        return files

    def _write_dumps(
        self, dumps: list[ExchangeDump], quads: SortedQuads, graphs: list[str] | None
    ) -> list[ReleaseFile]:
        """Write the dumps of all quads, or of those of some graphs, and return the files."""
        plain = [dump for dump in dumps if dump.group in _OF_PLAIN_EVIDENCE]
        files = self._write_plain_evidence(plain, quads, graphs) if plain else []
        others = [dump for dump in dumps if dump not in plain]
        for group in dict.fromkeys(dump.group for dump in others):
            names = [dump for dump in others if dump.group == group]
            self.progress(f"write {names[0].name()}", 0, 0)
            if group == OBO_GRAPH.group:
                about = self.about
                pieces = obo_graph(self.columns, about.vocabulary, about.dataset.value, about.release.value, graphs)
                files += self._write_lines(names[0].name(), names[0].format, pieces)
            elif group == RDF_1_2.group:
                lines = reified_lines(read_lines(quads.whole), self.about.base)
                files += self._write_lines(names[0].name(), names[0].format, lines)
            else:
                files += self._write_nanopublications(names[0], quads)
        return files

    def _write_plain_evidence(
        self, dumps: list[ExchangeDump], quads: SortedQuads, graphs: list[str] | None
    ) -> list[ReleaseFile]:
        """Write the dumps that what is plainly said makes, of all quads or of some graphs, and return the files."""
        files: list[ReleaseFile] = []
        source = self._evidence_source(quads)
        self.progress(f"write {dumps[0].name()}", 0, 0)
        with plain_evidence(source, graphs):
            if kgx := [dump for dump in dumps if dump.group == KGX_NODES.group]:
                nodes, edges = kgx
                files += write_kgx(source, nodes, edges, self.folder, plain=self.about.plain)
            for dump in dumps:
                if dump.group == ANNOTATIONS.group:
                    rows = annotation_rows(source, self._annotation_head(dump))
                    files += self._write_lines(dump.name(), dump.format, rows)
        return files

    def _write_lines(self, name: str, format: Format, lines: Iterable[bytes]) -> tuple[ReleaseFile, ...]:
        with DumpWriter(self.folder, name, format.media_type, plain=self.about.plain) as writer:
            for line in lines:
                writer.write(line)
        return writer.files()

    def _write_nanopublications(self, dump: ExchangeDump, quads: SortedQuads) -> tuple[ReleaseFile, ...]:
        about, base = self.about, self.about.base
        credits = {
            str(base.graph(name)): Credit(terms.license or about.profile.license, terms.publisher, terms.date)
            for name, terms in about.terms.items()
            if name == FACTS or name.startswith(IMPORT_PREFIX)
        }
        prefixes = base.prefixes() | {"np": NANOPUBLICATION}
        made = nanopublications(read_lines(quads.whole), base, credits, about.publisher.value)
        with DumpWriter(self.folder, dump.name(), dump.format.media_type, plain=about.plain) as writer:
            write_statements(made, dump.format, writer, prefixes)
        return writer.files()

    def _annotation_head(self, dump: ExchangeDump) -> dict[str, str]:
        """Return what an annotation file says of itself in comments, as others of its format do."""
        about = self.about
        said = {
            "description": f"{about.profile.title}. {dump.about}",
            "version": about.version,
            "release": about.release.value,
            "license": about.profile.license,
            "tracker": about.profile.issues,
        }
        return {key: value for key, value in said.items() if value}

    def _evidence_source(self, quads: SortedQuads) -> EvidenceSource:
        base = self.about.base
        ontology = quads.graphs.get(str(base.graph("ontology")))
        return EvidenceSource(
            columns=self.columns,
            base=base,
            vocabulary=self.about.vocabulary,
            terms=read_biolink_terms(parse_lines(read_lines(ontology)) if ontology else ()),
            resources={
                str(base.graph(name)): self.about.information_resource(name)
                for name in self.about.terms
                if name in CURATED_GRAPHS or name.startswith(IMPORT_PREFIX)
            },
            aggregator=self.about.information_resource(),
        )
