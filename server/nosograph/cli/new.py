"""``nosograph new``: makes a folder for data of one's own."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from nosograph.assets import find_assets
from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, uses
from nosograph.curation.data_folder import DataFolderTexts, start_data_folder
from nosograph.settings import Settings

CC_BY = "https://creativecommons.org/licenses/by/4.0/"


@click.command("new", cls=ConfiguredCommand)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", required=True, help="Title of the data.")
@click.option("--description", default="", help="What the data are about.  [default: the title]")
@click.option("--creator", required=True, help="Who makes them.")
@click.option("--licence", default=CC_BY, show_default=True, metavar="IRI", help="Licence of the data.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Day of the data.  [default: today]")
@uses("assets")
def command(
    settings: Settings,
    folder: Path,
    title: str,
    description: str,
    creator: str,
    licence: str,
    date: datetime.datetime | None,
) -> int:
    """Make a FOLDER with the vocabulary, the shapes and no data yet, to be named by --assets or NOSOGRAPH_ASSETS.

    \b
    Examples:
      nosograph new psoriasis --title 'Facts about psoriasis' --creator 'A. Curator'
    """
    day = date.date() if date else datetime.datetime.now(tz=datetime.UTC).date()
    texts = DataFolderTexts(title, description or title, creator, licence)
    start_data_folder(folder, find_assets(settings.assets), texts, day)
    click.echo(str(folder))
    return DONE
