"""The page of a concept: what it means, where it stands in its scheme, and everything of the release that uses it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import Final
from urllib.parse import quote

from pyoxigraph import NamedNode

from nosograph.rdf import iris
from nosograph.rdf.names import ENTAILED
from nosograph.vocabulary.terms import capitalise
from nosograph.web.views.facts import Fact, Reader, Value
from nosograph.web.views.overview import PageOfList, Row, row_of
from nosograph.web.views.statement_tables import StatementTable, concept_table

MOST_OF_A_USE: Final = 25
"""Entries of each use that the page of a concept shows; a use alone has pages of ``PAGE_LENGTH``."""

PAGE_LENGTH: Final = 100

SORTED_UP_TO: Final = 2000
"""Entries up to which a list is in the order of labels; longer ones are in the order of IRIs."""

MOST_LISTED: Final = 10_000
"""Entries of a use that its pages list; of the rest the number is told, and a query gives them."""

_EVIDENCE_OF: Final = "/evidence/"
"""What stands in the IRI of a piece of evidence after that of its fact."""


@dataclass(frozen=True)
class Use:
    """How a release uses a concept: facts, evidence or resources that name it with one property.

    Attributes:
        name: the property as a CURIE, which names the use in addresses.
        heading: what the entries have in common.
        total: how many there are.
        table: the facts that are shown, where facts or their evidence use it.
        rows: the resources that are shown, where these use it directly.
        page: which part is shown.
        href: address of the whole list, where the page shows only its beginning; else empty.
        listed: how many of them its pages list.
    """

    name: str
    heading: str
    total: int
    table: StatementTable | None
    rows: tuple[Row, ...]
    page: PageOfList
    href: str = ""
    listed: int = 0

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that are shown."""
        return tuple(row.fact for row in self.table.rows) if self.table else ()


