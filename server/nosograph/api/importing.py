"""Imports public data sets: one by one into files, or those that the data folder lists, for a build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import Quad, RdfFormat, parse

from nosograph.assets import Assets
from nosograph.errors import InputError, Location
from nosograph.imports.declared import QUADS, read_declared
from nosograph.imports.kinds import ImportKind, kinds
from nosograph.imports.running import ImportRequest, ImportResult, Progress, run_import
from nosograph.imports.terms import ImportTerms, read_import_terms
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
    assets: Assets, base: Base, wanted: Sequence[str], folder: Path, progress: Progress
) -> tuple[list[Path], list[ImportResult]]:
    """Import what ``data/imports.toml`` lists and return the N-Quads, with what was made of those not there before.

    Raises:
        InputError: the list or an import cannot be used.
        StoreError: an endpoint cannot be asked.
    """
    paths: list[Path] = []
    results: list[ImportResult] = []
    for declared in read_declared(assets.root, import_kinds(), wanted):
        if declared.request.kind == QUADS:
            paths += declared.request.files
            continue
        result = import_data(assets, base, declared.request, folder / f"{declared.name}.nq", progress)
        paths.append(result.path)
        results.append(result)
    return paths, results


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
