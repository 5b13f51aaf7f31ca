"""``nosograph register``: adds new names to the identifier registry."""

from __future__ import annotations

import click

from nosograph.assets import find_assets
from nosograph.cli.exit_codes import CHECK_FAILED, DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, uses
from nosograph.facts.loading import load_knowledge, register_names
from nosograph.rdf.names import Base
from nosograph.settings import Settings
from nosograph.validation.validate import validate as validate_graph


@click.command("register", cls=ConfiguredCommand)
@uses("assets")
@json_option("the names that were added")
def command(settings: Settings, as_json: bool) -> int:
    """Add the names of new resources, facts, mappings and terms to data/identifiers.tsv. A name is never removed.

    Data that do not conform to the shapes register nothing: a name is permanent, so it must be right first.

    \b
    Examples:
      nosograph register
    """
    folders = find_assets(settings.assets)
    knowledge = load_knowledge(folders, Base())
    report = validate_graph(knowledge)
    if not report.conforms:
        click.echo(report.to_text(), err=True)
        return CHECK_FAILED
    added = register_names(folders, knowledge)
    if as_json:
        print_json({"added": list(added)})
    else:
        click.echo("\n".join([*added, f"{len(added)} names added"]))
    return DONE
