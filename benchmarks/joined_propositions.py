"""Draws imported statements about curated resources and prints each with what joining made of it, to be read by people.

Both sides are printed with what their evidence says, so that each can be held against its source: the rows of the data
set, and the passages of the documents. A statement without a counterpart is drawn as well, because a counterpart that
was missed is an error too.

    nosograph import hpoa phenotype.hpoa hp.obo --name hpo
    python benchmarks/joined_propositions.py hpo.nq.gz --number 50 --seed 1
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from nosograph.assets import find_assets
from nosograph.build.aligned_facts import AlignedFact, FactComparison, read_aligned_facts
from nosograph.build.alignment_groups import align
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge
from nosograph.rdf import iris
from nosograph.rdf.curies import compact
from nosograph.rdf.lines import graph_lines, imported_lines, parse_lines, read_lines, triple_part
from nosograph.rdf.names import Base
from nosograph.rdf.sorting import LineSorter
from nosograph.vocabulary.alignment import read_alignment_terms

SHOWN: Final = ("stance", "frequency", "observedIn", "observedAmong", "percentage", "source", "cites", "passage")
"""Properties of evidence that are printed, by local name."""


def sort_quads(knowledge: KnowledgeGraph, imports: Iterable[Path], folder: Path) -> Path:
    """Write the curated quads and those of imports in order, and return the file."""
    sorter = LineSorter(folder)
    for name, graph in knowledge.graphs.items():
        sorter.add_all(graph_lines(knowledge.base, name, graph, {}))
    for path in imports:
        sorter.add_all(imported_lines(knowledge.base, path))
    whole = folder / "quads.nq"
    with whole.open("wb") as stream:
        stream.writelines(sorter)
    return whole


class Printer:
    """Prints facts with their evidence.

    Args:
        quads: sorted quads.
        base: the base of the data.
        wanted: the facts that will be printed.
    """

    def __init__(self, quads: Path, base: Base, wanted: set[str]) -> None:
        self._base = base
        self._said: dict[str, list[tuple[str, str]]] = {}
        self._labels: dict[str, str] = {}
        for line in read_lines(quads):
            subject, predicate, value = (part.decode() for part in triple_part(line).split(b" ", 2))
            iri, name = subject[1:-1], predicate[1:-1]
            if name in (iris.SKOS_PREF_LABEL, iris.RDFS_LABEL):
                self._labels.setdefault(iri, value.partition('"@')[0].strip('"'))
            elif iri.partition("/evidence/")[0] in wanted:
                self._said.setdefault(iri, []).append((name, value))

    def print_fact(self, iri: str, lead: str) -> None:
        """Print a fact and each piece of its evidence."""
        said = dict(self._said[iri])
        parts = (said[name] for name in (iris.RDF_SUBJECT, iris.RDF_PREDICATE, iris.RDF_OBJECT, iris.STATUS))
        print(lead, " ".join(map(self._name, parts)), f"<{iri}>")
        for evidence in sorted(name for name in self._said if name.startswith(f"{iri}/evidence/")):
            shown = {
                f"{local}={self._name(value)}"
                for name, value in self._said[evidence]
                if (local := name.rpartition("#")[2].rpartition("/")[2]) in SHOWN
            }
            print("       ", ", ".join(sorted(shown)))

    def _name(self, term: str) -> str:
        if not term.startswith("<"):
            return term.partition('"^^')[0].strip('"')
        label = self._labels.get(term[1:-1])
        short = compact(term[1:-1], self._base)
        return f"{short} ({label})" if label else short


def imported_facts(facts: Iterable[AlignedFact], curated: set[str]) -> Iterator[AlignedFact]:
    """Return the facts of a group that are about none of its curated resources."""
    return (fact for fact in facts if fact.subject not in curated)


def main() -> None:
    """Draw, join and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("imports", nargs="+", type=Path, help="N-Quads that `nosograph import` wrote")
    parser.add_argument("--number", type=int, default=50, help="how many statements to draw")
    parser.add_argument("--seed", type=int, default=1, help="what the draw depends on")
    arguments = parser.parse_args()
    knowledge = load_knowledge(find_assets(), Base())
    curated = {str(subject) for subject in knowledge.graphs["conditions"].subjects()}
    ontology = sorted(graph_lines(knowledge.base, "ontology", knowledge.graphs["ontology"], {}))
    terms = read_alignment_terms(parse_lines(ontology))
    with tempfile.TemporaryDirectory(prefix="joined-") as folder:
        quads = sort_quads(knowledge, arguments.imports, Path(folder))
        alignment = align(read_lines(quads), knowledge.base, terms)
        groups = read_aligned_facts(read_lines(quads), alignment, knowledge.base, terms)
        joined = [facts for key, facts in sorted(groups.items()) if curated & set(alignment.groups[key].members)]
        comparison = FactComparison(alignment, terms)
        related: dict[str, list[tuple[str, str]]] = {}
        for one, name, other in chain.from_iterable(map(comparison.relate, joined)):
            related.setdefault(one, []).append((compact(name), other))
        candidates = sorted(fact.iri for facts in joined for fact in imported_facts(facts, curated))
        drawn = random.Random(arguments.seed).sample(candidates, min(arguments.number, len(candidates)))
        print(f"{len(drawn)} of {len(candidates)} imported statements about curated resources, seed {arguments.seed}")
        others = {other for iri in drawn for _, other in related.get(iri, ())}
        printer = Printer(quads, knowledge.base, {*drawn, *others})
        for number, iri in enumerate(drawn, 1):
            printer.print_fact(iri, f"\n{number:4}.")
            for name, other in related.get(iri, [("no counterpart", "")]):
                printer.print_fact(other, f"     {name}:") if other else print(f"     {name}")


if __name__ == "__main__":
    main()
