"""``nosograph curate``: turns a table into facts, and facts into a table."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nosograph.assets import Assets, find_assets
from nosograph.cli.exit_codes import CHECK_FAILED, DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, json_option, print_json, uses
from nosograph.cli.progress import StepDisplay
from nosograph.curation.columns import columns_of
from nosograph.curation.curating import CurationPlan, curate, known_resources
from nosograph.curation.exporting import export_tables
from nosograph.curation.listing import list_json, list_text
from nosograph.curation.table_writing import choices_of, write_tables
from nosograph.curation.tables import CurationInput, read_tables
from nosograph.curation.terms import read_terms
from nosograph.curation.texts import read_texts
from nosograph.curation.values import make_identifier
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import Base
from nosograph.settings import Settings

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("curate", cls=ConfiguredCommand)
@click.argument("table", type=FILE, required=False)
@folder_option("--sources", "sources", "Folder with the source texts.")
@click.option("--family", metavar="NAME", help="File in data/facts/ that the table makes.  [default: the table's name]")
@folder_option("--out", "out", "Data folder to write to.  [default: data/ of the assets]")
@click.option("--check", is_flag=True, help="Write nothing; only tell what is wrong.")
@click.option("--strict", is_flag=True, help="Write nothing when a row is wrong.")
@click.option("--replace", is_flag=True, help="Let files lose what the table does not have.")
@click.option("--export", "export", type=FILE, metavar="FILE", help="Write the facts that are there as a table.")
@click.option(
    "--template", "template", type=FILE, metavar="FILE", help="Write an empty table, with lists to choose from."
)
@click.option("--list", "listing", is_flag=True, help="Print predicates, columns and values.")
@uses("assets")
@json_option("the report")
def command(
    settings: Settings,
    table: Path | None,
    sources: Path | None,
    family: str | None,
    out: Path | None,
    check: bool,
    strict: bool,
    replace: bool,
    export: Path | None,
    template: Path | None,
    listing: bool,
    as_json: bool,
) -> int:
    """Write facts and descriptions from TABLE (.xlsx, .tsv or .csv); exit 0 if every row is right, 1 if not.

    Each row of the table of facts is one piece of evidence with the words of its source; position, digest and Turtle
    are derived. Rows that are wrong are told by row and column, and the others are kept. A .tsv file may have
    NAME.resources.tsv and NAME.sources.tsv beside it; a workbook has a sheet for each.

    \b
    Examples:
      nosograph curate --template psoriasis.xlsx
      nosograph curate psoriasis.xlsx --sources texts
      nosograph curate --export scleroderma.xlsx --family scleroderma --sources texts
    """
    if sum(map(bool, (table, export, template, listing))) != 1:
        raise click.UsageError("Name a TABLE, or one of --export, --template and --list.")
    assets = find_assets(settings.assets)
    knowledge = load_knowledge(assets, Base())
    if table is None:
        return _write(assets, knowledge, sources, family, export, template, as_json)
    columns = columns_of(read_terms(knowledge))
    plan = CurationPlan(
        family=family or make_identifier(table.stem),
        data=out or assets.data,
        texts=sources,
        replace=replace,
        strict=strict,
        dry=check,
    )
    steps = StepDisplay(quiet=not sys.stderr.isatty())
    rows: CurationInput = read_tables(table, columns)
    try:
        report = curate(knowledge, rows, plan, steps)
    finally:
        steps.end()
    if as_json:
        print_json(report.to_json())
    else:
        click.echo(report.to_text())
    return DONE if report.holds else CHECK_FAILED


def _write(
    assets: Assets,
    knowledge: KnowledgeGraph,
    sources: Path | None,
    family: str | None,
    export: Path | None,
    template: Path | None,
    as_json: bool,
) -> int:
    """Write a table from the data, or an empty one, or print what a table may say."""
    terms = read_terms(knowledge)
    columns = columns_of(terms)
    path = export or template
    if path is None:
        if as_json:
            print_json(list_json(terms, columns))
        else:
            click.echo(list_text(terms, columns))
        return DONE
    texts = read_texts(sources) if sources is not None else None
    rows = export_tables(knowledge, assets.data, texts, family) if export else {}
    names = [terms.names.shorten(resource.iri) for resource in known_resources(knowledge, terms)]
    files = write_tables(path, columns, rows, choices_of(terms, names), knowledge.modified)
    if as_json:
        print_json({"files": [str(file) for file in files], "rows": {name: len(cells) for name, cells in rows.items()}})
    else:
        click.echo("\n".join(map(str, files)))
    return DONE
