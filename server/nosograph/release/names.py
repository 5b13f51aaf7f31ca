"""The names of what a release folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from nosograph.rdf.formats import (
    JSON,
    JSON_LD,
    JSON_LINES,
    N_QUADS,
    N_TRIPLES,
    PARQUET,
    RDF_FORMATS,
    TRIG,
    TSV,
    TURTLE,
    Format,
)
from nosograph.rdf.names import CURATED_GRAPHS, IMPORT_PREFIX, IMPORTED_SETS

MANIFEST_NAME: Final = "manifest.json"
CHECKSUMS_NAME: Final = "SHA256SUMS"
LATEST_NAME: Final = "latest"
BUILD_RECORD_NAME: Final = "build.json"
"""What built a release: versions, which differ between machines where the content does not, so no digest covers it."""
TOMBSTONE_NAME: Final = "tombstone.json"
SIGNATURE_NAME: Final = "SHA256SUMS.minisig"
"""The publisher's signature of the checksums: it may be made after the release, so no digest covers it."""
LEDGER_NAME: Final = "ledger.json"
PUBLISHER_NAME: Final = "publisher.json"
"""File, beside the releases of a mirror, of whose releases they are and how they are signed."""
PULLING_NAME: Final = ".pulling"
"""Folder, beside the releases of a mirror, of what is not there whole yet."""
RELEASES_LOCK_NAME: Final = ".lock"
IMPORTS_NAME: Final = ".imports"
"""Folder, beside the releases, of what the last imports made."""
CHANGES_NAME: Final = "changes"
"""Folder, beside the releases, of what differs between them."""
DERIVED_NAME: Final = "derived"
"""Folder of the files that are made anew from the N-Quads: store, search index, documents, analysis file, answers of
the questions, their record."""
STORE_NAME: Final = "store"
SEARCH_NAME: Final = "search.sqlite"
DOCUMENTS_NAME: Final = "documents.sqlite"
ANALYSIS_NAME: Final = "analysis.duckdb"
ANSWERS_NAME: Final = "answers"
ONTOLOGY_NAME: Final = "ontology.ttl"
RECORD_NAME: Final = "derived.json"
DUMP_STEM: Final = "nosograph"

COMPRESSIONS: Final[Mapping[str, str]] = MappingProxyType({"gz": "application/gzip", "zst": "application/zstd"})
"""File extension of a compressed dump → its registered media type (RFC 6713, RFC 8878)."""

CANONICAL_DUMP: Final = f"{DUMP_STEM}.{N_QUADS.name}"
"""The dump from which everything derived is made, and which pruning leaves."""

UNLISTED: Final = frozenset(
    {MANIFEST_NAME, CHECKSUMS_NAME, SIGNATURE_NAME, BUILD_RECORD_NAME, TOMBSTONE_NAME, DERIVED_NAME}
)
"""What stands in a release folder and is no published file, so no manifest may list it."""

REBUILD: Final = "Build the release again with `nosograph build`, copy it again, or name another one."
"""What to do about a release that cannot be used."""


def dump_name(extension: str, compression: str | None = None) -> str:
    """Return the file name of a dump from its own extension and its compression's."""
    return f"{DUMP_STEM}.{extension}" + (f".{compression}" if compression else "")


@dataclass(frozen=True)
class Dump:
    """The whole graph, or the curated graphs, in one format.

    Attributes:
        extension: what follows the stem in the file's name.
        format: the format.
        named: whether it holds the quads by named graph; otherwise it holds the union, each triple once.
        label: what people call it.
        curated: whether it holds the curated graphs alone, without imported data sets.
    """

    extension: str
    format: Format
    named: bool
    label: str
    curated: bool = False

    def name(self, compression: str | None = None) -> str:
        """Return the name of the file, plain or compressed."""
        return dump_name(self.extension, compression)

    def forms(self, *, plain: bool) -> tuple[str | None, ...]:
        """Return what the dump comes in: compressions, and None for plain; the canonical one is always plain too."""
        return (None, *COMPRESSIONS) if plain or self.name() == CANONICAL_DUMP else tuple(COMPRESSIONS)