@dataclass(frozen=True)
class ConceptView:
    """What the page of a concept shows.

    Attributes:
        value: the concept.
        scheme: the schemes that it is in.
        definitions: what it means.
        notes: how it is to be used.
        broader: broader concepts.
        narrower: narrower concepts.
        beside: every concept of its schemes, itself included.
        uses: what uses it.
    """

    value: Value
    scheme: tuple[Value, ...]
    definitions: tuple[Value, ...]
    notes: tuple[Value, ...]
    broader: tuple[Value, ...]
    narrower: tuple[Value, ...]
    beside: tuple[Value, ...]
    uses: tuple[Use, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that the page shows."""
        return tuple(fact for use in self.uses for fact in use.facts)


@dataclass(frozen=True)
class FoundUse:
    """The entries of a use before they are read.

    Attributes:
        predicate: the property.
        total: how many there are.
        entries: facts or other resources, at most ``MOST_LISTED``.
        of_facts: whether they are facts that say the concept, or whose evidence has it.
        by_evidence: whether it is their evidence that has it.
    """

    predicate: str
    total: int
    entries: tuple[str, ...]
    of_facts: bool
    by_evidence: bool = False


def concept_view(reader: Reader, iri: str, found: Iterable[FoundUse], use: str = "", page: int = 1) -> ConceptView:
    """Return what the page of a concept shows.

    Args:
        reader: reads the release.
        iri: the concept.
        found: what uses it, as ``uses_of`` finds it.
        use: the property whose entries alone are wanted, as a CURIE; empty for the beginning of each use.
        page: which page of them, from 1.
    """
    triples = reader.triples
    schemes = triples.iris(iri, iris.SKOS_IN_SCHEME)
    wanted = [entry for entry in found if use in ("", reader.addresses.short(entry.predicate))]
    return ConceptView(
        value=reader.value(iri),
        scheme=reader.values(schemes),
        definitions=reader.values(triples.literals(iri, iris.SKOS_DEFINITION)),
        notes=reader.values([*triples.literals(iri, iris.SKOS_SCOPE_NOTE), *triples.literals(iri, iris.SKOS_EXAMPLE)]),
        broader=reader.values(triples.iris(iri, iris.SKOS_BROADER)),
        narrower=reader.values(triples.subjects(iris.SKOS_BROADER, iri)),
        beside=reader.values({one for scheme in schemes for one in triples.subjects(iris.SKOS_IN_SCHEME, scheme)}),
        uses=tuple(_use(reader, iri, entry, PAGE_LENGTH if use else MOST_OF_A_USE, page) for entry in wanted),
    )


def uses_of(reader: Reader, iri: str) -> tuple[FoundUse, ...]:
    """Return what uses a concept, in the order of the vocabulary: facts, then evidence, then other resources.

    Everything that points to the concept is read, so that it is counted exactly; remember what comes out.
    """
    vocabulary, addresses, triples = reader.vocabulary, reader.addresses, reader.triples
    entailed = str(addresses.base.graph(ENTAILED))
    objects: dict[str, set[str]] = {}
    evidence: dict[str, set[str]] = {}
    resources: dict[str, set[str]] = {}
    for quad in triples.pointing(iri):
        if not isinstance(quad.subject, NamedNode) or str(getattr(quad.graph_name, "value", "")) == entailed:
            continue
        subject, predicate = quad.subject.value, quad.predicate.value
        if predicate == iris.RDF_OBJECT:
            objects.setdefault(triples.iri(subject, iris.RDF_PREDICATE) or "", set()).add(subject)
        elif _EVIDENCE_OF in subject:
            evidence.setdefault(predicate, set()).add(subject.partition(_EVIDENCE_OF)[0])
        elif addresses.kind(subject) is not None and predicate not in vocabulary.predicates:
            resources.setdefault(predicate, set()).add(subject)
    order = {predicate: position for position, predicate in enumerate(vocabulary.predicates)}
    by_order = sorted(objects, key=lambda name: (order.get(name, len(order)), name))
    return (
        *(_found(reader, name, objects[name], of_facts=True) for name in by_order),
        *(_found(reader, name, evidence[name], of_facts=True, by_evidence=True) for name in sorted(evidence)),
        *(_found(reader, name, resources[name], of_facts=False) for name in sorted(resources)),
    )


def _found(reader: Reader, predicate: str, found: set[str], *, of_facts: bool, by_evidence: bool = False) -> FoundUse:
    entries = _sorted(reader, found, iris.RDF_SUBJECT if of_facts else "")
    return FoundUse(predicate, len(found), entries, of_facts, by_evidence)


def _sorted(reader: Reader, found: set[str], named_by: str = "") -> tuple[str, ...]:
    """Return resources by label, or by that of what a property of theirs names; the first of many by IRI."""
    if len(found) > SORTED_UP_TO:
        return tuple(nsmallest(MOST_LISTED, found))
    triples = reader.triples

    def label(iri: str) -> tuple[str, str]:
        named = triples.iri(iri, named_by) if named_by else iri
        return (reader.value(named).text.casefold() if named else "", iri)

    return tuple(sorted(found, key=label))


def _use(reader: Reader, iri: str, found: FoundUse, length: int, page: int) -> Use:
    start = (page - 1) * length
    shown = found.entries[start : start + length]
    last, total = start + len(shown), found.total
    name = reader.addresses.short(found.predicate)
    address = f"{reader.addresses.page(iri)}?use={quote(name, safe=':-._~')}"
    heading = _heading(reader, iri, found)
    table = None
    if found.of_facts:
        facts = [reader.fact(fact) for fact in shown]
        if found.by_evidence:
            facts = [_with_evidence(reader, fact, found.predicate, iri) for fact in facts]
        table = concept_table(reader.vocabulary, f"use-{name.replace(':', '-')}", heading, facts, iri)
    return Use(
        name=name,
        heading=heading,
        total=total,
        table=table,
        rows=() if found.of_facts else tuple(row_of(reader, reader.value(entry).kind, entry) for entry in shown),
        page=PageOfList(
            words=f"{start + 1:,} to {last:,} of {total:,}",
            before=f"{address}&page={page - 1}" if page > 1 else "",
            after=f"{address}&page={page + 1}" if last < len(found.entries) else "",
        ),
        href=address if last < total and page == 1 else "",
        listed=len(found.entries),
    )


def _with_evidence(reader: Reader, fact: Fact, predicate: str, iri: str) -> Fact:
    """Return a fact with that evidence alone that has a value."""
    return replace(
        fact, evidence=tuple(item for item in fact.evidence if reader.triples.holds(item.iri, predicate, iri))
    )


def _heading(reader: Reader, iri: str, found: FoundUse) -> str:
    """Return what the entries of a use have in common, in the words of the vocabulary."""
    label = reader.value(iri).text
    predicate = reader.value(found.predicate)
    if found.of_facts and not found.by_evidence:
        return f"What {reader.vocabulary.predicate(found.predicate, predicate.text).phrase} {label}"
    return f"{capitalise(predicate.text)}: {label}"
