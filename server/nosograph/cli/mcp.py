"""``nosograph mcp``: offers a release to programs that speak the Model Context Protocol."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import click

from nosograph.api.connections import ReleaseConnection
from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, uses
from nosograph.errors import SettingsError
from nosograph.indexing.preparing import prepare_release
from nosograph.progress import quiet
from nosograph.release.opening import find_release
from nosograph.settings import Settings


@click.command("mcp", cls=ConfiguredCommand)
@folder_option("--release", "release_folder", "The release to answer about.")
@uses("releases", "cache", "query_timeout", "query_memory", "query_text")
@click.option(
    "--answer-rows",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Rows that the answer to a query may have.",
)
@click.option(
    "--answer-size",
    type=click.IntRange(4, 16_384),
    default=256,
    show_default=True,
    metavar="KIB",
    help="KiB that an answer may have.",
)
def command(settings: Settings, release_folder: Path | None, answer_rows: int, answer_size: int) -> int:
    """Answer language-model clients about a release, by the Model Context Protocol on standard input and output.

    The client starts this command itself; docs/researcher.md shows how two clients are set up. Its tools are search,
    look_up, resolve_code and sparql: they read, change nothing, and reach no network. It needs the extra "mcp".

    \b
    Examples:
      nosograph mcp --releases releases
      nosograph mcp --release releases/latest --query-timeout 10
    """
    if importlib.util.find_spec("mcp") is None:
        raise SettingsError(
            "The package mcp is not installed.", hint="Install the extra: pip install 'nosograph[mcp]'."
        )
    server = importlib.import_module("nosograph.mcp.server")  # not at the top: it needs the package
    found = find_release(settings.releases, release_folder)
    release = prepare_release(found, cache=settings.cache, progress=quiet)
    limits = server.AnswerLimits(answer_rows, answer_size)
    bounded = Settings(
        query_timeout=settings.query_timeout,
        query_memory=settings.query_memory,
        query_text=settings.query_text,
        query_result=1 + 4 * answer_size // 1024,
        query_workers=1,
    )
    with ReleaseConnection(release, bounded) as connection:
        server.create_server(connection, limits).run("stdio")
    return DONE
