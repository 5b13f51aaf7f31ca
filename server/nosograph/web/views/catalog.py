"""What is said of every release that was ever published: the catalogue, and releases that are no longer the newest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.rdf.curies import expand
from nosograph.rdf.names import NOSO, Base
from nosograph.release.ledger import LedgerEntry, ReleaseShelf, ReleaseState
from nosograph.release.opening import Release
from nosograph.web.views.release_parts import read_described

_PRUNED: Final = (
    "Its dumps other than the N-Quads were dropped from this server to make room; their sizes and digests stand here."
)
_REMOVED: Final = "Its files are no longer on this server."


def catalog_iri(base: Base) -> str:
    """Return the IRI of the catalogue."""
    return f"{base.iri}catalog"


def describe_catalog(shelf: ReleaseShelf) -> list[Quad]:
    """Return the catalogue with every version: what the served release says of it, and a line for each other one."""
    base = shelf.served.base
    own = {NamedNode(base.iri + name) for name in ("", "catalog", "sparql#service", "about#publisher")}
    quads = [quad for quad in read_described(shelf.served, "dcat.ttl") if quad.subject in own]
    entries = shelf.entries()
    for entry in entries:
        release = _node(base, entry)
        quads += [
            _quad(base, NamedNode(catalog_iri(base)), "dcat:dataset", release),
            _quad(base, NamedNode(base.iri), "dcat:hasVersion", release),
            _quad(base, release, "dcat:isVersionOf", NamedNode(base.iri)),
            _quad(base, release, "dcat:inSeries", NamedNode(base.iri)),
            *_lines(base, entry),
            *describe_previous(base, entries, entry.version),
        ]
    quads.append(_quad(base, NamedNode(base.iri), "dcat:first", _node(base, entries[-1])))
    return list(dict.fromkeys(quads))


def describe_release(shelf: ReleaseShelf, entry: LedgerEntry, release: Release | None) -> list[Quad]:
    """Return what is known of a release that is not the one served.

    Args:
        shelf: the releases.
        entry: its entry in the ledger.
        release: the release, as far as it is there; it describes itself and its distributions.

    Raises:
        ReleaseError: its description is damaged.
    """
    base = shelf.served.base
    quads = list(_lines(base, entry))
    quads += [
        _quad(base, _node(base, entry), predicate, NamedNode(base.iri))
        for predicate in ("dcat:isVersionOf", "dcat:inSeries")
    ]
    quads += describe_previous(base, shelf.entries(), entry.version)
    if release is not None:
        iri = str(release.base.resource("release", release.version))
        described = [*read_described(release, "dcat.ttl"), *read_described(release, "void.ttl")]
        quads += [quad for quad in described if _is_part(quad, iri)]
    return list(dict.fromkeys(quads))


def describe_previous(base: Base, entries: Sequence[LedgerEntry], version: str) -> list[Quad]:
    """Return the statements which version came before another, as version and in the series; none for the first.

    Args:
        base: the base of the data.
        entries: every version, the newest first.
        version: the version.
    """
    return [
        _quad(base, _node(base, newer), predicate, _node(base, older))
        for newer, older in pairwise(entries)
        if newer.version == version
        for predicate in ("dcat:previousVersion", "dcat:prev")
    ]


def _lines(base: Base, entry: LedgerEntry) -> Iterator[Quad]:
    release = _node(base, entry)
    yield _quad(base, release, "rdf:type", NamedNode(_iri("dcat:Dataset")))
    yield _quad(base, release, "rdf:type", NamedNode(str(NOSO) + "Release"))
    yield _quad(base, release, "rdfs:label", Literal(f"Release {entry.version}", language="en"))
    yield _quad(base, release, "dcat:version", Literal(entry.version))
    yield _quad(base, release, "dcterms:issued", Literal(entry.date.isoformat(), datatype=NamedNode(_iri("xsd:date"))))
    if entry.license:
        yield _quad(base, release, "dcterms:license", NamedNode(entry.license))
    manifest = NamedNode(f"{release.value}#manifest")
    if entry.state is not ReleaseState.WHOLE:
        text = _PRUNED if entry.state is ReleaseState.PRUNED else _REMOVED
        yield _quad(base, release, "rdfs:comment", Literal(text, language="en"))
    if not entry.digest:
        return
    yield _quad(base, release, "spdx:checksum", manifest)
    yield _quad(base, manifest, "rdf:type", NamedNode(_iri("spdx:Checksum")))
    yield _quad(base, manifest, "rdfs:label", Literal("Digest of manifest.json", language="en"))
    yield _quad(base, manifest, "spdx:algorithm", NamedNode(_iri("spdx:checksumAlgorithm_sha256")))
    value = Literal(entry.digest, datatype=NamedNode(_iri("xsd:hexBinary")))
    yield _quad(base, manifest, "spdx:checksumValue", value)


def _is_part(quad: Quad, iri: str) -> bool:
    return isinstance(quad.subject, NamedNode) and (
        quad.subject.value == iri or quad.subject.value.startswith(f"{iri}#")
    )


def _node(base: Base, entry: LedgerEntry) -> NamedNode:
    return NamedNode(str(base.resource("release", entry.version)))


def _iri(curie: str) -> str:
    iri = expand(curie)
    assert iri is not None
    return iri


def _quad(base: Base, subject: NamedNode, predicate: str, value: NamedNode | Literal) -> Quad:
    return Quad(subject, NamedNode(_iri(predicate)), value, NamedNode(str(base.graph("metadata"))))
