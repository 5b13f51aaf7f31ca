"""Writes the analysis file of a release: terms in the order of SPARQL, and triples and quads as columns of numbers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pyoxigraph
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from nosograph.analysis.casing import LOWER_DIFFERS, UPPER_DIFFERS
from nosograph.analysis.types import DATATYPES, KNOWN_DATATYPES, LANG_STRING, LITERAL_FORMS, XSD, Type
from nosograph.progress import Progress
from nosograph.rdf.columns import (
    datatype,
    language,
    lexical,
    open_database,
    quoted,
    reading_quads,
    select_quads,
    unescaped,
    writing_database,
)

MEMORY: Final = 1024
"""Mebibytes that the engine may use while it writes; beyond it, it sorts and joins on disk."""

SIGNPOST: Final = 2048
"""One term in so many is a signpost: those are held in memory, and lead to the part of the terms that a term is in."""

DEEPEST: Final = 100
"""Steps beyond which the paths of a predicate are too long for a closure."""

CLOSURE_GROWTH: Final = 32
"""How many times the statements of a predicate its closure may have; one that would have more is not kept."""

_REWRITTEN_AT_ONCE: Final = 50_000

_PLAIN: Final = (
    rf'^"(0|-?[1-9][0-9]{{0,17}})"\^\^<{XSD}integer>$',
    rf'^"(true|false)"\^\^<{XSD}boolean>$',
    rf'^"[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"\^\^<{XSD}date>$',
    rf'^"[^"\\]*"\^\^<{XSD}(anyURI|string|hexBinary|base64Binary|gYear|language|token)>$',
)
"""Spellings that the store keeps as they are, so that they need not be looked at one by one."""


@dataclass(frozen=True)
class AnalysisCounts:
    """What an analysis file holds.

    Attributes:
        terms: distinct terms.
        triples: distinct triples of all graphs.
        quads: quads of the named graphs.
    """

    terms: int
    triples: int
    quads: int


def write_analysis(quads: Path, target: Path, progress: Progress, *, memory: int = MEMORY) -> AnalysisCounts:
    """Write the analysis file of N-Quads, and return what it holds.

    Args:
        quads: a file of canonical N-Quads, each in a named graph.
        target: the file, which is not there; what does not fit memory is kept beside it meanwhile.
        progress: called with a step's name, how much of it is done, and how much there is.
        memory: mebibytes that the engine may use.

    Raises:
        ReleaseError: a line is not such a quad.
        OSError: the file cannot be written.
    """
    scratch = target.with_name(f"{target.name}.scratch")
    settings: dict[str, Any] = {
        "memory_limit": f"{memory}MiB",
        "temp_directory": str(scratch),
        "preserve_insertion_order": "false",
    }
    steps = (_read_terms, _rewrite_literals, _write_terms, _write_quads, _write_closures, _write_facts)
    with writing_database(), closing(open_database(target, settings)) as database:
        for number, step in enumerate(steps):
            progress("write analysis file", number, len(steps))
            step(database, quads)
        database.execute("CHECKPOINT")
        counts = database.execute(
            "SELECT (SELECT count(*) FROM terms), (SELECT count(*) FROM triples), (SELECT count(*) FROM quads)"
        ).fetchone()
    progress("write analysis file", len(steps), len(steps))
    assert counts is not None
    return AnalysisCounts(*counts)


def _read_terms(database: duckdb.DuckDBPyConnection, quads: Path) -> None:
    """Make the table of distinct terms as they are spelled, and a view of the lines."""
    database.execute(f"CREATE TEMP VIEW lines AS {select_quads(quads)}")
    with reading_quads(quads):
        database.execute("""
            CREATE TEMP TABLE spelled AS
            SELECT term, term AS stored FROM (SELECT DISTINCT unnest([s, p, o, g]) AS term FROM lines)
        """)


def _rewrite_literals(database: duckdb.DuckDBPyConnection, quads: Path) -> None:
    """Spell literals that the store rewrites as it does, so that both engines answer with the same terms."""
    plain = " OR ".join(f"regexp_matches(term, {quoted(pattern)})" for pattern in _PLAIN)
    database.execute("CREATE TEMP TABLE rewritten (term VARCHAR, stored VARCHAR)")
    database.execute(rf"""
        CREATE TEMP TABLE inspected AS SELECT term, row_number() OVER () AS number FROM spelled
        WHERE term[1] = '"' AND contains(term, '^^<{XSD}') AND NOT ({plain})
    """)
    for first in itertools.count(1, _REWRITTEN_AT_ONCE):
        rows = database.execute(
            "SELECT term FROM inspected WHERE number BETWEEN $1 AND $2", [first, first + _REWRITTEN_AT_ONCE - 1]
        ).fetchall()
        if not rows:
            break
        terms = [row[0] for row in rows]
        changed = [(term, stored) for term, stored in zip(terms, _as_stored(terms), strict=True) if term != stored]
        database.execute(
            "INSERT INTO rewritten SELECT unnest($1), unnest($2)",
            [[term for term, _ in changed], [stored for _, stored in changed]],
        )
    database.execute("DROP TABLE inspected")
    database.execute("UPDATE spelled SET stored = rewritten.stored FROM rewritten WHERE rewritten.term = spelled.term")


def _as_stored(terms: list[str]) -> Iterator[str]:
    """Return how the store spells some literals, in their order."""
    lines = "".join(f"<x:{number}> <x:x> {term} .\n" for number, term in enumerate(terms))
    store = pyoxigraph.Store()
    store.extend(pyoxigraph.parse(lines.encode(), RdfFormat.N_TRIPLES))
    for number in range(len(terms)):
        quad = next(store.quads_for_pattern(NamedNode(f"x:{number}"), None, None))
        yield str(quad.object)


def stored_literal(literal: Literal) -> Literal:
    """Return a literal as the store holds it: numbers, booleans and times in their canonical form."""
    store = pyoxigraph.Store()
    node = NamedNode("x:x")
    store.add(Quad(node, node, literal))
    found = next(iter(store)).object
    assert isinstance(found, Literal)
    return found


def _write_terms(database: duckdb.DuckDBPyConnection, quads: Path) -> None:
    """Write the terms in the order of SPARQL, with the value of those that have one to calculate with."""
    database.execute(rf"""
        CREATE TEMP TABLE parsed AS
        SELECT *, CASE rank WHEN 0 THEN substr(stored, 3) WHEN 1 THEN stored[2:-2]
            ELSE {unescaped("quoted")} END AS value
        FROM (SELECT DISTINCT stored,
            CASE stored[1] WHEN '_' THEN 0 WHEN '<' THEN 1 ELSE 2 END AS rank,
            CASE WHEN rank = 2 THEN {lexical("stored")} END AS quoted,
            CASE WHEN rank = 2 THEN {language("stored")} END AS language,
            CASE WHEN rank = 2 THEN CASE WHEN language IS NOT NULL THEN '{LANG_STRING}' ELSE
                coalesce({datatype("stored")}, '{XSD}string') END END AS datatype
            FROM spelled)
    """)
    database.execute(rf"""
        CREATE TEMP TABLE typed AS SELECT *,
            CASE WHEN name = 'integer' THEN try_cast(value AS BIGINT) END AS whole,
            CASE WHEN name = 'integer' THEN whole::HUGEINT * 1000000000000000000
                WHEN name = 'decimal' THEN try_cast(split_part(value, '.', 1) ||
                    rpad(split_part(value, '.', 2), 18, '0') AS HUGEINT) END AS scaled,
            CASE WHEN name = 'double' THEN try_cast(value AS DOUBLE) END AS real
        FROM (SELECT *, {_NAME} AS name FROM parsed)
    """)
    database.execute("""
        CREATE TABLE types AS SELECT (row_number() OVER (ORDER BY name, datatype))::SMALLINT AS type, name, datatype
        FROM (SELECT DISTINCT name, datatype FROM typed)
    """)
    database.execute("""
        CREATE TEMP TABLE numbered AS SELECT (row_number() OVER (
            ORDER BY rank, value, t.datatype NULLS FIRST, language NULLS FIRST))::INTEGER AS id,
            type, value, language, whole, scaled, "real", stored
        FROM typed t JOIN types ON types.name = t.name AND types.datatype IS NOT DISTINCT FROM t.datatype
    """)
    database.execute("""
        CREATE TABLE terms AS SELECT id, type, value, language, whole, scaled, "real" FROM numbered ORDER BY id
    """)
    database.execute(f"""
        CREATE TABLE signposts AS SELECT id, name, value FROM terms JOIN types USING (type)
        WHERE id % {SIGNPOST} = 1 ORDER BY id
    """)
    database.execute("DROP TABLE parsed; DROP TABLE typed")


_FORMS: Final = " ".join(
    f"WHEN datatype = '{DATATYPES[kind]}' AND regexp_full_match(value, '{form}') THEN '{kind}'"
    for kind, form in LITERAL_FORMS.items()
)
_NAME: Final = f"""CASE
    WHEN rank = 0 THEN '{Type.NODE}'
    WHEN rank = 1 THEN '{Type.IRI}'
    WHEN language IS NOT NULL THEN '{Type.LANGUAGE}'
    WHEN datatype = '{XSD}string' THEN '{Type.STRING}'
    WHEN datatype = '{XSD}integer' AND try_cast(value AS BIGINT) IS NULL THEN '{Type.VALUED}'
    {_FORMS}
    WHEN datatype IN ({", ".join(f"'{datatype}'" for datatype in KNOWN_DATATYPES)}) THEN '{Type.VALUED}'
    ELSE '{Type.OTHER}' END"""


def _write_quads(database: duckdb.DuckDBPyConnection, quads: Path) -> None:
    """Write the quads, and the triples of all graphs by predicate and by subject.

    Subjects and objects are looked up one after the other: the engine holds a table of all terms for each join of a
    query, and four of them do not fit its memory.
    """
    database.execute("""
        CREATE TEMP TABLE ids AS SELECT spelled.term, numbered.id FROM spelled JOIN numbered USING (stored)
    """)
    database.execute("DROP TABLE spelled; DROP TABLE numbered")
    database.execute("""
        CREATE TEMP TABLE with_subject AS SELECT ids.id AS s, p, o, g FROM lines JOIN ids ON ids.term = lines.s
    """)
    database.execute("""
        CREATE TEMP TABLE with_object AS SELECT s, p, ids.id AS o, g
        FROM with_subject JOIN ids ON ids.term = with_subject.o
    """)
    database.execute("DROP TABLE with_subject")
    database.execute("""
        CREATE TEMP TABLE few AS SELECT term, id FROM ids
        SEMI JOIN (SELECT DISTINCT unnest([p, g]) AS term FROM with_object) named USING (term)
    """)
    database.execute("DROP TABLE ids")
    database.execute("""
        CREATE TABLE quads AS SELECT DISTINCT g.id AS g, s, p.id AS p, o
        FROM with_object JOIN few p ON p.term = with_object.p JOIN few g ON g.term = with_object.g
        ORDER BY g, p, o, s
    """)
    database.execute("DROP TABLE with_object; DROP TABLE few")
    database.execute("CREATE TABLE triples AS SELECT DISTINCT p, o, s FROM quads ORDER BY p, o, s")
    database.execute("CREATE TABLE by_subject AS SELECT s, p, o FROM triples ORDER BY s, p, o")


def _write_closures(database: duckdb.DuckDBPyConnection, quads: Path) -> None:
    """Write, for each predicate whose statements follow one another, the ends of all its paths of one step or more.

    A predicate whose paths are too long or too many is left out.
    """
    database.execute("""
        CREATE TEMP TABLE steps AS SELECT p, s, o FROM triples SEMI JOIN (
            SELECT DISTINCT a.p FROM triples a SEMI JOIN triples b ON b.p = a.p AND b.s = a.o) chained USING (p)
    """)
    database.execute("CREATE TEMP TABLE reached AS SELECT p, s, o FROM steps")
    database.execute("CREATE TEMP TABLE latest AS SELECT p, s, o FROM steps")
    for depth in itertools.count(1):
        database.execute("""
            CREATE OR REPLACE TEMP TABLE latest AS SELECT DISTINCT latest.p, latest.s, steps.o
            FROM latest JOIN steps ON steps.p = latest.p AND steps.s = latest.o
            ANTI JOIN reached ON reached.p = latest.p AND reached.s = latest.s AND reached.o = steps.o
        """)
        database.execute("INSERT INTO reached SELECT p, s, o FROM latest")
        left_out = database.execute(
            f"""
            SELECT DISTINCT p FROM latest WHERE $1 OR
                (SELECT count(*) FROM reached WHERE reached.p = latest.p)
                > {CLOSURE_GROWTH} * (SELECT count(*) FROM steps WHERE steps.p = latest.p)
            """,
            [depth == DEEPEST],
        ).fetchall()
        for (predicate,) in left_out:
            for table in ("reached", "latest"):
                database.execute(f"DELETE FROM {table} WHERE p = {predicate}")
        if not database.execute("SELECT 1 FROM latest LIMIT 1").fetchone():
            break
    database.execute("CREATE TABLE closed AS SELECT p, count(*) AS pairs FROM reached GROUP BY p ORDER BY p")
    database.execute("CREATE TABLE closures AS SELECT p, o, s FROM reached ORDER BY p, o, s")
    database.execute("DROP TABLE steps; DROP TABLE reached; DROP TABLE latest")


def _write_facts(database: duckdb.DuckDBPyConnection, quads: Path) -> None:
    """Write what a translation may rely on: types of objects by predicate, and whether letter case is plain."""
    database.execute("""
        CREATE TABLE profile AS SELECT p, type, count(*) AS number FROM triples JOIN terms ON terms.id = triples.o
        GROUP BY p, type ORDER BY p, type
    """)
    database.execute(
        """
        CREATE TABLE facts AS SELECT
            coalesce(bool_or(name = 'node'), false) AS nodes,
            coalesce(bool_or(regexp_matches(value, $1)), false) AS lower_differs,
            coalesce(bool_or(regexp_matches(value, $2)), false) AS upper_differs
        FROM terms JOIN types USING (type)
        """,
        [LOWER_DIFFERS, UPPER_DIFFERS],
    )
