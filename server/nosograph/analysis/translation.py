"""What one translation shares: names, bound values, terms of the query, and what the file says of itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pyoxigraph
from rdflib.term import Literal, URIRef

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.relations import Form, Operand
from nosograph.analysis.types import DATATYPES, KNOWN_DATATYPES, LANG_STRING, LITERAL_FORMS, SCALE, XSD, Type, Types
from nosograph.analysis.writing import stored_literal

OWN_TYPES: Final = {kind: 10_000 + number for number, kind in enumerate(Type)}
"""Type → its number for terms that a query brings; no type of a file has one that high."""


@dataclass(frozen=True)
class StoredTerm:
    """A term as the file holds it.

    Attributes:
        type: its type.
        value: the IRI, the label of the node, or the lexical form.
        language: the language tag, or None.
        datatype: the datatype of a literal, or None.
    """

    type: Type
    value: str
    language: str | None = None
    datatype: str | None = None


class Catalogue(Protocol):
    """What a translation asks of an analysis file."""

    @property
    def type_numbers(self) -> Mapping[Type, tuple[int, ...]]:
        """Type → its numbers in the file."""
        ...

    @property
    def profile(self) -> Mapping[int, Mapping[Type, int]]:
        """Number of a predicate → type → how many of its statements have an object of that type."""
        ...

    @property
    def triples(self) -> int:
        """How many triples the file holds."""
        ...

    @property
    def closed(self) -> frozenset[int]:
        """Numbers of the predicates whose closure the file holds."""
        ...

    @property
    def nodes(self) -> bool:
        """Whether the data have blank nodes."""
        ...

    @property
    def lower_differs(self) -> bool:
        """Whether a term has a character whose lower case SQL and the store do not agree on."""
        ...

    @property
    def upper_differs(self) -> bool:
        """The same for the upper case."""
        ...

    def find(self, term: StoredTerm) -> int | None:
        """Return the number of a term, or None where the file does not hold it."""
        ...

    def objects(self, subject: int, predicate: int | None) -> Types:
        """Return what the objects of a subject are, of all its statements or of those with a predicate."""
        ...

    def share_pair(self, first: tuple[int, bool], second: tuple[int, bool]) -> bool:
        """Return whether two predicates, each forward or backward, connect the same pair of terms somewhere."""
        ...

    def is_node(self, number: int, table: str) -> bool:
        """Return whether a term is subject or object of a triple in a table."""
        ...


class Translation:
    """The state of one translation.

    Args:
        catalogue: what the file says of itself.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.parameters: dict[str, Any] = {}
        self.own: dict[StoredTerm, int] = {}
        self._names: dict[str, str] = {}
        self._fresh = itertools.count()

    def name(self, variable: str) -> str:
        """Return the name of a variable's column: numbered, so that nothing of the query stands in the SQL."""
        return self._names.setdefault(variable, f"v{len(self._names)}")

    def alias(self, letter: str = "x") -> str:
        """Return a name that stands nowhere else in the SQL."""
        return f"{letter}{next(self._fresh)}"

    def bind(self, value: Any) -> str:
        """Return the placeholder of a value that is bound when the SQL runs."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def find(self, term: URIRef | Literal) -> int | None:
        """Return the number of a term of the query in the file, or None."""
        return self.catalogue.find(stored_term(term))

    def number(self, term: URIRef | Literal) -> int:
        """Return the number of a term of the query: in the file, or below zero among those that the query brings."""
        stored = stored_term(term)
        found = self.catalogue.find(stored)
        return found if found is not None else self.own.setdefault(stored, -1 - len(self.own))

    def constant(self, term: URIRef | Literal) -> Operand:
        """Return a term of the query as a value of an expression."""
        stored = stored_term(term)
        types = frozenset({stored.type})
        if stored.type is Type.STRING or stored.type is Type.LANGUAGE:
            language = self.bind(stored.language) if stored.language else ""
            return Operand(Form.STRING, self.bind(stored.value), types, language, term, sure=True)
        if stored.type is Type.INTEGER:
            return Operand(Form.INTEGER, f"{self.bind(int(stored.value))}::BIGINT", types, constant=term, sure=True)
        if stored.type is Type.DECIMAL:
            return Operand(Form.DECIMAL, f"{self.bind(scaled(stored.value))}::HUGEINT", types, constant=term, sure=True)
        if stored.type is Type.BOOLEAN:
            return Operand(
                Form.BOOLEAN, f"{self.bind(stored.value == 'true')}::BOOLEAN", types, constant=term, sure=True
            )
        if stored.type is Type.DOUBLE:
            return Operand(Form.DOUBLE, f"{self.bind(float(stored.value))}::DOUBLE", types, constant=term, sure=True)
        if stored.type is Type.IRI:
            return Operand(Form.IRI, self.bind(stored.value), types, constant=term, sure=True)
        return self.as_id(Operand(Form.ID, "", types, constant=term, sure=True))

    def as_id(self, value: Operand) -> Operand:
        """Return a value held as the number of a term.

        Raises:
            NotTranslated: it is calculated.
        """
        if value.constant is not None:
            number = self.number(value.constant)
            sql = f"{self.bind(number)}::INTEGER"
            return Operand(Form.ID, sql, value.types, constant=value.constant, sure=True, foreign=number < 0)
        if value.form is not Form.ID:
            raise NotTranslated("a calculated value where a term of the data is needed")
        return value

    def numbers(self, types: Iterable[Type], *, foreign: bool) -> str:
        """Return the SQL list of the numbers of some types."""
        kinds = sorted(types)
        found = [number for kind in kinds for number in self.catalogue.type_numbers.get(kind, ())]
        if foreign:
            found += [OWN_TYPES[kind] for kind in kinds]
        return f"({', '.join(map(str, found)) or '-1'})"

    def object_types(self, predicate: int | None) -> Types:
        """Return what the objects of a predicate are; of any predicate where none is given."""
        profile = self.catalogue.profile
        if predicate is not None:
            return frozenset(profile.get(predicate, {}))
        return frozenset(kind for types in profile.values() for kind in types)

    @property
    def subject_types(self) -> Types:
        """What subjects are."""
        return frozenset({Type.IRI, Type.NODE}) if self.catalogue.nodes else frozenset({Type.IRI})

    def own_terms(self) -> str:
        """Return the WITH clause of the terms that the query brings, to stand before the SQL."""
        rows = [f"({number}::INTEGER, {self._own_row(term)})" for term, number in self.own.items()]
        values = f"VALUES {', '.join(rows)}" if rows else "SELECT * FROM terms LIMIT 0"
        return f'own(id, type, value, language, whole, scaled, "real") AS ({values})'

    def _own_row(self, term: StoredTerm) -> str:
        whole = int(term.value) if term.type is Type.INTEGER else None
        exact = scaled(term.value) if term.type in (Type.INTEGER, Type.DECIMAL) else None
        real = float(term.value) if term.type is Type.DOUBLE else None
        return (
            f"{OWN_TYPES[term.type]}::SMALLINT, {self.bind(term.value)}::VARCHAR, {self.bind(term.language)}::VARCHAR, "
            f"{self.bind(whole)}::BIGINT, {self.bind(exact)}::HUGEINT, {self.bind(real)}::DOUBLE"
        )


def scaled(text: str) -> int:
    """Return a number in its canonical form as a whole number, ``SCALE`` times as large."""
    whole, _, rest = text.partition(".")
    return int(whole + rest.ljust(18, "0")) if rest else int(whole) * SCALE


def stored_term(term: URIRef | Literal) -> StoredTerm:
    """Return a term of a query as a file would hold it.

    Raises:
        NotTranslated: it is a literal whose value is not known well enough here.
    """
    if isinstance(term, URIRef):
        return StoredTerm(Type.IRI, str(term))
    try:
        literal = stored_literal(engine_literal(term))
    except ValueError as error:
        raise NotTranslated("a literal that the store does not take") from error
    datatype = literal.datatype.value
    kind = _literal_type(literal.value, datatype)
    return StoredTerm(kind, literal.value, literal.language, datatype)


def engine_literal(term: Literal) -> pyoxigraph.Literal:
    """Return a literal of a parsed query as one of the store's engine; raises ``ValueError`` where it is none."""
    if term.language:
        return pyoxigraph.Literal(str(term), language=term.language)
    return pyoxigraph.Literal(str(term), datatype=pyoxigraph.NamedNode(str(term.datatype or XSD + "string")))


def _literal_type(value: str, datatype: str) -> Type:
    """Return the type of a literal in the form in which the store holds it."""
    if datatype == LANG_STRING:
        return Type.LANGUAGE
    if datatype == DATATYPES[Type.STRING]:
        return Type.STRING
    for kind, form in LITERAL_FORMS.items():
        if datatype == DATATYPES[kind] and re.fullmatch(form, value):
            return kind if kind is not Type.INTEGER or -(2**63) <= int(value) < 2**63 else Type.VALUED
    return Type.VALUED if datatype in KNOWN_DATATYPES else Type.OTHER
