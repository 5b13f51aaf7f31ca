"""Makes ``search.sqlite``: every named thing with its names and codes, ready for full-text search.

Tables, for those who read it (open it with ``mode=ro&immutable=1``):

* ``things(id, iri, kind, label, alternatives, definition, statuses, predicates, inherited)``, one row for each thing
  with a name; ``kind`` is the IRI path of its kind, or ``term`` for terms of the vocabulary; ``alternatives`` is a JSON
  array, as are ``statuses``, those of the facts that name it (local names), ``predicates``, those of the facts about
  it, and ``inherited``, the predicates of the facts that it inherits.
* ``names``, an FTS5 index over label, alternatives, definition and codes of ``things``, by rowid, with the stems of
  their words; all of it folded (``search.words``). Its ``rank`` counts a word in a name or code for more than one in a
  definition. A hidden label (SKOS Reference, section 5) is found with the alternatives and shown nowhere.
* ``spellings(spelling, thing, difference)``, the whole names: 0 for the label, 1 for another name, 2 for the stems of a
  name without stop words.
* ``words(word, stem, things)``, each word of names and definitions with the number of things that have it, terms left
  aside.
* ``codes(code, thing, iri, relation)``, each code that a thing is mapped to, in its normal form
  (``search.codes.normalise``), with the SKOS property of the mapping (local name).
* ``about(name, value)``, the version of the release.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.rdf.curies import parse_iri
from nosograph.rdf.iris import CONTEXT, INHERITS, MAPPING_PREDICATES, RDF_OBJECT, RDF_PREDICATE, RDF_SUBJECT, STATUS
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.search.codes import keys, notations
from nosograph.search.words import stem, stem_phrase, stems, words_of
from nosograph.vocabulary.terms import FACT_KIND, TERM_KIND, UNLABELLED_KINDS

_SKOS: Final = STANDARD_PREFIXES["skos"]
_PREFERRED: Final = (f"{_SKOS}prefLabel", f"{STANDARD_PREFIXES['rdfs']}label", f"{STANDARD_PREFIXES['dcterms']}title")
_ALTERNATIVE: Final = f"{_SKOS}altLabel"
_HIDDEN: Final = f"{_SKOS}hiddenLabel"
_DEFINITION: Final = f"{_SKOS}definition"
_TOLD: Final = frozenset({CONTEXT, RDF_OBJECT, RDF_PREDICATE, RDF_SUBJECT, STATUS})
"""Properties of a fact that the index looks at."""

_SEARCHED: Final = frozenset(
    f"<{iri}>".encode()
    for iri in (*_TOLD, *_PREFERRED, _ALTERNATIVE, _HIDDEN, _DEFINITION, *MAPPING_PREDICATES, INHERITS)
)
"""Properties that the index looks at, as N-Quads write them."""

WEIGHTS: Final = "10.0, 6.0, 2.0, 4.0, 5.0, 1.0"
"""How much a word counts in each column of ``names`` (arguments of FTS5's bm25)."""

NAME_COLUMNS: Final = "label alternatives codes name_stems"
"""Columns of ``names`` that hold what a thing is called."""

_SCHEMA: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE things (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, label TEXT NOT NULL,
    alternatives TEXT NOT NULL, definition TEXT NOT NULL,
    statuses TEXT NOT NULL DEFAULT '[]', predicates TEXT NOT NULL DEFAULT '[]', inherited TEXT NOT NULL DEFAULT '[]');
CREATE TEMPORARY TABLE facts (fact TEXT PRIMARY KEY, predicate TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMPORARY TABLE inheritance (thing INTEGER NOT NULL, fact TEXT NOT NULL);
CREATE TABLE codes (code TEXT NOT NULL, thing INTEGER NOT NULL REFERENCES things (id), iri TEXT NOT NULL,
    relation TEXT NOT NULL, PRIMARY KEY (code, thing, iri, relation)) WITHOUT ROWID;
CREATE TABLE spellings (spelling TEXT NOT NULL, thing INTEGER NOT NULL REFERENCES things (id),
    difference INTEGER NOT NULL, PRIMARY KEY (spelling, thing)) WITHOUT ROWID;
CREATE TABLE words (word TEXT PRIMARY KEY, stem TEXT NOT NULL, things INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE names USING fts5 (label, alternatives, definition, codes, name_stems, definition_stems,
    content='', tokenize='unicode61 remove_diacritics 0');
"""

_BY_LABEL: Final = """
CREATE INDEX things_by_label ON things (kind, label COLLATE NOCASE, label) WHERE statuses <> '[]'
"""
"""Gives the first names of a kind without sorting all of them, 32 ms of 19,000; made when the statuses are known."""


@dataclass
class _Resource:
    iri: str
    kind: str
    labels: dict[int, list[str]] = field(default_factory=dict)
    alternatives: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)
    codes: dict[tuple[str, str], None] = field(default_factory=dict)
    inherited: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The first of its names, a preferred label before a title."""
        return min(self.labels.items())[1][0] if self.labels else ""


class _Mentions:
    """What facts say of things, collected while the quads go by: statuses and predicates are few, facts are many.

    Args:
        database: the database that is written; its temporary tables hold the facts.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._statuses: dict[str, set[str]] = {}
        self._predicates: dict[str, set[str]] = {}

    def add(self, iri: str, fact: Iterable[Quad]) -> None:
        """Take the quads of one fact."""
        values = {
            predicate: quad.object.value
            for quad in fact
            if (predicate := quad.predicate.value) in _TOLD and isinstance(quad.object, NamedNode)
        }
        status = sys.intern(values.get(STATUS, "").rpartition("#")[2])
        for part in (RDF_SUBJECT, RDF_OBJECT, CONTEXT):
            if status and part in values:
                self._statuses.setdefault(values[part], set()).add(status)
        if RDF_SUBJECT in values and RDF_PREDICATE in values:
            predicate = sys.intern(values[RDF_PREDICATE])
            self._predicates.setdefault(values[RDF_SUBJECT], set()).add(predicate)
            self._database.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (iri, predicate))

    def insert(self) -> None:
        """Write into the rows of the things what facts say of them."""
        for column, values in (("statuses", self._statuses), ("predicates", self._predicates)):
            self._database.executemany(
                f"UPDATE things SET {column} = ? WHERE iri = ?",  # noqa: S608 - one of two column names
                ((_array(sorted(found)), iri) for iri, found in values.items()),
            )
        self._database.execute(
            "UPDATE things SET inherited = found.predicates FROM (SELECT thing, json_group_array(DISTINCT predicate)"
            " AS predicates FROM inheritance JOIN facts USING (fact) GROUP BY thing) AS found WHERE id = found.thing"
        )


def searched_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Return those lines of N-Quads that the index is made of, which are few: no other need be parsed."""
    for line in lines:
        if line.split(b" ", 2)[1] in _SEARCHED:
            yield line


def write_search(quads: Iterable[Quad], path: Path, base: Base, version: str) -> int:
    """Write the search database from quads in which each subject's stand together, and give the number of things.

    Raises:
        OSError: the database cannot be written.
    """
    words: Counter[str] = Counter()
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.executescript("PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
            database.execute("BEGIN")
            database.execute("INSERT INTO about VALUES ('version', ?)", (version,))
            number = 0
            mentions = _Mentions(database)
            for number, resource in enumerate(_named_resources(quads, base, mentions), 1):
                found = dict.fromkeys(_insert(database, number, resource), int(resource.kind != TERM_KIND))
                words.update(found)
            mentions.insert()
            database.executemany(
                "INSERT INTO words VALUES (?, ?, ?)", ((word, stem(word), count) for word, count in words.items())
            )
            database.execute("CREATE INDEX words_by_stem ON words (stem)")
            database.execute(_BY_LABEL)
            database.execute("INSERT INTO names (names, rank) VALUES ('rank', ?)", (f"bm25({WEIGHTS})",))
            database.execute("INSERT INTO names (names) VALUES ('optimize')")
            database.execute("COMMIT")
            database.execute("VACUUM")
    except sqlite3.Error as error:
        raise OSError(f"the search database cannot be written: {error}") from error
    return number


def _named_resources(quads: Iterable[Quad], base: Base, mentions: _Mentions) -> Iterator[_Resource]:
    """Return the named resources, and collect what the facts among the quads say."""
    for subject, group in groupby(quads, key=lambda quad: quad.subject):
        found = parse_iri(subject.value, base)
        if found is None or "/" in found.identifier:
            continue
        if found.prefix == FACT_KIND:
            mentions.add(subject.value, group)
            continue
        kind = _kind(subject.value, found.prefix, base)
        if kind is None:
            continue
        resource = _Resource(subject.value, kind)
        for quad in group:
            _take(resource, quad)
        if resource.label:
            yield resource


def _kind(iri: str, prefix: str, base: Base) -> str | None:
    if base.is_term(iri):
        return TERM_KIND
    return prefix if prefix in base.kinds and prefix not in UNLABELLED_KINDS else None


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
    elif isinstance(value, NamedNode):
        if predicate in MAPPING_PREDICATES:
            resource.codes[value.value, predicate.removeprefix(_SKOS)] = None
        elif predicate == INHERITS:
            resource.inherited.append(value.value)


def _insert(database: sqlite3.Connection, number: int, resource: _Resource) -> set[str]:
    """Insert a resource, and return the words of its names and definitions."""
    label = resource.label
    others = [name for names in resource.labels.values() for name in names if name != label]
    alternatives = list(dict.fromkeys([*others, *resource.alternatives]))
    definition = " ".join(resource.definitions)
    database.execute(
        "INSERT INTO things (id, iri, kind, label, alternatives, definition) VALUES (?, ?, ?, ?, ?, ?)",
        (number, resource.iri, resource.kind, label, _array(alternatives), definition),
    )
    names = [words_of(name) for name in (label, *alternatives, *resource.hidden)]
    other_words = [word for name in names[1:] for word in name]
    defining = words_of(definition)
    codes = [word for iri, _ in resource.codes for notation in notations(iri) for word in words_of(notation)]
    columns = (names[0], other_words, defining, codes, stems([*names[0], *other_words]), stems(defining))
    database.execute(
        "INSERT INTO names (rowid, label, alternatives, definition, codes, name_stems, definition_stems)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, *map(" ".join, columns)),
    )
    exact = [(" ".join(name), number, 1 if position else 0) for position, name in enumerate(names)]
    database.executemany(
        "INSERT OR IGNORE INTO spellings VALUES (?, ?, ?)",
        [*exact, *((stem_phrase(name), number, 2) for name in names)],
    )
    database.executemany(
        "INSERT OR IGNORE INTO codes VALUES (?, ?, ?, ?)",
        [(key, number, iri, relation) for iri, relation in resource.codes for key in sorted(keys(iri))],
    )
    database.executemany("INSERT INTO inheritance VALUES (?, ?)", [(number, fact) for fact in resource.inherited])
    return {*names[0], *other_words, *defining}


def _array(values: list[str]) -> str:
    return json.dumps(values, ensure_ascii=False)
