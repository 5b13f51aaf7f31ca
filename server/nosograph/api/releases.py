"""Opens and compares releases, and looks resources up in one."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.comparison.comparing import compare_releases
from nosograph.comparison.differences import Comparison, ReleasedFact
from nosograph.errors import ReleaseError
from nosograph.rdf import iris
from nosograph.rdf.curies import expand
from nosograph.release.opening import Release
from nosograph.release.opening import open_release as open_release_folder
from nosograph.store.reader import GraphReader, open_store


@dataclass(frozen=True)
class ResourceStatement:
    """A triple about a resource, and the named graph that has it.

    Attributes:
        predicate: IRI.
        object: IRI, or the text of a literal.
        graph: IRI of the named graph.
        language: language tag of a literal that has one.
        datatype: IRI of a literal's datatype; empty for an IRI.
    """

    predicate: str
    object: str
    graph: str
    language: str = ""
    datatype: str = ""


@dataclass(frozen=True)
class ResourceFound:
    """A resource as a release has it.

    Attributes:
        iri: the resource.
        label: its label; empty when it has none.
        types: IRIs of its classes.
        statements: the triples of which it is the subject, without its types.
        facts: the facts of whose proposition it is subject or object.
    """

    iri: str
    label: str
    types: tuple[str, ...]
    statements: tuple[ResourceStatement, ...]
    facts: tuple[ReleasedFact, ...]


def open_release(folder: str | PathLike[str], *, deep: bool = False) -> Release:
    """Return the release in a folder, after checking that everything its manifest names is there.

    Args:
        folder: the folder of one release; ``releases/latest`` is one.
        deep: also compare every file's digest and the number of quads in the store, which reads everything.

    Raises:
        ReleaseError: it is not a release, its manifest cannot be used, or a file is missing or not as published.
    """
    return open_release_folder(Path(folder), deep=deep)


def compare(old: Release, new: Release) -> Comparison:
    """Return what differs between two releases, in time proportional to their size.

    Raises:
        ReleaseError: their bases differ, or a dump cannot be read.
    """
    return compare_releases(old, new)


def look_up(release: Release, name: str) -> ResourceFound | None:
    """Return what a release says of a resource, or None when it says nothing.

    Args:
        release: the release.
        name: the resource's IRI, its prefixed name (``condition:scleroderma``), or its path below the base
            (``condition/scleroderma``).

    Raises:
        ReleaseError: the store of the release cannot be opened.
    """
    iri = _absolute(release, name)
    reader = GraphReader(open_store(release.store_folder))
    own = reader.statements(iri)
    if not own:
        return None
    facts = {fact for predicate in (iris.RDF_SUBJECT, iris.RDF_OBJECT) for fact in reader.subjects(predicate, iri)}
    label = reader.label(iri)
    return ResourceFound(
        iri,
        label.value if label else "",
        tuple(sorted(reader.iris(iri, iris.RDF_TYPE))),
        tuple(_statement(quad) for quad in own if quad.predicate.value != iris.RDF_TYPE),
        tuple(found for found in (_fact(reader, fact) for fact in sorted(facts)) if found.status),
    )


def _absolute(release: Release, name: str) -> str:
    prefix, colon, local = name.partition(":")
    if not colon:
        return release.base.iri + name
    if local.startswith("//"):
        return name
    iri = expand(name, release.base)
    if iri is None:
        known = ", ".join(release.base.prefixes())
        raise ReleaseError(f"The prefix {prefix!r} is not known.", hint=f"Give an IRI, or one of: {known}.")
    return iri


def _text(term: object) -> str:
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def _statement(quad: Quad) -> ResourceStatement:
    graph = _text(quad.graph_name)
    if isinstance(quad.object, Literal):
        language, datatype = quad.object.language or "", quad.object.datatype.value
        return ResourceStatement(quad.predicate.value, quad.object.value, graph, language, datatype)
    return ResourceStatement(quad.predicate.value, _text(quad.object), graph)


def _fact(reader: GraphReader, iri: str) -> ReleasedFact:
    reader.statements(iri)
    parts = (reader.objects(iri, name) for name in (iris.RDF_SUBJECT, iris.RDF_PREDICATE, iris.RDF_OBJECT, iris.STATUS))
    return ReleasedFact(iri, *(_text(terms[0]) if terms else "" for terms in parts))
