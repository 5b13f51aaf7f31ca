"""``nosograph compare``: shows what differs between two releases."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json
from nosograph.comparison.comparing import compare_releases
from nosograph.release.opening import open_release


@click.command("compare", cls=ConfiguredCommand)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@json_option("the differences")
def command(old: Path, new: Path, as_json: bool) -> int:
    """Show what differs between two releases: facts, their status, resources, labels, and the number of quads.

    OLD and NEW are folders of releases. Every difference is exit code 0: two releases are allowed to differ.

    \b
    Examples:
      nosograph compare releases/2026-01-31-0123456789ab releases/latest
      nosograph compare releases/2026-01-31-0123456789ab releases/latest --json | jq .counts
    """
    comparison = compare_releases(open_release(old), open_release(new))
    if as_json:
        print_json(comparison.to_json())
    else:
        click.echo(comparison.to_text())
    return DONE
