"""``nosograph verify-citations``: checks every cited passage against the source texts."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.assets import find_assets
from nosograph.cli.exit_codes import CHECK_FAILED, DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, json_option, print_json, uses
from nosograph.curation.verifying import verify_citations
from nosograph.facts.loading import load_knowledge
from nosograph.settings import Settings


@click.command("verify-citations", cls=ConfiguredCommand)
@folder_option("--sources", "sources", "Folder with the source texts.", required=True)
@uses("assets")
@json_option("the report")
def command(settings: Settings, sources: Path, as_json: bool) -> int:
    """Check every cited passage against the source texts; exit 0 if all hold, 1 if one does not.

    A text is found by its digest, whatever its file is called; a file named after the source is taken for another
    version of it, and tells which passages moved and which changed.

    \b
    Examples:
      nosograph verify-citations --sources texts
      nosograph verify-citations --sources texts --json | jq .counts
    """
    report = verify_citations(load_knowledge(find_assets(settings.assets), settings.base), sources)
    if as_json:
        print_json(report.to_json())
    else:
        click.echo(report.to_text())
    return DONE if report.holds else CHECK_FAILED
