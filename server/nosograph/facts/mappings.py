"""SSSOM mapping sets (tab-separated, with a YAML header) become mapping triples with their justification.

Format: the Simple Standard for Sharing Ontological Mappings, https://w3id.org/sssom/. Its RDF form makes a mapping an
annotated axiom: subject, predicate and object are owl:annotatedSource, owl:annotatedProperty, owl:annotatedTarget.

The library ``sssom-pydantic`` says which slots a mapping set and a mapping have and which values they take. Rows are
cut here, because the library numbers them wrongly (blank lines, cells of several lines), leaves out unknown columns and
unreadable rows in silence, and lets a value of the header replace that of a row, which the standard forbids.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyoxigraph
import yaml
from pydantic import ValidationError
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD
from sssom_pydantic import MappingSetRecord, Record
from sssom_pydantic.constants import (
    DEFAULT_PREFIX_MAP,
    ENTITY_TYPE_LITERAL_TO_REFERENCE,
    MULTIVALUED,
    PROPAGATABLE,
)

from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import read_text
from nosograph.facts.derivation import mapping_iri
from nosograph.facts.separated_values import TableRow, read_rows
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES, Base

SSSOM: Final = STANDARD_PREFIXES["sssom"]
SEMAPV: Final = STANDARD_PREFIXES["semapv"]
MAPPING_SUFFIX: Final = ".sssom.tsv"
PREDICATES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
"""Mapping relations of SKOS (SKOS Reference, section 10); ``owl:sameAs`` claims identity and is not used."""

REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
SLOT_PROPERTIES: Final = {
    "author_id": URIRef(STANDARD_PREFIXES["pav"] + "authoredBy"),
    "comment": RDFS.comment,
    "creator_id": DCTERMS.creator,
    "license": DCTERMS.license,
    "mapping_date": DCTERMS.created,
    "publication_date": DCTERMS.issued,
    "see_also": RDFS.seeAlso,
}
"""Slots whose property is not of SSSOM's own namespace (``slot_uri`` in the SSSOM schema 1.1)."""

REFERENCES: Final = frozenset(
    {
        "author_id",
        "creator_id",
        "curation_rule",
        "derived_from",
        "issue_tracker_item",
        "license",
        "mapping_provider",
        "mapping_source",
        "mapping_tool_id",
        "object_match_field",
        "object_preprocessing",
        "object_source",
        "record_id",
        "reviewer_id",
        "see_also",
        "subject_match_field",
        "subject_preprocessing",
        "subject_source",
    }
)
"""Slots whose values are IRIs (ranges EntityReference and NonRelativeURI of the SSSOM schema 1.1)."""

_ENTITY_TYPES: Final = frozenset({"subject_type", "predicate_type", "object_type"})
_PIPE: Final = re.compile(r"(?<!\\)\|")
_SLOTS: Final = frozenset(Record.model_fields) - {"extensions"}
_DOCUMENTATION: Final = "https://mapping-commons.github.io/sssom/"


@dataclass(frozen=True)
class LocatedMapping:
    """One row of a mapping set, with the line on which it begins."""

    iri: URIRef
    subject: URIRef
    predicate: URIRef
    object: URIRef
    triples: tuple[tuple[URIRef, URIRef, URIRef | Literal], ...]
    location: Location


@dataclass(frozen=True)
class _Header:
    """What the header of a mapping set gives to its rows, and the number of its lines."""

    prefixes: Mapping[str, str]
    extensions: Mapping[str, URIRef]
    shared: Mapping[str, Any]
    of_set: Mapping[str, Any]
    length: int


def read_mappings(
    path: Path, name: str, base: Base | None, refuse: Callable[[InputError], None] | None = None
) -> Iterator[LocatedMapping]:
    """Return the mappings of one SSSOM file; a mapping that stands there twice is returned twice.

    Args:
        path: the file.
        name: the file's name in messages.
        base: the default base, with the kinds and prefixes of the vocabulary, which the file's prefixes must not
            contradict; None for a file of others, whose prefixes are its own.
        refuse: called with the error about a row that cannot be used; without it, the error is raised.

    Raises:
        InputError: the file, its header or a row cannot be used; the location names the line.
    """
    text = read_text(path, name)
    header, table = _read_header(text, name, base)
    rows = read_rows(table, name, header.length + 1)
    first = next(rows, TableRow((), Location(name, header.length + 1)))
    columns = tuple(column.strip() for column in first.cells)
    _check_columns(columns, header, first.location)
    records = [(_named_cells(columns, row), row.location) for row in rows]
    # A slot of the set holds for all its mappings, or, where one mapping has it too, for the set alone.
    own = {slot for cells, _ in records for slot in cells}
    shared = {slot: value for slot, value in header.shared.items() if slot not in own}
    for cells, location in records:
        try:
            mapping = _read_record(cells, shared, header, location)
        except InputError as error:
            if refuse is None:
                raise
            refuse(error)
        else:
            yield mapping


def read_set_slots(path: Path, name: str) -> Mapping[str, Any]:
    """Return what the header of a mapping set says of the set as a whole, such as its title, version and licence.

    Raises:
        InputError: the file or its header cannot be used; the location names the line.
    """
    header, _ = _read_header(read_text(path, name), name, None)
    return header.of_set


