"""``nosograph prune``: makes room in the folder of the releases."""

from __future__ import annotations

import click

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, uses
from nosograph.distribution.pruning import PrunedRelease, prune_releases
from nosograph.settings import Settings


@click.command("prune", cls=ConfiguredCommand)
@uses("releases", "cache", keep_releases="--keep")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@json_option("what went")
def command(settings: Settings, dry_run: bool, as_json: bool) -> int:
    """Drop what older releases need not keep: derived files, and beyond --keep all dumps but the N-Quads.

    Manifest, checksums, descriptions, vocabulary, shapes, report, questions and a tombstone with the digests of what
    went stay, so the address of every release answers for ever. The latest release and those in use are left alone.

    \b
    Examples:
      nosograph prune --keep 5 --dry-run
      nosograph prune --keep 5 --json
    """
    pruned = prune_releases(settings.releases, keep=settings.keep_releases, cache=settings.cache, dry_run=dry_run)
    if as_json:
        print_json({"dry_run": dry_run, "releases": [release.to_json() for release in pruned]})
    else:
        click.echo("\n".join(_line(release, dry_run) for release in pruned) or "There are no releases.")
    return DONE


def _line(release: PrunedRelease, dry_run: bool) -> str:
    if release.kept:
        return f"{release.version}: left alone, {release.kept}"
    parts = [f"{len(release.dropped)} dumps"] if release.dropped else []
    parts += ["store and search index"] if release.derived else []
    if not parts:
        return f"{release.version}: nothing to drop"
    verb = "would drop" if dry_run else "dropped"
    return f"{release.version}: {verb} {' and '.join(parts)}, {release.size} bytes"
