"""``nosograph cite``: prints the passage of a quotation."""

from __future__ import annotations

from pathlib import Path

import click
from rdflib import URIRef

from nosograph.assets import find_assets
from nosograph.cli.exit_codes import DONE
from nosograph.cli.options import ConfiguredCommand, folder_option, uses
from nosograph.curation.curating import known_resources
from nosograph.curation.passages import PassageReader
from nosograph.curation.terms import read_terms
from nosograph.curation.texts import digest_of, read_sources, read_texts
from nosograph.curation.values import Values
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import NOSO, Base
from nosograph.settings import Settings


@click.command("cite", cls=ConfiguredCommand)
@click.argument("source")
@click.argument("quotation")
@folder_option("--sources", "sources", "Folder with the source texts.", required=True)
@uses("assets")
def command(settings: Settings, source: str, quotation: str, sources: Path) -> int:
    """Print the passage of a QUOTATION in the text of SOURCE, ready to paste after noso:passage.

    The words may differ in case, dashes, quotation marks and spaces; an ellipsis (…) stands for any words. Every
    position where the quotation stands is printed, with the words as they stand. 'nosograph curate' writes whole facts.

    \b
    Examples:
      nosograph cite my-review-2024 'hands, feet' --sources texts
      nosograph cite my-review-2024 'The first words … the last words' --sources texts
    """
    knowledge = load_knowledge(find_assets(settings.assets), Base())
    terms = read_terms(knowledge)
    values = Values(terms)
    for resource in known_resources(knowledge, terms):
        values.add(resource)
    recorded = {URIRef(entry.iri): entry for entry in read_sources(knowledge.graphs["sources"])}
    iri = values.resource(source, frozenset({NOSO.Source}))
    for passage in PassageReader(read_texts(sources), recorded, terms.names).find(iri, quotation):
        click.echo(f"# {' '.join(passage.words.split())}")
        click.echo(
            f"[ oa:start {passage.start} ; oa:end {passage.end} ;\n"
            f'    noso:passageDigest "{digest_of(passage.words)}" ]'
        )
    return DONE
