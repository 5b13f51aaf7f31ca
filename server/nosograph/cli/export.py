"""``nosograph export``: writes the tables of a release for engines that read Parquet."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, json_option, print_json, quiet_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.indexing.preparing import prepare_release
from nosograph.indexing.tables import export_tables
from nosograph.release.opening import find_release
from nosograph.settings import Settings


@click.command("export", cls=ConfiguredCommand)
@click.argument("release", required=False, type=click.Path(path_type=Path))
@folder_option("--out", "out", "The folder that takes the folder of the tables.", required=True)
@uses("releases", "cache")
@json_option("what the tables are")
@quiet_option()
def command(settings: Settings, release: Path | None, out: Path, as_json: bool, quiet: bool) -> int:
    """Write the tables of RELEASE as Parquet into a folder named after its version.

    RELEASE is a folder; without it, the latest release. The tables are those of the analysis engine: terms, triples,
    quads, closures of hierarchies, and what a translation needs to know. `nosograph query --on` asks them on a cluster.

    \b
    Examples:
      nosograph export --out tables
      nosograph export releases/2026-01-31-0123456789ab --out tables --json
    """
    progress = StepDisplay(quiet)
    try:
        opened = prepare_release(find_release(settings.releases, release), cache=settings.cache, progress=progress)
        tables = export_tables(opened, out, progress)
    finally:
        progress.end()
    if as_json:
        print_json({"folder": str(tables.folder)} | tables.to_json())
    else:
        rows = ", ".join(f"{tables.rows(name):,} {name}" for name in ("terms", "triples", "quads", "closures"))
        click.echo(f"{tables.folder}: {rows}, {tables.size:,} bytes")
    return DONE
