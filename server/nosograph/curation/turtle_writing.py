"""Curated facts and descriptions as Turtle that people read: sorted, one block a fact, in the style of the data folder.

The writer of published documents cannot do this: it writes names for everything, and curated files have blank nodes
that hold the evidence within its fact.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rdflib import Literal, URIRef
from rdflib.namespace import RDF, XSD
from rdflib.term import Node

from nosograph.curation.descriptions import CuratedResource
from nosograph.curation.names import CuratedNames
from nosograph.curation.passage_cells import CuratedPassage
from nosograph.curation.rows import CuratedEvidence
from nosograph.facts.derivation import canonical
from nosograph.rdf.names import is_identifier

HEAD: Final = "# Made from a table by 'nosograph curate': change the table, and make the file anew.\n"
"""The first line of a file that is made for the first time; whoever writes another head keeps it."""

_NATIVE: Final = frozenset({XSD.integer, XSD.boolean})
"""Datatypes whose values Turtle writes without quotation marks (RDF 1.1 Turtle, section 2.5)."""


def write_facts(evidence: Iterable[CuratedEvidence], names: CuratedNames, head: str = HEAD) -> str:
    """Return a file of facts, by subject, predicate and object; a fact has the evidence of all its rows."""
    terms = _WrittenTerms(names)
    ordered = sorted(evidence, key=_fact_order)
    body: list[str] = []
    subject = None
    for _, group in itertools.groupby(ordered, key=_fact_order):
        rows = sorted(group, key=_evidence_order)
        if rows[0].subject != subject:
            subject = rows[0].subject
            name = names.shorten(subject)
            rule = "# " + "-" * len(name)
            body.append(f"\n{rule}\n# {name}\n{rule}\n")
        body.append(_fact(rows, terms))
    return terms.prefixed(head, body)


def write_resources(resources: Iterable[CuratedResource], names: CuratedNames, head: str = HEAD) -> str:
    """Return a file of descriptions, by name."""
    terms = _WrittenTerms(names)
    body = [
        "\n".join([terms.write(entry.iri), *_ended(_statements(entry.values, terms))]) + "\n"
        for entry in sorted(resources, key=lambda entry: str(entry.iri))
    ]
    return terms.prefixed(head, body)


def _fact(rows: Sequence[CuratedEvidence], terms: _WrittenTerms) -> str:
    first = rows[0]
    about = dict.fromkeys(itertools.chain.from_iterable(row.about_fact for row in rows))
    lines = [
        f"[] a {terms.name('noso:Fact')} ;",
        f"    {terms.name('rdf:subject')} {terms.write(first.subject)} ;",
        f"    {terms.name('rdf:predicate')} {terms.write(first.predicate)} ;",
        f"    {terms.name('rdf:object')} {terms.write(first.object)} ;",
        *(f"    {terms.write(property_)} {terms.write(value)} ;" for property_, value in about),
    ]
    for row in rows:
        lines += [f"    {terms.name('noso:evidence')} [", *_evidence(row, terms)]
    lines[-1] = lines[-1].removesuffix(";") + "."
    return "\n".join(lines) + "\n"


def _evidence(row: CuratedEvidence, terms: _WrittenTerms) -> Iterator[str]:
    for property_, values in itertools.groupby(row.values, key=lambda entry: entry[0]):
        yield f"        {terms.write(property_)} {', '.join(terms.write(value) for _, value in values)} ;"
    for number, passage in enumerate(row.passages, 1):
        end = " ] ;" if number == len(row.passages) else " ;"
        yield from _passage(passage, terms, end)


def _passage(passage: CuratedPassage, terms: _WrittenTerms, end: str) -> Iterator[str]:
    start, stop = terms.name("oa:start"), terms.name("oa:end")
    yield f"        {terms.write(passage.property)} [ {start} {passage.start} ; {stop} {passage.end} ;"
    yield f'            {terms.name("noso:passageDigest")} "{passage.digest}" ]{end}'


def _statements(values: Sequence[tuple[URIRef, Node]], terms: _WrittenTerms) -> Iterator[str]:
    for property_, group in itertools.groupby(values, key=lambda entry: entry[0]):
        name = "a" if property_ == RDF.type else terms.write(property_)
        yield f"    {name} {', '.join(terms.write(value) for _, value in group)} ;"


def _ended(lines: Iterable[str]) -> list[str]:
    ended = list(lines)
    ended[-1] = ended[-1].removesuffix(";") + "."
    return ended


def _fact_order(row: CuratedEvidence) -> tuple[str, ...]:
    context = [f"{property_} {value}" for property_, value in row.about_fact]
    return str(row.subject), str(row.predicate), canonical(row.object), *context


def _evidence_order(row: CuratedEvidence) -> tuple[str, list[tuple[int, int]], list[tuple[str, str]]]:
    ranges = [(passage.start, passage.end) for passage in row.passages]
    return str(row.source), ranges, [(str(property_), canonical(value)) for property_, value in row.values]


class _WrittenTerms:
    """Writes terms with prefixes, and remembers which prefixes it used."""

    def __init__(self, names: CuratedNames) -> None:
        self._names = names
        self._used: set[str] = set()

    def name(self, name: str) -> str:
        """Return a name with a prefix, as it is."""
        self._used.add(name.partition(":")[0])
        return name

    def write(self, term: Node) -> str:
        """Return a term as Turtle writes it; a full IRI where a prefix would need an escape."""
        if isinstance(term, Literal):
            if term.datatype in _NATIVE:
                return str(term)
            if term.datatype is not None and term.datatype != XSD.string:
                return f"{canonical(Literal(str(term)))}^^{self.write(term.datatype)}"
            return canonical(term)
        short = self._names.shorten(term)
        local = short.partition(":")[2]
        if self._names.expand(short) == term and (is_identifier(local) or local.isalnum()) and local.isascii():
            return self.name(short)
        return f"<{term}>"

    def prefixed(self, head: str, body: Sequence[str]) -> str:
        """Return a file: its head, the prefixes that were used, and its blocks."""
        iris = self._names.base.prefixes()
        prefixes = "".join(f"@prefix {prefix}: <{iris[prefix]}> .\n" for prefix in sorted(self._used))
        return "\n".join([head, prefixes, *body])
