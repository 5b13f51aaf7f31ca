"""``nosograph doctor``: examines a publisher of linked data or a SPARQL endpoint."""

from __future__ import annotations

import sys

import click

from nosograph.cli.exit_codes import CHECK_FAILED, DONE, FAILED
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, quiet_option
from nosograph.cli.progress import StepDisplay
from nosograph.doctor.budget import Budget
from nosograph.doctor.client import USER_AGENT
from nosograph.doctor.earl_report import report_earl
from nosograph.doctor.examining import check_address, examine
from nosograph.doctor.probes import DISCOVERY, PROBES
from nosograph.doctor.text_report import report_json, report_text

_BUDGET = Budget()


@click.command("doctor", cls=ConfiguredCommand)
@click.argument("url")
@click.option("--endpoint", default="", metavar="URL", help="SPARQL endpoint, where it is not found from URL.")
@click.option("--resource", default="", metavar="IRI", help="Resource of the data to look at, where none is found.")
@click.option(
    "--requests",
    type=click.IntRange(1, 1000),
    default=_BUDGET.requests,
    show_default=True,
    help="Requests that are sent at most.",
)
@click.option(
    "--pause",
    type=click.FloatRange(0, 60),
    default=_BUDGET.pause,
    show_default=True,
    metavar="SECONDS",
    help="Seconds between an answer and the next request.",
)
@click.option("--heavy", is_flag=True, help="Also send a query that costs the server much, to see its time limit.")
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="NUMBER", help="Exit with 1 below this score.")
@click.option("--dry-run", is_flag=True, help="List the requests that may be sent, and send none.")
@json_option("the report")
@click.option("--earl", "as_earl", is_flag=True, help="Print the report in RDF (EARL 1.0, Turtle).")
@quiet_option()
def command(
    url: str,
    endpoint: str,
    resource: str,
    requests: int,
    pause: float,
    heavy: bool,
    fail_under: float | None,
    dry_run: bool,
    as_json: bool,
    as_earl: bool,
    quiet: bool,
) -> int:
    """Examine the publisher or SPARQL endpoint at URL, ours or anybody's, with few and small requests.

    Each finding names the clause that it is about, and the cure. Exit code 0 means examined, 1 a score below
    --fail-under, 3 that nothing could be decided.

    \b
    Examples:
      nosograph doctor https://conditions.example.org/
      nosograph doctor https://conditions.example.org/sparql --fail-under 90 --json
    """
    if as_json and as_earl:
        raise click.UsageError("--json and --earl exclude each other.")
    budget = Budget(requests=requests, pause=pause)
    for address in filter(None, (url, endpoint, resource)):
        check_address(address)
    if dry_run:
        click.echo(_plan(url, budget, heavy))
        return DONE
    if not quiet:
        click.echo(f"{budget.to_text()} User-Agent: {USER_AGENT}", err=True)
    progress = StepDisplay(quiet)
    try:
        report = examine(url, endpoint=endpoint, resource=resource, budget=budget, is_heavy=heavy, progress=progress)
    finally:
        progress.end()
    if as_json:
        print_json(report_json(report))
    elif as_earl:
        click.echo(report_earl(report))
    else:
        click.echo(report_text(report, is_coloured=sys.stdout.isatty()))
    if report.score is None:
        return FAILED
    return CHECK_FAILED if fail_under is not None and report.score < fail_under else DONE


def _plan(url: str, budget: Budget, is_heavy: bool) -> str:
    """Return what may be sent, a request a line."""
    lines = [f"{url} would be examined. {budget.to_text()}", f"User-Agent: {USER_AGENT}", ""]
    for probe in (*DISCOVERY.values(), *PROBES.values()):
        if is_heavy or not probe.is_on_demand:
            more = f", and up to {probe.redirects} redirects" if probe.redirects else ""
            lines.append(f"{probe.purpose}{more}")
    lines.append("GET /robots.txt of each other host that is asked")
    return "\n".join(lines)
