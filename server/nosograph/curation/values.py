"""Cells become terms, and terms cells: names and labels of resources, values of schemes, numbers, dates and texts."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import fuzz, process
from rdflib import Literal, URIRef
from rdflib.namespace import RDFS, XSD
from rdflib.term import Node

from nosograph.curation.names import fold_name
from nosograph.curation.terms import CurationTerms, PropertyTerm, VocabularyTerm
from nosograph.errors import InputError
from nosograph.rdf.names import is_identifier

SEPARATOR: Final = " | "
"""Stands between the values of a cell; a vertical bar within a value is written with a backslash before it."""

_SPLIT: Final = re.compile(r"(?<!\\)\|")
_LANGUAGE: Final = re.compile(r"(.*)@([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\Z", re.DOTALL)
_SIMILAR: Final = 60
"""Similarity (0 to 100) below which a name is not suggested."""


def split_cell(cell: str) -> list[str]:
    """Return the values of a cell that may hold several."""
    return [part.replace("\\|", "|").strip() for part in _SPLIT.split(cell) if part.strip()]


def join_cell(values: Iterable[str]) -> str:
    """Return a cell that holds several values."""
    return SEPARATOR.join(value.replace("|", "\\|") for value in values)


def read_text(cell: str) -> Literal:
    """Return a label or definition: English, unless the cell ends with ``@`` and another language's tag."""
    found = _LANGUAGE.match(cell)
    return Literal(found[1].strip(), lang=found[2]) if found else Literal(cell, lang="en")


def write_text(text: Literal) -> str:
    """Return the cell of a label or definition."""
    language = text.language or "en"
    plain = str(text)
    return plain if language == "en" and not _LANGUAGE.match(plain) else f"{plain}@{language}"


@dataclass(frozen=True)
class KnownResource:
    """A resource that a cell may name.

    Attributes:
        iri: its IRI.
        classes: the classes that it has.
        labels: its preferred and alternative labels.
        location: where it is described.
    """

    iri: URIRef
    classes: frozenset[URIRef]
    labels: tuple[str, ...]
    location: str


