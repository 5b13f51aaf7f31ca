"""The command line: parses, calls one function, maps errors to exit codes.

Exit codes: 0 done · 1 what was judged was found wanting (data that cannot be used or do not conform, citations that do
not hold) · 2 the command or a setting is wrong · 3 the work could not be done · 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from nosograph import __version__
from nosograph.assets import find_assets
from nosograph.errors import InputError, InputErrors, Location, NosographError, SettingsError, ValidationFailed
from nosograph.rdf.formats import ASK_FORMATS, GRAPH_FORMATS, SELECT_FORMATS
from nosograph.rdf.names import Base
from nosograph.settings import Settings, load_settings

FOUND_WANTING, USAGE, FAILED, INTERRUPTED = 1, 2, 3, 130

RESULT_FORMATS = ("table", *dict.fromkeys(entry.name for entry in (*SELECT_FORMATS, *ASK_FORMATS, *GRAPH_FORMATS)))


def main() -> None:
    """Run the command line and exit with its code; every error is told on standard error."""
    sys.exit(_coded(lambda: cli.main(standalone_mode=False)))


def _coded(work: Callable[[], Any]) -> Any:
    """Return the exit code of some work; every error is told on standard error."""
    code: Any
    try:
        code = work()
    except click.exceptions.Abort:
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = USAGE
    except (InputError, InputErrors, ValidationFailed) as error:
        code = _tell(error, FOUND_WANTING)
    except SettingsError as error:
        code = _tell(error, USAGE)
    except NosographError as error:
        code = _tell(error, FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has enough: nothing is wrong
        code = 0
    return code


def _do_apart(work: Callable[[], None]) -> None:
    """Do some work in a process of its own, and end with its exit code unless that is 0.

    The engine that writes a store leaves threads behind, and a process with threads must not fork, as the server does.
    """
    child = os.fork()
    if child == 0:
        code = FAILED
        try:
            code = _coded(work) or 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        sys.exit(code if code > 0 else FAILED)


def _tell(error: NosographError, code: int) -> int:
    click.echo(f"nosograph: {error}", err=True)
    return code


def _option(name: str, **more: Any) -> Callable[[Any], Any]:
    """Return an option that sets the setting of the same name, with the setting's own description as its help."""
    entry = Settings.__dataclass_fields__[name.replace("-", "_")]
    default = "" if entry.default in (None, "") else f"  [default: {entry.default}]"
    about = str(entry.metadata["about"])
    return click.option(f"--{name}", help=about[0].upper() + about[1:] + "." + default, metavar="VALUE", **more)


def _settings(context: click.Context, **flags: Any) -> Settings:
    return load_settings(flags, os.environ, context.obj)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="nosograph")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Configuration file (TOML).")
@click.pass_context
def cli(context: click.Context, config: Path | None) -> None:
    """Publish facts about medical conditions as linked data in which every statement carries its evidence.

    Settings come from options, then NOSOGRAPH_… environment variables, then nosograph.toml.

    \b
    Examples:
      nosograph validate
      nosograph build --out releases
      nosograph serve --port 8000
      nosograph query -e 'SELECT ?c WHERE { ?c a noso:Condition }'
    """
    context.obj = config


@cli.command()
@_option("assets")
@_option("base-iri")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--rdf", "as_rdf", is_flag=True, help="Print the report as Turtle (sh:ValidationReport).")
@click.pass_context
def validate(context: click.Context, assets: str | None, base_iri: str | None, as_json: bool, as_rdf: bool) -> int:
    """Validate data and vocabulary by the shapes; exit 0 if they conform, 1 if not.

    Data that conform are also held against the registry of published names (see 'nosograph register').

    \b
    Examples:
      nosograph validate
      nosograph validate --json | jq '.results[] | {file, line, message}'
    """
    from nosograph.facts.loading import load_knowledge, require_registered
    from nosograph.validation.validate import validate as validate_graph

    settings = _settings(context, assets=assets, base_iri=base_iri)
    if as_json and as_rdf:
        raise click.UsageError("--json and --rdf exclude each other.")
    folders = find_assets(settings.assets)
    knowledge = load_knowledge(folders, settings.base)
    report = validate_graph(knowledge)
    if as_rdf:
        click.echo(report.to_graph(f"{settings.base_iri}report").serialize(format="turtle"), nl=False)
    else:
        click.echo(_as_json(report.to_json()) if as_json else report.to_text())
    if not report.conforms:
        return FOUND_WANTING
    require_registered(folders, knowledge)
    return 0


