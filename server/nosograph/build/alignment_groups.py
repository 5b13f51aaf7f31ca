"""Joins resources of several data sets into alignment groups, by the exact matches between them and codes elsewhere.

Resources and codes are the nodes of a graph, exact matches its edges; a group is what hangs together. Only codes of
systems that name one resource each (``noso:codePrefix``) are followed. A group that would hold two codes of one
system, two curated resources or resources of two kinds is refused as a whole: some match in it is not exact, and which
one it is cannot be told from here. What hangs together is found in one walk, linear in the matches.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nosograph.facts.derivation import HASH_LENGTH
from nosograph.rdf.curies import compact
from nosograph.rdf.lines import graph_part, triple_part
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.rdf.reachability import reachable
from nosograph.vocabulary.alignment import AlignmentTerms
from nosograph.vocabulary.terms import ALIGNMENT_KIND

_SKOS: Final = f"<{STANDARD_PREFIXES['skos']}".encode()
_EXACT: Final = _SKOS + b"exactMatch>"
_BROADER: Final = (_SKOS + b"broader>", _SKOS + b"broadMatch>")
_NARROWER: Final = _SKOS + b"narrowMatch>"
_LABEL: Final = _SKOS + b"prefLabel>"

TWO_CODES: Final = "two codes of one system"
TWO_CURATED: Final = "two curated resources"
TWO_KINDS: Final = "resources of two kinds"
_TOLD: Final = 3
"""Refused groups that the text for people tells; the report for machines has all of them."""


@dataclass(frozen=True)
class AlignmentGroup:
    """Resources that stand for the same.

    Attributes:
        iri: the group.
        label: what its first resource is called, which is a curated one where there is one; empty where it has no name.
        members: IRIs of its resources, in that order.
    """

    iri: str
    label: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class RefusedGroup:
    """Resources that are not joined, though exact matches lead from one to the other.

    Attributes:
        reason: what speaks against it.
        path: the two codes or resources that cannot stand for the same, with what leads from one to the other.
        resources: how many resources the group would have.
    """

    reason: str
    path: tuple[str, ...]
    resources: int


@dataclass(frozen=True)
class Alignment:
    """The alignment groups of a graph, and its hierarchy of terms.

    Attributes:
        groups: the groups, by IRI.
        refused: the groups that were refused.
        key: IRI of a member, or of a code of a group → the group.
        above: term or group → the terms and groups directly broader.
    """

    groups: Mapping[str, AlignmentGroup] = field(default_factory=dict)
    refused: tuple[RefusedGroup, ...] = ()
    key: Mapping[str, str] = field(default_factory=dict)
    above: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def key_of(self, term: str) -> str:
        """Return the group of a term; the term itself where it is in none."""
        return self.key.get(term, term)

    def broader(self, key: str) -> frozenset[str]:
        """Return every term and group above one, at any distance."""
        return frozenset(reachable([key], lambda node: self.above.get(node, ()))) - {key}

    def to_json(self) -> list[dict[str, Any]]:
        """Return the refused groups as JSON has them."""
        return [
            {"reason": found.reason, "path": list(found.path), "resources": found.resources} for found in self.refused
        ]

    def to_text(self, base: Base) -> str:
        """Return the first refused groups as text for people, a line each, and how many there are of each reason."""
        lines = []
        for reason in sorted({found.reason for found in self.refused}):
            found = [group for group in self.refused if group.reason == reason]
            lines.append(f"  refused: {len(found)} with {reason}")
            lines += [f"    {' = '.join(compact(iri, base) for iri in group.path)}" for group in found[:_TOLD]]
        return "\n".join(lines)


@dataclass
class _Matches:
    """What the quads say about resources and codes."""

    edges: dict[str, list[str]] = field(default_factory=dict)
    above: list[tuple[str, str]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    curated: set[str] = field(default_factory=set)


def align(lines: Iterable[bytes], base: Base, terms: AlignmentTerms) -> Alignment:
    """Return the alignment groups of quads.

    Args:
        lines: canonical N-Quads of all graphs, sorted.
        base: the base of the data.
        terms: the vocabulary, for the code systems.
    """
    matches = _read(lines, base, terms)
    groups: dict[str, AlignmentGroup] = {}
    refused: list[RefusedGroup] = []
    key: dict[str, str] = {}
    for nodes in _components(matches.edges):
        members = [node for node in nodes if _kind(node, base)]
        if len(members) < 2:
            key |= {node: members[0] for node in nodes if members}
            continue
        conflict = _conflict(nodes, members, matches.curated, base, terms)
        if conflict is not None:
            reason, first, second = conflict
            refused.append(RefusedGroup(reason, _path(first, second, matches.edges), len(members)))
            continue
        members.sort(key=lambda iri: (iri not in matches.curated, iri))
        group = AlignmentGroup(
            _name(members, base),
            next((matches.labels[member] for member in members if member in matches.labels), ""),
            tuple(members),
        )
        groups[group.iri] = group
        key |= dict.fromkeys(nodes, group.iri)
    above: dict[str, list[str]] = {}
    for narrow, broad in matches.above:
        one, other = key.get(narrow, narrow), key.get(broad, broad)
        if one != other and other not in above.setdefault(one, []):
            above[one].append(other)
    return Alignment(groups, tuple(sorted(refused, key=lambda found: (found.reason, found.path))), key, above)


def _read(lines: Iterable[bytes], base: Base, terms: AlignmentTerms) -> _Matches:
    matches = _Matches()
    curated = str(base.graph("conditions")).encode()
    wanted = {_EXACT, *_BROADER, _NARROWER, _LABEL}
    for line in lines:
        subject, predicate, _ = line.split(b" ", 2)
        if predicate not in wanted:
            continue
        iri = subject[1:-1].decode()
        value = triple_part(line).split(b" ", 2)[2]
        if graph_part(line) == curated:
            matches.curated.add(iri)
        if predicate == _LABEL:
            if _kind(iri, base):
                matches.labels.setdefault(iri, value.decode())
        elif value.startswith(b"<"):
            _take(matches, predicate, iri, value[1:-1].decode(), base, terms)
    return matches


def _take(matches: _Matches, predicate: bytes, iri: str, other: str, base: Base, terms: AlignmentTerms) -> None:
    if predicate == _EXACT:
        if _kind(iri, base) and (terms.code_system(other) or _kind(other, base)):
            for one, two in ((iri, other), (other, iri)):
                ends = matches.edges.setdefault(one, [])
                if two not in ends:
                    ends.append(two)
    elif predicate in _BROADER:
        matches.above.append((iri, other))
    elif predicate == _NARROWER:
        matches.above.append((other, iri))


def _kind(iri: str, base: Base) -> str:
    """Return the kind of a resource of the data; nothing of a code."""
    kind = iri[len(base.iri) :].partition("/")[0] if iri.startswith(base.iri) else ""
    return kind if kind in base.kinds else ""


def _components(edges: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Return what hangs together, each part in order."""
    seen: set[str] = set()
    for node in sorted(edges):
        if node not in seen:
            found = sorted(reachable([node], lambda one: edges[one]))
            seen.update(found)
            yield found


