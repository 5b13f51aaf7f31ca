"""Builds releases."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from nosograph.api.importing import import_declared
from nosograph.assets import find_assets
from nosograph.build.dumps.making import PLAIN_QUADS
from nosograph.build.pipeline import build_release as build_from_graph
from nosograph.build.publishing import now
from nosograph.build.unchanged import digest_inputs
from nosograph.comparison.keeping import keep_differences
from nosograph.curation.verifying import published_json, verify_citations
from nosograph.errors import ValidationFailed
from nosograph.facts.loading import load_knowledge, require_registered
from nosograph.progress import Progress, quiet
from nosograph.rdf.names import DEFAULT_BASE, Base
from nosograph.release.names import IMPORTS_NAME
from nosograph.release.opening import Release, open_release
from nosograph.validation.reference import Sample
from nosograph.validation.validate import validate as validate_graph


def build_release(
    folder: str | PathLike[str] | None = None,
    releases: str | PathLike[str] = "releases",
    *,
    base_iri: str = DEFAULT_BASE,
    epoch: int | None = None,
    sources: str | PathLike[str] | None = None,
    imports: Sequence[str] = (),
    import_anew: bool = False,
    previous: str | PathLike[str] | None = None,
    plain_quads: int = PLAIN_QUADS,
    progress: Progress = quiet,
) -> Release:
    """Load and validate the data of a folder, build a release of them, publish it, and return it.

    What differs from the release before is found then, and kept beside the releases.

    Args:
        folder: holds ``ontology/``, ``shapes/`` and ``data/``; without it, the data that come with the software.
        releases: folder of the releases; made if it is not there.
        base_iri: base of every IRI of the data.
        epoch: seconds since 1970 whose day dates the release, instead of the data's own date.
        sources: folder with the texts of the sources; each cited passage must then hold against them.
        imports: names of imports that ``data/imports.toml`` lists, or ``all``: they are published beside the data.
        import_anew: make every import, even where its files, the vocabulary and the software are those of the last one.
        previous: folder of the release before: names of imports that it has and the new one has not are withdrawn.
        plain_quads: so many quads a release may have for every dump to be written uncompressed as well; of a larger one
            only the N-Quads are.
        progress: called with a step's name, how much of it is done, and how much there is (0 and 0: not known).

    Raises:
        InputError, InputErrors: a file cannot be used as it is, or a name is not in the registry.
        ReferenceDiffers: the validator and pySHACL, its reference, do not find the same.
        ValidationFailed: the data do not conform, or a citation does not hold; ``report`` has the details.
        ReleaseError: the release cannot be written, and the releases that exist are as they were; or it was published,
            and its difference cannot be kept.
    """
    before = open_release(Path(previous).resolve()) if previous is not None else None
    assets = find_assets(Path(folder) if folder is not None else None)
    progress("read the data", 0, 0)
    knowledge = load_knowledge(assets, Base(base_iri))
    progress("check them against the shapes", 0, 0)
    report = validate_graph(knowledge, Sample.of(knowledge.inputs))
    if not report.conforms:
        raise ValidationFailed(
            "The data do not conform to the shapes, so no release was made.",
            hint="Correct what the report names.",
            report=report.to_text(),
        )
    require_registered(assets, knowledge)
    citations = None
    if sources is not None:
        progress("verify the citations", 0, 0)
        citations = verify_citations(knowledge, Path(sources))
        if not citations.holds:
            raise ValidationFailed(
                "The citations do not hold against the source texts, so no release was made.",
                hint="Correct what the report names.",
                report=citations.to_text(),
            )
    with tempfile.TemporaryDirectory(prefix="nosograph-imports-") as folder:
        kept = None if import_anew else Path(releases) / IMPORTS_NAME
        paths, accounts = import_declared(assets, knowledge.base, imports, Path(folder), progress, kept=kept)
        progress("compare with what was built before", 0, 0)
        withdrawn_from = before.manifest.content_hash if before is not None else None
        verified = published_json(citations, passages=0)
        made_from = digest_inputs(knowledge, paths, accounts, epoch, plain_quads, withdrawn_from, verified)
        release = build_from_graph(
            knowledge,
            report,
            Path(releases),
            epoch=epoch,
            progress=progress,
            imports=paths,
            assets=assets,
            citations=citations,
            accounts=accounts,
            previous=before,
            plain_quads=plain_quads,
            made_from=made_from,
        )
    keep_differences(Path(releases), now(), progress)
    return release
