"""A small release to ask, a store over it, and queries in the words of the tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph
import pytest
from engines import analysis_of
from stores import add_union

from nosograph.rdf.formats import SPARQL_JSON, TURTLE, Format
from nosograph.rdf.names import Base
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import QueryForm
from nosograph.store.embedded import EmbeddedStore
from nosograph.store.interface import Query

EXAMPLE = "http://example.org/"
NODES = 2000


@dataclass(frozen=True)
class StoredOnly:
    """The part of a release that an embedded store needs."""

    store_folder: Path
    version: str = "2026-01-02-0123456789ab"
    base: Base = Base()
    overlapping_graphs: frozenset[tuple[str, str]] | None = frozenset()
    analysis_database: Path = Path("there is none")


def quads() -> Iterator[pyoxigraph.Quad]:
    """Return a ring of nodes with labels in one graph, and a densely linked graph in another."""
    node = pyoxigraph.NamedNode
    ring, dense = node(EXAMPLE + "graph/ring"), node(EXAMPLE + "graph/dense")
    for number in range(NODES):
        subject = node(f"{EXAMPLE}n{number}")
        yield pyoxigraph.Quad(subject, node(EXAMPLE + "next"), node(f"{EXAMPLE}n{(number + 1) % NODES}"), ring)
        yield pyoxigraph.Quad(subject, node(EXAMPLE + "label"), pyoxigraph.Literal(f"node {number} é"), ring)
    for start in range(60):
        for end in range(60):
            yield pyoxigraph.Quad(node(f"{EXAMPLE}d{start}"), node(EXAMPLE + "linked"), node(f"{EXAMPLE}d{end}"), dense)


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredOnly:
    """A release's store on disk."""
    folder = tmp_path_factory.mktemp("release") / "store"
    store = pyoxigraph.Store(str(folder))
    store.bulk_extend(quads())
    add_union(store)
    store.flush()
    return StoredOnly(folder)


@pytest.fixture(scope="session")
def limits() -> Settings:
    """Limits of memory and size that hostile queries reach soon; a deadline that no other does on a busy machine."""
    return Settings(query_workers=2, query_timeout=60.0, query_memory=256, query_result=4, query_engine=Engine.STORE)


@pytest.fixture(scope="session")
def analysed(stored: StoredOnly, tmp_path_factory: pytest.TempPathFactory) -> StoredOnly:
    """The same release with its analysis file."""
    folder = tmp_path_factory.mktemp("analysis")
    analysis_of(quads(), folder).close()
    return dataclasses.replace(stored, analysis_database=folder / "data.duckdb")


@pytest.fixture(scope="module")
def store(stored: StoredOnly, limits: Settings) -> Iterator[EmbeddedStore]:
    """A store with warm workers, for the tests of one module."""
    opened = EmbeddedStore(stored, limits)
    opened.start()
    yield opened
    opened.close()


@pytest.fixture
def make_store(stored: StoredOnly, limits: Settings) -> Iterator[Callable[..., EmbeddedStore]]:
    """Return stores with settings of their own, closed after the test."""
    opened: list[EmbeddedStore] = []

    def make(**changes: object) -> EmbeddedStore:
        made = EmbeddedStore(stored, dataclasses.replace(limits, **changes))  # type: ignore[arg-type]
        opened.append(made)
        return made

    yield make
    for made in opened:
        made.close()


@pytest.fixture(scope="session")
def ask() -> Callable[..., Query]:
    """Make a query that is answered in SPARQL JSON or Turtle, or in the format that is named."""

    def make(text: str, format: Format | None = None, **fields: object) -> Query:
        formats = dict.fromkeys((QueryForm.SELECT, QueryForm.ASK), format or SPARQL_JSON)
        formats |= dict.fromkeys((QueryForm.CONSTRUCT, QueryForm.DESCRIBE), format or TURTLE)
        return Query(f"PREFIX e: <{EXAMPLE}> {text}", formats, **fields)  # type: ignore[arg-type]

    return make
