"""Makes ``search.sqlite``: every named thing with its names and codes, ready for full-text search.

Tables, for those who read it (open it with ``mode=ro&immutable=1``):

* ``things(id, iri, kind, label, alternatives, definition, codes)``, one row for each thing with a name; ``kind`` is the
  IRI path of its kind, or ``term`` for terms of the vocabulary; ``alternatives`` and ``codes`` are JSON arrays.
* ``names``, an FTS5 index over label, alternatives, definition and codes of ``things``, by rowid; its ``rank`` counts
  a word in a name or code for more than one in a definition. A hidden label (SKOS Reference, section 5) is found with
  the alternatives and shown nowhere. ``words`` is its vocabulary (``fts5vocab``), for the correction of misspelt words.
* ``codes(code, thing, iri)``, each code that a thing is mapped to, in its normal form (``search.codes.normalise``).
* ``about(name, value)``, the version of the release.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.rdf.curies import parse_iri
from nosograph.rdf.iris import MAPPING_PREDICATES
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.search.codes import keys, notations
from nosograph.vocabulary.terms import TERM_KIND, UNLABELLED_KINDS

_SKOS: Final = STANDARD_PREFIXES["skos"]
_PREFERRED: Final = (f"{_SKOS}prefLabel", f"{STANDARD_PREFIXES['rdfs']}label", f"{STANDARD_PREFIXES['dcterms']}title")
_ALTERNATIVE: Final = f"{_SKOS}altLabel"
_HIDDEN: Final = f"{_SKOS}hiddenLabel"
_DEFINITION: Final = f"{_SKOS}definition"

WEIGHTS: Final = "10.0, 6.0, 2.0, 4.0"
"""How much a word counts in label, alternatives, definition and codes (arguments of FTS5's bm25)."""

_SCHEMA: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE things (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, label TEXT NOT NULL,
    alternatives TEXT NOT NULL, definition TEXT NOT NULL, codes TEXT NOT NULL);
CREATE TABLE codes (code TEXT NOT NULL, thing INTEGER NOT NULL REFERENCES things (id), iri TEXT NOT NULL,
    PRIMARY KEY (code, thing, iri)) WITHOUT ROWID;
CREATE VIRTUAL TABLE names USING fts5 (label, alternatives, definition, codes,
    content='things', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE words USING fts5vocab (names, row);
"""


@dataclass
class _Resource:
    iri: str
    kind: str
    labels: dict[int, list[str]] = field(default_factory=dict)
    alternatives: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The first of its names, a preferred label before a title."""
        return min(self.labels.items())[1][0] if self.labels else ""


def write_search(quads: Iterable[Quad], path: Path, base: Base, version: str) -> int:
    """Write the search database from quads in which each subject's stand together, and give the number of things.

    Raises:
        OSError: the database cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.executescript("PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
            database.execute("BEGIN")
            database.execute("INSERT INTO about VALUES ('version', ?)", (version,))
            number = 0
            for number, resource in enumerate(_named_resources(quads, base), 1):
                _insert(database, number, resource)
            database.execute("INSERT INTO names (names, rank) VALUES ('rank', ?)", (f"bm25({WEIGHTS})",))
            database.execute("INSERT INTO names (names) VALUES ('optimize')")
            database.execute("COMMIT")
            database.execute("VACUUM")
    except sqlite3.Error as error:
        raise OSError(f"the search database cannot be written: {error}") from error
    return number


def _named_resources(quads: Iterable[Quad], base: Base) -> Iterator[_Resource]:
    for subject, group in groupby(quads, key=lambda quad: quad.subject):
        kind = _kind(subject.value, base)
        if kind is None:
            continue
        resource = _Resource(subject.value, kind)
        for quad in group:
            _take(resource, quad)
        if resource.label:
            yield resource


def _kind(iri: str, base: Base) -> str | None:
    found = parse_iri(iri, base)
    if found is None or "/" in found.identifier:
        return None
    if base.is_term(iri):
        return TERM_KIND
    return found.prefix if found.prefix in base.kinds and found.prefix not in UNLABELLED_KINDS else None


def _take(resource: _Resource, quad: Quad) -> None:
    predicate, value = quad.predicate.value, quad.object
    if isinstance(value, Literal):
        if predicate in _PREFERRED and value.value:
            resource.labels.setdefault(_PREFERRED.index(predicate), []).append(value.value)
        elif predicate == _ALTERNATIVE and value.value not in resource.alternatives:
            resource.alternatives.append(value.value)
        elif predicate == _HIDDEN:
            resource.hidden.append(value.value)
        elif predicate == _DEFINITION:
            resource.definitions.append(value.value)
    elif predicate in MAPPING_PREDICATES and isinstance(value, NamedNode) and value.value not in resource.codes:
        resource.codes.append(value.value)


def _insert(database: sqlite3.Connection, number: int, resource: _Resource) -> None:
    label = resource.label
    others = [name for names in resource.labels.values() for name in names if name != label]
    alternatives = list(dict.fromkeys([*others, *resource.alternatives]))
    codes = [notation for code in resource.codes for notation in notations(code)]
    definition = " ".join(resource.definitions)
    database.execute(
        "INSERT INTO things VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, resource.iri, resource.kind, label, _array(alternatives), definition, _array(resource.codes)),
    )
    database.execute(
        "INSERT INTO names (rowid, label, alternatives, definition, codes) VALUES (?, ?, ?, ?, ?)",
        (number, label, "\n".join([*alternatives, *resource.hidden]), definition, " ".join(codes)),
    )
    database.executemany(
        "INSERT OR IGNORE INTO codes VALUES (?, ?, ?)",
        [(key, number, code) for code in resource.codes for key in sorted(keys(code))],
    )


def _array(values: list[str]) -> str:
    return json.dumps(values, ensure_ascii=False)
