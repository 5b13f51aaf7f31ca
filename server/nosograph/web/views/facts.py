"""A fact as readers see it: its statement in words, its status, and each piece of evidence with its passages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from nosograph.rdf import iris
from nosograph.rdf.names import last_segment
from nosograph.store.reader import GraphReader, Term
from nosograph.vocabulary.terms import Role, Vocabulary
from nosograph.web.views.addresses import Addresses, humanise
from nosograph.web.views.wording import SAYINGS, STATUSES, UNKNOWN_STATUS, StatusWording


@dataclass(frozen=True)
class Value:
    """Something that a page shows: a resource with its label and address, or a literal.

    Attributes:
        text: what to show.
        language: language tag of the text, or empty.
        iri: the resource's IRI; empty for a literal.
        href: where to read about it, or empty where there is nowhere safe to link to.
        kind: its kind, as in its IRI; empty for literals, concepts and what is elsewhere.
        external: whether the link leaves this site.
    """

    text: str
    language: str = ""
    iri: str = ""
    href: str = ""
    kind: str = ""
    external: bool = False


@dataclass(frozen=True)
class Passage:
    """Where a source says it: a range of its characters, from 0, the end not included.

    Attributes:
        iri: the passage's IRI.
        start: its first character.
        end: the character after its last.
        digest: SHA-256 of its words.
        identifier: the last part of its IRI.
        words: its words, where the release quotes them.
    """

    iri: str
    start: int
    end: int
    digest: str
    identifier: str
    words: str = ""


@dataclass(frozen=True)
class Evidence:
    """What one source says about a fact.

    Attributes:
        iri: the evidence's IRI.
        identifier: its last part, which names it on the fact's page.
        source: the document that it was read in.
        saying: what the source does, as a verb phrase.
        supports: whether it speaks for the fact; otherwise against.
        certainty: local name of the certainty.
        cites: references that the document itself gives.
        qualifiers: what it adds to the proposition, as pairs of a name and a value.
        frequencies: how often it says that the proposition holds.
        shares: the shares of all cases that it gives as numbers from 0 to 1, as pairs of a name and a number.
        passages: where in the document it stands.
        antecedents: where in the document stands what a pronoun in its passage stands for.
        curators: who recorded it.
        curated_on: on which days, the latest last.
        reviewers: who has reviewed it since.
        reviewed_on: on which days, the latest last.
    """

    iri: str
    identifier: str
    source: Value
    saying: str
    supports: bool
    certainty: str
    cites: tuple[Value, ...] = ()
    qualifiers: tuple[tuple[str, Value], ...] = ()
    frequencies: tuple[Value, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    passages: tuple[Passage, ...] = ()
    antecedents: tuple[Passage, ...] = ()
    curators: tuple[Value, ...] = ()
    curated_on: tuple[str, ...] = ()
    reviewers: tuple[Value, ...] = ()
    reviewed_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """One proposition with its status and its evidence.

    Attributes:
        iri: the fact's IRI.
        identifier: the last part of it.
        href: its page.
        subject: what it is about.
        predicate: the predicate, under its label.
        phrase: the words between subject and object in a sentence.
        object: what it says of the subject.
        status: its status.
        contexts: the resources in which it holds, where its subject is not one itself.
        evidence: what sources say about it.
    """

    iri: str
    identifier: str
    href: str
    subject: Value
    predicate: Value
    phrase: str
    object: Value
    status: StatusWording
    contexts: tuple[Value, ...]
    evidence: tuple[Evidence, ...]

    @property
    def words(self) -> str:
        """Its proposition as plain words."""
        context = "".join(f" in {value.text}" for value in self.contexts)
        return f"{self.subject.text} {self.phrase} {self.object.text}{context}"

    @property
    def supporting(self) -> tuple[Evidence, ...]:
        """The evidence for it."""
        return tuple(item for item in self.evidence if item.supports)

    @property
    def disputing(self) -> tuple[Evidence, ...]:
        """The evidence against it."""
        return tuple(item for item in self.evidence if not item.supports)

    @property
    def positions(self) -> tuple[Evidence, ...]:
        """The evidence, but what one document says in the same way several times only once."""
        found = {(item.source.iri, item.saying, item.qualifiers): item for item in reversed(self.evidence)}
        return tuple(reversed(found.values()))

    @property
    def sayings(self) -> tuple[Evidence, ...]:
        """The evidence, but what one document says several times only once; it may contradict itself."""
        found = {(item.source.iri, item.saying): item for item in reversed(self.evidence)}
        return tuple(reversed(found.values()))

    @property
    def sources(self) -> frozenset[str]:
        """IRIs of the documents that speak about it."""
        return frozenset(item.source.iri for item in self.evidence)

    @property
    def is_uneven(self) -> bool:
        """Whether different documents support it with different certainty."""
        if len(self.evidence) < 2:
            return False
        certainties: dict[str, set[str]] = {}
        for item in self.supporting:
            certainties.setdefault(item.certainty, set()).add(item.source.iri)
        return len(certainties) > 1 and len(set().union(*certainties.values())) > 1

    @property
    def differs_in_frequency(self) -> bool:
        """Whether different documents support it, and not all of them say that it holds equally often."""
        if len(self.evidence) < 2:
            return False
        frequencies: dict[str, set[str]] = {}
        for item in self.supporting:
            said = [value.iri or value.text for value in item.frequencies]
            frequencies.setdefault(item.source.iri, set()).update(said or [""])
        return len(frequencies) > 1 and len({frozenset(said) for said in frequencies.values()}) > 1


@dataclass
class Reader:
    """Makes values, evidence and facts from the graph of one release; what it has made it does not make again.

    Attributes:
        triples: reads the graph.
        addresses: turns IRIs into addresses.
        vocabulary: the vocabulary of the release.
        with_passages: whether evidence is read with its passages.
    """

    triples: GraphReader
    addresses: Addresses
    vocabulary: Vocabulary
    with_passages: bool = True
    _values: dict[str, Value] = field(default_factory=dict)
    _facts: dict[str, Fact] = field(default_factory=dict)

    def without_passages(self) -> Reader:
        """Return a reader of the same graph whose evidence has no passages, for pages that only name the source."""
        return Reader(self.triples, self.addresses, self.vocabulary, with_passages=False, _values=self._values)

    def value(self, term: Term | str) -> Value:
        """Return a term of the graph as something to show; a string is an IRI."""
        if isinstance(term, Literal):
            return Value(term.value, term.language or "")
        if not isinstance(term, (str, NamedNode)):
            return Value(str(term))
        iri = term if isinstance(term, str) else term.value
        if iri not in self._values:
            self._values[iri] = self._resource(iri)
        return self._values[iri]

    def _resource(self, iri: str) -> Value:
        href = self.addresses.page(iri) or ""
        label = self.triples.label(iri)
        if label is not None:
            text, language = label.value, label.language or ""
        else:
            text, language = self._words_for(iri), ""
        return Value(
            text=text or iri,
            language=language,
            iri=iri,
            href=href,
            kind=self.addresses.kind(iri) or "",
            external=bool(href) and not href.startswith("/"),
        )

    def _words_for(self, iri: str) -> str:
        short = self.addresses.short(iri)
        if self.addresses.kind(iri) is None and not self.addresses.base.is_term(iri):
            return short
        return humanise(iri)

    def values(self, found: Iterable[Term | str]) -> tuple[Value, ...]:
        """Return several terms as values in the order of their labels."""
        made = [self.value(term) for term in found]
        return tuple(sorted(made, key=lambda value: (value.text.casefold(), value.iri)) if len(made) > 1 else made)

    def fact(self, iri: str) -> Fact:
        """Return a fact with its evidence; what the graph does not say of it is shown as unknown, never left out."""
        if iri not in self._facts:
            self._facts[iri] = self._fact(iri)
        return self._facts[iri]

    def _fact(self, iri: str) -> Fact:
        told = self.triples.described(iri)
        evidence = [self.evidence(item) for item in _iris(told.get(iris.EVIDENCE, ()))]
        predicate = self._first(told.get(iris.RDF_PREDICATE, ()))
        return Fact(
            iri=iri,
            identifier=last_segment(iri),
            href=self.addresses.page(iri) or "",
            subject=self._first(told.get(iris.RDF_SUBJECT, ())),
            predicate=predicate,
            phrase=self.vocabulary.predicate(predicate.iri, predicate.text).phrase,
            object=self._first(told.get(iris.RDF_OBJECT, ())),
            status=STATUSES.get(_local_name(told.get(iris.STATUS, ())), UNKNOWN_STATUS),
            contexts=self.values(_iris(told.get(iris.CONTEXT, ()))),
            evidence=tuple(
                sorted(evidence, key=lambda item: (not item.supports, item.source.text.casefold(), _start(item)))
            ),
        )

    def _first(self, terms: Sequence[Term]) -> Value:
        return self.value(terms[0]) if terms else Value("(not given)")

    def evidence(self, iri: str) -> Evidence:
        """Return one piece of evidence."""
        told = self.triples.described(iri)
        stance = _local_name(told.get(iris.STANCE, ()))
        certainty = _local_name(told.get(iris.CERTAINTY, ()))
        qualifiers = [
            (qualifier, self.value(term))
            for qualifier in self.vocabulary.qualifiers
            for term in told.get(qualifier.iri, ())
        ]
        return Evidence(
            iri=iri,
            identifier=last_segment(iri),
            source=self._first(told.get(iris.SOURCE, ())),
            saying=SAYINGS.get((stance, certainty), "speaks of it"),
            supports=stance != "disputes",
            certainty=certainty,
            cites=self.values(_iris(told.get(iris.CITES, ()))),
            qualifiers=tuple((qualifier.label, value) for qualifier, value in qualifiers),
            frequencies=tuple(value for qualifier, value in qualifiers if Role.FREQUENCY in qualifier.roles),
            shares=tuple(
                (label, share)
                for name, label in self.vocabulary.shares.items()
                for share in _shares(told.get(name, ()))
            ),
            passages=self._passages(told.get(iris.PASSAGE, ())),
            antecedents=self._passages(told.get(iris.ANTECEDENT, ())),
            curators=self.values(told.get(iris.PAV_CURATED_BY, ())),
            curated_on=_days(told.get(iris.PAV_CURATED_ON, ())),
            reviewers=self.values(told.get(iris.SCHEMA_REVIEWED_BY, ())),
            reviewed_on=_days(told.get(iris.SCHEMA_LAST_REVIEWED, ())),
        )

    def _passages(self, terms: Iterable[Term]) -> tuple[Passage, ...]:
        if not self.with_passages:
            return ()
        found = [self.passage(iri) for iri in _iris(terms)]
        return tuple(sorted(found, key=lambda passage: (passage.start, passage.end)))

    def passage(self, iri: str) -> Passage:
        """Return a passage; a position that is missing or no number is -1, which pages word as unknown."""
        self.triples.statements(iri)
        return Passage(
            iri=iri,
            start=_number(self.triples.value(iri, iris.OA_START)),
            end=_number(self.triples.value(iri, iris.OA_END)),
            digest=self.triples.value(iri, iris.PASSAGE_DIGEST) or "",
            identifier=last_segment(iri),
            words=self.triples.value(iri, iris.OA_EXACT) or "",
        )

    def facts_about(self, subject: str, limit: int) -> tuple[Fact, ...]:
        """Return the facts whose subject this is, at most ``limit``."""
        return self._sorted_facts(self.triples.subjects(iris.RDF_SUBJECT, subject, limit))

    def facts_naming(self, object: str, limit: int) -> tuple[Fact, ...]:
        """Return the facts whose object this is, at most ``limit``."""
        return self._sorted_facts(self.triples.subjects(iris.RDF_OBJECT, object, limit))

    def facts_within(self, condition: str, limit: int) -> tuple[Fact, ...]:
        """Return the causal steps that hold in a condition, at most ``limit``."""
        return self._sorted_facts(self.triples.subjects(iris.CONTEXT, condition, limit))

    def facts_inherited(self, resource: str, limit: int) -> tuple[Fact, ...]:
        """Return the facts about broader resources that hold for this one too, at most ``limit``."""
        return self._sorted_facts(self.triples.iris(resource, iris.INHERITS)[:limit])

    def _sorted_facts(self, iris: Iterable[str]) -> tuple[Fact, ...]:
        facts = [self.fact(iri) for iri in iris]
        return tuple(
            sorted(
                facts,
                key=lambda fact: (
                    fact.predicate.text.casefold(),
                    fact.subject.text.casefold(),
                    fact.object.text.casefold(),
                    fact.iri,
                ),
            )
        )


def _iris(terms: Iterable[Term]) -> list[str]:
    return [term.value for term in terms if isinstance(term, NamedNode)]


def _local_name(terms: Iterable[Term]) -> str:
    """Return the last segment of the first IRI among some terms, or nothing."""
    return last_segment(next(iter(_iris(terms)), ""))


def _days(terms: Iterable[Term]) -> tuple[str, ...]:
    return tuple(sorted(term.value for term in terms if isinstance(term, Literal)))


def _shares(terms: Iterable[Term]) -> Iterable[float]:
    """Return the numbers from 0 to 1 among some terms."""
    for term in terms:
        try:
            share = float(term.value) if isinstance(term, Literal) else -1
        except ValueError:
            continue
        if 0 <= share <= 1:
            yield share


def _number(text: str | None) -> int:
    try:
        return int(text) if text is not None else -1
    except ValueError:
        return -1


def _start(evidence: Evidence) -> int:
    return evidence.passages[0].start if evidence.passages else -1
