"""An import of the invented sample files, read back as triples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from imported import SAMPLE, Imported
from pyoxigraph import RdfFormat, parse

from nosograph.assets import find_assets
from nosograph.imports.description import ImportProfile
from nosograph.imports.kinds import kinds
from nosograph.imports.running import ImportRequest, run_import
from nosograph.imports.terms import ImportTerms, read_import_terms
from nosograph.rdf.names import Base


@pytest.fixture(scope="session")
def terms() -> ImportTerms:
    """The terms of the project's vocabulary."""
    files = sorted(find_assets().ontology.glob("*.ttl"))
    return read_import_terms(triple for file in files for triple in parse(path=file, format=RdfFormat.TURTLE))


def no_endpoint(endpoint: str, query: str) -> bytes:
    """Refuse to ask an endpoint."""
    raise AssertionError(endpoint)


def no_pause(seconds: float) -> None:
    """Refuse to wait for longer than a moment."""
    assert seconds <= 2


@pytest.fixture
def run(terms: ImportTerms, tmp_path: Path) -> Callable[..., Imported]:
    """Return a function that imports sample files by a kind."""

    def run_kind(
        kind: str,
        *files: str | Path,
        profile: dict[str, str] | None = None,
        options: dict[str, Any] | None = None,
        strict: bool = False,
        ask: Callable[[str, str], bytes] = no_endpoint,
        sleep: Callable[[float], None] = no_pause,
        base: Base | None = None,
    ) -> Imported:
        request = ImportRequest(
            kind,
            tuple(SAMPLE / file for file in files),
            ImportProfile("made-up", **(profile or {})),
            options or {},
            strict,
        )
        out = tmp_path / "made-up.nq"
        importer = kinds(ask, sleep)[kind].importer
        result = run_import(importer, request, terms, base or terms.vocabulary.base(), out, lambda *step: None)
        said: dict[tuple[str, str], set[str]] = {}
        for quad in parse(path=out, format=RdfFormat.N_QUADS):
            assert str(quad.graph_name) == f"<{(base or Base()).iri}graph/import/made-up>"
            said.setdefault((str(quad.subject), str(quad.predicate)), set()).add(str(quad.object))
        return Imported(result, said)

    return run_kind
