"""Writes the mapping sets of a release in SSSOM: each as a table with its header, and as RDF.

A curated mapping names the set that it belongs to. The mappings of an imported data set make one set together, which
says of itself what its named graph says. Format: https://mapping-commons.github.io/sssom/.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import yaml
from pyoxigraph import Literal, NamedNode, Triple
from sssom_pydantic import Record
from sssom_pydantic.constants import DEFAULT_PREFIX_MAP, ENTITY_TYPE_LITERAL_TO_REFERENCE, MULTIVALUED

from nosograph.build.columns import QuadColumns
from nosograph.build.dumps.writing import DigestingFile
from nosograph.facts.mapping_sets import OWN_SLOTS, SET_PROPERTIES, SET_REFERENCES
from nosograph.facts.mappings import SLOT_PROPERTIES, SSSOM
from nosograph.rdf import iris
from nosograph.rdf.columns import quoted, spelled
from nosograph.rdf.curies import parse_iri
from nosograph.rdf.formats import TSV, TURTLE
from nosograph.rdf.lines import GroundQuad, parse_ground
from nosograph.rdf.names import IMPORT_PREFIX, STANDARD_PREFIXES, Base, last_segment
from nosograph.rdf.writer import write_statements
from nosograph.release.manifest import GraphTerms, ReleaseFile
from nosograph.release.names import SSSOM_EXTENSION, mapping_set_file, mapping_set_of_import

_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_IS_PART_OF: Final = f"{_DCTERMS}isPartOf"
_MAPPINGS: Final = f"{SSSOM}mappings"
_SLOTS: Final = {str(property_): slot for slot, property_ in SLOT_PROPERTIES.items()}
_SET_SLOTS: Final = {str(property_): slot for slot, property_ in SET_PROPERTIES.items()}
_COLUMNS: Final = tuple(slot for slot in Record.model_fields if slot != "extensions")
_LISTED: Final = (*sorted(MULTIVALUED & set(OWN_SLOTS)), "mapping_set_source")
_OF_AXIOM: Final = {
    iris.SSSOM_SUBJECT: "subject_id",
    iris.SSSOM_PREDICATE: "predicate_id",
    iris.SSSOM_OBJECT: "object_id",
}
_ENTITY_TYPES: Final = {
    DEFAULT_PREFIX_MAP[reference.prefix] + reference.identifier: text
    for text, reference in ENTITY_TYPE_LITERAL_TO_REFERENCE.items()
}
_DECIMAL: Final = NamedNode(f"{STANDARD_PREFIXES['xsd']}decimal")
_DOUBLE: Final = NamedNode(f"{STANDARD_PREFIXES['xsd']}double")
_DATATYPES: Final = {
    "mapping_set_confidence": _DOUBLE,
    "publication_date": NamedNode(f"{STANDARD_PREFIXES['xsd']}date"),
}
_LICENSE_UNSAID: Final = f"{SSSOM}license/unspecified"
"""What the standard has for a set whose licence is not known."""


@dataclass(frozen=True)
class MappingSet:
    """A mapping set of a release.

    Attributes:
        name: its local name.
        iri: its IRI.
        graph: local name of the named graph that has its mappings.
        slots: what it says of itself, by slot of SSSOM.
        selection: SQL that tells which rows of the table ``quads`` are about its mappings.
    """

    name: str
    iri: str
    graph: str
    slots: Mapping[str, Any]
    selection: str

    @property
    def title(self) -> str:
        """Its title, or its name where it has none."""
        return str(self.slots.get("mapping_set_title") or self.name)

    @property
    def license(self) -> str:
        """IRI of its licence, or empty where nobody said one."""
        license = str(self.slots.get("license", _LICENSE_UNSAID))
        return "" if license == _LICENSE_UNSAID else license


def find_mapping_sets(columns: QuadColumns, base: Base, terms: Mapping[str, GraphTerms]) -> tuple[MappingSet, ...]:
    """Return the mapping sets that quads hold, in the order of their names.

    Args:
        columns: the quads.
        base: the base of their IRIs.
        terms: what is said of each named graph by its local name.
    """
    found = [*_curated(columns, base, terms), *_imported(columns, base, terms)]
    return tuple(sorted(found, key=lambda entry: entry.name))


def write_mapping_sets(sets: Iterable[MappingSet], columns: QuadColumns, base: Base, folder: Path) -> list[ReleaseFile]:
    """Write each mapping set as a table and as Turtle, and return the files.

    Args:
        sets: the sets.
        columns: the quads.
        base: the base of their IRIs.
        folder: takes the files, in a folder of their own.
    """
    files = []
    for entry in sets:
        names = [mapping_set_file(entry.name, extension) for extension in (SSSOM_EXTENSION, TURTLE.name)]
        (folder / names[0]).parent.mkdir(exist_ok=True)
        with DigestingFile(folder / names[0]) as table:
            _write_table(entry, columns, base, table)
        with DigestingFile(folder / names[1]) as graph:
            write_statements(_statements(entry, columns), TURTLE, graph, base.prefixes(), named=False)
        files.append(ReleaseFile(names[0], table.size, table.digest, TSV.media_type))
        files.append(ReleaseFile(names[1], graph.size, graph.digest, TURTLE.media_type))
    return files


def _curated(columns: QuadColumns, base: Base, terms: Mapping[str, GraphTerms]) -> Iterator[MappingSet]:
    graph = base.graph("mappings")
    start = f"<{base.iri}mapping-set/"
    own = columns.rows(
        f"SELECT s, p, o FROM quads WHERE g = {spelled(graph)} AND starts_with(s, {quoted(start)}) ORDER BY ALL"
    )
    described = {iri: tuple(quads) for iri, quads in groupby(_parsed(own), lambda quad: quad.subject.value)}
    for iri, quads in described.items():
        slots: dict[str, Any] = {}
        for quad in quads:
            slot = _SET_SLOTS.get(quad.predicate, quad.predicate.removeprefix(SSSOM))
            if slot in _LISTED:
                slots.setdefault(slot, []).append(quad.object.value)
            elif slot in OWN_SLOTS:
                slots[slot] = quad.object.value
        parts = f"SELECT s FROM quads WHERE p = {spelled(_IS_PART_OF)} AND o = {spelled(iri)}"
        selection = f"g = {spelled(graph)} AND s IN ({parts})"
        said = _slots_of(iri, terms.get("mappings", GraphTerms())) | slots
        yield MappingSet(last_segment(iri), iri, "mappings", said, selection)


def _imported(columns: QuadColumns, base: Base, terms: Mapping[str, GraphTerms]) -> Iterator[MappingSet]:
    start = str(base.graph(IMPORT_PREFIX))
    typed = f"p = {spelled(iris.RDF_TYPE)} AND o = {spelled(iris.noso('Mapping'))}"
    graphs = columns.rows(f"SELECT DISTINCT g FROM quads WHERE {typed} AND starts_with(g, {quoted(f'<{start}')})")
    for (column,) in list(graphs):
        graph = column[1:-1].removeprefix(str(base.graph("")))
        name = mapping_set_of_import(graph)
        iri = f"{base.iri}mapping-set/{name}"
        selection = f"g = {quoted(column)} AND s IN (SELECT s FROM quads WHERE {typed} AND g = {quoted(column)})"
        yield MappingSet(name, iri, graph, _slots_of(iri, terms.get(graph, GraphTerms())), selection)


def _slots_of(iri: str, terms: GraphTerms) -> dict[str, Any]:
    """Return what a set says of itself where its graph says it."""
    said = {
        "mapping_set_id": iri,
        "mapping_set_title": terms.title,
        "mapping_set_version": terms.version,
        "license": terms.license or _LICENSE_UNSAID,
        "creator_label": [terms.publisher] if terms.publisher else [],
    }
    return {slot: value for slot, value in said.items() if value}


@dataclass
class _Curies:
    """The CURIEs of a table, and the prefixes that they need.

    Attributes:
        base: its prefixes are taken where one fits.
        map: prefix → IRI, of the prefixes that were needed.
    """

    base: Base
    map: dict[str, str] = field(default_factory=dict)

    def shorten(self, iri: str, written: str = "") -> str:
        """Return the CURIE of an IRI: the one that its curator wrote, if it is one of it."""
        prefix, colon, local = written.partition(":")
        if colon and local and iri.endswith(local) and self._takes(prefix, iri[: -len(local)]):
            return written
        found = parse_iri(iri, self.base)
        if found is not None and self._takes(found.prefix, iri[: -len(found.identifier)]):
            return found.curie
        local = last_segment(iri)
        start = iri[: len(iri) - len(local)]
        prefix = next((name for name, known in self.map.items() if known == start), f"ns{len(self.map) + 1}")
        self.map[prefix] = start
        return f"{prefix}:{local}"

    def _takes(self, prefix: str, start: str) -> bool:
        known = self.map.get(prefix) or DEFAULT_PREFIX_MAP.get(prefix)
        if known is None or known == start:
            self.map[prefix] = start
            return True
        return False


def _write_table(entry: MappingSet, columns: QuadColumns, base: Base, table: DigestingFile) -> None:
    """Write the header and the rows; the rows are read twice, because the header names their prefixes and columns."""
    curies = _Curies(base)
    used: set[str] = set()
    for row in _rows(entry, columns, curies):
        used.update(row)
    names = [slot for slot in _COLUMNS if slot in used]
    header = dict(entry.slots) | {"curie_map": dict(sorted(curies.map.items(), key=lambda pair: pair[0].lower()))}
    order = ("mapping_set_id", *OWN_SLOTS, "curie_map")
    said = {slot: header[slot] for slot in sorted(header, key=order.index)}
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=1 << 20)
    table.write("".join(f"#{line}\n" for line in text.splitlines()).encode())
    lines = io.StringIO()
    writer = csv.DictWriter(lines, names, delimiter="\t", lineterminator="\n", restval="")
    writer.writeheader()
    for row in _rows(entry, columns, curies):
        writer.writerow(row)
        table.write(lines.getvalue().encode())
        lines.seek(0)
        lines.truncate()
    table.write(lines.getvalue().encode())


def _rows(entry: MappingSet, columns: QuadColumns, curies: _Curies) -> Iterator[dict[str, str]]:
    for _, quads in groupby(_mappings(entry, columns), lambda quad: quad.subject):
        mapping = list(quads)
        written = next((quad.object.value for quad in mapping if quad.predicate == f"{_DCTERMS}identifier"), "")
        row: dict[str, list[str]] = {}
        for quad in mapping:
            if slot := _slot_of(quad.predicate):
                named = written if slot == "object_id" else ""
                row.setdefault(slot, []).append(_cell(slot, quad.object, curies, named))
        yield {slot: "|".join(values) for slot, values in row.items()}


def _slot_of(property_: str) -> str:
    """Return the slot of a mapping that a property is, or nothing: readers refuse what the standard does not have."""
    slot = _OF_AXIOM.get(property_) or _SLOTS.get(property_) or property_.removeprefix(SSSOM)
    return slot if slot in _COLUMNS else ""


def _cell(slot: str, value: NamedNode | Literal, curies: _Curies, written: str) -> str:
    if slot.endswith("_type") and value.value in _ENTITY_TYPES:
        return str(_ENTITY_TYPES[value.value])
    if isinstance(value, NamedNode):
        whole = slot in ("license", "see_also", "mapping_source", "issue_tracker_item", "mapping_provider")
        return value.value if whole else curies.shorten(value.value, written)
    text = value.value.replace("\r", " ").replace("\n", " ").replace("\t", " ")
    return text.replace("|", "\\|") if slot in MULTIVALUED else text


def _statements(entry: MappingSet, columns: QuadColumns) -> Iterator[Triple]:
    """Return what the set says of itself, which mappings it has, and what these say."""
    iri = NamedNode(entry.iri)
    yield from _described(entry)
    for (mapping,) in columns.rows(f"SELECT DISTINCT s FROM quads WHERE {entry.selection} ORDER BY s"):
        yield Triple(iri, NamedNode(_MAPPINGS), NamedNode(mapping[1:-1]))
    axiom = NamedNode(f"{STANDARD_PREFIXES['owl']}Axiom")
    for subject, quads in groupby(_mappings(entry, columns), lambda quad: quad.subject):
        yield Triple(subject, NamedNode(iris.RDF_TYPE), axiom)
        yield from (_as_in_sssom(quad) for quad in quads if _slot_of(quad.predicate))


def _as_in_sssom(quad: GroundQuad) -> Triple:
    """Return a triple with a number as the standard has it, a double; the graphs hold what stores keep, a decimal."""
    value = quad.object
    if isinstance(value, Literal) and value.datatype == _DECIMAL:
        value = Literal(value.value, datatype=_DOUBLE)
    return Triple(quad.subject, NamedNode(quad.predicate), value)


def _described(entry: MappingSet) -> Iterator[Triple]:
    iri = NamedNode(entry.iri)
    yield Triple(iri, NamedNode(iris.RDF_TYPE), NamedNode(f"{SSSOM}MappingSet"))
    for slot, value in entry.slots.items():
        property_ = NamedNode(str(SET_PROPERTIES.get(slot, SSSOM + slot)))
        datatype = _DATATYPES.get(slot)
        for item in () if slot == "mapping_set_id" else value if isinstance(value, list) else (value,):
            yield Triple(
                iri, property_, NamedNode(item) if slot in SET_REFERENCES else Literal(item, datatype=datatype)
            )


def _mappings(entry: MappingSet, columns: QuadColumns) -> Iterator[GroundQuad]:
    """Return what is said of the mappings of a set, each mapping after the other, in the order of their resources."""
    ends = ", ".join(f"min(o) FILTER (p = {spelled(iri)}) OVER (PARTITION BY s)" for iri in _OF_AXIOM)
    return _parsed(
        columns.rows(
            f"SELECT s, p, o FROM (SELECT DISTINCT s, p, o, row({ends}) AS ends FROM quads WHERE {entry.selection}) "
            "ORDER BY ends, s, p, o"
        )
    )


def _parsed(rows: Iterable[tuple[Any, ...]]) -> Iterator[GroundQuad]:
    return parse_ground(f"{s} {p} {o} .\n".encode() for s, p, o in rows)
