"""``nosograph validate``: checks data and vocabulary against the shapes."""

from __future__ import annotations

import click
from pyoxigraph import RdfFormat, parse

from nosograph.assets import find_assets
from nosograph.cli.exit_codes import CHECK_FAILED, DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, uses
from nosograph.facts.loading import load_knowledge, require_registered
from nosograph.rdf.formats import TURTLE
from nosograph.rdf.writer import write_document
from nosograph.settings import Settings
from nosograph.validation.validate import validate as validate_graph


@click.command("validate", cls=ConfiguredCommand)
@uses("assets", "base_iri")
@json_option("the report")
@click.option("--rdf", "as_rdf", is_flag=True, help="Print the report as Turtle (sh:ValidationReport).")
def command(settings: Settings, as_json: bool, as_rdf: bool) -> int:
    """Check data and vocabulary against the shapes; exit 0 if they conform, 1 if not.

    Data that conform are also held against the registry of published names (see 'nosograph register').

    \b
    Examples:
      nosograph validate
      nosograph validate --json | jq '.results[] | {file, line, message}'
    """
    if as_json and as_rdf:
        raise click.UsageError("--json and --rdf exclude each other.")
    folders = find_assets(settings.assets)
    knowledge = load_knowledge(folders, settings.base)
    report = validate_graph(knowledge)
    if as_rdf:
        iri = f"{settings.base_iri}report"
        triples = parse(report.to_graph(iri).serialize(format="nt", encoding="utf-8"), RdfFormat.N_TRIPLES)
        document = write_document(triples, TURTLE, settings.base.prefixes(), first=iri)
        click.echo(document, nl=False)
    elif as_json:
        print_json(report.to_json())
    else:
        click.echo(report.to_text())
    if not report.conforms:
        return CHECK_FAILED
    require_registered(folders, knowledge)
    return DONE
