"""``nosograph serve``: serves a release over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click

from nosograph.cli.exit_codes import DONE, FAILED
from nosograph.cli.options import ConfiguredCommand, folder_option, uses
from nosograph.release.opening import latest_release
from nosograph.settings import Settings
from nosograph.web.server.running import check_address, serve_release


@click.command("serve", cls=ConfiguredCommand)
@folder_option("--release", "release_folder", "The release to serve.")
@uses(*(entry.name for entry in fields(Settings)))
@click.option("--watch", is_flag=True, help="Load a new release as soon as releases/latest names one.")
@click.pass_context
def command(context: click.Context, settings: Settings, release_folder: Path | None, watch: bool) -> int:
    """Serve a release over HTTP: resources, documents, SPARQL, dumps, pages. Builds first if there is no release yet.

    SIGHUP loads the newest release beside the one that is served and swaps it in; SIGTERM ends what is in flight, then
    stops.

    \b
    Examples:
      nosograph serve
      nosograph serve --release releases/latest --host 0.0.0.0 --port 80
    """
    check_address(settings.host, settings.port)
    if release_folder is None and latest_release(settings.releases) is None:
        code = _build(settings, context.obj.file)
        if code:
            return code
    serve_release(settings, release_folder, watch=watch)
    return DONE


def _build(settings: Settings, configuration: Path | None) -> int:
    """Build a release in a process of its own, and return its exit code.

    What a build imports, and the threads that the engine leaves behind, would stay in the server.
    """
    arguments = ["build", "--out", str(settings.releases), "--base-iri", settings.base_iri]
    if settings.assets is not None:
        arguments += ["--assets", str(settings.assets)]
    if settings.imports:
        arguments += ["--imports", ",".join(settings.imports)]
    if settings.source_date_epoch is not None:
        arguments += ["--source-date-epoch", str(settings.source_date_epoch)]
    if configuration is not None:
        arguments = ["--config", str(configuration), *arguments]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-P", "-m", "nosograph.cli", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode if done.returncode >= 0 else FAILED