@dataclass
class Values:
    """Reads the values of cells: what names may be used, and which of them each property takes."""

    terms: CurationTerms
    resources: dict[URIRef, KnownResource] = field(default_factory=dict)
    _by_spelling: dict[str, list[URIRef]] = field(default_factory=dict)
    _hints: dict[tuple[str, frozenset[URIRef]], str] = field(default_factory=dict)
    _concepts: dict[URIRef, dict[str, URIRef]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the vocabulary's terms by their spellings."""
        self._predicates = _by_spelling(entry.term for entry in self.terms.predicates)
        self._properties = {entry.iri: entry for entry in self.terms.predicates}
        written = [entry.term for entry in self.terms.predicates]
        written += itertools.chain.from_iterable(self.terms.concepts.values())
        self._local_names: dict[Node, str] = {term.iri: term.local for term in written}
        for scheme, concepts in self.terms.concepts.items():
            self._concepts[scheme] = _by_spelling(concepts)

    def add(self, resource: KnownResource) -> None:
        """Let cells name a resource: by its name, by its local name, and by its labels."""
        self.resources[resource.iri] = resource
        for spelling in {
            fold_name(label) for label in (*resource.labels, self.shorten(resource.iri).partition(":")[2])
        }:
            self._by_spelling.setdefault(spelling, []).append(resource.iri)

    def predicate(self, cell: str) -> PropertyTerm:
        """Return the predicate that a cell names.

        Raises:
            InputError: no predicate of facts has that name.
        """
        found = self._predicates.get(fold_name(cell)) or self.terms.names.expand(cell)
        if found in self._properties:
            return self._properties[found]
        raise InputError(
            f"{cell!r} is no predicate of facts.",
            hint=_suggestion(cell, {entry.term.local: entry.term.label for entry in self.terms.predicates})
            + "'nosograph curate --list' shows all of them.",
        )

    def resource(self, cell: str, classes: frozenset[URIRef]) -> URIRef:
        """Return the resource that a cell names.

        Args:
            cell: its name (``condition:psoriasis``), local name or label.
            classes: the classes that it may have; any where there is none.

        Raises:
            InputError: nothing, or more than one resource, has that name, or it is of another class.
        """
        iri = self.terms.names.expand(cell)
        if iri is not None and iri in self.resources:
            candidates = [iri]
        elif iri is not None:
            candidates = []
        else:
            candidates = self._by_spelling.get(fold_name(cell), [])
        fitting = [entry for entry in candidates if not classes or self.resources[entry].classes & classes]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            names = ", ".join(sorted(map(self.shorten, fitting)))
            raise InputError(f"{cell!r} is the name of {len(fitting)} resources.", hint=f"Write one of {names}.")
        wanted = self._label(classes)
        if candidates:
            found = self.resources[candidates[0]]
            raise InputError(
                f"{self.shorten(found.iri)} is a {self._label(found.classes)}, and what stands here is a {wanted}.",
                hint="Name another resource, or choose another predicate.",
            )
        raise InputError(f"{cell!r} is no {wanted} that is described.", hint=self._what_to_add(cell, classes))

    def value(self, cell: str, rule: PropertyTerm) -> Node:
        """Return the term that a cell says, as a value of a property.

        Raises:
            InputError: it is not one.
        """
        if rule.scheme is not None:
            return self._concept(cell, rule)
        if rule.datatypes and not rule.classes:
            return _literal(cell, rule)
        iri = self.terms.names.expand(cell)
        if rule.datatypes and iri is None and fold_name(cell) not in self._by_spelling:
            return _literal(cell, rule)
        if iri is None or self.terms.kind(self.shorten(iri).partition(":")[0]) or self.terms.within(rule.classes):
            return self.resource(cell, rule.classes - {RDFS.Resource})
        return iri

    def write(self, term: Node) -> str:
        """Return the cell of a term; ``value`` reads it back."""
        if isinstance(term, Literal):
            return str(term)
        return self._local_names.get(term) or self.shorten(term)

    def shorten(self, term: Node | None) -> str:
        """Return an IRI with its prefix."""
        return self.terms.names.shorten(term)

    def _concept(self, cell: str, rule: PropertyTerm) -> URIRef:
        assert rule.scheme is not None
        concepts = self._concepts.get(rule.scheme, {})
        found = concepts.get(fold_name(cell)) or self.terms.names.expand(cell)
        if found in concepts.values():
            assert found is not None
            return found
        members = self.terms.concepts.get(rule.scheme, ())
        allowed = ", ".join(term.local for term in members[:12]) + (" …" if len(members) > 12 else "")
        raise InputError(
            f"{cell!r} is no value of {rule.term.label}.",
            hint=f"{_suggestion(cell, {term.local: term.label for term in members})}Its values are: {allowed}.",
        )

    def _label(self, classes: Set[URIRef]) -> str:
        """Return what a resource of one of some classes is called."""
        return " or ".join(entry.term.label for entry in self.terms.classes if entry.term.iri in classes) or "resource"

    def _what_to_add(self, cell: str, classes: frozenset[URIRef]) -> str:
        """Return the name that was probably meant, and how to describe a new resource; made once for each name."""
        key = cell, classes
        if key not in self._hints:
            names = {
                self.shorten(iri): entry.labels[0] if entry.labels else ""
                for iri, entry in self.resources.items()
                if not classes or entry.classes & classes
            }
            kinds = sorted(found.prefix for found in self.terms.within(classes))
            prefix, _, local = cell.rpartition(":")
            kind = prefix if prefix in kinds else (kinds[0] if kinds else prefix)
            name = f"{kind}:{make_identifier(local)}".removeprefix(":")
            table = "sources" if kinds == ["source"] else "resources"
            self._hints[key] = (
                f"{_suggestion(cell, names)}If it is new, add a row to the table of {table} with the name {name}."
            )
        return self._hints[key]


def make_identifier(text: str) -> str:
    """Return a text as lower-case words joined by hyphens, or ``new-name`` where it has no letters for one."""
    made = "-".join(re.findall(r"[a-z0-9]+", text.casefold()))
    return made if is_identifier(made) else "new-name"


def _literal(cell: str, rule: PropertyTerm) -> Literal:
    for datatype in rule.datatypes:
        if datatype == XSD.string:
            return Literal(cell)
        spelling = _BOOLEANS.get(cell.casefold(), cell) if datatype == XSD.boolean else cell
        if _SPELLINGS.get(datatype, _no_spelling)(spelling):
            return Literal(spelling, datatype=datatype)
    names = " or ".join(_DATATYPES.get(datatype, f"a value of {datatype}") for datatype in rule.datatypes)
    raise InputError(f"{cell!r} is no value of {rule.term.label}.", hint=f"Write {names}.")


def _is_date(cell: str) -> bool:
    try:
        return datetime.date.fromisoformat(cell).isoformat() == cell
    except ValueError:
        return False


def _no_spelling(_: str) -> bool:
    """Return that a datatype which a table does not know has no values."""
    return False


_BOOLEANS: Final = {"yes": "true", "no": "false", "true": "true", "false": "false"}
_DATATYPES: Final = {
    XSD.integer: "a whole number, such as 1200",
    XSD.date: "a date, such as 2026-01-31",
    XSD.gYear: "a year, such as 2026",
    XSD.boolean: "true or false",
    XSD.string: "a text",
    XSD.decimal: "a number, such as 1.5",
    XSD.anyURI: "an address, such as https://example.org/",
}
_SPELLINGS: Final[dict[URIRef, Callable[[str], object]]] = {
    XSD.integer: re.compile(r"(?:0|-?[1-9][0-9]*)\Z").match,
    XSD.date: _is_date,
    XSD.decimal: re.compile(r"-?(?:0|[1-9][0-9]*)\.(?:0|[0-9]*[1-9])\Z").match,
    XSD.gYear: re.compile(r"[0-9]{4}\Z").match,
    XSD.boolean: re.compile(r"true\Z|false\Z").match,
    XSD.anyURI: re.compile(r"https?://\S+\Z").match,
}
"""Datatype → tells whether a spelling is one that the store gives back unchanged."""


def _by_spelling(terms: Iterable[VocabularyTerm]) -> dict[str, URIRef]:
    """Return terms by local name and by label; a local name goes before another term's label."""
    entries = list(terms)
    return {fold_name(term.label): term.iri for term in entries} | {fold_name(term.local): term.iri for term in entries}


def _suggestion(cell: str, names: Mapping[str, str]) -> str:
    """Return the question whether the most similar name was meant; its label may be what is similar."""
    spelling: dict[str, str] = {}
    for name, label in names.items():
        spelling.setdefault(fold_name(name), name)
        spelling.setdefault(fold_name(label), name)
    for scorer in (fuzz.ratio, fuzz.WRatio):  # the second finds a word of a longer label
        found = process.extractOne(fold_name(cell), list(spelling), scorer=scorer, score_cutoff=_SIMILAR)
        if found is not None:
            return f"Did you mean {spelling[found[0]]}? "
    return ""
