"""The kinds of data sets that can be imported."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nosograph.imports import gene_associations, hpoa, mapping_sets, ontologies, sparql_endpoints, tables
from nosograph.imports.running import Importer


@dataclass(frozen=True)
class ImportKind:
    """A kind of data set.

    Attributes:
        importer: what imports it.
        files: what its files are, in their order.
        options: the settings that it takes beside those of every import, each with its default.
        is_remote: whether it reads more than its files, so that equal files may mean another content.
    """

    importer: Importer
    files: str
    options: Mapping[str, bool | int | str]
    is_remote: bool = False


def kinds(ask: sparql_endpoints.Ask, sleep: Callable[[float], None] = time.sleep) -> Mapping[str, ImportKind]:
    """Return the kinds by name.

    Args:
        ask: asks a SPARQL endpoint.
        sleep: waits for so many seconds.
    """
    return {
        hpoa.KIND: ImportKind(hpoa.import_annotations, "phenotype.hpoa, then hp.obo", {"electronic": True}),
        gene_associations.KIND: ImportKind(
            gene_associations.import_associations, "genes_to_disease.txt or genes_to_phenotype.txt", {}
        ),
        "obo": ImportKind(ontologies.import_ontology, "an ontology in OBO or OBO Graphs JSON", {"systems": ""}),
        "sssom": ImportKind(mapping_sets.import_mapping_sets, "mapping sets, *.sssom.tsv", {}),
        "table": ImportKind(tables.import_table, "a column mapping in TOML, then tables", {}),
        "sparql": ImportKind(
            sparql_endpoints.construct_importer(ask, sleep),
            "a CONSTRUCT query",
            {"endpoint": "", "page": 10_000, "pause": 1, "cache": ""},
            is_remote=True,
        ),
    }
