"""``nosograph compare``: shows what differs between two releases."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, json_option
from nosograph.comparison.comparing import compare_releases
from nosograph.comparison.keeping import keep_difference
from nosograph.comparison.kept import KeptDifferences
from nosograph.comparison.writing import CHUNKS
from nosograph.rdf.formats import JSON, PLAIN_TEXT
from nosograph.release.opening import open_release


@click.command("compare", cls=ConfiguredCommand)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "name",
    type=click.Choice([format.name for format in CHUNKS]),
    default=PLAIN_TEXT.name,
    show_default=True,
    help="txt has the first changes of each sort, the others have all; rdfp is RDF Patch.",
)
@json_option("every difference")
@click.option("--keep", is_flag=True, help="Keep the difference beside the releases, so that a server has it.")
def command(old: Path, new: Path, name: str, as_json: bool, keep: bool) -> int:
    """Show what differs between two releases: facts, status, evidence, resources, labels, mappings, quads.

    OLD and NEW are folders of releases. Every difference is exit code 0: two releases are allowed to differ. Where the
    difference is kept beside both, it is read from there.

    \b
    Examples:
      nosograph compare releases/2026-01-31-0123456789ab releases/latest
      nosograph compare releases/2026-01-31-0123456789ab releases/latest --json | jq .counts
      nosograph compare releases/2026-01-31-0123456789ab releases/latest --format rdfp > changes.rdfp
    """
    older, newer = open_release(old.resolve()), open_release(new.resolve())
    comparison = compare_releases(older, newer)
    if keep:
        keep_difference(older, newer)
    if older.folder.parent == newer.folder.parent:
        kept = KeptDifferences(newer.folder.parent).compare(older.version, newer.version, newer.base)
        comparison = kept or comparison
    wanted = JSON.name if as_json else name
    write = next(write for format, write in CHUNKS.items() if format.name == wanted)
    for chunk in write(comparison):
        click.echo(chunk, nl=False)
    return DONE
