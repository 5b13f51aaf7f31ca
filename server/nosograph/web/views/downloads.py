"""What the downloads page lists: every release with its files, and how to load them elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nosograph.release.ledger import LedgerEntry, ReleaseShelf, ReleaseState
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import (
    CURATED_DUMPS,
    CURATED_EXCHANGE_DUMPS,
    DUMP_STEM,
    DUMPS,
    EXCHANGE_DUMPS,
    GRAPHS_FOLDER,
    MAPPING_SETS_FOLDER,
    TABLES,
    dump_of,
)
from nosograph.release.opening import Release

_PACKED: Final = {"gz": ", packed with gzip", "zst": ", packed with Zstandard"}
_ABOUT: Final = {
    "void": "VoID description: counts, partitions, links",
    "dcat": "DCAT 3 description: releases, files, service",
    "hcls": "HCLS description: summary, version, files",
    "croissant": "Croissant description of the tables: files, columns",
    "service": "Description of the query service",
    "ontology": "The vocabulary",
    "shapes": "The shapes",
    "context": "JSON-LD context",
    "report": "Validation report of exactly this release",
}


_DUMP_LABELS: Final = {dump.extension: dump.label for dump in (*DUMPS, *CURATED_DUMPS)}
_TABLE_LABELS: Final = {table.extension: table.label for table in TABLES}
_EXCHANGE_LABELS: Final = {dump.extension: dump.label for dump in (*EXCHANGE_DUMPS, *CURATED_EXCHANGE_DUMPS)}
_SET_FORMATS: Final = {"sssom.tsv": "SSSOM", "ttl": "SSSOM as RDF in Turtle"}


@dataclass(frozen=True)
class File:
    """A file as the page lists it."""

    name: str
    about: str
    size: str
    sha256: str
    media_type: str


@dataclass(frozen=True)
class FileGroup:
    """Files that belong together."""

    heading: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class ReleaseEntry:
    """A release as the page lists it.

    Attributes:
        version: its version.
        date: its date.
        served: whether it is the one that the site serves.
        facts: facts that it has.
        evidence: pieces of evidence that it has; 0 where only the ledger knows it.
        triples: distinct triples that it has.
        groups: its files that are there.
        dropped: its files that were dropped, with the digests that they had.
        removed: whether nothing of it is left here but its entry in the ledger.
        digest: SHA-256 of its manifest.
    """

    version: str
    date: str
    served: bool
    facts: int
    evidence: int
    triples: int
    groups: tuple[FileGroup, ...]
    dropped: tuple[File, ...] = ()
    removed: bool = False
    digest: str = ""


@dataclass(frozen=True)
class Recipe:
    """How to load the graph into a tool."""

    tool: str
    code: str


def table_formats() -> tuple[str, ...]:
    """Return what the formats of the tables are called, each once."""
    return tuple(dict.fromkeys(table.format.label for table in TABLES))


def release_entries(shelf: ReleaseShelf) -> tuple[ReleaseEntry, ...]:
    """Return every release that was ever published beside the one that is served, the newest first."""
    return tuple(release_entry(shelf, entry) for entry in shelf.entries())


def release_entry(shelf: ReleaseShelf, entry: LedgerEntry) -> ReleaseEntry:
    """Return one release with its files, as far as they are there."""
    is_there = entry.state is not ReleaseState.REMOVED or entry.version == shelf.served.version
    release = shelf.open(entry.version) if is_there else None
    if release is None:
        return ReleaseEntry(
            version=entry.version,
            date=entry.date.isoformat(),
            served=False,
            facts=entry.facts,
            evidence=0,
            triples=entry.triples,
            groups=(),
            removed=True,
            digest=entry.digest,
        )
    return _entry(release, entry.digest, served=entry.version == shelf.served.version)


def _entry(release: Release, digest: str, *, served: bool) -> ReleaseEntry:
    files = [file for file in release.manifest.files.values() if file.name not in release.dropped]
    dumps = [file for file in files if (dump := dump_of(file.name)) and not dump.curated]
    curated = [file for file in files if (dump := dump_of(file.name)) and dump.curated]
    questions = [file for file in files if file.name.startswith("questions/")]
    tables = [file for file in files if file.name.startswith(f"{DUMP_STEM}.") and _extension(file) in _TABLE_LABELS]
    exchange = [
        file for file in files if file.name.startswith(f"{DUMP_STEM}.") and _extension(file) in _EXCHANGE_LABELS
    ]
    sets = [file for file in files if file.name.startswith(f"{MAPPING_SETS_FOLDER}/")]
    graphs = [file for file in files if file.name.startswith(f"{GRAPHS_FOLDER}/")]
    grouped = {file.name for file in (*dumps, *curated, *tables, *exchange, *sets, *graphs, *questions)}
    others = [file for file in files if file.name not in grouped]
    groups = [
        ("The whole graph", dumps),
        ("Curated statements, without imported data sets", curated),
        ("Tables", tables),
        ("Mapping sets", sets),
        ("In models of other tools", exchange),
        ("Named graphs, one by one", graphs),
        ("Descriptions, vocabulary, report", others),
        ("Questions", questions),
    ]
    dropped = [release.manifest.files[name] for name in release.dropped]
    counts = release.manifest.counts
    return ReleaseEntry(
        version=release.version,
        date=release.manifest.date.isoformat(),
        served=served,
        facts=counts.facts,
        evidence=counts.evidence,
        triples=counts.triples,
        groups=tuple(
            FileGroup(heading, tuple(_file(file, release) for file in sorted(members, key=_order)))
            for heading, members in groups
            if members
        ),
        dropped=tuple(_file(file, release) for file in sorted(dropped, key=_order)),
        digest=digest,
    )


def _order(file: ReleaseFile) -> tuple[int, str, str]:
    names = [*_DUMP_LABELS, *_TABLE_LABELS, *_EXCHANGE_LABELS]
    extension = _extension(file)
    return (names.index(extension) if extension in names else len(names), file.name.partition(".")[0], file.name)


def _extension(file: ReleaseFile) -> str:
    """Return what follows the first full stop in the name of a file, but its compression."""
    return file.name.partition(".")[2].removesuffix(f".{file.compression}")


def _file(file: ReleaseFile, release: Release) -> File:
    stem = file.name.partition(".")[0]
    extension = _extension(file)
    format = _DUMP_LABELS.get(extension, "")
    whole = format or _TABLE_LABELS.get(extension) or _EXCHANGE_LABELS.get(extension, "")
    if stem.startswith(f"{MAPPING_SETS_FOLDER}/"):
        about = f"Mapping set {stem.rpartition('/')[2]}: {_SET_FORMATS[extension]}"
    elif stem.startswith(f"{GRAPHS_FOLDER}/"):
        name = stem.removeprefix(f"{GRAPHS_FOLDER}/")
        terms = release.manifest.terms.get(name)
        about = f"{terms.title if terms and terms.title else f'The named graph graph/{name}'}, as {format}"
    else:
        about = whole if stem == DUMP_STEM else _ABOUT.get(stem, "Published question" if "/" in stem else "")
    if stem in _ABOUT and format:
        about = f"{about} as {format}"
    return File(
        name=file.name,
        about=(about or file.media_type) + _PACKED.get(file.compression or "", ""),
        size=readable_size(file.size),
        sha256=file.sha256,
        media_type=file.media_type,
    )


def readable_size(size: int) -> str:
    """Return a size in bytes in the unit that leaves a short number (IEC 80000-13: 1 KiB is 1024 bytes)."""
    if size < 1024:
        return f"{size} bytes"
    number = float(size)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        number /= 1024
        if number < 1024 or unit == "TiB":
            break
    return f"{number:.1f} {unit}"


def recipes(address: str, base_iri: str) -> tuple[Recipe, ...]:
    """Return how to load the graph into common tools.

    Args:
        address: absolute address of the folder of the release's files, ending with a slash.
        base_iri: the base of the data, which also names the graph where a tool needs one.
    """
    return (
        Recipe(
            "rdflib",
            f"from rdflib import Dataset\n\ngraph = Dataset(default_union=True)\n"
            f'graph.parse("{address}nosograph.nq", format="nquads")',
        ),
        Recipe("Apache Jena", f"curl -O {address}nosograph.nq.gz\ntdb2.tdbloader --loc nosograph-tdb nosograph.nq.gz"),
        Recipe(
            "Virtuoso",
            f"curl -O {address}nosograph.nq.gz\nisql 1111 dba dba exec=\"ld_dir('.', 'nosograph.nq.gz', '{base_iri}'); "
            'rdf_loader_run(); checkpoint;"',
        ),
        Recipe(
            "Oxigraph",
            f"curl -O {address}nosograph.nq.gz\ngunzip nosograph.nq.gz\n"
            "oxigraph load --location nosograph-db --file nosograph.nq",
        ),
        Recipe(
            "DuckDB",
            "SELECT subject_label, predicate_label, object_label, source_label\n"
            f"FROM '{address}nosograph.facts.parquet'\nWHERE status = 'affirmed' AND stance = 'supports';",
        ),
        Recipe(
            "pandas",
            f'import pandas\n\nfacts = pandas.read_parquet("{address}nosograph.facts.parquet")\n'
            'facts = facts[facts.status == "affirmed"]',
        ),
    )