FLAT_JSON_LD: Final = Dump(f"flat.{JSON_LD.name}", JSON_LD, False, f"{JSON_LD.label} without named graphs")
"""For readers that load the default graph alone, which is empty in JSON-LD by named graph."""

DUMPS: Final = (*(Dump(form.name, form, form.quads, form.label) for form in RDF_FORMATS), FLAT_JSON_LD)
"""The dumps of a release, in the order in which they are written and listed."""

CURATED_DUMPS: Final = tuple(
    Dump(f"curated.{form.name}", form, form.quads, f"{form.label}, without imported data sets", curated=True)
    for form in (N_QUADS, TURTLE)
)
"""The further dumps of a release with imported data sets, for those who want none of these and none of their licences.

They hold the curated graphs, the vocabulary and the shapes, and nothing that was derived with the imports beside them.
"""


def dump_of(file_name: str) -> Dump | None:
    """Return the dump that a file of a release is, plain or compressed; None for any other file."""
    names = {dump.name(compression): dump for dump in (*DUMPS, *CURATED_DUMPS) for compression in (None, *COMPRESSIONS)}
    return names.get(file_name)


@dataclass(frozen=True)
class TableFile:
    """A table of a release as a file.

    Attributes:
        table: what its rows are: ``quads`` or ``facts``.
        format: the format.
        label: what people call it.
        compressed: whether it has compressed twins, because the format does not compress.
    """

    table: str
    format: Format
    label: str
    compressed: bool = False

    @property
    def extension(self) -> str:
        """What follows the stem in the file's name."""
        return f"{self.table}.{self.format.name}"

    def name(self, compression: str | None = None) -> str:
        """Return the name of the file, plain or compressed."""
        return dump_name(self.extension, compression)

    def forms(self, *, plain: bool) -> tuple[str | None, ...]:
        """Return what the table comes in: compressions, and None for plain, which one that has twins need not be."""
        if not self.compressed:
            return (None,)
        return (None, *COMPRESSIONS) if plain else tuple(COMPRESSIONS)


QUADS_PARQUET: Final = TableFile("quads", PARQUET, "Parquet, a row for each quad")
FACTS_PARQUET: Final = TableFile("facts", PARQUET, "Parquet, a row for each fact and piece of evidence")
FACTS_TSV: Final = TableFile("facts", TSV, "TSV, a row for each fact and piece of evidence", compressed=True)

TABLES: Final = (FACTS_PARQUET, FACTS_TSV, QUADS_PARQUET)
"""The tables of a release, in the order in which they are listed."""


@dataclass(frozen=True)
class ExchangeDump:
    """A dump in a model of others, for tools that read neither named graphs nor tables of this project.

    Attributes:
        group: the name by which a build is asked for it.
        stem: what follows the stem of the dumps in the file's name, up to its format.
        format: the format.
        label: what people call it.
        about: what it holds, in words to which a full stop can be added.
        curated: whether it holds the curated graphs alone, without imported data sets.
    """

    group: str
    stem: str
    format: Format
    label: str
    about: str
    curated: bool = False

    @property
    def extension(self) -> str:
        """What follows the stem of the dumps in the file's name."""
        return f"{self.stem}.{self.format.name}"

    def name(self, compression: str | None = None) -> str:
        """Return the name of the file, plain or compressed."""
        return dump_name(self.extension, compression)

    def forms(self, *, plain: bool) -> tuple[str | None, ...]:
        """Return what the dump comes in: compressions, and None for plain."""
        return (None, *COMPRESSIONS) if plain else tuple(COMPRESSIONS)


