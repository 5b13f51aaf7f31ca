"""Joins invented quads by the rules of the project's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyoxigraph

import vocabularies
from nosograph.assets import find_assets
from nosograph.build.aligned_facts import AlignmentAccount, join
from nosograph.rdf.names import Base
from nosograph.vocabulary.alignment import AlignmentTerms, read_alignment_terms

BASE: Final = "https://w3id.org/nosograph/"
PREFIXES: Final = f"""
@prefix g: <{BASE}graph/> . @prefix i: <{BASE}graph/import/> . @prefix fact: <{BASE}fact/> .
@prefix condition: <{BASE}condition/> . @prefix finding: <{BASE}finding/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix noso: <{BASE}ontology#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix MONDO: <http://purl.obolibrary.org/obo/MONDO_> . @prefix OMIM: <https://omim.org/entry/> .
@prefix ORPHA: <http://www.orpha.net/ORDO/Orphanet_> . @prefix HP: <http://purl.obolibrary.org/obo/HP_> .
@prefix UMLS: <http://linkedlifedata.com/resource/umls/id/> .
"""


def project_terms() -> AlignmentTerms:
    """Return what the project's vocabulary says about joining data sets."""
    files = sorted(find_assets().ontology.glob("*.ttl"))
    return read_alignment_terms(
        triple for file in files for triple in pyoxigraph.parse(path=file, format=pyoxigraph.RdfFormat.TURTLE)
    )


def sorted_lines(trig: str, base: Base) -> list[bytes]:
    """Return quads in TriG, written with the default base, as sorted lines of N-Quads below a base."""
    quads = pyoxigraph.parse((PREFIXES + trig).replace(BASE, base.iri), format=pyoxigraph.RdfFormat.TRIG)
    return sorted({f"{quad} .\n".replace(f"{base.iri}ontology#", f"{BASE}ontology#").encode() for quad in quads})


@dataclass(frozen=True)
class Joined:
    """What was joined: the account, the triples by path or local name of each IRI, and the lines that were written."""

    account: AlignmentAccount
    triples: frozenset[tuple[str, str, str]]
    lines: tuple[bytes, ...]

    def pairs(self, name: str) -> set[tuple[str, str]]:
        """Return the subjects and the objects of a property."""
        return {(subject, value) for subject, predicate, value in self.triples if predicate == name}

    def members(self) -> list[set[str]]:
        """Return the members of each group, in an order."""
        groups: dict[str, set[str]] = {}
        for group, member in self.pairs("hadMember"):
            groups.setdefault(group, set()).add(member)
        return sorted(groups.values(), key=sorted)


def join_quads(trig: str, terms: AlignmentTerms, base: Base | None = None) -> Joined:
    """Join quads in TriG, which are written with the prefixes above."""
    base = base or vocabularies.base()
    return join_lines(sorted_lines(trig, base), terms, base)


def join_lines(lines: list[bytes], terms: AlignmentTerms, base: Base) -> Joined:
    """Join sorted lines of N-Quads."""
    written: list[bytes] = []
    account = join(lambda: lines, base, terms, written.append)
    triples = pyoxigraph.parse(b"".join(written), format=pyoxigraph.RdfFormat.N_TRIPLES)
    return Joined(
        account,
        frozenset(
            (_short(triple.subject, base), _short(triple.predicate, base), _short(triple.object, base))
            for triple in triples
        ),
        tuple(written),
    )


def _short(term: object, base: Base) -> str:
    text = str(term).strip("<>")
    below = text.removeprefix(base.iri)
    return below if below != text and "#" not in below else text.rpartition("#")[2]
