"""Imports mapping sets in SSSOM, as others publish them (https://w3id.org/sssom/).

A mapping is between two codes. It becomes a mapping of the resource that is named after the one code to the other code,
and likewise from the other side, wherever the code system is one whose codes name resources here.
"""

from __future__ import annotations

from typing import Final

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, SKOS
from rdflib.term import Node

from nosograph.errors import InputError
from nosograph.facts.derivation import canonical, mapping_iri
from nosograph.facts.mappings import SSSOM, LocatedMapping, read_mappings, read_set_slots
from nosograph.imports.accounting import Account, FileAccount, RowRefused
from nosograph.imports.codes import shorten
from nosograph.imports.running import ImportRun
from nosograph.rdf.iris import noso

_INVERSE: Final = {SKOS.broadMatch: SKOS.narrowMatch, SKOS.narrowMatch: SKOS.broadMatch}
_JUSTIFICATION: Final = URIRef(SSSOM + "mapping_justification")


def import_mapping_sets(run: ImportRun) -> Account:
    """Import mapping sets; what is said of the import as a whole is taken from the first.

    Raises:
        InputError: a file or its header cannot be used; with a strict request, a row cannot.
    """
    if not run.request.files:
        raise InputError("An import of the kind sssom reads one file at least.", hint="Name the mapping sets.")
    first = run.request.files[0]
    said = read_set_slots(first, str(first))
    run.settle(
        version=str(said.get("mapping_set_version") or said.get("publication_date") or said.get("mapping_date") or ""),
        license=str(said.get("license", "")),
        title=str(said.get("mapping_set_title", "")),
    )
    return Account(tuple(_import_set(run, number) for number in range(len(run.request.files))))


def _import_set(run: ImportRun, file: int) -> FileAccount:
    path = run.request.files[file]
    account, progress = run.account(file, "mappings"), run.progress(file)
    progress(0)

    def refuse(error: InputError) -> None:
        account.read += 1
        line = None if error.location is None else error.location.line
        account.refuse(RowRefused("cannot be used", error.what, error.hint), line)

    for mapping in read_mappings(path, str(path), None, refuse):
        account.read += 1
        line = mapping.location.line
        spellings = [text for iri in (mapping.subject, mapping.object) for text in (shorten(iri), str(iri)) if text]
        if any(map(run.writer.withholds, spellings)):
            account.leave_out("to a code that may not be republished", line)
            continue
        resources = [_resource(run, str(iri)) for iri in (mapping.subject, mapping.object)]
        if resources == [None, None]:
            account.leave_out("between codes of which neither names a resource", line)
            continue
        if resources[0] is not None:
            _write(run, resources[0], mapping.predicate, mapping.object, mapping, turned=False)
        if resources[1] is not None:
            predicate = URIRef(_INVERSE.get(mapping.predicate, mapping.predicate))
            _write(run, resources[1], predicate, mapping.subject, mapping, turned=True)
        account.published += 1
    progress(path.stat().st_size)
    return account


def _resource(run: ImportRun, iri: str) -> URIRef | None:
    """Return the resource that is named after a code."""
    named = run.named_after(iri)
    return None if named is None else URIRef(named[0][1:-1])


def _write(
    run: ImportRun, subject: URIRef, predicate: URIRef, target: URIRef, mapping: LocatedMapping, *, turned: bool
) -> None:
    justification = next(value for _, property_, value in mapping.triples if property_ == _JUSTIFICATION)
    iri = mapping_iri(subject, predicate, target, justification, URIRef(run.writer.graph))
    run.writer.add(canonical(subject), canonical(predicate), canonical(target))
    run.writer.add_types(canonical(iri), noso("Mapping"))
    own: dict[Node, Node] = {
        OWL.annotatedSource: subject,
        OWL.annotatedProperty: predicate,
        OWL.annotatedTarget: target,
        DCTERMS.identifier: Literal(shorten(str(target)) or str(target)),
    }
    for property_, value in own.items():
        run.writer.add(canonical(iri), canonical(property_), canonical(value))
    for _, property_, value in mapping.triples:
        if property_ not in own and property_ != RDF.type:
            run.writer.add(canonical(iri), canonical(_turned(property_) if turned else property_), canonical(value))


def _turned(property_: URIRef) -> URIRef:
    """Return the slot that says of the subject what a slot says of the object, and the other way round."""
    local = property_.removeprefix(SSSOM)
    for side, other in (("subject_", "object_"), ("object_", "subject_")):
        if property_.startswith(SSSOM) and local.startswith(side):
            return URIRef(SSSOM + other + local.removeprefix(side))
    return property_
