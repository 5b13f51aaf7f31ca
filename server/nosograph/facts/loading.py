"""Reads the asset folders into the knowledge graph, or reports everything that is wrong with the input."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any, TypeVar

from rdflib import Graph, Literal, URIRef
from rdflib.compare import to_canonical_graph
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import BNode, Node

from nosograph.assets import FOLDERS, Assets
from nosograph.errors import InputError, InputErrors, Location
from nosograph.facts.assembly import Assembly
from nosograph.facts.asset_files import find_files, read_bytes
from nosograph.facts.knowledge import KnowledgeGraph, bind_prefixes, new_graph
from nosograph.facts.mapping_sets import read_set
from nosograph.facts.mappings import MAPPING_SUFFIX, LocatedMapping, add_mapping, read_mappings
from nosograph.facts.ontology import check_vocabulary, vocabulary_of
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
from nosograph.sparql.questions import Question

T = TypeVar("T")

DATASET_FILE = "dataset.ttl"
DATASET = URIRef(DEFAULT_BASE)
TABLE_SUFFIXES = (".tsv", ".csv", ".xlsx", ".ods")


def load_knowledge(assets: Assets, base: Base) -> KnowledgeGraph:
    """Return the knowledge graph that the asset folders describe.

    Identifiers follow from the IRIs as they are written (with the default base); data IRIs then move below ``base``,
    so a fact keeps its local name under every base.

    Args:
        assets: the folders to read.
        base: the base of the published IRIs.

    Raises:
        InputErrors: everything that is wrong in the files, each with its location.
    """
    errors: list[InputError] = []
    locations: dict[URIRef, Location] = {}
    ontology = _load_graph("ontology", assets, locations, errors)
    shapes = _load_graph("shapes", assets, locations, errors)
    vocabulary = vocabulary_of(ontology)
    errors += check_vocabulary(vocabulary, locations)
    assembly = Assembly(ontology, vocabulary, locations=locations, errors=errors)
    for file in _read_files("data", assets, errors):
        assembly.add_file(file.statements)
    assembly.finish()
    mappings = _load_mappings(assets, vocabulary.base(), locations, errors)
    dataset, modified = _load_dataset(assets, errors)
    graphs = {
        "conditions": assembly.entities,
        "facts": assembly.facts,
        "sources": assembly.sources,
        "mappings": mappings,
        "ontology": _skolemise(ontology),
        "shapes": _skolemise(shapes),
    }
    del assembly  # it holds the graphs too, and each is let go of below as soon as it is moved
    no_entries: Mapping[str, Entry] = {}
    entries = _collect(lambda: read_registry(assets.root / REGISTRY_FILE, vocabulary.base()), no_entries, errors)
    borrowed = frozenset(assets.borrowed())
    own = {iri for iri, location in locations.items() if location.file not in borrowed}
    names = _published_names(graphs, vocabulary.base(), own)
    add_tombstones(graphs["conditions"], entries, vocabulary.base())
    no_questions: tuple[Question, ...] = ()
    questions = _collect(
        lambda: tuple(read_questions(assets.data / "questions", assets.root, base)), no_questions, errors
    )
    no_inputs: dict[str, str] = {}
    inputs = _collect(lambda: _digests(assets), no_inputs, errors)
    if errors:
        raise InputErrors(tuple(sorted(dict.fromkeys(errors), key=_by_location)))
    base = vocabulary.base(base.iri)
    moved = _MovedTerms(base)
    return KnowledgeGraph(
        base=base,
        graphs={name: moved.graph(graphs.pop(name)) for name in tuple(graphs)},
        locations={moved[iri]: location for iri, location in locations.items()},
        modified=modified,
        questions=questions,
        inputs=inputs,
        dataset=moved.graph(dataset),
        names=names,
    )


def require_registered(assets: Assets, knowledge: KnowledgeGraph) -> None:
    """Check that the identifier registry has the names in the graph, and that none of its active names is gone.

    Do so after the graph conforms to the shapes: a name stays in the registry for good, so it must be right first.

    Raises:
        InputErrors: a published name is gone, or a name is not in the registry yet.
    """
    entries = read_registry(assets.root / REGISTRY_FILE, knowledge.vocabulary.base())
    errors = tuple(check_registry(entries, knowledge.names))
    if errors:
        raise InputErrors(errors)


def register_names(assets: Assets, knowledge: KnowledgeGraph) -> tuple[str, ...]:
    """Add to the identifier registry every name in the graph that it lacks, and return these names.

    Raises:
        InputError: the registry cannot be read or written.
    """
    path = assets.root / REGISTRY_FILE
    entries = read_registry(path, knowledge.vocabulary.base())
    return write_registry(path, entries, knowledge.names, knowledge.modified.isoformat())


def _published_names(graphs: Mapping[str, Graph], base: Base, own: Set[URIRef]) -> frozenset[str]:
    """Return the registry's name of every resource, fact, mapping and term that the folder itself describes."""
    names = (
        compact_identifier(str(subject), base)
        for graph in graphs.values()
        for subject in graph.subjects(RDF.type, None)
        if isinstance(subject, URIRef) and subject in own
    )
    return frozenset(name for name in names if name is not None)


