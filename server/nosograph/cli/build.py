"""``nosograph build``: makes a release of the data."""

from __future__ import annotations

import json
from pathlib import Path

import click

from nosograph.api.building import build_release
from nosograph.build.dumps.making import PLAIN_QUADS
from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, json_option, print_json, quiet_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.distribution.pruning import prune_releases
from nosograph.settings import Settings


@click.command("build", cls=ConfiguredCommand)
@uses("assets", "imports", "dumps", "base_iri", "source_date_epoch", "cache", "keep_releases", releases="--out")
@folder_option("--sources", "sources", "Verify every citation against these source texts first.")
@folder_option("--previous", "previous", "The release before: names of imports that it alone has are withdrawn.")
@click.option("--import-anew", is_flag=True, help="Make every import, even one that nothing has changed for.")
@click.option(
    "--plain-dumps-up-to",
    "plain_quads",
    type=click.IntRange(min=0),
    default=PLAIN_QUADS,
    show_default=True,
    metavar="QUADS",
    help="Write every dump uncompressed as well up to so many quads; beyond, only the N-Quads are.",
)
@json_option("what was built")
@quiet_option()
def command(
    settings: Settings,
    sources: Path | None,
    previous: Path | None,
    import_anew: bool,
    plain_quads: int,
    as_json: bool,
    quiet: bool,
) -> int:
    """Build a release: validate the data, write dumps, descriptions and checksums, check them, index, publish.

    A release whose data do not conform is not made, and the releases that exist are left as they are. The date of a
    release is that of its data, or of SOURCE_DATE_EPOCH. With --sources, a passage, digest or length that does not hold
    against the source texts stops the build; without it, the report of the release says that nothing was verified.

    What an import made is kept in .imports/ beside the releases, and used again as long as its files, its settings, the
    vocabulary and the software are the same; --import-anew makes it again.

    --dumps says which dumps for other tools are written: graphs (a file of each named graph), kgx (nodes and edges of
    the Biolink Model), obographs (the hierarchy), rdf12 (RDF 1.2), nanopublications. By default all of them up to a
    million quads, and kgx and obographs beyond. Of curated statements beside imports all are written: they are small.

    \b
    Examples:
      nosograph build --out releases
      nosograph build --sources texts
      nosograph build --imports hpo --previous releases/latest
      nosograph build --imports all --dumps kgx,nanopublications
      nosograph build --base-iri https://example.org/conditions/ --json
    """
    progress = StepDisplay(quiet)
    try:
        release = build_release(
            settings.assets,
            settings.releases,
            base_iri=settings.base_iri,
            epoch=settings.source_date_epoch,
            sources=sources,
            imports=settings.imports,
            import_anew=import_anew,
            previous=previous,
            plain_quads=plain_quads,
            dumps=settings.dumps,
            progress=progress,
        )
    finally:
        progress.end()
    if settings.keep_releases:
        prune_releases(settings.releases, keep=settings.keep_releases, cache=settings.cache)
    manifest = release.manifest
    joined = json.loads((release.folder / "report.json").read_text(encoding="utf-8")).get("alignment")
    if as_json:
        said = {"folder": str(release.folder)} | ({"alignment": joined} if joined else {})
        print_json(said | json.loads(manifest.to_json()))
    else:
        click.echo(
            f"{release.folder}: {manifest.counts.facts} facts, {manifest.counts.evidence} pieces of evidence, "
            f"{manifest.counts.triples} triples"
        )
        if joined:
            click.echo(
                f"Joined: {joined['resources']} resources in {joined['groups']} groups. Refused: "
                f"{len(joined['refused'])} groups, which the report of the release tells."
            )
    return DONE