def _conflict(
    nodes: Sequence[str], members: Sequence[str], curated: set[str], base: Base, terms: AlignmentTerms
) -> tuple[str, str, str] | None:
    """Return a reason why nodes cannot stand for the same, and the first two that show it."""
    systems: dict[str, str] = {}
    for node in nodes:
        if node not in members and (system := terms.code_system(node)):
            other = systems.setdefault(system, node)
            if other != node:
                return TWO_CODES, other, node
    own = [member for member in members if member in curated]
    if len(own) > 1:
        return TWO_CURATED, own[0], own[1]
    if _kind(members[0], base) != _kind(members[-1], base):  # in order, so the first and the last differ if any two do
        return TWO_KINDS, members[0], members[-1]
    return None


def _path(first: str, second: str, edges: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return a shortest path between two nodes that hang together, both of them included."""
    came: dict[str, str] = {first: ""}
    ahead = deque([first])
    while ahead and second not in came:
        node = ahead.popleft()
        for other in sorted(edges[node]):
            if other not in came:
                came[other] = node
                ahead.append(other)
    path = [second]
    while came[path[-1]]:
        path.append(came[path[-1]])
    return tuple(reversed(path))


def _name(members: Iterable[str], base: Base) -> str:
    """Return the IRI of a group: the same under every base for the same members."""
    text = "".join(sorted(f"{member.removeprefix(base.iri)}\n" for member in members))
    return str(base.resource(ALIGNMENT_KIND, hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]))
