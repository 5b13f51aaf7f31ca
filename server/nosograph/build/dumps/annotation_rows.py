"""Writes rows in the columns of ``phenotype.hpoa``, the annotation file of the Human Phenotype Ontology.

A row asserts, so only plain evidence has one, and only where subject and object have a code and the object's is a term
of the ontology. What the words of the format mean stands in the vocabulary (``noso:importKey``), in both directions:
what the importer reads from such a file, this module writes.

Format: https://obophenotype.github.io/human-phenotype-ontology/annotations/phenotype_hpoa/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from nosograph.build.dumps.plain_evidence import EvidenceSource
from nosograph.build.dumps.table_columns import select_labels
from nosograph.imports.hpoa import COLUMNS, KIND
from nosograph.rdf import iris
from nosograph.rdf.curies import compact
from nosograph.rdf.iris import noso
from nosograph.vocabulary.terms import Vocabulary

_TERM: Final = "HP:"
_CITED: Final = "TAS"
"""The evidence of a row where no word of the format says more: every row names the source that states it."""

_SEPARATOR: Final = ";"
_BLANKS: Final = str.maketrans("\t\r\n", "   ")


def has_annotations(vocabulary: Vocabulary) -> bool:
    """Return whether facts of a vocabulary can be such rows: whether a predicate stands for an aspect."""
    return bool(vocabulary.keyed(f"{KIND}:aspect"))


def annotation_rows(source: EvidenceSource, head: Mapping[str, str]) -> Iterator[bytes]:
    """Return the lines of an annotation file, each with its line feed.

    Args:
        source: what they are made of, with its tables of plain evidence.
        head: what the file says of itself, in comments.
    """
    for key, value in head.items():
        yield f"#{key}: {value.translate(_BLANKS)}\n".encode()
    yield ("\t".join(COLUMNS) + "\n").encode()
    labels = select_labels("plain_quads")
    names = dict(source.columns.rows(f"SELECT s, label FROM ({labels}) WHERE s IN (SELECT subject FROM plain_edges)"))
    writer = _RowWriter(source)
    rows = source.columns.rows(f"""
        SELECT subjects.iri, subjects.id, predicate[2:-2], objects.id, status, said FROM plain_edges
        JOIN plain_ids AS subjects ON subjects.iri = subject JOIN plain_ids AS objects ON objects.iri = object
        WHERE subjects.coded AND starts_with(objects.id, '{_TERM}') AND context IS NULL
        ORDER BY subjects.id, objects.id, e
    """)
    for subject, disease, predicate, term, status, said in rows:
        denied = status == f"<{noso('denied')}>"
        aspect = writer.aspect(predicate, denied=denied)
        if aspect:
            cells = writer.cells(said or (), denied=denied)
            row = {"database_id": disease, "disease_name": names.get(subject, ""), "hpo_id": term, "aspect": aspect}
            yield ("\t".join((row | cells).get(name, "").translate(_BLANKS) for name in COLUMNS) + "\n").encode()


class _RowWriter:
    """Puts what evidence says into the words of the format."""

    def __init__(self, source: EvidenceSource) -> None:
        self._source, self._vocabulary = source, source.vocabulary
        self._aspects = _inverse(self._vocabulary.keyed(f"{KIND}:aspect"))
        self._evidence = _inverse(self._vocabulary.keyed(f"{KIND}:evidence"))
        self._sexes = _inverse(self._vocabulary.keyed(f"{KIND}:sex"))

    def aspect(self, predicate: str, *, denied: bool) -> str:
        """Return the aspect of a predicate or, unless it is denied, of a wider one; empty where there is none."""
        if predicate in self._aspects or denied:
            return self._aspects.get(predicate, "")
        known = self._vocabulary.predicates.get(predicate)
        wider = sorted(known.wider if known else ())
        return next((self._aspects[term] for term in wider if term in self._aspects), "")

    def cells(self, said: Iterable[Sequence[str | None]], *, denied: bool) -> dict[str, str]:
        """Return the cells that tell what a piece of evidence says."""
        values: dict[str, list[str]] = {}
        codes: dict[str, list[str]] = {}
        for predicate, value, _, code in said:
            assert predicate is not None and value is not None
            values.setdefault(predicate, []).append(value)
            codes.setdefault(predicate, []).append(code or value)
        frequency, none = self._frequency(values)
        method = next(iter(values.get(self._slot("evidence"), [])), "")
        return {
            "qualifier": "NOT" if denied and not none else "",
            "reference": _SEPARATOR.join(codes.get(iris.CITES) or codes.get(iris.SOURCE, [])),
            "evidence": self._evidence.get(method, _CITED),
            "onset": _SEPARATOR.join(self._terms(values.get(self._slot("onset"), []))),
            "frequency": frequency,
            "sex": _SEPARATOR.join(
                self._sexes[value] for value in values.get(self._slot("sex"), []) if value in self._sexes
            ),
            "modifier": _SEPARATOR.join(
                code for code in codes.get(self._slot("modifier"), []) if code.startswith(_TERM)
            ),
            "biocuration": _SEPARATOR.join(self._occasions(values, codes)),
        }

    def _frequency(self, values: Mapping[str, Sequence[str]]) -> tuple[str, bool]:
        """Return how often, in the most exact way that evidence has it, and whether that is never."""

        def first(slot: str) -> str:
            return next(iter(values.get(self._slot(slot), [])), "")

        if first("observed") and first("among"):
            return f"{first('observed')}/{first('among')}", not float(first("observed"))
        if first("percentage"):
            return f"{first('percentage')}%", not float(first("percentage"))
        term = next(iter(self._terms([first("frequency")])), "")
        return term, bool(term) and first("frequency") == self._slot("nobody")

    def _terms(self, concepts: Iterable[str]) -> list[str]:
        """Return the terms of the ontology that concepts match exactly."""
        codes = (compact(self._source.terms.values.get(concept, concept), self._source.base) for concept in concepts)
        return sorted(code for code in codes if code.startswith(_TERM))

    def _slot(self, name: str) -> str:
        return self._vocabulary.import_keys.get(f"{KIND}:{name}", "")

    def _occasions(self, values: Mapping[str, Sequence[str]], codes: Mapping[str, Sequence[str]]) -> list[str]:
        """Return who recorded evidence and when; of several occasions, the resources of each tell who and when."""
        agents = {
            agent: compact(code, self._source.base)
            for agent, code in zip(values.get(iris.PAV_CURATED_BY, ()), codes.get(iris.PAV_CURATED_BY, ()), strict=True)
        }
        occasions = [value.rpartition("/curation/") for value in values.get(iris.CURATION, ())]
        if occasions:
            return [f"{agents[agent]}[{day}]" for agent, _, day in occasions if agent in agents]
        days = values.get(iris.PAV_CURATED_ON, ())
        return [f"{agent}[{day}]" for agent in agents.values() for day in days]


def _inverse(terms: Mapping[str, str]) -> dict[str, str]:
    return {term: value for value, term in terms.items()}
