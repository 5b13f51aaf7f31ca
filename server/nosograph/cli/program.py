"""The ``nosograph`` command: finds a subcommand in its module, runs it, and exits with its code.

A command's module is imported when the command is asked for, so ``--help`` and ``--version`` load none of them
(https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands). To add a command, add a line to
``COMMANDS`` and a module of that name (``module_of``), whose ``command`` is the click command.
"""

from __future__ import annotations

import importlib
import keyword
import os
import sys
from pathlib import Path
from typing import Final

import click

from nosograph import __version__
from nosograph.assets import guides_folder
from nosograph.cli.exit_codes import exit_code

COMMANDS: Final[dict[str, str]] = {
    "new": "Make a folder for data of your own.",
    "describe-source": "Print digest and length of a source's text.",
    "curate": "Turn a table into facts, and facts into a table.",
    "cite": "Print the passage of a quotation.",
    "validate": "Check data and vocabulary against the shapes.",
    "import": "Turn a public data set into a named graph.",
    "build": "Build a release, check it and publish it.",
    "serve": "Serve a release over HTTP.",
    "load": "Fill a SPARQL service with a release.",
    "index": "Make the store and the search index of a release anew.",
    "export": "Write the tables of a release as Parquet.",
    "verify": "Compare a release with its digests and counts.",
    "pull": "Bring releases of a publisher here, checked.",
    "prune": "Drop what older releases need not keep.",
    "compare": "Show what differs between two releases.",
    "changes": "Keep what differs between releases, and print the changelog.",
    "query": "Ask a release, or any SPARQL endpoint, a question.",
    "announce": "Write redirects, records and DOI metadata of a release.",
    "doctor": "Examine any publisher or SPARQL endpoint.",
    "mcp": "Answer language-model clients about a release.",
    "verify-citations": "Check every cited passage against the source texts.",
    "register": "Add new names to the identifier registry.",
}
"""Command → the line that ``nosograph --help`` shows of it; the order is that of the work."""


def module_of(name: str) -> str:
    """Return the name of a command's module: with underscores for hyphens, and one behind a keyword of Python."""
    return name.replace("-", "_") + ("_" if keyword.iskeyword(name) else "")


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"nosograph.cli.{module_of(cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, which loads no command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def main() -> None:
    """Run the command line and exit with its code; every error is printed on standard error."""
    # pystow, which the reader of SSSOM brings, puts a README.md into a folder in the user's home when it is imported,
    # and fails where it may not, as a service. It leaves a folder alone that has that file.
    os.environ.setdefault("PYSTOW_HOME", str(guides_folder()))
    sys.exit(exit_code(lambda: cli.main(standalone_mode=False)))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="nosograph")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="NOSOGRAPH_CONFIG",
    metavar="FILE",
    help="Configuration file (TOML).  [default: nosograph.toml, if there is one]",
)
def cli(config: Path | None) -> None:
    """Publish facts about medical conditions as linked data in which every statement carries its evidence.

    Settings come from options, then NOSOGRAPH_… environment variables, then nosograph.toml.

    \b
    Examples:
      nosograph validate
      nosograph build --out releases
      nosograph serve --port 8000
      nosograph query -e 'SELECT ?c WHERE { ?c a noso:Condition }'
    """
