"""Holds imported quads, and what joins them, against the shapes and against everything else in a release.

What an import adds to a curated resource is held to the rules for curators. What it says of its own resources is held
to the same rules, but for those that say ``noso-shapes:curatedOnly``; what breaks another one is left out and counted.
What the build derives to join data sets (``graph/alignment``) may break no rule: it follows from the table of rules in
the vocabulary, and a fault in it is a fault there.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from rdflib import Graph, Literal
from rdflib.namespace import OWL, RDF

from nosograph.build.quads import SortedQuads
from nosograph.errors import ValidationFailed
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.curies import compact
from nosograph.rdf.lines import graph_part, read_lines, triple_part, union_lines
from nosograph.rdf.names import ALIGNED, NOSO, Base
from nosograph.validation.data import read_quads, subject_of
from nosograph.validation.findings import Finding
from nosograph.validation.reference import Sample, check_against_reference
from nosograph.validation.shapes import CURATED_ONLY
from nosograph.validation.validate import find, report_findings, severity_of
from nosograph.vocabulary.terms import Vocabulary

ROUNDS: Final = 3
"""How often faulty resources are left out; what is faulty after that hangs on ever more, and the import is refused."""

_SUBJECT, _PREDICATE, _OBJECT, _STATUS = (
    f"<{term}>".encode() for term in (RDF.subject, RDF.predicate, RDF.object, NOSO.status)
)
_STATED: Final = (
    (_SUBJECT, _PREDICATE, _OBJECT),
    tuple(f"<{term}>".encode() for term in (OWL.annotatedSource, OWL.annotatedProperty, OWL.annotatedTarget)),
)
"""The parts of a triple that a fact or a mapping is about."""

_REFUSED: Final = frozenset(f"<{status}>".encode() for status in (NOSO.denied, NOSO.contested))
_GROUP: Final = f"<{NOSO.AlignmentGroup}>"
_NO_RELEASE: Final = "No release was made; what was published before is as it was."


@dataclass(frozen=True)
class ImportFindings:
    """What the shapes found in imported graphs.

    Attributes:
        lacking: graph → rule → how many resources lack what imports may lack, or have a warning or a note.
        left_out: graph → rule → how many facts and resources were left out because they break it.
    """

    lacking: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    left_out: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def to_json(self, base: Base) -> dict[str, Any]:
        """Return the findings by name of the graph, as JSON has them."""
        start = str(base.graph(""))
        return {
            graph.removeprefix(start): {
                "lacking": _by_name(self.lacking.get(graph, {})),
                "leftOut": _by_name(self.left_out.get(graph, {})),
            }
            for graph in sorted({*self.lacking, *self.left_out})
        }

    def to_text(self, base: Base) -> str:
        """Return the findings as text for people."""
        lines: list[str] = []
        for graph, found in self.to_json(base).items():
            lines.append(f"Graph {graph}:")
            for title, counts in (
                ("breaks, so it was left out", found["leftOut"]),
                ("need not keep", found["lacking"]),
            ):
                lines += [f"  {title}: {rule}: {number}" for rule, number in counts.items()]
        return "\n".join(lines)


class _Rules:
    """Decides by a shape whether what it finds in an import is a fault."""

    def __init__(self, shapes: Graph) -> None:
        self._shapes = shapes
        self._excused = {str(shape) for shape in shapes.subjects(CURATED_ONLY, Literal(True))}
        self._known: dict[str, bool] = {}

    def is_excused(self, shape: str) -> bool:
        """Return whether imports need not keep the rule."""
        return shape in self._excused

    def is_fault(self, shape: str) -> bool:
        """Return whether what breaks the rule is left out."""
        if shape not in self._known:
            violation = severity_of(shape, self._shapes) == "Violation"
            self._known[shape] = violation and shape not in self._excused
        return self._known[shape]


def check_imports(
    quads: SortedQuads, knowledge: KnowledgeGraph, rewrite: Callable[[Iterable[bytes]], SortedQuads]
) -> ImportFindings:
    """Check that imports agree with the data that they are published beside; return what was found.

    Args:
        quads: the quads of all graphs, imports and what joins them among them.
        knowledge: the curated graph, which conforms, with the shapes.
        rewrite: takes sorted quads in place of those given, joins them anew and returns all of them; called where
            something in an import is faulty.

    Raises:
        ValidationFailed: a graph has a bare triple that a fact of any graph denies or contests, an import makes a
            curated resource break a rule, what joins data sets breaks one, or leaving out what is faulty makes ever
            more faulty.
        ReferenceDiffers: pySHACL does not find the same as the validator, in a sample that the content decides.
        InputError: the imports have too many literals that are not in canonical form.
    """
    left_out: dict[str, Counter[str]] = {}
    curated = {str(subject) for graph in knowledge.graphs.values() for subject in graph.subjects()}
    rules = _Rules(knowledge.graphs["shapes"])
    for _ in range(ROUNDS):
        imported = _validate(quads, knowledge, curated, rules)
        _give_memory_back()
        by_graph = _by_graph(imported, quads.whole, knowledge.base)
        faults = [finding for finding in imported if rules.is_fault(finding.shape) and finding.focus in by_graph]
        if not faults:
            lacking = _count(imported, by_graph)
            _check_bare_triples(quads.whole, knowledge.vocabulary)
            return ImportFindings(lacking, left_out)
        for graph, counts in _count(faults, by_graph).items():
            left_out.setdefault(graph, Counter()).update(counts)
        quads = rewrite(_without_faulty(quads.whole, {finding.focus for finding in faults}, knowledge.base))
    raise ValidationFailed(
        f"After {ROUNDS} rounds of leaving out what breaks a rule, the imports still have facts that do. {_NO_RELEASE}",
        hint="Take the import out, or correct its files.",
        report=ImportFindings(left_out=left_out).to_text(knowledge.base),
    )


def _give_memory_back() -> None:
    """Return what the data graph held to the system.

    The C library keeps what is freed in small pieces (malloc_trim(3)): two gigabytes, when the next step needs its own.
    """
    gc.collect()  # the reference leaves cycles behind, with the store in them
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _validate(quads: SortedQuads, knowledge: KnowledgeGraph, curated: set[str], rules: _Rules) -> list[Finding]:
    """Return what the shapes find about resources that are not curated.

    Rules for curated data alone found nothing before the imports were there, and so they are not asked of curated
    resources again: a label, say, may be that of an imported resource too.

    Raises:
        ValidationFailed: they find a violation of a curated resource, or in what joins data sets.
        ReferenceDiffers: pySHACL finds something else in a sample.
    """
    shapes, locations = knowledge.graphs["shapes"], knowledge.locations
    with quads.whole.open("rb") as stream:
        sample = Sample.of({"quads": hashlib.file_digest(stream, "sha256").hexdigest()}, quads.quads)
    data = read_quads(quads.whole, without=[str(knowledge.base.graph("shapes"))])
    findings = list(find(data, shapes, locations))
    check_against_reference(findings, data, shapes, locations, sample)
    for what, hint, about in (
        (
            "What joins data sets does",
            "Correct the rules of alignment in the vocabulary (noso:AlignmentRule), which it follows from.",
            _in_alignment(findings, quads.graphs.get(str(knowledge.base.graph(ALIGNED)))),
        ),
        (
            "With the imports, curated resources do",
            "Take out of the imports what the report names, or correct the curated data.",
            [found for found in findings if found.focus in curated and not rules.is_excused(found.shape)],
        ),
    ):
        report = report_findings(about, data, shapes, base=knowledge.base, locations=locations)
        if not report.conforms:
            raise ValidationFailed(
                f"{what} not conform to the shapes. {_NO_RELEASE}", hint=hint, report=report.to_text()
            )
    return [finding for finding in findings if finding.focus not in curated]


def _in_alignment(findings: list[Finding], path: Path | None) -> list[Finding]:
    """Return the findings about the graph that joins data sets: about its groups, and about its links of facts."""
    if path is None:
        return []
    foci = {finding.focus for finding in findings}
    groups, links = set[str](), set[tuple[str, str]]()
    for line in read_lines(path):
        subject, predicate, value = (part.decode() for part in triple_part(line).split(b" ", 2))
        if (focus := subject[1:-1]) in foci:
            links.add((focus, predicate[1:-1]))
            if value == _GROUP:
                groups.add(focus)
    return [found for found in findings if found.focus in groups or (found.focus, found.path or "") in links]


def _by_graph(findings: list[Finding], quads: Path, base: Base) -> dict[str, str]:
    """Return focus node → the imported graph that describes it, the first where several do."""
    wanted = {finding.focus for finding in findings}
    below = str(base.graph("import/"))
    found: dict[str, str] = {}
    last = b""
    for line in read_lines(quads):
        subject = subject_of(line)
        if subject == last:
            continue
        focus = subject[1:-1].decode()
        graph = graph_part(line).decode()
        if not graph.startswith(below):
            continue
        last = subject
        if focus in wanted:
            found.setdefault(focus, graph)
    return found


def _count(findings: Iterable[Finding], by_graph: Mapping[str, str]) -> dict[str, Counter[str]]:
    seen = {(finding.focus, finding.shape) for finding in findings}
    counts: dict[str, Counter[str]] = {}
    for focus, shape in seen:
        if focus in by_graph:
            counts.setdefault(by_graph[focus], Counter())[compact(shape)] += 1
    return counts


def _by_name(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _without_faulty(quads: Path, foci: set[str], base: Base) -> Iterator[bytes]:
    """Return the quads without the faulty resources of imports, what is said of them, and the facts that name them.

    A faulty piece of evidence takes its fact with it: a fact without one of its pieces would have another status.
    """
    faulty = {f"<{focus.partition('/evidence/')[0]}>".encode() for focus in foci}
    below = str(base.graph("import/")).encode()
    dropped, triples = set(faulty), set[bytes]()
    for subject, parts in _stated_triples(quads):
        if subject in faulty or parts[0] in faulty or parts[2] in faulty:
            dropped.add(subject)
            triples.add(b" ".join(parts))
    for line in read_lines(quads):
        if graph_part(line).startswith(below):
            subject, _, value = triple_part(line).split(b" ", 2)
            whole = subject.partition(b"/evidence/")[0]
            whole = whole if whole == subject else whole + b">"
            if whole in dropped or value in faulty or triple_part(line) in triples:
                continue
        yield line


def _stated_triples(quads: Path) -> Iterator[tuple[bytes, tuple[bytes, bytes, bytes]]]:
    """Return every fact and mapping, with the triple that it is about."""
    wanted = {part for parts in _STATED for part in parts}
    for subject, group in groupby(read_lines(quads), key=subject_of):
        said: dict[bytes, bytes] = {}
        for line in group:
            predicate = line.split(b" ", 2)[1]
            if predicate in wanted:
                said[predicate] = triple_part(line).split(b" ", 2)[2]
        for parts in _STATED:
            if all(part in said for part in parts):
                yield subject, (said[parts[0]], said[parts[1]], said[parts[2]])


def _check_bare_triples(quads: Path, vocabulary: Vocabulary) -> None:
    refused = {triple: fact for fact, lines in _refused_facts(quads) for triple in _refused_triples(lines, vocabulary)}
    if not refused:
        return
    for line in read_lines(quads):
        fact = refused.get(triple := triple_part(line))
        if fact is not None:
            raise ValidationFailed(
                f"The graph {graph_part(line).decode()} has the bare triple {triple.decode()}, which the fact "
                f"{fact.decode()} denies or contests. {_NO_RELEASE}",
                hint="Take the triple out of the import, or correct the fact: a bare triple stands only where no fact, "
                "curated or imported, denies or contests it.",
            )


def _refused_facts(quads: Path) -> Iterator[tuple[bytes, list[bytes]]]:
    """Return subject and triples of everything with a status that is denied or contested."""
    for subject, group in groupby(union_lines(read_lines(quads)), key=subject_of):
        lines = list(group)
        if any(line.split(b" ", 2)[1] == _STATUS and _object_of(line) in _REFUSED for line in lines):
            yield subject, lines


def _refused_triples(lines: list[bytes], vocabulary: Vocabulary) -> Iterator[bytes]:
    """Return the triples that do not stand beside a denied or contested fact, without the full stop at the end."""
    said: dict[bytes, bytes] = {line.split(b" ", 2)[1]: _object_of(line) for line in lines}
    subject, predicate, object_ = (said.get(part, b"") for part in (_SUBJECT, _PREDICATE, _OBJECT))
    yield b" ".join((subject, predicate, object_))
    known = vocabulary.predicate(predicate[1:-1].decode())
    for closure in known.closures & vocabulary.derived:
        yield b" ".join((subject, f"<{closure}>".encode(), object_))
    if known.inverse in vocabulary.derived:
        yield b" ".join((object_, f"<{known.inverse}>".encode(), subject))


def _object_of(line: bytes) -> bytes:
    return line.split(b" ", 2)[2].removesuffix(b" .\n")
