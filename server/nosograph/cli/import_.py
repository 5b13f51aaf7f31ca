"""``nosograph import``: turns a public data set into a named graph, with an account of every row."""

from __future__ import annotations

from pathlib import Path

import click

from nosograph.api.importing import import_data, import_kinds
from nosograph.assets import find_assets
from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, json_option, print_json, quiet_option, uses
from nosograph.cli.progress import StepDisplay
from nosograph.errors import SettingsError
from nosograph.imports.description import ImportProfile
from nosograph.imports.running import ImportRequest
from nosograph.rdf.names import Base
from nosograph.settings import Settings


@click.command("import", cls=ConfiguredCommand)
@click.argument("kind")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@uses("assets", "base_iri")
@click.option("--name", help="Name of the import, the last part of its graph's IRI; the kind by default.")
@click.option("--title", default="", help="Title of the data set; what its files say by default.")
@click.option("--publisher", default="", help="Who publishes the data set.")
@click.option("--license", "license_", default="", metavar="URL", help="Address of its licence.")
@click.option("--version", default="", help="Its version; what its files say by default.")
@click.option("--homepage", default="", metavar="URL", help="Address of the data set.")
@click.option("--option", "given", multiple=True, metavar="NAME=VALUE", help="A setting of the kind; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="The N-Quads to write [NAME.nq.gz].")
@click.option("--strict", is_flag=True, help="Stop at the first faulty row, and write nothing.")
@json_option("what was made, and what became of every row,")
@quiet_option()
def command(
    settings: Settings,
    kind: str,
    files: tuple[Path, ...],
    name: str | None,
    title: str,
    publisher: str,
    license_: str,
    version: str,
    homepage: str,
    given: tuple[str, ...],
    out: Path | None,
    strict: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Import a public data set as a named graph: N-Quads, and a report of what became of every row.

    \b
    Kinds and their files:
      hpoa       phenotype.hpoa, then hp.obo
      hpo-genes  genes_to_disease.txt or genes_to_phenotype.txt
      obo        an ontology in OBO or OBO Graphs JSON (systems=MONDO publishes these terms only)
      sssom      mapping sets, *.sssom.tsv
      table      a column mapping in TOML, then tables
      sparql     a CONSTRUCT query (endpoint=URL, page=10000, pause=1, cache=DIR)

    A row is published, left out by a rule, or refused as faulty; the three add up to the rows read. To have a build
    publish data sets, list them in data/imports.toml and name them with `nosograph build --imports`.

    \b
    Examples:
      nosograph import hpoa phenotype.hpoa hp.obo --name hpo
      nosograph import hpoa phenotype.hpoa hp.obo --option electronic=false --json
      nosograph import obo mondo.obo --name mondo --option systems=MONDO
    """
    name = name or kind
    profile = ImportProfile(name, title, publisher, license_, version, homepage=homepage)
    request = ImportRequest(kind, files, profile, _read_options(kind, given), strict)
    progress = StepDisplay(quiet)
    try:
        assets = find_assets(settings.assets)
        result = import_data(assets, Base(settings.base_iri), request, out or Path(f"{name}.nq.gz"), progress)
    finally:
        progress.end()
    if as_json:
        print_json({"path": str(result.path), **result.to_json()})
    else:
        click.echo(result.to_text() + str(result.path))
    return DONE


def _read_options(kind: str, given: tuple[str, ...]) -> dict[str, bool | int | str]:
    """Return the settings of a kind that ``NAME=VALUE`` texts give."""
    known = import_kinds()[kind].options if kind in import_kinds() else {}
    options: dict[str, bool | int | str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or key not in known:
            raise SettingsError(
                f"The kind {kind} has no setting {text!r}.",
                hint=f"Its settings, NAME=VALUE, are: {', '.join(known) or 'none'}.",
            )
        options[key] = _read_value(key, value, known[key])
    return options


def _read_value(key: str, value: str, default: bool | int | str) -> bool | int | str:
    if isinstance(default, bool) and value in ("true", "false"):
        return value == "true"
    if isinstance(default, int) and not isinstance(default, bool) and value.isdecimal():
        return int(value)
    if isinstance(default, str):
        return value
    wanted = "true or false" if isinstance(default, bool) else "a whole number"
    raise SettingsError(f"The setting {key} is {value!r}, which is not {wanted}.", hint=f"Write {key}={default}.")