@cli.command()
@click.option("--out", "releases", metavar="FOLDER", help="Folder that holds the releases.  [default: releases]")
@_option("assets")
@_option("base-iri")
@click.option(
    "--sources", type=click.Path(path_type=Path), metavar="DIR", help="Verify all citations against these texts first."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was built as JSON.")
@click.option("--quiet", is_flag=True, help="Do not show progress.")
@click.pass_context
def build(
    context: click.Context,
    releases: str | None,
    assets: str | None,
    base_iri: str | None,
    sources: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Make a release: validate the data, write store, dumps, descriptions and checksums, check them, publish.

    A release whose data do not conform is not made, and the releases that exist are left as they are. The date of a
    release is that of its data, or of SOURCE_DATE_EPOCH. With --sources, a passage, digest or length that does not hold
    against the source texts stops the build; without it, the release's report says that nothing was verified.

    \b
    Examples:
      nosograph build --out releases
      nosograph build --sources texts
      nosograph build --base-iri https://example.org/conditions/ --json
    """
    settings = _settings(context, releases=releases, assets=assets, base_iri=base_iri)
    release = _build(settings, _Progress(quiet), sources)
    manifest = release.manifest
    if as_json:
        click.echo(json.dumps({"folder": str(release.folder)} | json.loads(manifest.to_json()), indent=2))
    else:
        click.echo(
            f"{release.folder}: {manifest.counts.facts} facts, {manifest.counts.evidence} pieces of evidence, "
            f"{manifest.counts.triples} triples"
        )
    return 0


def _build(settings: Settings, progress: _Progress, sources: Path | None = None) -> Any:
    from nosograph.build.pipeline import build_release
    from nosograph.curation.citations import verify_citations
    from nosograph.facts.loading import load_knowledge, require_registered
    from nosograph.validation.reference import Sample
    from nosograph.validation.validate import validate as validate_graph

    progress("read the data", 0, 0)
    assets = find_assets(settings.assets)
    knowledge = load_knowledge(assets, settings.base)
    progress("validate them by the shapes", 0, 0)
    report = validate_graph(knowledge, Sample.of(knowledge.inputs))
    if not report.conforms:
        progress.end()
        click.echo(report.to_text(), err=True)
    else:
        require_registered(assets, knowledge)
    citations = None
    if sources is not None:
        progress("verify the citations", 0, 0)
        citations = verify_citations(knowledge, sources)
        if not citations.holds:
            progress.end()
            click.echo(citations.to_text(), err=True)
    release = build_release(
        knowledge,
        report,
        settings.releases,
        epoch=settings.source_date_epoch,
        progress=progress,
        assets=assets,
        citations=citations,
    )
    progress.end()
    return release


@cli.command()
@click.option(
    "--release", "release_folder", type=click.Path(path_type=Path), metavar="DIR", help="The release to serve."
)
@_option("releases")
@_option("assets")
@_option("host")
@_option("port")
@_option("site-url")
@_option("base-iri")
@_option("threads")
@_option("query-workers")
@_option("query-timeout")
@click.option("--watch", is_flag=True, help="Load a new release as soon as releases/latest names one.")
@click.pass_context
def serve(context: click.Context, /, release_folder: Path | None, watch: bool, **flags: Any) -> int:
    """Serve a release over HTTP: things, documents, SPARQL, dumps, pages. Builds first if there is no release yet.

    SIGHUP loads the newest release beside the one that is served and swaps it in; SIGTERM ends what is in flight, then
    stops.

    \b
    Examples:
      nosograph serve
      nosograph serve --release releases/latest --host 0.0.0.0 --port 80
    """
    from nosograph.release.opening import latest_release
    from nosograph.web.server.running import check_address, serve_release

    settings = _settings(context, **flags)
    check_address(settings.host, settings.port)
    if release_folder is None and latest_release(settings.releases) is None:

        def build_first() -> None:
            _build(settings, _Progress(False))

        _do_apart(build_first)
    serve_release(settings, release_folder, watch=watch)
    return 0


@cli.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-e", "--execute", "text", metavar="QUERY", help="The query itself, instead of a file.")
@click.option("--endpoint", metavar="URL", help="A SPARQL endpoint to ask, instead of a release.")
@click.option("--release", "release_folder", type=click.Path(path_type=Path), metavar="DIR", help="The release to ask.")
@_option("releases")
@_option("query-timeout")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(RESULT_FORMATS),
    help="How to print the answer.  [default: table, or ttl for CONSTRUCT and DESCRIBE]",
)
@click.pass_context
def query(
    context: click.Context,
    file: Path | None,
    text: str | None,
    endpoint: str | None,
    release_folder: Path | None,
    releases: str | None,
    query_timeout: str | None,
    format_name: str | None,
) -> int:
    """Ask a release, or any SPARQL endpoint, a question. FILE may be - for standard input.

    The prefixes of the project (noso:, condition:, skos:, …) are declared for a query that declares none of its own.

    \b
    Examples:
      nosograph query -e 'SELECT ?c ?label WHERE { ?c a noso:Condition ; skos:prefLabel ?label }'
      nosograph query data/questions/08-where-sources-disagree.rq --format csv
      nosograph query --endpoint http://127.0.0.1:8000/sparql -e 'ASK { ?s ?p ?o }'
    """
    if (file is None) == (text is None):
        raise click.UsageError("Give either a FILE or a query with -e.")
    if endpoint and (release_folder or releases):
        raise click.UsageError("--endpoint asks a service; --release and --releases ask a release.")
    settings = _settings(context, releases=releases, query_timeout=query_timeout)
    question = text if text is not None else _read(str(file))
    from nosograph.store.asking import ask

    for chunk in ask(question, settings, endpoint=endpoint, release_folder=release_folder, format_name=format_name):
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()
    return 0


@cli.command("verify-citations")
@click.option(
    "--sources", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder with the source texts."
)
@_option("assets")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def verify(context: click.Context, sources: Path, assets: str | None, as_json: bool) -> int:
    """Check every cited passage against the source texts; exit 0 if all hold, 1 if one does not.

    A text is found by its digest, whatever its file is called; a file named after the source is taken for another
    version of it, and tells which passages moved and which changed.

    \b
    Examples:
      nosograph verify-citations --sources texts
      nosograph verify-citations --sources texts --json | jq .counts
    """
    from nosograph.curation.citations import verify_citations
    from nosograph.facts.loading import load_knowledge

    settings = _settings(context, assets=assets)
    report = verify_citations(load_knowledge(find_assets(settings.assets), settings.base), sources)
    click.echo(_as_json(report.to_json()) if as_json else report.to_text())
    return 0 if report.holds else FOUND_WANTING


@cli.command()
@click.argument("source")
@click.argument("quotation")
@click.option(
    "--sources", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder with the source texts."
)
@_option("assets")
@click.pass_context
def cite(context: click.Context, source: str, quotation: str, sources: Path, assets: str | None) -> int:
    """Print the passage of a QUOTATION in the text of SOURCE, ready to paste after noso:passage.

    An ellipsis (…) in the quotation stands for any text. Every place where it stands is printed.

    \b
    Examples:
      nosograph cite my-review-2024 'hands, feet' --sources texts
      nosograph cite my-review-2024 'The first words … the last words' --sources texts
    """
    from nosograph.curation.citations import cite as find_passages
    from nosograph.facts.loading import load_knowledge

    settings = _settings(context, assets=assets)
    knowledge = load_knowledge(find_assets(settings.assets), settings.base)
    for passage in find_passages(sources, knowledge, source, quotation):
        click.echo(passage)
    return 0


@cli.command()
@_option("assets")
@click.option("--json", "as_json", is_flag=True, help="Print the names that were added as JSON.")
@click.pass_context
def register(context: click.Context, assets: str | None, as_json: bool) -> int:
    """Add the names of new things, facts, mappings and terms to data/identifiers.tsv. A name is never removed.

    Data that do not conform to the shapes register nothing: a name stays for good, so it must be right first.

    \b
    Examples:
      nosograph register
    """
    from nosograph.facts.loading import load_knowledge, register_names
    from nosograph.validation.validate import validate as validate_graph

    settings = _settings(context, assets=assets)
    folders = find_assets(settings.assets)
    knowledge = load_knowledge(folders, Base())
    report = validate_graph(knowledge)
    if not report.conforms:
        click.echo(report.to_text(), err=True)
        return FOUND_WANTING
    added = register_names(folders, knowledge)
    click.echo(_as_json({"added": list(added)}) if as_json else "\n".join([*added, f"{len(added)} names added"]))
    return 0


class _Progress:
    """Shows the steps of a build on standard error: in place on a terminal, a line for each elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        if self._quiet:
            return
        if self._terminal:
            share = f" {done * 100 // total} %" if total else ""
            sys.stderr.write(f"\r\x1b[K{step}{share}")
        elif step != self._step:
            sys.stderr.write(f"{step}\n")
        self._step = step
        sys.stderr.flush()

    def end(self) -> None:
        if self._terminal and not self._quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


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


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
