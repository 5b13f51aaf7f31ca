"""``nosograph describe-source``: prints digest and length of a source's text."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json
from nosograph.curation.texts import describe_text


@click.command("describe-source", cls=ConfiguredCommand)
@click.argument("file", type=click.Path(path_type=Path))
@json_option("digest and length")
def command(file: Path, as_json: bool) -> int:
    """Print the SHA-256 and the length, in code points, of the text in FILE, as a description of the source has them.

    A table of sources that names the file gets both by itself: see 'nosograph curate'.

    \b
    Examples:
      nosograph describe-source texts/my-leaflet.txt
      nosograph describe-source texts/my-leaflet.txt --json
    """
    described = describe_text(file)
    if as_json:
        print_json(asdict(described))
    else:
        click.echo(described.to_turtle())
    return DONE
