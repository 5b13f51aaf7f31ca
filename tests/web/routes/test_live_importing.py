"""What a SPARQL endpoint has is imported from it: here from the project's own server, over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from live import Server
from pyoxigraph import RdfFormat, parse

import vocabularies
from nosograph.api.importing import import_data
from nosograph.assets import find_assets
from nosograph.imports.description import ImportProfile
from nosograph.imports.running import ImportRequest, ImportResult

PAGE = 25
QUERY = """
PREFIX noso: <https://w3id.org/nosograph/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
CONSTRUCT { ?subject ?property ?value }
WHERE { VALUES ?property { skos:prefLabel noso:hasSymptom } ?subject ?property ?value . ?subject a noso:Entity }
ORDER BY ?subject ?property ?value
"""


def imported(server: Server, folder: Path, *, page: int = PAGE, pages: int = 1_000_000) -> ImportResult:
    """Import from a server into a folder; be interrupted after so many pages."""

    def progress(step: str, done: int, total: int) -> None:
        if step.startswith("page ") and done == pages:
            raise KeyboardInterrupt

    folder.mkdir(exist_ok=True)
    query = folder / "query.rq"
    query.write_text(QUERY)
    profile = ImportProfile("mirror", license="https://creativecommons.org/licenses/by/4.0/", version="1")
    options = {"endpoint": f"{server.address}/sparql", "page": page, "pause": 0}
    request = ImportRequest("sparql", (query,), profile, options)
    return import_data(find_assets(), vocabularies.base(), request, folder / "mirror.nq", progress)


def test_an_interrupted_import_goes_on_and_ends_as_one_that_was_not(server: Server, tmp_path: Path) -> None:
    """Nothing half done is published; the pages that are there are not asked for again; no row is lost or doubled."""
    with pytest.raises(KeyboardInterrupt):
        imported(server, tmp_path / "one", pages=2)
    assert not (tmp_path / "one" / "mirror.nq").exists()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("0*.nt")}

    resumed = imported(server, tmp_path / "one")
    whole = imported(server, tmp_path / "other", page=10_000)

    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("0*.nt")}
    assert len(before) == 2 and before.items() < after.items()
    read = resumed.account.files[0]
    assert read.read == whole.account.files[0].read > 2 * PAGE
    assert read.published == whole.account.files[0].published > PAGE
    assert statements(resumed) == statements(whole)


def statements(result: ImportResult) -> set[tuple[str, str, str]]:
    """Return what an import says about conditions, facts and findings."""
    return {
        (str(quad.subject), str(quad.predicate), str(quad.object))
        for quad in parse(path=result.path, format=RdfFormat.N_QUADS)
        if any(f"/{kind}/" in str(quad.subject) for kind in ("condition", "finding", "fact"))
    }
