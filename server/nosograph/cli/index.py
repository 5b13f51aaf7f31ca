"""``nosograph index``: makes the store and the search index of a release anew."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, quiet_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.indexing.making import make_derived
from nosograph.release.opening import find_release, open_release
from nosograph.settings import Settings


@click.command("index", cls=ConfiguredCommand)
@click.argument("release", required=False, type=click.Path(path_type=Path))
@uses("releases", "cache")
@json_option("the record of what was made")
@quiet_option()
def command(settings: Settings, release: Path | None, as_json: bool, quiet: bool) -> int:
    """Make the store and the search index of RELEASE anew from its N-Quads.

    RELEASE is a folder; without it, the latest release. What serves or asks a release does this by itself when they are
    missing, damaged, or made by another version of the software.

    \b
    Examples:
      nosograph index
      nosograph index releases/2026-01-31-0123456789ab --json
    """
    opened = open_release(find_release(settings.releases, release), cache=settings.cache)
    progress = StepDisplay(quiet)
    try:
        record = make_derived(opened, progress, anew=True)
    finally:
        progress.end()
    if as_json:
        print_json({"folder": str(opened.derived_folder)} | record.to_json())
    else:
        click.echo(
            f"{opened.derived_folder}: {record.stored} statements in the store, {record.names} names in the index"
        )
    return DONE
