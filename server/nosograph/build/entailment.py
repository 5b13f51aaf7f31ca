"""Derives the graph of statements for clients without reasoning from what the data and the vocabulary say.

Three rules, in the notation of OWL 2 RL (https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules):

* *prp-spo1*: a triple is stated again with each super-property that its property has outside the vocabulary, whether by
  ``rdfs:subPropertyOf`` or by ``noso:publishedAs`` and ``noso:schemaProperty``, which claim no more than that this is
  a fitting way to say it.
* *prp-inv*: where ``ontology/`` states an inverse of such a property, that too is stated.
* *codes*: a relation of RO or Biolink between two resources is stated between their exact matches in OBO ontologies, so
  that a federated query joins on the identifiers that others use; a resource without such a match stands for itself.

Nothing follows from what a fact denies or contests: no super-property is reached through a denied proposition, and
nothing is stated between two codes whose resources are denied or contested to be so related. What the data state
already is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from nosograph.rdf.lines import triple_part
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES
from nosograph.rdf.reachability import reachable


def _iri(prefix: str, local: str) -> bytes:
    return f"<{STANDARD_PREFIXES[prefix]}{local}>".encode()


_TYPE: Final = _iri("rdf", "type")
_SUB_PROPERTY: Final = (
    _iri("rdfs", "subPropertyOf"),
    *(f"<{NOSO[name]}>".encode() for name in ("publishedAs", "schemaProperty")),
)
_INVERSE: Final = _iri("owl", "inverseOf")
_EXACT_MATCH: Final = _iri("skos", "exactMatch")
_SUBJECT, _PREDICATE, _OBJECT = (_iri("rdf", name) for name in ("subject", "predicate", "object"))
_STATUS: Final = f"<{NOSO['status']}>".encode()
_REFUSED: Final = (f"<{NOSO['denied']}>".encode(), f"<{NOSO['contested']}>".encode())
_OBO: Final = b"<http://purl.obolibrary.org/obo/"
_BETWEEN_CODES: Final = tuple(f"<{STANDARD_PREFIXES[name]}".encode() for name in ("ro", "biolink"))

Triple = tuple[bytes, bytes, bytes]
"""Subject, predicate and object as canonical N-Triples write them."""


@dataclass(frozen=True)
class Rules:
    """What the vocabulary says about properties.

    Attributes:
        wider: property → the properties directly above it.
        inverses: property → its inverses.
        own: the properties that the vocabulary defines; triples with them follow from facts, not from these rules.
    """

    wider: Mapping[bytes, frozenset[bytes]]
    inverses: Mapping[bytes, frozenset[bytes]]
    own: frozenset[bytes]

    def concerns(self, predicate: bytes) -> bool:
        """Return whether anything may follow from a triple with this property."""
        return predicate in self.wider or predicate in self.inverses or predicate.startswith(_BETWEEN_CODES)

    def above(self, triple: Triple, refused: frozenset[Triple] | set[Triple]) -> Iterator[bytes]:
        """Return the properties above that of a triple, at any distance, but none through a refused proposition."""
        subject, predicate, value = triple

        def steps(narrower: bytes) -> list[bytes]:
            found = self.wider.get(narrower, ())
            return [wider for wider in sorted(found) if (subject, wider, value) not in refused]

        return islice(reachable([predicate], steps), 1, None)


def read_rules(lines: Iterable[bytes]) -> Rules:
    """Return the rules that the lines of the ontology's graph state."""
    wider: dict[bytes, set[bytes]] = {}
    inverses: dict[bytes, set[bytes]] = {}
    typed: set[bytes] = set()
    for subject, predicate, value in map(split_triple, lines):
        if predicate in _SUB_PROPERTY:
            wider.setdefault(subject, set()).add(value)
        elif predicate == _INVERSE:
            inverses.setdefault(subject, set()).add(value)
            inverses.setdefault(value, set()).add(subject)
        elif predicate == _TYPE:
            typed.add(subject)
    return Rules(
        {name: frozenset(values) for name, values in wider.items()},
        {name: frozenset(values) for name, values in inverses.items()},
        frozenset(typed),
    )


