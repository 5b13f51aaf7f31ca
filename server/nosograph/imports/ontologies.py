"""Imports an ontology in OBO or OBO Graphs JSON: terms with names, definitions and hierarchy."""

from __future__ import annotations

from nosograph.errors import InputError
from nosograph.imports.accounting import Account
from nosograph.imports.obo_files import read_ontology_file
from nosograph.imports.ontology_terms import OntologyTerms, write_terms
from nosograph.imports.running import ImportRun


def import_ontology(run: ImportRun) -> Account:
    """Import the terms of an ontology file; ``systems`` names the prefixes of those to publish.

    Raises:
        InputError: the file cannot be used; with a strict request, a term cannot.
    """
    if len(run.request.files) != 1:
        raise InputError("An import of the kind obo reads one file.", hint="Name the ontology.")
    path = run.request.files[0]
    progress = run.progress(0)
    progress(0)
    ontology = read_ontology_file(path, str(path))
    run.settle(version=ontology.version, license=ontology.license, title=ontology.title)
    account = run.account(0, "terms")
    systems = frozenset(name.strip() for name in str(run.request.options.get("systems", "")).split(",") if name.strip())
    write_terms(OntologyTerms(ontology.terms, run.terms), run.writer, account, systems=systems)
    progress(path.stat().st_size)
    return Account((account,))
