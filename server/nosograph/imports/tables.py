"""Imports any table by a column mapping: a row is one piece of evidence, as a curator's row is.

The mapping is a TOML file::

    subject = "disease"                   # column with a code; its class follows from the code system
    object = "symptom"
    predicate = "hasPhenotype"            # local name of a predicate of facts, or { column = "relation", values = {…} }
    reference = "pmid"                    # optional: column with the codes that the row cites, with semicolons between
    denied = { column = "present", values = ["no"] }   # optional: rows that speak against the proposition
    labels = { subject = "disease name", object = "symptom name" }   # optional
    delimiter = ","                       # optional; a tab without it

    [qualifiers]                          # optional: qualifier → column; values are codes, local names or numbers
    frequency = "how often"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import read_text
from nosograph.facts.separated_values import read_rows
from nosograph.imports.accounting import Account, FileAccount, RowRefused
from nosograph.imports.codes import ForeignCode, parse_code
from nosograph.imports.running import ImportRun
from nosograph.imports.statements import PREF_LABEL, spell_iri, spell_text, spell_value
from nosograph.rdf.names import STANDARD_PREFIXES

_KEYS: Final = frozenset({"subject", "object", "predicate", "reference", "denied", "labels", "qualifiers", "delimiter"})
_REQUIRED: Final = ("subject", "object", "predicate")
_NUMBERS: Final = {STANDARD_PREFIXES["xsd"] + name: name for name in ("integer", "decimal")}


def import_table(run: ImportRun) -> Account:
    """Import tables by the column mapping that is the first file.

    Raises:
        InputError: the mapping or a table cannot be used; with a strict request, a row cannot.
    """
    if len(run.request.files) < 2:
        raise InputError("An import of the kind table reads a column mapping and a table.", hint="Name both.")
    reader = _TableReader(run)
    run.settle()
    return Account(tuple(reader.read(file) for file in range(1, len(run.request.files))))


class _TableReader:
    def __init__(self, run: ImportRun) -> None:
        self._run = run
        path = run.request.files[0]
        self._name = str(path)
        try:
            self._said: dict[str, Any] = tomllib.loads(read_text(path, self._name))
        except tomllib.TOMLDecodeError as error:
            raise InputError(
                f"The column mapping is not TOML: {error}.", location=Location(self._name), hint="Correct it."
            ) from error
        unknown, missing = sorted(self._said.keys() - _KEYS), [key for key in _REQUIRED if key not in self._said]
        if unknown or missing:
            raise self._wrong(
                f"The column mapping has the unknown key {unknown[0]!r}."
                if unknown
                else f"The column mapping lacks {', '.join(missing)}."
            )
        self._predicates = run.terms.vocabulary.predicates
        self._local = {run.terms.vocabulary.base().local_name(iri): iri for iri in self._predicates}
        self._qualifiers = self._read_qualifiers()
        predicate = self._said["predicate"]
        for name in [predicate] if isinstance(predicate, str) else self._values(predicate, "predicate").values():
            if name not in self._local:
                raise self._wrong(f"The vocabulary has no predicate of facts {name!r}.")

    def read(self, file: int) -> FileAccount:
        """Import one table."""
        run = self._run
        path = run.request.files[file]
        account, progress = run.account(file, "rows"), run.progress(file)
        rows = read_rows(read_text(path, str(path)), str(path), delimiter=str(self._said.get("delimiter", "\t")))
        header = next(rows, None)
        if header is None:
            raise InputError("The table is empty.", location=Location(str(path)), hint="Name a table with a header.")
        columns = tuple(cell.strip() for cell in header.cells)
        self._check_columns(columns, header.location)
        size = path.stat().st_size
        for row in rows:
            account.read += 1
            if account.read % 1000 == 0:
                progress(min(size, account.read * 100))
            cells = dict(zip(columns, (cell.strip() for cell in row.cells), strict=False))
            try:
                if len(row.cells) != len(columns):
                    raise RowRefused(
                        "wrong number of cells", f"The row has {len(row.cells)} cells, the header {len(columns)}."
                    )
                if self._write(cells, run.sources[file]):
                    account.published += 1
                else:
                    account.leave_out("the same as another row", row.location.line)
            except RowRefused as refusal:
                account.refuse(refusal, row.location.line)
        return account

    def _write(self, cells: Mapping[str, str], source: str) -> bool:
        writer = self._run.writer
        subject, subject_code, subject_class = self._resource(cells[self._said["subject"]])
        value, code, class_ = self._resource(cells[self._said["object"]])
        predicate = self._predicate(cells)
        ranges = self._run.terms.ranges.get(predicate, frozenset())
        if ranges and class_ not in ranges:
            raise RowRefused("object of another class", f"{code.text!r} is not what the predicate leads to.")
        denied = self._said.get("denied")
        refused = denied is not None and cells[denied["column"]] in denied["values"]
        said = [*self._qualified(cells), *self._cited(cells)]
        for side, resource, of, class_iri in (
            ("subject", subject, subject_code, subject_class),
            ("object", value, code, class_),
        ):
            label = self._said.get("labels", {}).get(side)
            if label and cells[label]:
                writer.describe(self._kind(class_iri), of, class_iri)
                if writer.is_new(f"label of {resource}"):
                    writer.add(resource, PREF_LABEL, spell_text(cells[label]))
        return writer.add_evidence((subject, spell_iri(predicate), value), source, refused, said)

    def _predicate(self, cells: Mapping[str, str]) -> str:
        said = self._said["predicate"]
        if isinstance(said, str):
            return self._local[said]
        name = said["values"].get(cells[said["column"]])
        if name is None:
            raise RowRefused("unknown relation", f"The relation is {cells[said['column']]!r}, which the mapping lacks.")
        return self._local[name]

    def _resource(self, text: str) -> tuple[str, ForeignCode, str]:
        code = parse_code(text)
        class_ = None if code is None or code.iri is None else self._run.terms.class_of(code.iri)
        if code is None or class_ is None or self._run.terms.kind(class_) is None:
            raise RowRefused("unknown code", f"No class of the vocabulary has codes like {text!r}.")
        return self._run.writer.name(self._kind(class_), code), code, class_

    def _kind(self, class_: str) -> str:
        kind = self._run.terms.kind(class_)
        assert kind is not None
        return kind

    def _qualified(self, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for qualifier, column in self._qualifiers.items():
            text = cells[column]
            if not text:
                continue
            datatype = next(
                (_NUMBERS[iri] for iri in self._run.terms.ranges.get(qualifier, ()) if iri in _NUMBERS), None
            )
            if datatype is not None:
                if not text.replace(".", "", 1 if datatype == "decimal" else 0).isdecimal():
                    raise RowRefused("no number", f"The cell {column} is {text!r}, which is no {datatype}.")
                yield spell_iri(qualifier), spell_value(text, datatype)
                continue
            code = parse_code(text)
            found = None if code is None or code.iri is None else self._run.terms.concept(qualifier, code.iri)
            named = self._run.terms.named(qualifier, text)
            if found is None and named is None:
                raise RowRefused("unknown value", f"The cell {column} is {text!r}, which is no value of the qualifier.")
            yield spell_iri(qualifier), spell_iri(str(found or named))

    def _cited(self, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        column = self._said.get("reference")
        for text in cells[column].split(";") if column else ():
            if text.strip():
                code = parse_code(text.strip())
                if code is None:
                    raise RowRefused("unreadable reference", f"The reference is {text.strip()!r}.")
                yield from self._run.writer.cited([code])

    def _read_qualifiers(self) -> dict[str, str]:
        base = self._run.terms.vocabulary.base()
        known = {base.local_name(entry.iri): entry.iri for entry in self._run.terms.vocabulary.qualifiers}
        found: dict[str, str] = {}
        for name, column in self._said.get("qualifiers", {}).items():
            if name not in known:
                raise self._wrong(f"The vocabulary has no qualifier {name!r}.")
            found[known[name]] = str(column)
        return found

    def _values(self, said: Any, key: str) -> Mapping[str, str]:
        if not isinstance(said, dict) or set(said) != {"column", "values"} or not isinstance(said["values"], dict):
            raise self._wrong(f"The key {key} is neither a text nor a column with values.")
        return dict(said["values"])

    def _check_columns(self, columns: tuple[str, ...], location: Location) -> None:
        said = self._said
        wanted = [said["subject"], said["object"], *self._qualifiers.values(), *said.get("labels", {}).values()]
        wanted += [said["reference"]] if "reference" in said else []
        wanted += [part["column"] for part in (said["predicate"], said.get("denied")) if isinstance(part, dict)]
        missing = [str(name) for name in wanted if name not in columns]
        if missing:
            raise InputError(
                f"The table has no column {missing[0]!r}.",
                location=location,
                hint=f"Its columns are: {', '.join(columns)}. Correct the column mapping {self._name}.",
            )

    def _wrong(self, what: str) -> InputError:
        return InputError(
            what, location=Location(self._name), hint=f"Its keys are: {', '.join(sorted(_KEYS))}; see docs/imports.md."
        )
