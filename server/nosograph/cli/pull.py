"""``nosograph pull``: mirrors the releases of a publisher."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.api.mirroring import pull
from nosograph.cli.exit_codes import DONE, FAILED
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, quiet_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.distribution.pulling import PulledRelease
from nosograph.settings import Settings


@click.command("pull", cls=ConfiguredCommand)
@click.argument("url")
@uses("cache", "pull_size", releases="--into", keep_releases="--keep")
@click.option("--all/--latest", "everything", help="Pull every release, or the latest alone, as by default.")
@click.option(
    "--trust",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="KEYFILE",
    help="Public key of minisign that must have signed each release; it is remembered. May be repeated.",
)
@click.option("--accept-unsigned", is_flag=True, help="Take a release without a signature though others had one.")
@click.option("--allow-http", is_flag=True, help="Take an http:// address of another machine.")
@json_option("what was done")
@quiet_option()
def command(
    settings: Settings,
    url: str,
    everything: bool,
    trust: tuple[Path, ...],
    accept_unsigned: bool,
    allow_http: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Bring new releases of a publisher here, each compared with its digests before it can be seen.

    URL is a site of this software, or a folder of releases: https://…, s3://…, file:///… or a path. What was
    interrupted goes on where it ended. Exit code 3 means that a release could not be had; what was here is as it was.

    \b
    Examples:
      nosograph pull https://conditions.example.org/ --into mirror
      nosograph pull s3://bucket/releases --all --keep 5 --trust minisign.pub
    """
    progress = StepDisplay(quiet)
    try:
        report = pull(
            url,
            settings.releases,
            everything=everything,
            keep=settings.keep_releases,
            trust=trust,
            accept_unsigned=accept_unsigned,
            allow_http=allow_http,
            most_gib=settings.pull_size,
            cache=settings.cache,
            progress=progress,
        )
    finally:
        progress.end()
    if as_json:
        print_json(report.to_json())
    else:
        lines = [_line(release) for release in report.releases]
        click.echo("\n".join([*lines, f"The latest release is {report.latest}."]))
    return DONE if report.complete else FAILED


def _line(release: PulledRelease) -> str:
    if release.refused:
        return f"{release.version}: not pulled. {release.refused}"
    signed = f", signed by {release.signed_by}" if release.signed_by else ""
    if not release.pulled:
        return f"{release.version}: is here{signed}"
    reused = f", {release.reused} copied from releases here" if release.reused else ""
    return f"{release.version}: pulled {release.files} files, {release.size} bytes{reused}{signed}"
