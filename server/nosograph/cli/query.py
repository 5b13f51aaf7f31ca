"""``nosograph query``: asks a release or a SPARQL endpoint."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.core import ParameterSource

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.errors import Location, SettingsError
from nosograph.indexing.preparing import prepare_release
from nosograph.rdf.formats import ANSWER_FORMATS
from nosograph.release.opening import Release, find_release
from nosograph.settings import Settings
from nosograph.store.asking import TABLE, ask

RESULT_FORMATS = (TABLE, *(entry.name for entry in ANSWER_FORMATS))


@click.command("query", cls=ConfiguredCommand)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-e", "--execute", "text", metavar="QUERY", help="The query itself, instead of a file.")
@click.option("--endpoint", metavar="URL", help="A SPARQL endpoint to ask, instead of a release.")
@folder_option("--release", "release_folder", "The release to ask.")
@uses(
    "releases",
    "cache",
    "base_iri",
    "query_timeout",
    "query_memory",
    "query_result",
    "query_text",
    "query_service_allow",
    "analysis_memory",
    query_engine="--engine",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(RESULT_FORMATS),
    help="How to print the answer.  [default: table, or ttl for CONSTRUCT and DESCRIBE]",
)
@click.pass_context
def command(
    context: click.Context,
    settings: Settings,
    file: Path | None,
    text: str | None,
    endpoint: str | None,
    release_folder: Path | None,
    format_name: str | None,
) -> int:
    """Ask a release, or any SPARQL endpoint, a question. FILE may be - for standard input.

    The prefixes of the project (noso:, condition:, skos:, …) need no declaration in a query.

    \b
    Examples:
      nosograph query -e 'SELECT ?c ?label WHERE { ?c a noso:Condition ; skos:prefLabel ?label }'
      nosograph query data/questions/08-where-sources-disagree.rq --format csv
      nosograph query --endpoint http://127.0.0.1:8000/sparql -e 'ASK { ?s ?p ?o }'
    """
    if (file is None) == (text is None):
        raise click.UsageError("Give either a FILE or a query with -e.")
    if endpoint and (release_folder or context.get_parameter_source("releases") is ParameterSource.COMMANDLINE):
        raise click.UsageError("--endpoint asks a service; --release and --releases ask a release.")
    question = text if text is not None else _read(str(file))
    target = endpoint or _prepare(settings, release_folder)
    for chunk in ask(question, target, settings, format_name=format_name):
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()
    return DONE


def _prepare(settings: Settings, release_folder: Path | None) -> Release:
    """Return the release to ask; a step is shown only where its store has to be made first."""
    progress = StepDisplay(quiet=False)
    try:
        return prepare_release(find_release(settings.releases, release_folder), cache=settings.cache, progress=progress)
    finally:
        progress.end()


def _read(file: str) -> str:
    """Return the text of a file, or of standard input for ``-``."""
    try:
        with click.open_file(file, encoding="utf-8") as stream:
            return str(stream.read())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(
            f"The file cannot be read: {reason}.", location=Location(file), hint="Name a text file."
        ) from error
