"""Reads the asset folders and gives the knowledge graph, or everything that is wrong with the input."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from rdflib import Graph, Literal, URIRef
from rdflib.compare import to_canonical_graph
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import BNode, Node

from nosograph.assets import FOLDERS, Assets
from nosograph.errors import InputError, InputErrors, Location
from nosograph.facts.assembly import Assembly
from nosograph.facts.knowledge import KnowledgeGraph, Question
from nosograph.facts.mappings import add_mapping, read_mappings
from nosograph.facts.questions import read_questions
from nosograph.facts.registry import FILE as REGISTRY_FILE
from nosograph.facts.registry import (
    Entry,
    add_tombstones,
    check_registry,
    compact_identifier,
    read_registry,
    write_registry,
)
from nosograph.facts.turtle import TurtleFile, read_turtle
from nosograph.rdf.names import DEFAULT_BASE, Base

T = TypeVar("T")

DATASET_FILE = "dataset.ttl"
DATASET = URIRef(DEFAULT_BASE)


def load_knowledge(assets: Assets, base: Base) -> KnowledgeGraph:
    """Return the knowledge graph that the asset folders describe.

    Identifiers follow from the IRIs as they are written (with the default base); data IRIs then move below ``base``,
    so a fact keeps its local name under every base.

    Args:
        assets: the folders to read.
        base: the base of the published IRIs.

    Raises:
        InputErrors: everything that is wrong in the files, each with its place.
    """
    errors: list[InputError] = []
    ontology_files = list(_read_files(assets.ontology, assets.root, errors))
    shapes_files = list(_read_files(assets.shapes, assets.root, errors))
    data_files = [
        file
        for folder in (assets.data, assets.data / "facts")
        for file in _read_files(folder, assets.root, errors)
        if file.name != f"data/{DATASET_FILE}"
    ]
    ontology, shapes = _merge(ontology_files), _merge(shapes_files)
    locations = dict(_locations(ontology_files + shapes_files))
    assembly = Assembly(ontology, locations=locations, errors=errors)
    for file in data_files:
        assembly.add_file(file.statements)
    assembly.finish()
    mappings = _load_mappings(assets, locations, errors)
    dataset, modified = _load_dataset(assets, errors)
    graphs = {
        "conditions": assembly.entities,
        "facts": assembly.facts,
        "sources": assembly.sources,
        "mappings": mappings,
        "ontology": _skolemise(ontology),
        "shapes": _skolemise(shapes),
    }
    no_entries: Mapping[str, Entry] = {}
    entries = _collect(lambda: read_registry(assets.root / REGISTRY_FILE), no_entries, errors)
    names = _published_names(graphs)
    add_tombstones(assembly.entities, entries)
    no_questions: tuple[Question, ...] = ()
    questions = _collect(
        lambda: tuple(read_questions(assets.data / "questions", assets.root, base)), no_questions, errors
    )
    if errors:
        raise InputErrors(tuple(sorted(errors, key=_by_location)))
    return KnowledgeGraph(
        base=base,
        graphs={name: _rebased(graph, base) for name, graph in graphs.items()},
        locations={URIRef(base.rebase(iri)): location for iri, location in locations.items()},
        modified=modified,
        questions=questions,
        inputs=_digests(assets),
        dataset=_rebased(dataset, base),
        names=names,
    )


def require_registered(assets: Assets, knowledge: KnowledgeGraph) -> None:
    """Hold the names in the graph against the identifier registry.

    Do so after the graph was validated: a name enters the registry for good, so it must be right first.

    Raises:
        InputErrors: a published name is gone, or a name is not in the registry yet.
    """
    errors = tuple(check_registry(read_registry(assets.root / REGISTRY_FILE), knowledge.names))
    if errors:
        raise InputErrors(errors)


def register_names(assets: Assets, knowledge: KnowledgeGraph) -> tuple[str, ...]:
    """Add to the identifier registry every name in the graph that it lacks, and give these names."""
    path = assets.root / REGISTRY_FILE
    return write_registry(path, read_registry(path), knowledge.names, knowledge.modified.isoformat())


def _published_names(graphs: Mapping[str, Graph]) -> frozenset[str]:
    """Return the registry's name of every thing, fact, mapping and term that the graphs describe."""
    names = (
        compact_identifier(str(subject))
        for graph in graphs.values()
        for subject in graph.subjects(RDF.type, None)
        if isinstance(subject, URIRef)
    )
    return frozenset(name for name in names if name is not None)


