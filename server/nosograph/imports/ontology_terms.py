"""Writes the terms of an ontology as resources: names, definitions and hierarchy as the ontology has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nosograph.imports.accounting import FileAccount, RowRefused
from nosograph.imports.codes import ForeignCode, parse_code
from nosograph.imports.obo_files import OntologyTerm
from nosograph.imports.statements import (
    ALT_LABEL,
    BROADER,
    CHANGE_NOTE,
    COMMENT,
    DEFINITION,
    DEPRECATED,
    PREF_LABEL,
    REPLACED_BY,
    TRUE,
    GraphWriter,
    spell_iri,
    spell_text,
    spell_value,
)
from nosograph.imports.terms import ImportTerms
from nosograph.rdf.names import DEFAULT_BASE, STANDARD_PREFIXES
from nosograph.rdf.reachability import reachable

_OBO: Final = STANDARD_PREFIXES["oboInOwl"]
_XREF, _ALTERNATIVE = spell_iri(_OBO + "hasDbXref"), spell_iri(_OBO + "hasAlternativeId")
_SYNONYMS: Final = {
    "EXACT": ALT_LABEL,
    "BROAD": spell_iri(_OBO + "hasBroadSynonym"),
    "NARROW": spell_iri(_OBO + "hasNarrowSynonym"),
    "RELATED": spell_iri(_OBO + "hasRelatedSynonym"),
}


class OntologyTerms:
    """The terms of an ontology by identifier, with the class that each belongs to.

    A branch of the ontology belongs to the class with the import key ``branch=IDENTIFIER`` of its root; any other term,
    to the class of its code system.
    """

    def __init__(self, terms: Iterable[OntologyTerm], known: ImportTerms) -> None:
        self._known = known
        self.terms: dict[str, OntologyTerm] = {}
        self._merged: dict[str, str] = {}
        for term in terms:
            self.terms[term.code] = term
            self._merged.update(dict.fromkeys(term.alternatives, term.code))
        roots = known.valued("branch")
        below: dict[str, list[str]] = {}
        for term in self.terms.values():
            for broader in term.broader:
                below.setdefault(broader, []).append(term.code)
        self._branches: dict[str, str] = {}
        for root, class_ in roots.items():
            for code in reachable([root], lambda code: below.get(code, ())):
                self._branches[code] = class_
        self._above_roots = {
            broader
            for root in roots
            if root in self.terms
            for broader in reachable([root], self._broader)
            if broader not in roots
        }

    def _broader(self, code: str) -> tuple[str, ...]:
        return self.terms[code].broader if code in self.terms else ()

    def class_of(self, code: str) -> str | None:
        """Return the class of a term; None for a root above the branches, and where no class is known."""
        if code in self._branches:
            return self._branches[code]
        parsed = parse_code(code)
        if code in self._above_roots or parsed is None or parsed.iri is None:
            return None
        return self._known.class_of(parsed.iri)

    def resolve(self, code: str) -> str | None:
        """Return the identifier in use: itself, or that of the term that it was merged into, or None."""
        if code in self.terms and not self.terms[code].obsolete:
            return code
        merged = self._merged.get(code)
        return merged if merged is not None and not self.terms[merged].obsolete else None

    def resource(self, code: str) -> str | None:
        """Return the spelled IRI of the resource of a term in use, or None."""
        class_, parsed = self.class_of(code), parse_code(code)
        kind = None if class_ is None else self._known.kind(class_)
        return None if kind is None or parsed is None else f"<{DEFAULT_BASE}{kind}/{parsed.name}>"


def write_terms(
    ontology: OntologyTerms,
    writer: GraphWriter,
    account: FileAccount,
    *,
    systems: frozenset[str] = frozenset(),
    lines: Mapping[str, int] | None = None,
) -> None:
    """Write every term in use.

    Args:
        ontology: the terms.
        writer: what they are written with.
        account: what became of each.
        systems: prefixes of the identifiers to publish; of all by default.
        lines: line of each term in its file, for messages.
    """
    for term in ontology.terms.values():
        account.read += 1
        line = (lines or {}).get(term.code)
        parsed = parse_code(term.code)
        class_ = ontology.class_of(term.code)
        if systems and term.code.partition(":")[0] not in systems:
            account.leave_out("of another ontology", line, term.code)
        elif term.obsolete:
            account.leave_out("obsolete", line, term.code)
            _write_tombstone(term, ontology, writer)
        elif class_ is None or parsed is None:
            account.leave_out("outside the classes of the vocabulary", line, term.code)
        elif not term.name.strip():
            account.refuse(
                RowRefused("without a name", f"The term {term.code} has no name.", "Correct the file."), line
            )
        else:
            _write_term(term, parsed, class_, ontology, writer)
            account.published += 1


def _write_tombstone(term: OntologyTerm, ontology: OntologyTerms, writer: GraphWriter) -> None:
    """Write that a term is no longer in use and which one is, so that its name leads there; nothing where none is.

    A term that is out of use has no terms above it, so its class is that of the term in its place.
    """
    successor, code = ontology.resolve(term.replaced_by), parse_code(term.code)
    class_ = None if successor is None else ontology.class_of(successor)
    kind = None if class_ is None else writer.terms.kind(class_)
    resource = None if successor is None else ontology.resource(successor)
    if code is None or kind is None or resource is None:
        return
    withdrawn = writer.name(kind, code)
    writer.add(withdrawn, DEPRECATED, TRUE)
    writer.add(withdrawn, REPLACED_BY, resource)
    writer.add(withdrawn, CHANGE_NOTE, spell_text("The ontology has taken it out of use."))
    if term.name.strip():
        writer.add(withdrawn, PREF_LABEL, spell_text(term.name))


def _write_merged(alternative: str, kind: str, resource: str, writer: GraphWriter) -> None:
    """Write that an identifier without an entry of its own was merged into a term, so that its name leads there."""
    code = parse_code(alternative)
    if code is not None:
        merged = writer.name(kind, code)
        writer.add(merged, DEPRECATED, TRUE)
        writer.add(merged, REPLACED_BY, resource)
        writer.add(merged, CHANGE_NOTE, spell_text("The ontology has merged it into another term."))


def _write_term(
    term: OntologyTerm,
    code: ForeignCode,
    class_: str,
    ontology: OntologyTerms,
    writer: GraphWriter,
) -> None:
    kind = writer.terms.kind(class_)
    assert kind is not None
    resource = writer.describe(kind, code, class_)
    writer.add(resource, PREF_LABEL, spell_text(term.name))
    for text, scope in term.synonyms:
        if text != term.name:
            writer.add(resource, _SYNONYMS.get(scope, _SYNONYMS["RELATED"]), spell_text(text))
    if term.definition:
        writer.add(resource, DEFINITION, spell_text(term.definition))
    if term.comment:
        writer.add(resource, COMMENT, spell_text(term.comment))
    for broader in _links(term.broader, ontology):
        writer.add(resource, BROADER, broader)
    for alternative in term.alternatives:
        writer.add(resource, _ALTERNATIVE, spell_value(alternative))
        if alternative not in ontology.terms:
            _write_merged(alternative, kind, resource, writer)
    for xref in term.xrefs:
        if not writer.withholds(xref):
            writer.add(resource, _XREF, spell_value(xref))


def _links(codes: Iterable[str], ontology: OntologyTerms) -> Iterator[str]:
    for code in codes:
        resource = None if ontology.resolve(code) is None else ontology.resource(code)
        if resource is not None:
            yield resource
