"""``nosograph query``: asks a release or a SPARQL endpoint."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.core import ParameterSource

from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.errors import Location, SettingsError
from nosograph.indexing.preparing import prepare_release
from nosograph.indexing.tables import open_tables
from nosograph.rdf.formats import ANSWER_FORMATS
from nosograph.release.opening import Release, find_release
from nosograph.settings import Settings
from nosograph.sparql.form import query_form
from nosograph.store.asking import TABLE, ask, print_answer

RESULT_FORMATS = (TABLE, *(entry.name for entry in ANSWER_FORMATS))


@click.command("query", cls=ConfiguredCommand)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-e", "--execute", "text", metavar="QUERY", help="The query itself, instead of a file.")
@click.option("--endpoint", metavar="URL", help="A SPARQL endpoint to ask, instead of a release.")
@folder_option("--release", "release_folder", "The release to ask.")
@click.option(
    "--on", "master", metavar="MASTER", help="A cluster of Apache Spark to ask on: spark://HOST:PORT or local[N]."
)
@folder_option("--tables", "tables_folder", "The tables of a release that the cluster reads (nosograph export).")
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
    "cluster_timeout",
    "cluster_memory",
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
    master: str | None,
    tables_folder: Path | None,
    format_name: str | None,
) -> int:
    """Ask a release, or any SPARQL endpoint, a question. FILE may be - for standard input.

    The prefixes of the project (noso:, condition:, skos:, …) need no declaration in a query.

    \b
    Examples:
      nosograph query -e 'SELECT ?c ?label WHERE { ?c a noso:Condition ; skos:prefLabel ?label }'
      nosograph query data/questions/08-where-sources-disagree.rq --format csv
      nosograph query --endpoint http://127.0.0.1:8000/sparql -e 'ASK { ?s ?p ?o }'
      nosograph query --on spark://master:7077 --tables tables/2026-01-31-0123456789ab question.rq
    """
    if (file is None) == (text is None):
        raise click.UsageError("Give either a FILE or a query with -e.")
    if endpoint and (release_folder or context.get_parameter_source("releases") is ParameterSource.COMMANDLINE):
        raise click.UsageError("--endpoint asks a service; --release and --releases ask a release.")
    if (master is None) != (tables_folder is None):
        raise click.UsageError("--on and --tables belong together: a cluster is asked about tables.")
    if master and (
        endpoint or release_folder or context.get_parameter_source("releases") is ParameterSource.COMMANDLINE
    ):
        raise click.UsageError("--on asks the tables of --tables, neither a release nor a service.")
    question = text if text is not None else _read(str(file))
    if master is not None and tables_folder is not None:
        chunks = _ask_cluster(question, master, tables_folder, settings, format_name)
    else:
        chunks = ask(question, endpoint or _prepare(settings, release_folder), settings, format_name=format_name)
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()
    return DONE


def _ask_cluster(
    text: str, master: str, tables_folder: Path, settings: Settings, format_name: str | None
) -> Iterator[bytes]:
    """Return the answer of a cluster in chunks; what asks it is imported here alone, because it needs an extra."""
    query_form(text)
    tables = open_tables(tables_folder)
    if importlib.util.find_spec("sqlglot") is None or importlib.util.find_spec("pyspark") is None:
        raise SettingsError(
            "Asking on a cluster needs pyspark and sqlglot, which are not installed.",
            hint="Install Nosograph with its extra: pip install 'nosograph[cluster]'.",
        )
    cluster = importlib.import_module("nosograph.cluster.store")
    with cluster.open_cluster(tables, master, settings) as store:
        timeout = settings.cluster_timeout
        yield from print_answer(store, tables.base, text, format_name=format_name, timeout=timeout)


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