KGX_NODES: Final = ExchangeDump(
    "kgx",
    "kgx_nodes",
    JSON_LINES,
    "KGX nodes in JSON Lines",
    "Resources that affirmed or denied facts speak of, as nodes of the Biolink Model",
)
KGX_EDGES: Final = ExchangeDump(
    "kgx",
    "kgx_edges",
    JSON_LINES,
    "KGX edges in JSON Lines",
    "Pieces of evidence that plainly affirm or deny a fact, as edges of the Biolink Model; contested and hypothesised "
    "facts are no edges",
)
RDF_1_2: Final = ExchangeDump(
    "rdf12",
    "rdf12",
    N_QUADS,
    "N-Quads of RDF 1.2",
    "Every statement by named graph; each fact names its proposition by rdf:reifies, which asserts nothing",
)
NANOPUBLICATIONS: Final = ExchangeDump(
    "nanopublications",
    "nanopublications",
    TRIG,
    "Nanopublications in TriG",
    "A nanopublication for each piece of evidence; what is disputed or doubted is not asserted",
)
ANNOTATIONS: Final = ExchangeDump(
    "hpoa",
    "hpoa",
    TSV,
    "annotations in the columns of phenotype.hpoa",
    "Pieces of evidence that plainly affirm or deny what has a term of the Human Phenotype Ontology, a row each",
)
OBO_GRAPH: Final = ExchangeDump(
    "obographs",
    "obographs",
    JSON,
    "OBO graph in JSON",
    "Resources with labels, definitions, synonyms and codes, and what is a form of what",
)
EXCHANGE_DUMPS: Final = (KGX_NODES, KGX_EDGES, ANNOTATIONS, OBO_GRAPH, RDF_1_2, NANOPUBLICATIONS)
"""The dumps in models of others, in the order in which they are listed."""

CURATED_EXCHANGE_DUMPS: Final = tuple(
    replace(dump, stem=f"curated.{dump.stem}", label=f"{dump.label}, without imported data sets", curated=True)
    for dump in EXCHANGE_DUMPS
)
"""The same of the curated graphs alone, in a release with imported data sets."""

GRAPHS_GROUP: Final = "graphs"
"""The name by which a build is asked for a file of each named graph."""

DUMP_GROUPS: Final = tuple(dict.fromkeys((GRAPHS_GROUP, *(dump.group for dump in EXCHANGE_DUMPS))))
"""The names of what a build makes beside the dumps that every release has."""

GRAPHS_FOLDER: Final = "graphs"
MAPPING_SETS_FOLDER: Final = "mapping-sets"
SSSOM_EXTENSION: Final = f"sssom.{TSV.name}"


def graph_file(graph: str, compression: str | None = None) -> str:
    """Return the name of the file with the triples of a named graph, by the graph's local name."""
    return f"{GRAPHS_FOLDER}/{graph}.{N_TRIPLES.name}" + (f".{compression}" if compression else "")


def mapping_set_of_import(graph: str) -> str:
    """Return the local name of the mapping set that the named graph of an imported data set holds."""
    return IMPORTED_SETS + graph.removeprefix(IMPORT_PREFIX)


def mapping_set_file(mapping_set: str, extension: str) -> str:
    """Return the name of the file of a mapping set: in SSSOM's table, or in Turtle."""
    return f"{MAPPING_SETS_FOLDER}/{mapping_set}.{extension}"


def graphs_of_file(file_name: str) -> tuple[str, ...] | None:
    """Return the local names of the named graphs that a file of a release holds; None where it is about all."""
    folder, _, rest = file_name.rpartition("/")
    stem = rest.partition(".")[0]
    if f"{folder}/".startswith(f"{GRAPHS_FOLDER}/"):
        return (f"{folder}/{stem}".removeprefix(f"{GRAPHS_FOLDER}/"),)
    if folder == MAPPING_SETS_FOLDER:
        if stem.startswith(IMPORTED_SETS):
            return (IMPORT_PREFIX + stem.removeprefix(IMPORTED_SETS),)
        return ("mappings",)
    if file_name in _CURATED_FILES:
        return tuple(CURATED_GRAPHS)
    return {"ontology.ttl": ("ontology",), "shapes.ttl": ("shapes",), "context.jsonld": ("ontology",)}.get(file_name)


_CURATED_FILES: Final = frozenset(
    dump_name(extension, compression)
    for extension in (*(dump.extension for dump in CURATED_DUMPS), *(dump.extension for dump in CURATED_EXCHANGE_DUMPS))
    for compression in (None, *COMPRESSIONS)
)
