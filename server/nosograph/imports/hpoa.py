"""Reads annotations in the format of ``phenotype.hpoa`` (https://obophenotype.github.io/human-phenotype-ontology/annotations/phenotype_hpoa/).

Every row is one piece of evidence. Its source is the file, in this version; the references that the row gives are what
the file cites. Which predicate a row means follows from its aspect, and a row denies its proposition in one of four
notations: ``NOT``, none of n people, zero percent, or the frequency term that says so.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from nosograph.errors import InputError, Location
from nosograph.imports.accounting import Account, FileAccount, RowRefused
from nosograph.imports.codes import ForeignCode, parse_code
from nosograph.imports.obo_files import read_ontology_file
from nosograph.imports.ontology_terms import OntologyTerms, write_terms
from nosograph.imports.running import ImportRun
from nosograph.imports.statements import ALT_LABEL, PREF_LABEL, GraphWriter, spell_iri, spell_text, spell_value
from nosograph.imports.terms import ImportTerms

KIND: Final = "hpoa"
COLUMNS: Final = (
    *("database_id", "disease_name", "qualifier", "hpo_id", "reference", "evidence"),
    *("onset", "frequency", "sex", "modifier", "aspect", "biocuration"),
)
_ASPECTS: Final = "PICMH"
_SLOTS: Final = (
    *("onset", "sex", "modifier", "evidence"),
    *("frequency", "observed", "among", "percentage", "proportion"),
)
_REPORT_EVERY: Final = 2_000
_COUNT: Final = re.compile(r"([0-9]{1,9})/([0-9]{1,9})\Z")
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%\Z")
_CURATION: Final = re.compile(r"\s*([^\s\[\];]+)\[([0-9]{4}-[0-9]{2}-[0-9]{2})\]\s*\Z")


class Annotation(NamedTuple):
    """A row, as the file has it."""

    disease: str
    name: str
    qualifier: str
    term: str
    reference: str
    evidence: str
    onset: str
    frequency: str
    sex: str
    modifier: str
    aspect: str
    biocuration: str


class FrequencyReading(NamedTuple):
    """What the frequency of a row says: ``denial`` is the notation by which it denies, or empty."""

    said: tuple[tuple[str, str], ...] = ()
    denial: str = ""
    positive: bool = False


class AnnotationReader:
    """Turns rows into evidence.

    Args:
        terms: the vocabulary.
        ontology: the terms that rows name.
        writer: what is written with.
        source: spelled IRI of the source of every row.
        account: what becomes of each row.
        electronic: whether rows are published that were inferred electronically.

    Attributes:
        denials: notation → rows that deny by it.

    Raises:
        InputError: the vocabulary lacks a term that rows stand for.
    """

    def __init__(
        self,
        terms: ImportTerms,
        ontology: OntologyTerms,
        writer: GraphWriter,
        source: str,
        account: FileAccount,
        *,
        electronic: bool = True,
    ) -> None:
        self.denials: Counter[str] = Counter()
        self._terms, self._ontology, self._writer = terms, ontology, writer
        self._source, self._account, self._electronic = source, account, electronic
        self._slots = {name: spell_iri(terms.term(f"{KIND}:{name}")) for name in _SLOTS}
        self._predicates = terms.valued(f"{KIND}:aspect", _ASPECTS)
        self._evidence = terms.valued(f"{KIND}:evidence", ("IEA", "PCS", "TAS"))
        self._sexes = terms.valued(f"{KIND}:sex", ("FEMALE", "MALE"))
        self._by_machine, self._nobody = terms.term(f"{KIND}:electronic"), terms.term(f"{KIND}:nobody")
        self._names: dict[str, set[str]] = {}
        # A few thousand values stand in hundreds of thousands of rows.
        self._frequency = cache(self._read_frequency)
        self._references = cache(self._read_references)
        self._curations = cache(self._read_curations)

    def read(self, lines: Iterator[tuple[int, str]], progress: Callable[[int], None]) -> None:
        """Write the evidence of numbered lines, which end without a line feed, and account for each."""
        size = 0
        for number, line in lines:
            size += len(line) + 1
            self._account.read += 1
            if self._account.read % _REPORT_EVERY == 0:
                progress(size)
            try:
                self._read_row(line, number)
            except RowRefused as refusal:
                self._account.refuse(refusal, number)

    def _read_row(self, line: str, number: int) -> None:
        cells = line.split("\t")
        if len(cells) != len(COLUMNS):
            raise RowRefused(
                "wrong number of cells", f"The row has {len(cells)} cells where the header has {len(COLUMNS)}."
            )
        row = Annotation(*(cell.strip() for cell in cells))
        denied = self._is_denied(row)
        frequency = self._frequency(row.frequency)
        if denied and frequency.positive:
            raise RowRefused("denied and counted", f"The row says NOT, and gives the frequency {row.frequency}.")
        condition, class_, code = self._read_disease(row)
        predicate, value = self._read_proposition(row, class_)
        said = [*frequency.said, *self._read_qualifiers(row)]
        references = self._references(row.reference)
        curations = self._curations(row.biocuration)
        if not self._electronic and self._evidence[row.evidence] == self._by_machine:
            self._account.leave_out("inferred electronically, which a setting leaves out", number)
            return
        said += self._writer.cited(references)
        said += self._writer.curated(curations)
        denial = "NOT" if denied else frequency.denial
        proposition = (self._describe(condition, class_, code, row.name), predicate, value)
        if not self._writer.add_evidence(proposition, self._source, bool(denial), said):
            self._account.leave_out("the same as another row", number)
            return
        self._account.published += 1
        if denial:
            self.denials[denial] += 1

    def _is_denied(self, row: Annotation) -> bool:
        if row.qualifier not in ("", "NOT"):
            raise RowRefused("unknown qualifier", f"The qualifier is {row.qualifier!r}; it is NOT, or empty.")
        return row.qualifier == "NOT"

    def _read_disease(self, row: Annotation) -> tuple[str, str, ForeignCode]:
        code = parse_code(row.disease)
        class_ = None if code is None or code.iri is None else self._terms.class_of(code.iri)
        kind = None if class_ is None else self._terms.kind(class_)
        if code is None or class_ is None or kind is None:
            raise RowRefused("unknown code of a disease", f"No class of the vocabulary has codes like {row.disease!r}.")
        if not row.name:
            raise RowRefused("without a name", f"The row names {row.disease} by its code alone.")
        return kind, class_, code

    def _describe(self, kind: str, class_: str, code: ForeignCode, name: str) -> str:
        resource = self._writer.describe(kind, code, class_)
        names = self._names.setdefault(resource, set())
        if name not in names:
            self._writer.add(resource, ALT_LABEL if names else PREF_LABEL, spell_text(name))
            names.add(name)
        return resource

    def _read_proposition(self, row: Annotation, subject_class: str) -> tuple[str, str]:
        """Return predicate and object of a row, spelled."""
        predicate = self._predicates.get(row.aspect)
        if predicate is None:
            raise RowRefused("unknown aspect", f"The aspect is {row.aspect!r}; it is one of P, I, C, M and H.")
        code = self._ontology.resolve(row.term)
        value = None if code is None else self._ontology.resource(code)
        if code is None or value is None:
            raise RowRefused("unknown term", f"{row.term!r} is no term of the ontology that is in use.")
        if self._ontology.class_of(code) not in self._terms.ranges[predicate]:
            raise RowRefused(
                "term of another aspect", f"{row.term} is outside the branches of the ontology for aspect {row.aspect}."
            )
        return spell_iri(predicate), value

    def _read_qualifiers(self, row: Annotation) -> Iterator[tuple[str, str]]:
        evidence = self._evidence.get(row.evidence)
        if evidence is None:
            raise RowRefused("unknown evidence code", f"The evidence code is {row.evidence!r}.")
        yield self._slots["evidence"], spell_iri(evidence)
        for text in _several(row.onset):
            yield self._slots["onset"], spell_iri(self._concept("onset", text))
        for text in _several(row.sex):
            sex = self._sexes.get(text.upper())
            if sex is None:
                raise RowRefused("unknown sex", f"The sex is {text!r}; it is MALE or FEMALE.")
            yield self._slots["sex"], spell_iri(sex)
        for text in _several(row.modifier):
            code = self._ontology.resolve(text)
            resource = None if code is None else self._ontology.resource(code)
            if resource is None:
                raise RowRefused("unknown modifier", f"{text!r} is no term of the ontology that is in use.")
            yield self._slots["modifier"], resource

    def _concept(self, slot: str, text: str) -> str:
        resolved = self._ontology.resolve(text)
        code = None if resolved is None else parse_code(resolved)
        concept = None if code is None or code.iri is None else self._terms.concept(self._slots[slot][1:-1], code.iri)
        if concept is None:
            raise RowRefused(
                f"unknown {slot}",
                f"No concept of the vocabulary matches the {slot} {text!r}.",
                "Give the concept a skos:exactMatch in ontology/alignments.ttl.",
            )
        return concept

    def _read_frequency(self, text: str) -> FrequencyReading:
        if not text:
            return FrequencyReading()
        if match := _COUNT.match(text):
            found, among = int(match[1]), int(match[2])
            if among == 0 or found > among:
                raise RowRefused("impossible frequency", f"The frequency {text} counts more people than there are.")
            share = (Decimal(found) / Decimal(among)).quantize(Decimal("0.000001"))
            said = (
                (self._slots["observed"], spell_value(str(found), "integer")),
                (self._slots["among"], spell_value(str(among), "integer")),
                (self._slots["proportion"], _spell_decimal(share)),
            )
            return FrequencyReading(said, "" if found else "0/n", found > 0)
        if match := _PERCENT.match(text):
            percentage = Decimal(match[1])
            if percentage > 100:
                raise RowRefused("impossible frequency", f"The frequency {text} is more than everyone.")
            stated = (
                (self._slots["percentage"], _spell_decimal(percentage)),
                (self._slots["proportion"], _spell_decimal((percentage / 100).quantize(Decimal("0.000001")))),
            )
            return FrequencyReading(stated, "" if percentage else "0 %", percentage > 0)
        if not text.startswith("HP:"):
            raise RowRefused(
                "unreadable frequency", f"The frequency {text!r} is no term, no count like 7/24 and no percentage."
            )
        concept = self._concept("frequency", text)
        nobody = concept == self._nobody
        return FrequencyReading(
            ((self._slots["frequency"], spell_iri(concept)),), "term for nobody" if nobody else "", not nobody
        )

    def _read_references(self, text: str) -> tuple[ForeignCode, ...]:
        found = tuple(map(parse_code, _several(text)))
        codes = tuple(code for code in found if code is not None)
        if not codes or len(codes) != len(found):
            raise RowRefused("unreadable reference", f"The reference is {text!r}; it is codes or web addresses.")
        return codes

    def _read_curations(self, text: str) -> tuple[tuple[ForeignCode, str], ...]:
        occasions: list[tuple[ForeignCode, str]] = []
        for part in _several(text):
            match = _CURATION.match(part)
            code = None if match is None else parse_code(match[1])
            if match is None or code is None or not _is_day(match[2]):
                raise RowRefused(
                    "unreadable curation", f"The curation is {part!r}; it is written like HPO:name[2025-01-31]."
                )
            occasions.append((code, match[2]))
        if not occasions:
            raise RowRefused("unreadable curation", "The row does not say who recorded it.")
        return tuple(occasions)


def read_header(path: Path, name: str) -> tuple[dict[str, str], int]:
    """Return what the comment lines of an annotation file say, and the number of the line with the columns.

    Raises:
        InputError: the file is no such file, or says no version.
    """
    said: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="\n") as stream:
        for number, line in enumerate(stream, 1):
            text = line.rstrip("\r\n")
            if text.startswith("#"):
                key, colon, value = text[1:].partition(":")
                if colon:
                    said[key.strip()] = value.strip().strip('"')
                continue
            if tuple(text.split("\t")) != COLUMNS:
                raise InputError(
                    "The first line that is no comment does not name the columns of an annotation file.",
                    location=Location(name, number),
                    hint=f"They are, separated by tabs: {', '.join(COLUMNS)}.",
                )
            return said, number
    raise InputError("The file has no row.", location=Location(name), hint="Fetch the file again.")


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _spell_decimal(value: Decimal) -> str:
    text = format(value.normalize(), "f")
    return spell_value(text, "decimal")


def import_annotations(run: ImportRun) -> Account:
    """Import an annotation file and the ontology that its terms are from, in that order.

    Raises:
        InputError: a file cannot be used; with a strict request, a row cannot.
    """
    if len(run.request.files) != 2:
        raise InputError(
            f"An import of the kind {KIND} reads two files, and {len(run.request.files)} were given.",
            hint="Name phenotype.hpoa, then hp.obo.",
        )
    annotations, ontology_path = run.request.files
    header, first = read_header(annotations, str(annotations))
    progress = run.progress(1)
    ontology_file = read_ontology_file(ontology_path, str(ontology_path))
    run.settle(version=header.get("version", ""), license=ontology_file.license, title=ontology_file.title)
    ontology = OntologyTerms(ontology_file.terms, run.terms)
    terms = run.account(1, "terms")
    write_terms(ontology, run.writer, terms)
    progress(ontology_path.stat().st_size)
    rows = run.account(0, "rows")
    reader = AnnotationReader(
        run.terms,
        ontology,
        run.writer,
        run.sources[0],
        rows,
        electronic=bool(run.request.options.get("electronic", True)),
    )
    reader.read(run.lines(0, first), run.progress(0))
    return Account((rows, terms), {"denials by notation": reader.denials})
