"""Compares two releases by their sorted N-Quads."""

from __future__ import annotations

from nosograph.comparison.describing import change_describer
from nosograph.comparison.differences import Comparison
from nosograph.comparison.walking import changed_resources
from nosograph.errors import ReleaseError
from nosograph.rdf.formats import N_QUADS
from nosograph.release.opening import Release


def compare_releases(old: Release, new: Release) -> Comparison:
    """Return what differs between two releases; it is read from their dumps when it is asked for.

    Raises:
        ReleaseError: their bases differ, or a release has no N-Quads.
    """
    if old.base.iri != new.base.iri:
        raise ReleaseError(
            f"The releases have different bases, {old.base.iri} and {new.base.iri}, so no IRI is in both.",
            hint="Build one of them again with the other's --base-iri.",
        )
    base = new.base
    older, newer = old.dump(N_QUADS.name), new.dump(N_QUADS.name)
    return Comparison(
        old.version, new.version, base, lambda: changed_resources(older, newer, base), change_describer(base)
    )
