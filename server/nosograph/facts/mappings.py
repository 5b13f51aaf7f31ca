"""SSSOM mapping sets (tab-separated, with a YAML header) become mapping triples with their justification.

Format: the Simple Standard for Sharing Ontological Mappings 1.0, https://w3id.org/sssom/. Its RDF form makes a mapping
an annotated axiom: subject, predicate and object are owl:annotatedSource, owl:annotatedProperty, owl:annotatedTarget.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, XSD

from nosograph.errors import InputError, Location
from nosograph.facts.derivation import mapping_iri
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES, Base

SSSOM = STANDARD_PREFIXES["sssom"]
PREDICATES = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
"""Mapping relations of SKOS (SKOS Reference, section 10); ``owl:sameAs`` claims identity and is not used."""

REQUIRED = ("subject_id", "predicate_id", "object_id", "mapping_justification", "author_label", "mapping_date")
OPTIONAL = ("subject_label", "object_label", "comment")
HEADER_KEYS = (
    "mapping_set_id",
    "mapping_set_title",
    "mapping_set_description",
    "mapping_set_version",
    "license",
    "curie_map",
)


@dataclass(frozen=True)
class LocatedMapping:
    """One row of a mapping set, with the line that it stands on."""

    iri: URIRef
    subject: URIRef
    predicate: URIRef
    object: URIRef
    triples: tuple[tuple[URIRef, URIRef, URIRef | Literal], ...]
    location: Location


def read_mappings(path: Path, name: str) -> Iterator[LocatedMapping]:
    """Return the mappings of one SSSOM file.

    Raises:
        InputError: the header or a row cannot be used; the place names the line.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    header_length = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    prefixes = _read_header("\n".join(line[1:] for line in lines[:header_length]), name)
    rows = csv.reader(lines[header_length:], delimiter="\t", strict=True)
    columns = next(rows, [])
    _check_columns(columns, Location(name, header_length + 1))
    seen: dict[URIRef, int] = {}
    for number, cells in enumerate(rows, start=header_length + 2):
        location = Location(name, number)
        if len(cells) != len(columns):
            raise InputError(
                f"The row has {len(cells)} cells where the header has {len(columns)}.",
                location=location,
                hint="Separate the cells by one tab each; leave a cell empty rather than out.",
            )
        mapping = _read_row(dict(zip(columns, cells, strict=True)), prefixes, location)
        if mapping.iri in seen:
            raise InputError(
                f"The mapping stands on line {seen[mapping.iri]} already.",
                location=location,
                hint="Take one of the two out.",
            )
        seen[mapping.iri] = number
        yield mapping


def add_mapping(graph: Graph, mapping: LocatedMapping) -> None:
    """Add a mapping to a graph: its triple, and the node that says why and by whom."""
    graph.add((mapping.subject, mapping.predicate, mapping.object))
    for triple in mapping.triples:
        graph.add(triple)


def _read_header(text: str, name: str) -> Mapping[str, str]:
    location = Location(name, 1)
    try:
        header: Any = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            f"The header is not YAML: {getattr(error, 'problem', error)}.",
            location=Location(name, mark.line + 1 if mark else 1),
            hint="Write each header line as '#key: value'.",
        ) from error
    if not isinstance(header, dict) or not isinstance(header.get("curie_map", {}), dict):
        raise InputError("The header is not a YAML mapping.", location=location, hint="Write '#key: value' lines.")
    for key in header:
        if key not in HEADER_KEYS:
            raise InputError(
                f"The header has an unknown key {key!r}.",
                location=location,
                hint=f"Known keys: {', '.join(HEADER_KEYS)}.",
            )
    known = Base().prefixes()
    prefixes: dict[str, str] = {}
    for prefix, iri in header.get("curie_map", {}).items():
        if known.get(str(prefix), str(iri)) != str(iri):
            raise InputError(
                f"The prefix {prefix!r} stands for {iri} here, but for {known[prefix]} everywhere else.",
                location=location,
                hint="Use the project's prefix (server/nosograph/namespaces.py).",
            )
        prefixes[str(prefix)] = str(iri)
    return prefixes


def _check_columns(columns: list[str], location: Location) -> None:
    missing = [column for column in REQUIRED if column not in columns]
    unknown = [column for column in columns if column not in REQUIRED + OPTIONAL]
    if missing or unknown or len(set(columns)) != len(columns):
        problem = f"lacks {', '.join(missing)}" if missing else f"has unknown or repeated columns: {', '.join(columns)}"
        raise InputError(
            f"The header row {problem}.",
            location=location,
            hint=f"It needs {', '.join(REQUIRED)}, and may have {', '.join(OPTIONAL)}.",
        )


def _read_row(row: Mapping[str, str], prefixes: Mapping[str, str], location: Location) -> LocatedMapping:
    for column in REQUIRED:
        if not row[column].strip():
            raise InputError(f"The cell {column} is empty.", location=location, hint="Every mapping needs it.")
    subject, predicate, object_, justification = (
        _expand(row[column], prefixes, location)
        for column in ("subject_id", "predicate_id", "object_id", "mapping_justification")
    )
    if predicate not in {SKOS[local] for local in PREDICATES}:
        raise InputError(
            f"{row['predicate_id']} is not a mapping relation.",
            location=location,
            hint=f"Use one of {', '.join('skos:' + local for local in PREDICATES)}.",
        )
    try:
        datetime.date.fromisoformat(row["mapping_date"])
    except ValueError as error:
        raise InputError(
            f"{row['mapping_date']!r} is not a date.", location=location, hint="Write YYYY-MM-DD."
        ) from error
    iri = mapping_iri(subject, predicate, object_)
    triples: list[tuple[URIRef, URIRef, URIRef | Literal]] = [
        (iri, RDF.type, NOSO.Mapping),
        (iri, OWL.annotatedSource, subject),
        (iri, OWL.annotatedProperty, predicate),
        (iri, OWL.annotatedTarget, object_),
        (iri, URIRef(SSSOM + "mapping_justification"), justification),
        (iri, URIRef(SSSOM + "author_label"), Literal(row["author_label"])),
        (iri, DCTERMS.created, Literal(row["mapping_date"], datatype=XSD.date)),
        (iri, DCTERMS.identifier, Literal(row["object_id"])),
    ]
    for column, property_ in (("object_label", URIRef(SSSOM + "object_label")), ("comment", RDFS.comment)):
        if row.get(column):
            triples.append((iri, property_, Literal(row[column])))
    return LocatedMapping(iri, subject, predicate, object_, tuple(triples), location)


def _expand(curie: str, prefixes: Mapping[str, str], location: Location) -> URIRef:
    prefix, colon, local = curie.partition(":")
    if not colon or prefix not in prefixes:
        raise InputError(
            f"{curie!r} has a prefix that the file's curie_map does not declare.",
            location=location,
            hint="Declare the prefix in the header, or correct the identifier.",
        )
    if not re.fullmatch(r"[A-Za-z0-9._-]+", local):
        raise InputError(
            f"{curie!r} is not a CURIE.", location=location, hint="Write prefix:identifier, as MONDO:0005100."
        )
    return URIRef(prefixes[prefix] + local)
