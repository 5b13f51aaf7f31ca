"""What other data sets say of the same resource: each set apart, with what agrees, what is narrower, what disagrees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from nosograph.rdf import iris
from nosograph.rdf.names import ALIGNED, ENTAILED
from nosograph.release.manifest import GraphTerms, Manifest
from nosograph.store.documents import DocumentFile
from nosograph.vocabulary.terms import Vocabulary
from nosograph.web.views.condition import heading_of, in_order
from nosograph.web.views.facts import Fact, Reader, Value
from nosograph.web.views.licenses import License, name_license
from nosograph.web.views.read_ahead import members_beside
from nosograph.web.views.statement_tables import RowGroup, StatementRow, StatementTable, statement_row

MOST_SHOWN: Final = 100
"""Statements of one sort that the page shows of one data set; the page of the resource there has all."""

_READ: Final = 1000
_IMPORTED: Final = "import/"


@dataclass(frozen=True)
class DataSet:
    """A data set of the release: the curated one, or one that was imported.

    Attributes:
        title: its title.
        version: its version, or empty.
        license: its licence, where one is known.
    """

    title: str
    version: str = ""
    license: License | None = None


@dataclass(frozen=True)
class Dispute:
    """A statement about the resource of the page, and those of other data sets that disagree with it in one way.

    Attributes:
        kind: what they do, as "contradicts".
        fact: the statement about the resource of the page.
        others: the statements that disagree.
    """

    kind: str
    fact: Fact
    others: tuple[Fact, ...]

    @property
    def evidence(self) -> int:
        """How many pieces of evidence the statements have."""
        return sum(len(fact.evidence) for fact in (self.fact, *self.others))

    @property
    def supporting(self) -> int:
        """How many of them support their statement."""
        return sum(len(fact.supporting) for fact in (self.fact, *self.others))


@dataclass(frozen=True)
class AlignedMember:
    """A resource that stands for the same, with what its data sets say of it.

    Attributes:
        resource: the resource.
        data_sets: the data sets that describe it.
        agreeing: statements that are made about the resource of the page as well.
        narrower: statements that are narrower than one about the resource of the page, each with that one.
        broader: statements that are broader than one about the resource of the page, each with that one.
        disputes: statements about the resource of the page with which one of its statements disagrees.
        further: statements of which the resource of the page has no counterpart.
        first: whether it is the first of its group on the page of that: there is nothing yet to compare it with.
    """

    resource: Value
    data_sets: tuple[DataSet, ...]
    agreeing: tuple[Fact, ...] = ()
    narrower: tuple[tuple[Fact, Fact], ...] = ()
    broader: tuple[tuple[Fact, Fact], ...] = ()
    disputes: tuple[Dispute, ...] = ()
    further: tuple[Fact, ...] = ()
    first: bool = False

    def tables(self, vocabulary: Vocabulary) -> tuple[tuple[str, int, StatementTable], ...]:
        """Return what agrees and what has no counterpart as tables, each with its caption and the number of facts."""
        found = []
        alone = "in all" if self.first else "without a counterpart"
        for caption, facts in (("in agreement", self.agreeing), (alone, self.further)):
            if facts:
                groups = (
                    RowGroup(heading_of(vocabulary, members[0]), tuple(self._row(vocabulary, fact) for fact in members))
                    for _, predicates in in_order(vocabulary, facts[:MOST_SHOWN])
                    for members in predicates
                )
                found.append((caption, len(facts), StatementTable("", f"Statements {caption}", tuple(groups))))
        return tuple(found)

    def _row(self, vocabulary: Vocabulary, fact: Fact) -> StatementRow:
        return statement_row(vocabulary, fact, self.resource.iri)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every statement that the page shows of it."""
        pairs = [fact for fact, _ in (*self.narrower[:MOST_SHOWN], *self.broader[:MOST_SHOWN])]
        disputing = [fact for dispute in self.disputes for fact in dispute.others]
        return (*self.agreeing[:MOST_SHOWN], *pairs, *disputing, *self.further[:MOST_SHOWN])