def add_mapping(graph: Graph, mapping: LocatedMapping) -> None:
    """Add a mapping to a graph: its triple, and the node that says why and by whom."""
    graph.add((mapping.subject, mapping.predicate, mapping.object))
    for triple in mapping.triples:
        graph.add(triple)


def _read_header(text: str, name: str, base: Base | None) -> tuple[_Header, str]:
    """Return what the header says, and the rest of the text."""
    match = re.match(r"(?:#[^\r\n]*(?:\r\n|\r|\n|\Z))*", text)
    assert match is not None
    lines = re.split(r"\r\n|\r|\n", match[0])[:-1] if match[0] else []
    try:
        # Every value is read as text (1.0 is a version, not a number); the slot's type decides what it is.
        read = yaml.load("\n".join(line[1:] for line in lines), Loader=yaml.BaseLoader) or {}  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            f"The header is not YAML: {getattr(error, 'problem', error)}.",
            location=Location(name, mark.line + 1 if mark else 1),
            hint="Write each header line as '#key: value'.",
        ) from error
    if not isinstance(read, dict) or not isinstance(read.get("curie_map") or {}, dict):
        raise InputError(
            "The header is not a YAML mapping.", location=Location(name, 1), hint="Write '#key: value' lines."
        )
    values = {key: value for key, value in read.items() if value not in ("", [], {})}

    def locate(slot: str) -> Location:
        wanted = re.compile(rf"#\s*['\"]?{re.escape(slot)}['\"]?\s*:")
        return Location(name, next((n for n, line in enumerate(lines, 1) if wanted.match(line)), 1))

    for slot in values:
        if slot not in MappingSetRecord.model_fields:
            raise InputError(
                f"The header has an unknown key {slot!r}.",
                location=locate(slot),
                hint=f"Known keys: {', '.join(MappingSetRecord.model_fields)}.",
            )
    for slot in PROPAGATABLE & MULTIVALUED & set(values):
        values[slot] = _listed(values[slot])
    try:
        mapping_set = MappingSetRecord.model_validate(values)
    except ValidationError as error:
        slot, what = _first_problem(error)
        raise InputError(
            f"The header's {slot} cannot be used: {what}.",
            location=locate(slot),
            hint="The slots of a mapping set are described at https://mapping-commons.github.io/sssom/MappingSet/.",
        ) from error
    prefixes = _read_prefixes(mapping_set.curie_map or {}, locate, base)
    extensions: dict[str, URIRef] = {}
    for definition in mapping_set.extension_definitions or ():
        location = locate("extension_definitions")
        if not definition.property:
            raise InputError(
                f"The extension slot {definition.slot_name!r} has no property.",
                location=location,
                hint="Give it one as a CURIE: the graph publishes the slot's values with it.",
            )
        where = f"property of the extension slot {definition.slot_name}"
        extensions[definition.slot_name] = _expand(definition.property, prefixes, where, location)
    shared = {slot: value for slot in PROPAGATABLE if (value := getattr(mapping_set, slot)) is not None}
    of_set = mapping_set.model_dump(exclude_none=True)
    return _Header(prefixes, extensions, shared, of_set, len(lines)), text[match.end() :]


def _read_prefixes(
    curie_map: Mapping[str, str], locate: Callable[[str], Location], base: Base | None
) -> dict[str, str]:
    """Return the prefixes of a mapping set: those of its header, and those that SSSOM has built in."""
    known = {} if base is None else base.prefixes()
    for prefix, iri in curie_map.items():
        if known.get(prefix, iri) != iri:
            raise InputError(
                f"The prefix {prefix!r} stands for {iri} here, but for {known[prefix]} everywhere else.",
                location=locate(prefix),
                hint="Use the project's IRI for the prefix, or another prefix.",
            )
    return DEFAULT_PREFIX_MAP | dict(curie_map)


def _check_columns(columns: tuple[str, ...], header: _Header, location: Location) -> None:
    missing = [column for column in REQUIRED if column not in columns]
    unknown = [column for column in columns if column not in _SLOTS and column not in header.extensions]
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    problem = (
        f"lacks {', '.join(missing)}"
        if missing
        else f"has unknown columns: {', '.join(map(repr, unknown))}"
        if unknown
        else f"has repeated columns: {', '.join(repeated)}"
    )
    if missing or unknown or repeated:
        raise InputError(
            f"The header row {problem}.",
            location=location,
            hint=f"It needs {', '.join(REQUIRED)}, and may have {', '.join(sorted(_SLOTS - set(REQUIRED)))}, "
            "and the slots that extension_definitions declares.",
        )


def _named_cells(columns: tuple[str, ...], row: TableRow) -> dict[str, str]:
    """Return the filled cells of a row by slot."""
    if len(row.cells) != len(columns):
        raise InputError(
            f"The row has {len(row.cells)} cells where the header has {len(columns)}.",
            location=row.location,
            hint="Separate the cells by one tab each; leave a cell empty rather than out.",
        )
    return {column: text for column, cell in zip(columns, row.cells, strict=True) if (text := cell.strip())}


