"""``nosograph verify``: compares a release with its manifest, file by file."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.cli.exit_codes import CHECK_FAILED, DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, quiet_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.release.opening import find_release
from nosograph.release.verifying import verify_release
from nosograph.settings import Settings


@click.command("verify", cls=ConfiguredCommand)
@click.argument("release", required=False, type=click.Path(path_type=Path))
@uses("releases", "cache")
@json_option("what was found")
@quiet_option()
def command(settings: Settings, release: Path | None, as_json: bool, quiet: bool) -> int:
    """Compare the files of RELEASE with their digests, dumps with the counts, and derived files with their record.

    RELEASE is a folder; without it, the latest release. Exit code 0 means whole, 1 damaged, 3 that it is no release.

    \b
    Examples:
      nosograph verify
      nosograph verify releases/2026-01-31-0123456789ab --json
    """
    progress = StepDisplay(quiet)
    try:
        found = verify_release(find_release(settings.releases, release), cache=settings.cache, progress=progress)
    finally:
        progress.end()
    if as_json:
        print_json(found.to_json())
    else:
        click.echo(found.to_text())
    return DONE if found.whole else CHECK_FAILED
