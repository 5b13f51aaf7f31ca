"""Files that a table makes: compared with what is there already, and written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rdflib import Graph
from rdflib.namespace import RDF
from rdflib.term import Node

from nosograph.curation.names import CuratedNames
from nosograph.curation.turtle_writing import HEAD
from nosograph.curation.written_statements import read_written
from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import read_text
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO

WRITTEN: Final = "written"
UNCHANGED: Final = "unchanged"
KEPT: Final = "kept as it was"


@dataclass(frozen=True)
class FileOutcome:
    """What is to become of a file.

    Attributes:
        name: its path below the data folder.
        state: ``WRITTEN``, ``UNCHANGED`` where it says the same already, or ``KEPT`` where it would lose something.
        lost: what it would lose.
    """

    name: str
    state: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class _FileContent:
    """The statements of a file with their published names, and what of them must not go unnoticed."""

    triples: frozenset[tuple[Node, Node, Node]]
    claims: frozenset[str]


def compare_files(
    files: Mapping[str, str], data: Path, knowledge: KnowledgeGraph, *, replace: bool
) -> dict[str, FileOutcome]:
    """Return what is to become of each file, by its path below the data folder.

    Args:
        files: path → the text that it is to have.
        data: the data folder.
        knowledge: the graph whose vocabulary the files are read by.
        replace: whether a file may lose statements.

    Raises:
        InputErrors: a file that is there already cannot be read.
    """
    outcomes: dict[str, FileOutcome] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            state = WRITTEN
            lost: tuple[str, ...] = ()
            if (data / name).exists():
                new = Path(folder) / "new.ttl"
                new.write_text(text, encoding="utf-8", newline="")
                before, after = _content(data / name, name, knowledge), _content(new, name, knowledge)
                lost = tuple(sorted(before.claims - after.claims))
                if before.triples == after.triples:
                    state = UNCHANGED
                elif lost and not replace:
                    state = KEPT
            outcomes[name] = FileOutcome(name, state, lost)
    return outcomes


def write_files(files: Mapping[str, str], data: Path) -> None:
    """Write files below the data folder; the first takes its name when all of them are on the disk.

    Raises:
        InputError: a file cannot be written; none has changed.
    """
    staged: list[tuple[Path, Path]] = []
    path = data
    try:
        for name, text in files.items():
            path = data / name
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f"{path.name}.new")
            staged.append((new, path))
            new.write_text(text, encoding="utf-8", newline="")
        for new, path in staged:
            new.replace(path)
    except OSError as error:
        raise InputError(
            f"The file cannot be written: {error.strerror or error}.",
            location=Location(str(path)),
            hint="Free space on the disk, or allow writing in the folder.",
        ) from error
    finally:
        for new, _ in staged:
            new.unlink(missing_ok=True)


def head_of(path: Path) -> str:
    """Return the comment at the beginning of a file, which a new version of it keeps; the usual one for a new file."""
    if not path.exists():
        return HEAD
    lines: list[str] = []
    for line in read_text(path, path.name).splitlines(keepends=True):
        if not line.startswith("#"):
            break
        lines.append(line)
    return "".join(lines) or HEAD


def _content(path: Path, name: str, knowledge: KnowledgeGraph) -> _FileContent:
    assembly = read_written([(path, f"data/{name}")], knowledge)
    names = CuratedNames(knowledge.base)
    graphs = (assembly.facts, assembly.sources, assembly.entities)
    described = {iri for graph in graphs[1:] for iri in graph.subjects(RDF.type, None)}
    passages = set(assembly.sources.subjects(NOSO.ofSource, None))
    claims = [*_claims(assembly.facts, names), *(names.shorten(iri) for iri in described - passages)]
    return _FileContent(frozenset(triple for graph in graphs for triple in graph), frozenset(claims))


def _claims(facts: Graph, names: CuratedNames) -> Iterator[str]:
    """Return each proposition with each of the sources that speak about it."""
    for fact, evidence in facts.subject_objects(NOSO.evidence):
        proposition = (facts.value(fact, part) for part in (RDF.subject, RDF.predicate, RDF.object))
        said = " ".join(names.shorten(term) for term in proposition if term is not None)
        yield f"{said} ({names.shorten(facts.value(evidence, NOSO.source))})"
