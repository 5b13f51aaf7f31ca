"""Opens and compares releases, and looks resources up in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from nosograph.comparison.comparing import compare_releases
from nosograph.comparison.differences import Comparison, ReleasedFact
from nosograph.errors import ReleaseError
from nosograph.rdf.curies import expand
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES
from nosograph.release.opening import Release
from nosograph.release.opening import open_release as open_release_folder
from nosograph.store.lookup import Documents, open_store

_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"
_SUBJECT: Final = STANDARD_PREFIXES["rdf"] + "subject"
_PREDICATE: Final = STANDARD_PREFIXES["rdf"] + "predicate"
_OBJECT: Final = STANDARD_PREFIXES["rdf"] + "object"
_STATUS: Final = f"{NOSO}status"


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
    try:
        node = NamedNode(iri)
    except ValueError:
        return None
    store = open_store(release)
    own = _in_graphs(store.quads_for_pattern(node, None, None))
    if not own:
        return None
    about = {
        quad.subject
        for predicate in (_SUBJECT, _OBJECT)
        for quad in store.quads_for_pattern(None, NamedNode(predicate), node)
        if isinstance(quad.subject, NamedNode)
    }
    return ResourceFound(
        iri,
        Documents(release, store).labels([iri]).get(iri, ""),
        tuple(sorted({_text(quad.object) for quad in own if quad.predicate.value == _TYPE})),
        tuple(_statement(quad) for quad in own if quad.predicate.value != _TYPE),
        tuple(fact for fact in (_fact(store, found) for found in sorted(about, key=str)) if fact.status),
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


def _in_graphs(quads: Iterable[Quad]) -> list[Quad]:
    """Return the quads of named graphs in a fixed order; the default graph may repeat them as their union."""
    return sorted((quad for quad in quads if isinstance(quad.graph_name, NamedNode)), key=str)


def _text(term: object) -> str:
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def _statement(quad: Quad) -> ResourceStatement:
    graph = _text(quad.graph_name)
    if isinstance(quad.object, Literal):
        language, datatype = quad.object.language or "", quad.object.datatype.value
        return ResourceStatement(quad.predicate.value, quad.object.value, graph, language, datatype)
    return ResourceStatement(quad.predicate.value, _text(quad.object), graph)


def _fact(store: Store, node: NamedNode) -> ReleasedFact:
    values = {quad.predicate.value: _text(quad.object) for quad in store.quads_for_pattern(node, None, None)}
    parts = (values.get(name, "") for name in (_SUBJECT, _PREDICATE, _OBJECT, _STATUS))
    return ReleasedFact(node.value, *parts)
