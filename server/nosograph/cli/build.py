"""``nosograph build``: makes a release of the data."""

from __future__ import annotations

import json

import click

from nosograph.assets import find_assets
from nosograph.build.pipeline import build_release
from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, uses
from nosograph.cli.progress import StepDisplay
from nosograph.facts.loading import load_knowledge, require_registered
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.validation.judging import judge


@click.command("build", cls=ConfiguredCommand)
@uses("assets", "base_iri", "source_date_epoch", releases="--out")
@json_option("what was built")
@click.option("--quiet", is_flag=True, help="Do not show progress.")
def command(settings: Settings, as_json: bool, quiet: bool) -> int:
    """Build a release: validate the data, write store, dumps, descriptions and checksums, check them, publish.

    A release whose data do not conform is not made, and the releases that exist are left as they are. The date of a
    release is that of its data, or of SOURCE_DATE_EPOCH.

    \b
    Examples:
      nosograph build --out releases
      nosograph build --base-iri https://example.org/conditions/ --json
    """
    release = _build(settings, StepDisplay(quiet))
    manifest = release.manifest
    if as_json:
        print_json({"folder": str(release.folder)} | json.loads(manifest.to_json()))
    else:
        click.echo(
            f"{release.folder}: {manifest.counts.facts} facts, {manifest.counts.evidence} pieces of evidence, "
            f"{manifest.counts.triples} triples"
        )
    return DONE


def _build(settings: Settings, progress: StepDisplay) -> Release:
    progress("read the data", 0, 0)
    assets = find_assets(settings.assets)
    knowledge = load_knowledge(assets, settings.base)
    progress("check them against the shapes", 0, 0)
    report = judge(knowledge)
    if not report.conforms:
        progress.end()
        click.echo(report.to_text(), err=True)
    else:
        require_registered(assets, knowledge)
    release = build_release(
        knowledge, report, settings.releases, epoch=settings.source_date_epoch, progress=progress, assets=assets
    )
    progress.end()
    return release
