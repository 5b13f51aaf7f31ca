"""Imports public data sets: one by one into files, or those that the data folder lists, for a build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Quad, RdfFormat, parse

from nosograph.assets import Assets
from nosograph.errors import InputError, Location
from nosograph.imports.declared import QUADS, read_declared
from nosograph.imports.import_cache import ImportCache
from nosograph.imports.kinds import ImportKind, kinds
from nosograph.imports.running import ImportRequest, ImportResult, run_import
from nosograph.imports.terms import ImportTerms, read_import_terms
from nosograph.progress import Progress
from nosograph.rdf.formats import N_TRIPLES
from nosograph.rdf.names import Base
from nosograph.sparql.form import QueryForm
from nosograph.store.interface import Query
from nosograph.store.remote import RemoteStore

ENDPOINT_TIMEOUT: Final = 300.0
"""Seconds that a page of an import from a SPARQL endpoint may take."""


def import_kinds() -> Mapping[str, ImportKind]:
    """Return the kinds of data sets that can be imported, by name."""
    return kinds(_ask)


def import_data(assets: Assets, base: Base, request: ImportRequest, out: Path, progress: Progress) -> ImportResult:
    """Import a data set into a file of N-Quads, with its report beside it, and return what was made.

    Args:
        assets: where the vocabulary is.
        base: the base of the published IRIs.
        request: what to import.
        out: the file; compressed with gzip where its name ends with ``.gz``.
        progress: called with a step's name, how much of it is done, and how much there is.

    Raises:
        InputError: the kind, a file, the licence or the version cannot be used; with a strict request, a row cannot.
        StoreError: an endpoint cannot be asked.
    """
    known = import_kinds()
    if request.kind not in known:
        raise InputError(f"There is no kind of import {request.kind!r}.", hint=f"The kinds are: {', '.join(known)}.")
    return run_import(known[request.kind].importer, request, _read_terms(assets), base, out, progress)


def import_declared(
    assets: Assets, base: Base, wanted: Sequence[str], folder: Path, progress: Progress, *, kept: Path | None = None
) -> tuple[list[Path], list[Mapping[str, Any]]]:
    """Import what ``data/imports.toml`` lists and return the N-Quads, with the reports of what was made of them.

    Args:
        assets: where the list and the vocabulary are.
        base: the base of the published IRIs.
        wanted: names of imports, or ``all``.
        folder: where the N-Quads are written.
        progress: called with a step's name, how much of it is done, and how much there is.
        kept: folder of what the last imports made, which is used where it fits; without it, everything is made anew.

    Raises:
        InputError: the list or an import cannot be used.
        StoreError: an endpoint cannot be asked.
    """
    paths: list[Path] = []
    reports: list[Mapping[str, Any]] = []
    known = import_kinds()
    listed = read_declared(assets.root, known, wanted)
    cache = ImportCache.of(kept, assets, base) if kept is not None and listed else None
    for declared in listed:
        request = declared.request
        if request.kind == QUADS:
            paths += request.files
            continue
        make = partial(import_data, assets, base, request, progress=progress)
        out = folder / f"{declared.name}.nq"
        if cache is None or known[request.kind].is_remote:
            reports.append(make(out).to_json())
        else:
            reports.append(cache.get(request, out, make))
        paths.append(out)
    return paths, reports


def _read_terms(assets: Assets) -> ImportTerms:
    borrowed = [path for name, path in assets.borrowed().items() if name.startswith("ontology/")]
    return read_import_terms(_quads(sorted(assets.ontology.rglob("*.ttl")) + borrowed))


def _quads(paths: Sequence[Path]) -> Iterator[Quad]:
    for path in paths:
        try:
            yield from parse(path=path, format=RdfFormat.TURTLE)
        except (OSError, SyntaxError, ValueError) as error:
            raise InputError(
                f"The vocabulary cannot be read: {error}.",
                location=Location(str(path), getattr(error, "lineno", None)),
                hint="Run `nosograph validate`, which tells more.",
            ) from error


def _ask(endpoint: str, query: str) -> bytes:
    with RemoteStore(endpoint, ENDPOINT_TIMEOUT).answer(Query(query, {QueryForm.CONSTRUCT: N_TRIPLES})) as answer:
        return answer.read()
