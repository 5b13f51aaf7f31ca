"""``nosograph load``: fills a SPARQL service with a release, and says whether it answers as the release does."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

import click

from nosograph.cli.exit_codes import CHECK_FAILED, DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, quiet_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.distribution.loading import Loaded, LoadedWrong, check_copy, load_release, write_copy
from nosograph.indexing.preparing import prepare_release
from nosograph.progress import Progress
from nosograph.release.opening import Release, find_release
from nosograph.release.service_copy import ServiceCopy, address_of_release, service_copy
from nosograph.settings import Settings
from nosograph.sparql.service import SparqlService, check_address
from nosograph.store.conformance import ConformanceReport
from nosograph.store.service_store import ServiceStore, read_credentials

_PATIENCE: Final = 300.0
"""Seconds that a service may take at least for a part that it is sent, or for a count."""


@click.command("load", cls=ConfiguredCommand)
@click.argument("release", required=False, type=click.Path(path_type=Path))
@click.option("--into", metavar="URL", help="Where the service takes queries.")
@click.option("--graph-store", metavar="URL", help="Where it takes graphs (SPARQL 1.1 Graph Store HTTP Protocol).")
@click.option("--check", is_flag=True, help="Change nothing: only compare what the service holds and answers.")
@click.option("--anew", is_flag=True, help="Send everything, also what an interrupted loading has sent.")
@click.option("--without-union", is_flag=True, help="Leave out the union of the graphs, where they share no triple.")
@click.option(
    "--to-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write N-Quads for an engine's own loader.",
)
@uses("releases", "cache", "store_credentials", "query_timeout", "query_memory", "query_result")
@json_option("what was found")
@quiet_option()
def command(
    settings: Settings,
    release: Path | None,
    into: str | None,
    graph_store: str | None,
    check: bool,
    anew: bool,
    without_union: bool,
    to_file: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Fill a SPARQL service with RELEASE, for `nosograph serve --store URL`; without RELEASE, with the latest one.

    What was interrupted goes on where it stopped. Counts and a sample are compared, then the release is named in the
    service, and a set of small queries tells where it answers in its own way. Exit code 1 means that it cannot be used.

    --store-credentials names a file with user:password, or with bearer and a token.

    \b
    Examples:
      nosograph load --into http://127.0.0.1:3030/ds/query --graph-store http://127.0.0.1:3030/ds/data
      nosograph load --to-file conditions.nq
      nosograph load --into http://127.0.0.1:8890/sparql --check
    """
    if (to_file is None) == (into is None):
        raise click.UsageError("Give either --into, the service to fill, or --to-file.")
    if into is not None and check == (graph_store is not None):
        raise click.UsageError("--into takes either --graph-store, to fill the service, or --check.")
    progress = StepDisplay(quiet)
    try:
        opened = prepare_release(find_release(settings.releases, release), cache=settings.cache, progress=progress)
        copy = service_copy(opened, with_union=not without_union)
        if to_file is not None:
            number = write_copy(opened, copy, to_file, progress)
            progress.end()
            if as_json:
                print_json({"file": str(to_file), "quads": number, "version": opened.version})
            else:
                click.echo(f"{to_file}: {number:,} quads of release {opened.version}")
            return DONE
        assert into is not None
        address = check_address(address_of_release(into, opened.version))
        try:
            loaded = _fill(opened, copy, address, graph_store, settings, anew=anew, progress=progress)
        except LoadedWrong as error:
            progress.end()
            click.echo(f"nosograph: {error}", err=True)
            return CHECK_FAILED
        progress("asking", 0, 0)
        report = _compare(opened, address, settings)
    finally:
        progress.end()
    if as_json:
        print_json({**loaded.to_json(), "service": address, "conformance": report.to_json()})
    else:
        total = sum(loaded.graphs.values())
        click.echo(f"{address} holds release {loaded.version}: {total:,} triples in {len(loaded.graphs)} graphs.")
        click.echo(f"{loaded.sent:,} triples were sent; all those of {loaded.subjects} subjects were compared.")
        click.echo(report.to_text())
    return CHECK_FAILED if report.refused else DONE


def _fill(
    release: Release,
    copy: ServiceCopy,
    address: str,
    graph_store: str | None,
    settings: Settings,
    *,
    anew: bool,
    progress: Progress,
) -> Loaded:
    """Fill a service where it is told how, else compare what it holds."""
    authorization = read_credentials(settings.store_credentials)
    with SparqlService(address, authorization, max(settings.query_timeout, _PATIENCE)) as service:
        if graph_store is None:
            return check_copy(release, copy, service, progress)
        target = check_address(address_of_release(graph_store, release.version))
        return load_release(release, copy, service, target, anew=anew, progress=progress)


def _compare(release: Release, address: str, settings: Settings) -> ConformanceReport:
    store = ServiceStore(release, dataclasses.replace(settings, store=address, query_workers=1, store_connections=1))
    try:
        return store.compare()
    finally:
        store.close()
