"""Opens, verifies, indexes, lists and compares releases, and looks resources up in one."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.comparison.comparing import compare_releases
from nosograph.comparison.differences import Comparison, ReleasedFact
from nosograph.errors import ReleaseError
from nosograph.indexing.making import make_derived
from nosograph.indexing.preparing import prepare_release
from nosograph.progress import Progress, quiet
from nosograph.rdf import iris
from nosograph.rdf.curies import expand
from nosograph.release.derived import DerivedRecord
from nosograph.release.ledger import LedgerEntry, read_ledger
from nosograph.release.opening import Release
from nosograph.release.opening import open_release as release_in
from nosograph.release.verifying import Verification, verify_release
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


def open_release(
    folder: str | PathLike[str], *, cache: str | PathLike[str] | None = None, progress: Progress = quiet
) -> Release:
    """Return the release in a folder, after checking that everything its manifest names is there.

    Its store and search index are made first where they are missing, damaged, or made by another version.

    Args:
        folder: the folder of one release; ``releases/latest`` is one.
        cache: folder for stores and search indexes, where the release itself cannot be written to.
        progress: called with a step's name, how much of it is done, and how much there is (0 and 0: not known).

    Raises:
        ReleaseError: it is not a release, its manifest cannot be used, a file is missing or not as published, or its
            store cannot be made.
    """
    return prepare_release(Path(folder).resolve(), cache=_path(cache), progress=progress)


def opened(release: Release | str | PathLike[str], *, cache: str | PathLike[str] | None = None) -> Release:
    """Return a release that is open, or the one in a folder; raises what ``open_release`` raises."""
    return release if isinstance(release, Release) else open_release(release, cache=cache)


def verify(folder: str | PathLike[str], *, cache: str | PathLike[str] | None = None) -> Verification:
    """Return what is damaged in the release in a folder: every digest and count is compared, which reads everything.

    Raises:
        ReleaseError: it is not a release, or its manifest cannot be used.
    """
    return verify_release(Path(folder).resolve(), cache=_path(cache))


def index(
    folder: str | PathLike[str], *, cache: str | PathLike[str] | None = None, progress: Progress = quiet
) -> DerivedRecord:
    """Make the store and the search index of the release in a folder anew, and return the record of them.

    Raises:
        ReleaseError: it is not a release, or they cannot be written.
    """
    return make_derived(release_in(Path(folder).resolve(), cache=_path(cache)), progress, anew=True)


def list_releases(folder: str | PathLike[str] = "releases") -> tuple[LedgerEntry, ...]:
    """Return every version that was ever published in a folder of releases, the oldest first, and what is left of it.

    Raises:
        ReleaseError: the ledger of the folder cannot be read.
    """
    return read_ledger(Path(folder))


def _path(folder: str | PathLike[str] | None) -> Path | None:
    return None if folder is None else Path(folder)


def compare(old: Release, new: Release) -> Comparison:
    """Return what differs between two releases; it is read from their dumps when it is asked for.

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
    iri = absolute_iri(release, name)
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


def absolute_iri(release: Release, name: str) -> str:
    """Return the IRI that a name stands for: an IRI, a prefixed name, or a path below the base.

    Raises:
        ReleaseError: its prefix is not known.
    """
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
