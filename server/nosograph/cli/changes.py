"""``nosograph changes``: keeps what differs between the releases of a folder, and prints the changelog of the data."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, quiet_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.comparison.changelog import changelog, read_history
from nosograph.comparison.keeping import keep_differences
from nosograph.comparison.kept import KeptDifferences
from nosograph.release.ledger import read_publications
from nosograph.release.opening import find_release, open_release
from nosograph.settings import Settings


@click.command("changes", cls=ConfiguredCommand)
@uses("releases")
@json_option("every publication and its numbers")
@quiet_option()
def command(settings: Settings, as_json: bool, quiet: bool) -> int:
    """Keep what differs between each release and the one before it, and print the changelog of the data.

    A build does the first by itself. This makes what is missing: after releases were copied into the folder, after
    `latest` was set by hand, or where a difference was removed. A server shows what is kept.

    \b
    Examples:
      nosograph changes > CHANGES.md
      nosograph changes --releases releases --json
    """
    progress = StepDisplay(quiet)
    try:
        kept = keep_differences(settings.releases, datetime.now(UTC), progress)
    finally:
        progress.end()
    for difference in kept:
        if difference.missing:
            click.echo(f"{difference.old} and {difference.new} are not compared: {difference.missing}", err=True)
    history = read_history(KeptDifferences(settings.releases), read_publications(settings.releases))
    if as_json:
        print_json({"publications": [entry.to_json() for entry in history]})
    else:
        latest = open_release(find_release(settings.releases))
        click.echo(changelog(history, latest.base, latest.manifest.profile.title), nl=False)
    return DONE
