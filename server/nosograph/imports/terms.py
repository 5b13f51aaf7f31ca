"""What importers know of the vocabulary: classes, predicates and concepts by the words of the files.

No importer names a term of a field. It asks for the term that ``ontology/`` gives a word to (``noso:importKey``), for
the concept that matches a code, and for the class that a code system belongs to (``noso:codePrefix``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from nosograph.errors import InputError
from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.rdf.reachability import reachable
from nosograph.vocabulary.reading import read_vocabulary
from nosograph.vocabulary.terms import Vocabulary

_EXACT_MATCH: Final = STANDARD_PREFIXES["skos"] + "exactMatch"


@dataclass(frozen=True)
class ImportTerms:
    """The terms of a vocabulary as importers look for them.

    Attributes:
        vocabulary: the vocabulary.
        concepts: scheme → IRI of a code → the concept of the scheme that it matches exactly.
        members: scheme → local name of a concept → the concept.
        schemes: property → the scheme of its values.
        ranges: property → the classes that its values may have.
        prefixes: beginning of the IRIs of a code system, longest first → the class whose resources its codes name.
        wider: class → the classes above it, in the order in which they are found.
        withheld: beginnings, in lower case, of codes and of their IRIs that may not be republished.
    """

    vocabulary: Vocabulary
    concepts: Mapping[str, Mapping[str, str]]
    members: Mapping[str, Mapping[str, str]]
    schemes: Mapping[str, str]
    ranges: Mapping[str, frozenset[str]]
    prefixes: Mapping[str, str]
    wider: Mapping[str, tuple[str, ...]]
    withheld: tuple[str, ...]

    def term(self, key: str) -> str:
        """Return the IRI of the term with an import key.

        Raises:
            InputError: the vocabulary gives no term this key.
        """
        found = self.vocabulary.import_keys.get(key)
        if found is None:
            raise InputError(
                f"The vocabulary has no term with the import key {key!r}.",
                hint="Give the term that it stands for a noso:importKey in ontology/imports.ttl.",
            )
        return found

    def valued(self, key: str, values: Iterable[str] = ()) -> dict[str, str]:
        """Return value → term for every key of the form ``key=value``, after a check that the given values are there.

        Raises:
            InputError: the vocabulary gives no term to one of the given values.
        """
        for value in values:
            self.term(f"{key}={value}")
        return self.vocabulary.keyed(key)

    def concept(self, property_: str, code: str) -> str | None:
        """Return the concept among the values of a property that matches the IRI of a code exactly."""
        return self.concepts.get(self.schemes.get(property_, ""), {}).get(code)

    def named(self, property_: str, name: str) -> str | None:
        """Return the concept with a local name among the values of a property."""
        return self.members.get(self.schemes.get(property_, ""), {}).get(name)

    def class_of(self, code: str) -> str | None:
        """Return the class whose resources the code system of an IRI names."""
        return next((class_ for start, class_ in self.prefixes.items() if code.startswith(start)), None)

    def kind(self, class_: str) -> str | None:
        """Return the path segment of a class."""
        return next((entry.kind for entry in self.vocabulary.classes if entry.iri == class_), None)

    def types(self, class_: str) -> tuple[str, ...]:
        """Return a class and every class above it."""
        return (class_, *self.wider.get(class_, ()))

    def is_withheld(self, code: str) -> bool:
        """Return whether a code, as a CURIE or an IRI, may not be republished."""
        return code.lower().startswith(self.withheld)


def read_import_terms(triples: Iterable[Triple | Quad]) -> ImportTerms:
    """Return the terms that the triples of an ontology describe, alignments among them."""
    kept = list(triples)
    vocabulary = read_vocabulary(kept)
    base = vocabulary.base()
    schemes: dict[str, str] = {}
    in_scheme: dict[str, str] = {}
    matches: list[tuple[str, str]] = []
    ranges: dict[str, set[str]] = {}
    prefixes: dict[str, str] = {}
    above: dict[str, list[str]] = {}
    withheld: set[str] = set()
    for triple in kept:
        if not isinstance(triple.subject, NamedNode) or not isinstance(triple.object, (NamedNode, Literal)):
            continue
        subject, predicate, value = triple.subject.value, triple.predicate.value, triple.object.value
        if predicate == noso("valueScheme"):
            schemes[subject] = value
        elif predicate == iris.SKOS_IN_SCHEME:
            in_scheme[subject] = value
        elif predicate == _EXACT_MATCH:
            matches.append((subject, value))
        elif predicate == iris.SCHEMA_RANGE:
            ranges.setdefault(subject, set()).add(value)
        elif predicate == noso("codePrefix"):
            prefixes[value] = subject
        elif predicate == iris.RDFS_SUBCLASS:
            above.setdefault(subject, []).append(value)
        elif predicate == noso("withheldPrefix"):
            withheld.add(value.lower())
    concepts: dict[str, dict[str, str]] = {}
    for concept, code in sorted(matches):
        if concept in in_scheme:
            concepts.setdefault(in_scheme[concept], {})[code] = concept
    members: dict[str, dict[str, str]] = {}
    for concept, scheme in in_scheme.items():
        members.setdefault(scheme, {})[base.local_name(concept)] = concept
    return ImportTerms(
        vocabulary=vocabulary,
        concepts=concepts,
        members=members,
        schemes=schemes,
        ranges={property_: frozenset(found) for property_, found in ranges.items()},
        prefixes=dict(sorted(prefixes.items(), key=lambda pair: (-len(pair[0]), pair[0]))),
        wider={class_: _above(class_, above, base) for class_ in above},
        withheld=tuple(sorted(withheld)),
    )


def _above(class_: str, above: Mapping[str, list[str]], base: Base) -> tuple[str, ...]:
    """Return the classes above a class of the vocabulary, as the build adds them to the types of a resource."""
    if not base.is_term(class_):
        return ()
    return tuple(iri for iri in reachable([class_], lambda iri: sorted(above.get(iri, ()))) if iri != class_)