def _read_files(folder: str, assets: Assets, errors: list[InputError]) -> Iterator[TurtleFile]:
    """Return the Turtle files below a folder one by one, in the order of their paths, without the dataset's own."""
    no_files: list[Path] = []
    own = _collect(lambda: find_files(assets.root / folder, ".ttl"), no_files, errors)
    named = {path.relative_to(assets.root).as_posix(): path for path in own}
    borrowed = {name: path for name, path in assets.borrowed().items() if name.startswith(f"{folder}/")}
    for name, path in (borrowed | named).items():
        if name != f"data/{DATASET_FILE}":
            try:
                yield read_turtle(path, name)
            except InputError as error:
                errors.append(error)


def _load_graph(folder: str, assets: Assets, locations: dict[URIRef, Location], errors: list[InputError]) -> Graph:
    """Return the statements of a folder's files as one graph, and note where each subject is described."""
    graph = new_graph()
    for file in _read_files(folder, assets, errors):
        for statement in file.statements:
            graph.add((statement.subject, statement.predicate, statement.object))
            if isinstance(statement.subject, URIRef) and statement.subject not in locations:
                locations[statement.subject] = statement.location
    return graph


def _load_mappings(assets: Assets, base: Base, locations: dict[URIRef, Location], errors: list[InputError]) -> Graph:
    graph = new_graph()
    folder = assets.data / "mappings"
    no_files: list[Path] = []
    for path in _collect(lambda: find_files(folder, *TABLE_SUFFIXES), no_files, errors):
        name = path.relative_to(assets.root).as_posix()
        try:
            if path.name.lower().endswith(MAPPING_SUFFIX):
                mapping_set, statements = read_set(path, name)
                if mapping_set in locations:
                    raise _named_twice(mapping_set, name, locations[mapping_set])
                locations[mapping_set] = Location(name, 1)
                for statement in statements:
                    graph.add(statement)
                for mapping in read_mappings(path, name, base):
                    if mapping.iri in locations:
                        errors.append(_repeated(mapping, locations[mapping.iri]))
                    else:
                        add_mapping(graph, mapping)
                        graph.add((mapping.iri, DCTERMS.isPartOf, mapping_set))
                        locations[mapping.iri] = mapping.location
            else:
                raise InputError(
                    f"The name of the table does not end in {MAPPING_SUFFIX}, so its mappings are not read.",
                    location=Location(name),
                    hint=f"Rename it to …{MAPPING_SUFFIX}, or move it out of the folder.",
                )
        except InputError as error:
            errors.append(error)
    return graph


def _repeated(mapping: LocatedMapping, first: Location) -> InputError:
    return InputError(
        f"The mapping is at {first} already.",
        location=mapping.location,
        hint="Remove one of the two rows, or let them differ in mapping_justification.",
    )


def _named_twice(mapping_set: URIRef, name: str, first: Location) -> InputError:
    return InputError(
        f"The mapping set {mapping_set} is in {first.file} already.",
        location=Location(name, 1),
        hint="Give each of the two files a mapping_set_id of its own.",
    )


def _load_dataset(assets: Assets, errors: list[InputError]) -> tuple[Graph, datetime.date]:
    """Return what ``data/dataset.ttl`` says of the data as a whole, and their date."""
    name = f"data/{DATASET_FILE}"
    graph = new_graph()
    try:
        for statement in read_turtle(assets.data / DATASET_FILE, name).statements:
            graph.add((statement.subject, statement.predicate, statement.object))
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
    skolemised = new_graph()
    for triple in to_canonical_graph(graph):
        skolemised.add(tuple(_skolem(term) for term in triple))  # type: ignore[arg-type]
    return skolemised


def _skolem(term: Node) -> Node:
    if not isinstance(term, BNode):
        return term
    return URIRef(f"{DEFAULT_BASE}.well-known/genid/{hashlib.sha256(str(term).encode()).hexdigest()[:16]}")


class _MovedTerms(dict[Any, Any]):
    """The terms of the data by the terms as they were written: data IRIs below the base, all others unchanged."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        self.base = base

    def __missing__(self, term: Node) -> Node:
        """Return the term, moved once."""
        moved = URIRef(self.base.rebase(term)) if isinstance(term, URIRef) else term
        self[term] = moved
        return moved

    def graph(self, graph: Graph) -> Graph:
        """Return the graph with its terms moved and the prefixes bound; the same graph where no term moves."""
        moved = graph
        if self.base.iri != DEFAULT_BASE:
            moved = new_graph()
            for subject, predicate, object_ in graph:
                moved.add((self[subject], self[predicate], self[object_]))
        bind_prefixes(moved, self.base)
        return moved


def _digests(assets: Assets) -> dict[str, str]:
    """Return the SHA-256 of every input file by its path below the assets folder."""
    files = sorted(path for folder in FOLDERS for path in (assets.root / folder).rglob("*") if path.is_file())
    named = assets.borrowed() | {path.relative_to(assets.root).as_posix(): path for path in files}
    return {name: hashlib.sha256(read_bytes(path, name)).hexdigest() for name, path in sorted(named.items())}


def _by_location(error: InputError) -> tuple[str, int, int]:
    location = error.location or Location("")
    return location.file, location.line or 0, location.column or 0


def _collect(read: Callable[[], T], otherwise: T, errors: list[InputError]) -> T:
    """Return what a reader returns, or the other value with its error added to the list."""
    try:
        return read()
    except InputError as error:
        errors.append(error)
        return otherwise