@dataclass(frozen=True)
class Ground:
    """What the rules look at beside one triple.

    Attributes:
        codes: resource → its exact matches in OBO ontologies.
        refused: subject, predicate and object of each fact that is denied or contested.
    """

    codes: Mapping[bytes, tuple[bytes, ...]]
    refused: frozenset[Triple]


def read_ground(lines: Iterable[bytes]) -> Ground:
    """Return the exact matches and the refused propositions of sorted quads, in which each subject's stand together."""
    codes: dict[bytes, list[bytes]] = {}
    refused: set[Triple] = set()
    fact, status, proposition = b"", b"", dict[bytes, bytes]()
    for subject, predicate, value in map(split_triple, lines):
        if predicate == _EXACT_MATCH and value.startswith(_OBO):
            found = codes.setdefault(subject, [])
            if value not in found:
                found.append(value)
        elif predicate == _STATUS or predicate in (_SUBJECT, _PREDICATE, _OBJECT):
            if subject != fact:
                _refuse(status, proposition, refused)
                fact, status, proposition = subject, b"", {}
            if predicate == _STATUS:
                status = value
            else:
                proposition[predicate] = value
    _refuse(status, proposition, refused)
    return Ground({resource: tuple(values) for resource, values in codes.items()}, frozenset(refused))


def _refuse(status: bytes, proposition: Mapping[bytes, bytes], refused: set[Triple]) -> None:
    if status in _REFUSED and len(proposition) == 3:
        refused.add((proposition[_SUBJECT], proposition[_PREDICATE], proposition[_OBJECT]))


def entailed_triples(lines: Iterable[bytes], rules: Rules, ground: Ground) -> Iterator[bytes]:
    """Return what follows from quads, as lines of canonical N-Triples in no order, some of them more than once."""
    between = _refused_between_codes(rules, ground)
    for triple in map(split_triple, lines):
        if rules.concerns(triple[1]):
            for found in _follow(triple, rules, ground.refused):
                if found != triple:
                    yield _line(found)
                if found[1].startswith(_BETWEEN_CODES):
                    yield from map(_line, (stated for stated in _between_codes(found, ground) if stated not in between))


def _follow(triple: Triple, rules: Rules, refused: frozenset[Triple]) -> Iterator[Triple]:
    """Return what follows from one triple with properties that are not the vocabulary's own."""
    subject, predicate, value = triple
    for wider in (predicate, *rules.above(triple, refused)):
        if wider not in rules.own:
            yield subject, wider, value
        for inverse in sorted(rules.inverses.get(wider, ())):
            if inverse not in rules.own and value.startswith(b"<"):
                yield value, inverse, subject


def _refused_between_codes(rules: Rules, ground: Ground) -> set[Triple]:
    """Return what is not stated between codes: what a fact about resources with these codes denies or contests."""
    found: set[Triple] = set()
    for subject, predicate, value in ground.refused:
        for wider in (predicate, *rules.above((subject, predicate, value), set())):
            found.update(_between_codes((subject, wider, value), ground))
    return found


def _between_codes(triple: Triple, ground: Ground) -> Iterator[Triple]:
    """Return a triple as it reads between the codes of its subject and those of its object."""
    subject, predicate, value = triple
    for first, second in product(ground.codes.get(subject, (subject,)), ground.codes.get(value, (value,))):
        if (first, second) != (subject, value):
            yield first, predicate, second


def _line(triple: Triple) -> bytes:
    return b"%s %s %s .\n" % triple


def without(lines: Iterable[bytes], stated: Iterable[bytes]) -> Iterator[bytes]:
    """Return the lines of one sorted stream of triples that are not in another sorted stream."""
    others = iter(stated)
    other = next(others, None)
    for line in lines:
        while other is not None and other < line:
            other = next(others, None)
        if other != line:
            yield line


def split_triple(line: bytes) -> Triple:
    """Return subject, predicate and object of a line of canonical N-Quads that names a graph."""
    subject, predicate, value = triple_part(line).split(b" ", 2)
    return subject, predicate, value