def _read_files(folder: Path, root: Path, errors: list[InputError]) -> Iterator[TurtleFile]:
    for path in sorted(folder.glob("*.ttl")):
        try:
            yield read_turtle(path, path.relative_to(root).as_posix())
        except InputError as error:
            errors.append(error)


def _merge(files: Iterable[TurtleFile]) -> Graph:
    merged = Graph(bind_namespaces="none")
    for file in files:
        for triple in file.graph():
            merged.add(triple)
    return merged


def _locations(files: Iterable[TurtleFile]) -> Iterator[tuple[URIRef, Location]]:
    seen: set[Node] = set()
    for file in files:
        for statement in file.statements:
            if isinstance(statement.subject, URIRef) and statement.subject not in seen:
                seen.add(statement.subject)
                yield statement.subject, statement.location


def _load_mappings(assets: Assets, locations: dict[URIRef, Location], errors: list[InputError]) -> Graph:
    graph = Graph(bind_namespaces="none")
    for path in sorted((assets.data / "mappings").glob("*.sssom.tsv")):
        try:
            for mapping in read_mappings(path, path.relative_to(assets.root).as_posix()):
                add_mapping(graph, mapping)
                locations[mapping.iri] = mapping.location
        except InputError as error:
            errors.append(error)
    return graph


def _load_dataset(assets: Assets, errors: list[InputError]) -> tuple[Graph, datetime.date]:
    """Return what ``data/dataset.ttl`` says of the data as a whole, and their date."""
    name = f"data/{DATASET_FILE}"
    graph = Graph(bind_namespaces="none")
    try:
        graph = read_turtle(assets.data / DATASET_FILE, name).graph()
    except InputError as error:
        errors.append(error)
        return graph, datetime.date.min
    dates = [value.toPython() for value in graph.objects(DATASET, DCTERMS.modified) if isinstance(value, Literal)]
    if len(dates) == 1 and isinstance(dates[0], datetime.date):
        return graph, dates[0]
    errors.append(
        InputError(
            f"{DATASET} has no single dcterms:modified with a date.",
            location=Location(name),
            hint='Write dcterms:modified "2026-01-31"^^xsd:date: the day of the last change to the data.',
        )
    )
    return graph, datetime.date.min


def _skolemise(graph: Graph) -> Graph:
    """Return the graph with an IRI for each blank node, the same on every machine (RDF 1.1 Concepts, section 3.5)."""
    if not any(isinstance(node, BNode) for node in graph.all_nodes()):
        return graph
    skolemised = Graph(bind_namespaces="none")
    for triple in to_canonical_graph(graph):
        skolemised.add(tuple(_skolem(term) for term in triple))  # type: ignore[arg-type]
    return skolemised


def _skolem(term: Node) -> Node:
    if not isinstance(term, BNode):
        return term
    return URIRef(f"{DEFAULT_BASE}.well-known/genid/{hashlib.sha256(str(term).encode()).hexdigest()[:16]}")


def _rebased(graph: Graph, base: Base) -> Graph:
    rebased = Graph(bind_namespaces="none")
    for prefix, iri in base.prefixes().items():
        rebased.bind(prefix, iri)
    for triple in graph:
        rebased.add(
            tuple(URIRef(base.rebase(term)) if isinstance(term, URIRef) else term for term in triple)  # type: ignore[arg-type]
        )
    return rebased


def _digests(assets: Assets) -> dict[str, str]:
    """Return the SHA-256 of every input file by its path below the assets folder."""
    files = sorted(path for folder in FOLDERS for path in (assets.root / folder).rglob("*") if path.is_file())
    return {path.relative_to(assets.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _by_location(error: InputError) -> tuple[str, int, int]:
    location = error.location or Location("")
    return location.file, location.line or 0, location.column or 0


def _collect(read: Callable[[], T], otherwise: T, errors: list[InputError]) -> T:
    """Return what a reader gives, or the other value with the error noted."""
    try:
        return read()
    except InputError as error:
        errors.append(error)
        return otherwise
