"""``nosograph cite``: prints the passage of a quotation."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.assets import find_assets
from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, uses
from nosograph.curation.citing import cite
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import Base
from nosograph.settings import Settings


@click.command("cite", cls=ConfiguredCommand)
@click.argument("source")
@click.argument("quotation")
@folder_option("--sources", "sources", "Folder with the source texts.", required=True)
@uses("assets")
def command(settings: Settings, source: str, quotation: str, sources: Path) -> int:
    """Print the passage of a QUOTATION in the text of SOURCE, ready to paste after noso:passage.

    The words may differ in case, dashes, quotation marks and spaces; an ellipsis (…) stands for any words. Every
    position where the quotation stands is printed, with the words as they stand. 'nosograph curate' writes whole facts.

    \b
    Examples:
      nosograph cite my-review-2024 'hands, feet' --sources texts
      nosograph cite my-review-2024 'The first words … the last words' --sources texts
    """
    knowledge = load_knowledge(find_assets(settings.assets), Base())
    for passage in cite(sources, knowledge, source, quotation):
        click.echo(passage)
    return DONE
