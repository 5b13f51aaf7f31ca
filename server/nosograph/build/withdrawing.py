"""Finds the published names of imported data sets that a new version of these no longer has, and says so of them.

Curated names have a registry; an import has the release before. A resource or fact that it described and the new one
does not is published as withdrawn, in the graph of its data set: ``owl:deprecated``, the label that it had, and since
when. What was withdrawn stays so until a data set has the name again. A data set that is left out whole withdraws
nothing: its names come back with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

from pyoxigraph import Literal

from nosograph.errors import InputError, Location
from nosograph.rdf.formats import N_QUADS
from nosograph.rdf.iris import SKOS_PREF_LABEL
from nosograph.rdf.lines import graph_part, read_lines, triple_part
from nosograph.rdf.names import IMPORT_PREFIX, NOSO, STANDARD_PREFIXES, Base
from nosograph.release.opening import Release

_TYPE: Final = f"<{STANDARD_PREFIXES['rdf']}type>".encode()
_PREF_LABEL: Final = f"<{SKOS_PREF_LABEL}>".encode()
_NAMED: Final = frozenset(f"<{NOSO[name]}>".encode() for name in ("Entity", "Fact"))
_DEPRECATED: Final = f'<{STANDARD_PREFIXES["owl"]}deprecated> "true"^^<{STANDARD_PREFIXES["xsd"]}boolean>'.encode()
_NOTE: Final = f"<{STANDARD_PREFIXES['skos']}changeNote>"


def withdrawn_lines(previous: Release, quads: Iterable[bytes], graphs: Iterable[str], base: Base) -> Iterator[bytes]:
    """Return sorted quads about the names of imports that a release had and the new one has not.

    Args:
        previous: the release before.
        quads: the sorted quads of the new one.
        graphs: IRIs of the named graphs of the new one; names of others are left alone.
        base: the base of the new one.

    Raises:
        InputError: the release before has another base.
    """
    if previous.base != base:
        raise InputError(
            f"The release before has the base {previous.base.iri}, and this one {base.iri}: no name is in both.",
            location=Location(str(previous.folder)),
            hint="Name a release with the same base, or none.",
        )
    start = str(base.graph(""))
    versions = {
        graph.encode(): previous.manifest.terms[name].version
        for graph in graphs
        if (name := graph.removeprefix(start)).startswith(IMPORT_PREFIX) and name in previous.manifest.terms
    }
    new = (subject for subject, _ in groupby(quads, key=_subject))
    present = next(new, None)
    for subject, group in groupby(read_lines(previous.dump(N_QUADS.name)), key=_subject):
        while present is not None and present < subject:
            present = next(new, None)
        lines = [line for line in group if graph_part(line) in versions]
        if lines and subject != present:
            yield from sorted(_withdraw(subject, lines, versions))


def _withdraw(subject: bytes, lines: list[bytes], versions: Mapping[bytes, str]) -> Iterator[bytes]:
    """Return what is said of a name that is gone, in each graph that had it; of evidence and the like, nothing."""
    if any(triple_part(line).endswith(_DEPRECATED) for line in lines):
        yield from lines
        return
    parts = [(graph_part(line), *triple_part(line).split(b" ", 2)[1:]) for line in lines]
    for graph in sorted({graph for graph, predicate, value in parts if predicate == _TYPE and value in _NAMED}):
        note = Literal(f"The data set had it until version {versions[graph]}.", language="en")
        said = [
            _DEPRECATED,
            f"{_NOTE} {note}".encode(),
            *(
                b"%s %s" % (predicate, value)
                for of, predicate, value in parts
                if (of, predicate) == (graph, _PREF_LABEL)
            ),
        ]
        yield from (b"%s %s <%s> .\n" % (subject, what, graph) for what in said)


def _subject(line: bytes) -> bytes:
    return line.partition(b" ")[0]
