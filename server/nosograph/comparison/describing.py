"""Describes how two releases differ in what they say of a resource."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.comparison.differences import Change
from nosograph.comparison.walking import ChangedResource
from nosograph.rdf import iris
from nosograph.rdf.lines import parse_lines
from nosograph.rdf.names import NOSO, Base
from nosograph.vocabulary.terms import MAPPING_KIND

_FACT: Final = f"{NOSO}Fact"
_LABELS: Final = (iris.SKOS_PREF_LABEL, iris.RDFS_LABEL)
_OF_A_FACT: Final = (iris.RDF_SUBJECT, iris.RDF_PREDICATE, iris.RDF_OBJECT)
_OF_A_MAPPING: Final = (iris.SSSOM_SUBJECT, iris.SSSOM_PREDICATE, iris.SSSOM_OBJECT)


@dataclass(frozen=True)
class _Described:
    """What one release says of one resource."""

    label: str = ""
    withdrawn: bool = False
    kind: str = "others"
    proposition: tuple[str, str, str] = ("", "", "")
    status: str = ""
    evidence: frozenset[str] = frozenset()


_NOTHING: Final = _Described()


def change_describer(base: Base) -> Callable[[ChangedResource], Change | None]:
    """Return what tells the change of a resource; None where only the description of a release itself differs."""
    metadata = f"<{base.graph('metadata')}> .\n".encode()
    mapping = f"{base.iri}{MAPPING_KIND}/"

    def describe(resource: ChangedResource) -> Change | None:
        removed, added = _outside(resource.removed, metadata), _outside(resource.added, metadata)
        if not removed and not added:
            return None
        iri = _iri(resource.key)
        before = _described(iri, _outside(resource.before, metadata), mapping)
        after = _described(iri, _outside(resource.after, metadata), mapping)
        old, new = before or _NOTHING, after or _NOTHING
        told = old if after is None or (old.kind == "facts" and new.kind != "facts") else new
        return Change(
            _section(before, after),
            iri,
            label=new.label or old.label,
            label_before=old.label if new.label and old.label != new.label else "",
            subject=told.proposition[0],
            predicate=told.proposition[1],
            object=told.proposition[2],
            status=told.status,
            status_before=old.status if old.kind == new.kind == "facts" and old.status != new.status else "",
            evidence_added=tuple(sorted(new.evidence - old.evidence)),
            evidence_removed=tuple(sorted(old.evidence - new.evidence)),
            quads_added=len(added),
            quads_removed=len(removed),
        )

    return describe


def _section(before: _Described | None, after: _Described | None) -> str:
    old, new = before or _NOTHING, after or _NOTHING
    kinds = {entry.kind for entry in (before, after) if entry is not None}
    if "facts" in kinds:
        if old.kind != "facts":
            return "facts_added"
        if new.kind != "facts":
            return "facts_removed"
        if old.status != new.status:
            return "status_changed"
        return "evidence_changed" if old.evidence != new.evidence else "facts_changed"
    for kind in ("mappings", "resources"):
        if kind in kinds:
            if new.withdrawn and not old.withdrawn:
                return "resources_withdrawn"
            if before is None or after is None:
                return f"{kind}_{'added' if before is None else 'removed'}"
            return "labels_changed" if old.label != new.label else f"{kind}_changed"
    return "resources_withdrawn" if new.withdrawn and not old.withdrawn else "others_changed"


def _described(iri: str, lines: Sequence[bytes], mapping: str) -> _Described | None:
    """Return what lines say of a resource, or None when there are none."""
    if not lines:
        return None
    values: dict[str, list[str]] = {}
    own = [quad for quad in parse_lines(lines) if _value(quad.subject) == iri]
    for quad in own:
        values.setdefault(quad.predicate.value, []).append(_value(quad.object))
    label = _label(own)
    kind = "resources" if label else "others"
    if _FACT in values.get(iris.RDF_TYPE, ()):
        kind = "facts"
    elif iri.startswith(mapping):
        kind = "mappings"
    names = _OF_A_MAPPING if kind == "mappings" else _OF_A_FACT
    first, second, third = (next(iter(values.get(name, ("",)))) for name in names)
    return _Described(
        label,
        "true" in values.get(iris.OWL_DEPRECATED, ()),
        kind,
        (first, second, third),
        next(iter(values.get(iris.STATUS, ("",)))),
        frozenset(values.get(iris.EVIDENCE, ())),
    )


def _iri(key: bytes) -> str:
    return key.decode().strip("<>")


def _outside(lines: Sequence[bytes], graph: bytes) -> list[bytes]:
    return [line for line in lines if not line.endswith(graph)]


def _value(term: object) -> str:
    """Return an IRI or the text of a literal."""
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def _label(quads: Sequence[Quad]) -> str:
    """Return the label of a resource, an English or untagged one before others; empty when it has none."""
    for name in _LABELS:
        labels = [quad.object for quad in quads if quad.predicate.value == name and isinstance(quad.object, Literal)]
        labels.sort(key=lambda label: (label.language not in (None, "en"), label.value))
        if labels:
            return labels[0].value
    return ""
