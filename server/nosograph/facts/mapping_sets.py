"""What a curated mapping set says of itself, as triples about the set, and which mappings belong to it.

A set has the IRI that its header gives where that is below the base, and else one made from the name of its file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, PROV, RDF, RDFS
from sssom_pydantic.constants import DEFAULT_PREFIX_MAP

from nosograph.errors import InputError, Location
from nosograph.facts.mappings import MAPPING_SUFFIX, SSSOM, read_set_slots, slot_term
from nosograph.rdf.names import DEFAULT_BASE, IMPORTED_SETS, is_local_name

SET_PROPERTIES: Final = {
    "comment": RDFS.comment,
    "creator_id": DCTERMS.creator,
    "license": DCTERMS.license,
    "mapping_set_description": DCTERMS.description,
    "mapping_set_source": PROV.wasDerivedFrom,
    "mapping_set_title": DCTERMS.title,
    "mapping_set_version": OWL.versionInfo,
    "publication_date": DCTERMS.issued,
    "see_also": RDFS.seeAlso,
}
"""Slots of a set whose property is not of SSSOM's own namespace (``slot_uri`` in the SSSOM schema 1.1)."""

OWN_SLOTS: Final = (*SET_PROPERTIES, "creator_label", "issue_tracker", "mapping_set_confidence", "other")
"""Slots that say something of the set alone; the others pass to its mappings, or say how the file is to be read."""

SET_REFERENCES: Final = frozenset({"creator_id", "issue_tracker", "license", "mapping_set_source", "see_also"})
"""Slots of a set whose values are IRIs."""

_SETS: Final = f"{DEFAULT_BASE}mapping-set/"


def read_set(path: Path, name: str) -> tuple[URIRef, tuple[tuple[URIRef, URIRef, URIRef | Literal], ...]]:
    """Return the IRI of the mapping set in a file, and the triples that its header makes about it.

    Args:
        path: the file.
        name: the file's name in messages.

    Raises:
        InputError: the file or its header cannot be used, or neither the header nor the file's name names the set.
    """
    slots = read_set_slots(path, name)
    iri = _set_iri(str(slots.get("mapping_set_id", "")), path.name[: -len(MAPPING_SUFFIX)], name)
    return iri, ((iri, RDF.type, URIRef(SSSOM + "MappingSet")), *_statements(iri, slots, Location(name, 1)))


def _set_iri(given: str, stem: str, name: str) -> URIRef:
    local = given.removeprefix(_SETS) if given.startswith(_SETS) else stem
    if not is_local_name(local):
        raise InputError(
            f"The mapping set has the name {local!r}, of which no address can be made.",
            location=Location(name, 1),
            hint=f"Give it a mapping_set_id such as {_SETS}conditions: lower-case words joined by hyphens.",
        )
    if local.startswith(IMPORTED_SETS):
        raise InputError(
            f"The mapping set has the name {local!r}, as those of imported data sets have.",
            location=Location(name, 1),
            hint="Give it a mapping_set_id with another name.",
        )
    return URIRef(_SETS + local)


def _statements(
    iri: URIRef, slots: Mapping[str, Any], location: Location
) -> Iterator[tuple[URIRef, URIRef, URIRef | Literal]]:
    prefixes = DEFAULT_PREFIX_MAP | dict(slots.get("curie_map", {}))
    for slot in OWN_SLOTS:
        values = slots.get(slot, [])
        for value in values if isinstance(values, list) else [values]:
            known = "see_also" if slot in SET_REFERENCES else slot
            yield iri, SET_PROPERTIES.get(slot, URIRef(SSSOM + slot)), slot_term(known, value, prefixes, location)
