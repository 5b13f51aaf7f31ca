"""Reads associations of genes with conditions, as the Human Phenotype Ontology's project publishes them.

Two tables have them: ``genes_to_disease.txt``, whose rows name the kind of association and a source, and
``genes_to_phenotype.txt``, in which a gene and a condition stand together once for each phenotype of the condition.
"""

from __future__ import annotations

import re
from typing import Final

from nosograph.errors import InputError, Location
from nosograph.imports.accounting import Account, RowRefused
from nosograph.imports.codes import parse_code
from nosograph.imports.running import ImportRun
from nosograph.imports.statements import PREF_LABEL, spell_iri, spell_text

KIND: Final = "hpo-genes"
_BY_DISEASE: Final = ("ncbi_gene_id", "gene_symbol", "association_type", "disease_id", "source")
_BY_PHENOTYPE: Final = ("ncbi_gene_id", "gene_symbol", "hpo_id", "hpo_name", "frequency", "disease_id")
_GENE: Final = re.compile(r"(?:NCBIGene:)?([0-9]+)\Z")
_REPORT_EVERY: Final = 2_000


def import_associations(run: ImportRun) -> Account:
    """Import one of the two tables.

    Raises:
        InputError: the file is neither; with a strict request, a row cannot be used.
    """
    if len(run.request.files) != 1:
        raise InputError(f"An import of the kind {KIND} reads one file.", hint="Name genes_to_disease.txt.")
    name = str(run.request.files[0])
    columns = next((tuple(line.split("\t")) for _, line in run.lines(0)), ())
    if columns not in (_BY_DISEASE, _BY_PHENOTYPE):
        raise InputError(
            "The first line names the columns of neither table.",
            location=Location(name, 1),
            hint=f"They are {', '.join(_BY_DISEASE)}; or {', '.join(_BY_PHENOTYPE)}.",
        )
    run.settle()
    account = run.account(0, "rows")
    progress = run.progress(0)
    reader = _Reader(run, columns)
    size = 0
    for number, line in run.lines(0, 1):
        size += len(line) + 1
        account.read += 1
        if account.read % _REPORT_EVERY == 0:
            progress(size)
        try:
            if reader.read(line):
                account.published += 1
            else:
                account.leave_out("says again what another row says", number)
        except RowRefused as refusal:
            account.refuse(refusal, number)
    return Account((account,))


class _Reader:
    def __init__(self, run: ImportRun, columns: tuple[str, ...]) -> None:
        terms = run.terms
        self._writer, self._terms, self._columns, self._source = run.writer, terms, columns, run.sources[0]
        self._predicate = spell_iri(terms.term(f"{KIND}:association"))
        self._kind_of = spell_iri(terms.term(f"{KIND}:association_type"))
        self._kinds = terms.valued(f"{KIND}:association_type")
        self._known: set[tuple[str, str]] = set()

    def read(self, line: str) -> bool:
        """Write what a row says; return False where another row said it."""
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != len(self._columns):
            raise RowRefused(
                "wrong number of cells", f"The row has {len(cells)} cells where the header has {len(self._columns)}."
            )
        row = dict(zip(self._columns, cells, strict=True))
        match = _GENE.match(row["ncbi_gene_id"])
        gene = None if match is None else parse_code(f"NCBIGene:{match[1]}")
        gene_class = None if gene is None or gene.iri is None else self._terms.class_of(gene.iri)
        gene_kind = None if gene_class is None else self._terms.kind(gene_class)
        if gene is None or gene_class is None or gene_kind is None or not row["gene_symbol"]:
            raise RowRefused("unknown gene", f"The gene {row['ncbi_gene_id']!r} has no number or no symbol.")
        code = parse_code(row["disease_id"])
        class_ = None if code is None or code.iri is None else self._terms.class_of(code.iri)
        kind = None if class_ is None else self._terms.kind(class_)
        if code is None or class_ is None or kind is None:
            raise RowRefused(
                "unknown code of a disease", f"No class of the vocabulary has codes like {row['disease_id']!r}."
            )
        if "source" not in row:
            if (gene.text, code.text) in self._known:
                return False
            self._known.add((gene.text, code.text))
        said = list(self._said(row))
        resource = self._writer.describe(gene_kind, gene, gene_class)
        if self._writer.is_new(f"label of {resource}"):
            self._writer.add(resource, PREF_LABEL, spell_text(row["gene_symbol"]))
        condition = self._writer.name(kind, code)  # described by what names it: this table only gives its code
        return self._writer.add_evidence((condition, self._predicate, resource), self._source, False, said)

    def _said(self, row: dict[str, str]) -> list[tuple[str, str]]:
        said: list[tuple[str, str]] = []
        association = row.get("association_type")
        if association is not None:
            concept = self._kinds.get(association)
            if concept is None:
                raise RowRefused("unknown kind of association", f"The association_type is {association!r}.")
            said.append((self._kind_of, spell_iri(concept)))
        reference = row.get("source")
        if reference:
            code = parse_code(reference)
            if code is None:
                raise RowRefused("unreadable reference", f"The source is {reference!r}; it is an address or a code.")
            said += self._writer.cited([code])
        return said