@dataclass(frozen=True)
class AlignedResources:
    """The alignment group of the resource of a page, or the group that the page is about.

    Attributes:
        group: the group; none where the resource is in none.
        own: the data sets that describe the resource of the page; none where that is the group.
        members: the others of the group, or all of them.
    """

    group: Value | None = None
    own: tuple[DataSet, ...] = ()
    members: tuple[AlignedMember, ...] = ()

    @property
    def disputes(self) -> tuple[Dispute, ...]:
        """What the data sets disagree about."""
        return tuple(dispute for member in self.members for dispute in member.disputes)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every statement of the other resources that the page shows."""
        return tuple(fact for member in self.members for fact in member.facts)


def aligned_resources(reader: Reader, manifest: Manifest, iri: str) -> AlignedResources:
    """Return what other data sets say of the resource of a page.

    Args:
        reader: reads the graph; what the documents of the members say is known to it.
        manifest: what is said of each named graph.
        iri: the resource.
    """
    group = next(iter(reader.triples.subjects(iris.PROV_HAD_MEMBER, iri)), None)
    if group is None:
        return AlignedResources()
    own = {fact.iri: fact for fact in reader.facts_about(iri, _READ)}
    return AlignedResources(
        group=reader.value(group),
        own=_data_sets(reader, manifest, iri),
        members=tuple(_member(reader, manifest, other, own) for other in members_beside(reader.triples, iri)),
    )


def members_of_group(reader: Reader, manifest: Manifest, iri: str) -> AlignedResources:
    """Return what each data set says of the resources of a group, curated ones first; each beside those before it.

    Args:
        reader: reads the graph; what the documents of the members say is known to it.
        manifest: what is said of each named graph.
        iri: the group.
    """
    members = reader.triples.iris(iri, iris.PROV_HAD_MEMBER)
    ordered = sorted(members, key=lambda member: (not _is_curated(reader, member), member))
    known: dict[str, Fact] = {}
    found = []
    for member in ordered:
        found.append(replace(_member(reader, manifest, member, known), first=member == ordered[0]))
        known |= {fact.iri: fact for fact in reader.facts_about(member, _READ)}
    return AlignedResources(group=reader.value(iri), members=tuple(found))


def _member(reader: Reader, manifest: Manifest, iri: str, own: Mapping[str, Fact]) -> AlignedMember:
    facts = reader.facts_about(iri, _READ)
    known = {fact.iri: fact for fact in facts}
    disputes = tuple(
        Dispute(kind, fact, others)
        for fact in own.values()
        for name, kind in reader.vocabulary.disputes.items()
        if (others := _related(reader, fact, name, known))
    )
    agreeing = {other.iri: other for fact in own.values() for other in _related(reader, fact, iris.AGREES_WITH, known)}
    narrower = _pairs(reader, own.values(), iris.CORROBORATED_BY, known)
    broader = _pairs(reader, own.values(), iris.CORROBORATES, known)
    placed = agreeing.keys() | {fact.iri for fact, _ in (*narrower, *broader)}
    placed |= {other.iri for dispute in disputes for other in dispute.others}
    return AlignedMember(
        resource=reader.value(iri),
        data_sets=_data_sets(reader, manifest, iri),
        agreeing=tuple(agreeing.values()),
        narrower=narrower,
        broader=broader,
        disputes=disputes,
        further=tuple(fact for fact in facts if fact.iri not in placed),
    )


def _pairs(reader: Reader, own: Iterable[Fact], name: str, known: Mapping[str, Fact]) -> tuple[tuple[Fact, Fact], ...]:
    return tuple((other, fact) for fact in own for other in _related(reader, fact, name, known))


def _related(reader: Reader, fact: Fact, name: str, known: Mapping[str, Fact]) -> tuple[Fact, ...]:
    return tuple(known[iri] for iri in reader.triples.iris(fact.iri, name) if iri in known)


def _data_sets(reader: Reader, manifest: Manifest, iri: str) -> tuple[DataSet, ...]:
    """Return the data sets in whose graphs a resource has a class, the curated one first."""
    imported = sorted(name for name in _graphs(reader, iri) if name.startswith(_IMPORTED))
    found = [_imported_set(manifest, name) for name in imported]
    if _is_curated(reader, iri):
        found.insert(0, DataSet(manifest.profile.name, manifest.version, _license(manifest, "facts")))
    return tuple(found)


def _is_curated(reader: Reader, iri: str) -> bool:
    """Return whether a graph that neither was imported nor is derived says of which class a resource is."""
    return any(not name.startswith(_IMPORTED) for name in _graphs(reader, iri) - {ALIGNED, ENTAILED})


def _graphs(reader: Reader, iri: str) -> set[str]:
    """Return the names of the graphs that say of which class a resource is."""
    start = str(reader.addresses.base.graph(""))
    named = (str(quad.graph_name).strip("<>") for quad in reader.triples.statements(iri, iris.RDF_TYPE))
    return {name.removeprefix(start) for name in named}


def _imported_set(manifest: Manifest, name: str) -> DataSet:
    terms = manifest.terms.get(name, GraphTerms())
    return DataSet(terms.title or name.removeprefix(_IMPORTED), terms.version, _license(manifest, name))


def _license(manifest: Manifest, graph: str) -> License | None:
    return next(map(name_license, manifest.licenses([graph])), None)


def related_facts(reader: Reader, documents: DocumentFile, fact: Fact) -> tuple[tuple[str, Fact], ...]:
    """Return what alignment says of a fact: what it does, such as "agrees with", and the fact to which it does that.

    Args:
        reader: reads the graph; the document about the subject of the fact is known to it.
        documents: the documents that were made ahead, for those about aligned resources: one query.
        fact: the fact.
    """
    names = {iris.AGREES_WITH, iris.CORROBORATED_BY, iris.CORROBORATES, *reader.vocabulary.disputes}
    told = reader.triples.described(fact.iri)
    related = [(name, str(term).strip("<>")) for name in sorted(names & told.keys()) for term in told[name]]
    if not related:
        return ()
    for document in documents.find_all(members_beside(reader.triples, fact.subject.iri)):
        document.tell(reader.triples)
    return tuple((reader.value(name).text, reader.fact(iri)) for name, iri in related)