def _read_record(
    cells: Mapping[str, str], shared: Mapping[str, Any], header: _Header, location: Location
) -> LocatedMapping:
    for slot in REQUIRED:
        if slot not in cells:
            raise InputError(f"The cell {slot} is empty.", location=location, hint="Every mapping needs it.")
    values = dict(shared) | {slot: _listed(cell) if slot in MULTIVALUED else cell for slot, cell in cells.items()}
    try:
        record = Record.model_validate({slot: value for slot, value in values.items() if slot in _SLOTS})
    except ValidationError as error:
        slot, what = _first_problem(error)
        raise InputError(
            f"The cell {slot} cannot be used: {what}.",
            location=location,
            hint="Write YYYY-MM-DD." if slot.endswith("_date") else f"See {_DOCUMENTATION}{slot}/.",
        ) from error
    subject, predicate, object_, justification = (
        _expand(cells[slot], header.prefixes, slot, location) for slot in REQUIRED
    )
    _check_relation(record, predicate, location)
    manual = justification == URIRef(SEMAPV + "ManualMappingCuration")
    iri = mapping_iri(subject, predicate, object_, *(() if manual else (justification,)))
    triples: list[tuple[URIRef, URIRef, URIRef | Literal]] = [
        (iri, RDF.type, NOSO.Mapping),
        (iri, OWL.annotatedSource, subject),
        (iri, OWL.annotatedProperty, predicate),
        (iri, OWL.annotatedTarget, object_),
        (iri, URIRef(SSSOM + "mapping_justification"), justification),
        (iri, DCTERMS.identifier, Literal(record.object_id)),
    ]
    for slot, value in record:
        if value is not None and slot not in REQUIRED:
            property_ = SLOT_PROPERTIES.get(slot, URIRef(SSSOM + slot))
            for item in value if isinstance(value, list) else [value]:
                triples.append((iri, property_, slot_term(slot, item, header.prefixes, location)))
    for slot, property_ in header.extensions.items():
        if slot in cells:
            triples.append((iri, property_, Literal(cells[slot])))
    return LocatedMapping(iri, subject, predicate, object_, tuple(triples), location)


def _check_relation(record: Record, predicate: URIRef, location: Location) -> None:
    if predicate not in {SKOS[local] for local in PREDICATES}:
        raise InputError(
            f"The predicate_id {record.predicate_id} is not a mapping relation.",
            location=location,
            hint=f"Use one of {', '.join('skos:' + local for local in PREDICATES)}.",
        )
    if record.predicate_modifier is not None:
        raise InputError(
            "The predicate_modifier negates the mapping, and the graph holds only mappings that are true.",
            location=location,
            hint="Remove the row; keep it in a file outside data/ if others need it.",
        )


def slot_term(slot: str, value: Any, prefixes: Mapping[str, str], location: Location) -> URIRef | Literal:
    """Return the value of a slot as an RDF term that a store keeps as it is (decimals, not doubles)."""
    if slot in _ENTITY_TYPES:
        return _expand(ENTITY_TYPE_LITERAL_TO_REFERENCE[value].curie, DEFAULT_PREFIX_MAP, slot, location)
    if slot in REFERENCES:
        text = str(value)
        if text.startswith(("http://", "https://")):
            return _as_iri(text, text, slot, location)
        return _expand(text, prefixes, slot, location)
    if isinstance(value, datetime.date):
        return Literal(value.isoformat(), datatype=XSD.date)
    if isinstance(value, float):
        return Literal(format(Decimal(str(value)).normalize(), "f"), datatype=XSD.decimal)
    return Literal(str(value))


def _expand(curie: str, prefixes: Mapping[str, str], slot: str, location: Location) -> URIRef:
    prefix, colon, local = curie.partition(":")
    if not colon or prefix not in prefixes:
        raise InputError(
            f"The {slot} {curie!r} has a prefix that the file's curie_map does not declare.",
            location=location,
            hint="Declare the prefix in the header, or correct the identifier.",
        )
    return _as_iri(prefixes[prefix] + local, curie, slot, location)


def _as_iri(text: str, written: str, slot: str, location: Location) -> URIRef:
    """Return an IRI, or refuse what was written because it makes none."""
    try:
        return URIRef(pyoxigraph.NamedNode(text).value)
    except ValueError as error:
        raise InputError(
            f"The {slot} {written!r} does not make an IRI: {error}.",
            location=location,
            hint="Write prefix:identifier, as MONDO:0005100, with a prefix whose IRI in the curie_map is complete.",
        ) from error


def _listed(value: Any) -> list[str]:
    """Return the values of a slot that may have several: a list, or text cut at each bar without a backslash."""
    items = value if isinstance(value, list) else _PIPE.split(str(value))
    return [text.replace("\\|", "|") for item in items if (text := str(item).strip())]


def _first_problem(error: ValidationError) -> tuple[str, str]:
    """Return the slot that has the first problem, and what it is."""
    problem = error.errors()[0]
    return str(problem["loc"][0]) if problem["loc"] else "value", problem["msg"]
