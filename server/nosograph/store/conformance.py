"""Compares how a SPARQL service answers a fixed set of small queries with how the release itself answers them.

Every engine has its own reading of some part of SPARQL. What is known to differ is answered from the release, where the
words of a query tell that it is concerned; where they cannot tell, the service is refused.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from nosograph.errors import RemoteStoreError
from nosograph.rdf.formats import N_TRIPLES, SPARQL_JSON
from nosograph.release.service_copy import ServiceCopy
from nosograph.sparql.form import QueryForm, query_form
from nosograph.store.interface import Query

FORMATS: Final = {
    QueryForm.SELECT: SPARQL_JSON,
    QueryForm.ASK: SPARQL_JSON,
    QueryForm.CONSTRUCT: N_TRIPLES,
    QueryForm.DESCRIBE: N_TRIPLES,
}
"""The formats in which answers are compared."""

ROWS: Final = 12_000
"""Rows that an answer must be able to have: more than engines return by default."""

_BLANK: Final = re.compile(r"_:\w+")
_SHOWN: Final = 300


class Verdict(StrEnum):
    """What follows from an answer."""

    SAME = "same"
    WORKED_ROUND = "worked round"
    HANDED_BACK = "handed back"
    REFUSED = "refused"


@dataclass(frozen=True)
class Probe:
    """A query whose answer is known.

    Attributes:
        name: a short name.
        text: the query.
        words: a regular expression for the queries that are concerned where the answer differs; empty where any may be.
        ordered: whether the order of the answer counts.
        counted: whether only the number of rows counts.
    """

    name: str
    text: str
    words: str = ""
    ordered: bool = False
    counted: bool = False


@dataclass(frozen=True)
class Finding:
    """What one probe found.

    Attributes:
        probe: its name.
        verdict: what follows.
        query: what was asked.
        expected: the answer of the release, cut where it is long.
        found: the answer of the service, or its error.
        words: what queries hold that are answered from the release for it.
    """

    probe: str
    verdict: Verdict
    query: str
    expected: str = ""
    found: str = ""
    words: str = ""


@dataclass(frozen=True)
class ConformanceReport:
    """What a service answers as the release does, and what it does not.

    Attributes:
        address: the service.
        version: the release.
        findings: one for each probe.
    """

    address: str
    version: str
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What makes the service unusable."""
        return tuple(finding for finding in self.findings if finding.verdict is Verdict.REFUSED)

    @property
    def differences(self) -> tuple[Finding, ...]:
        """What is not the same."""
        return tuple(finding for finding in self.findings if finding.verdict is not Verdict.SAME)

    @property
    def words(self) -> tuple[str, ...]:
        """Regular expressions for the queries that are answered from the release."""
        return tuple(finding.words for finding in self.findings if finding.verdict is Verdict.WORKED_ROUND)

    def to_json(self) -> dict[str, Any]:
        """Return it as values of JSON."""
        counts = Counter(finding.verdict.value for finding in self.findings)
        findings = [asdict(finding) for finding in self.findings]
        return {"service": self.address, "release": self.version, "counts": counts, "findings": findings}

    def to_text(self) -> str:
        """Return it as lines for people: what differs, and what is done about it."""
        same = len(self.findings) - len(self.differences)
        lines = [f"{same} of {len(self.findings)} queries are answered as the release {self.version} answers them."]
        for finding in self.differences:
            lines += [
                f"{finding.probe}: {_CONSEQUENCES[finding.verdict]}",
                f"  asked     {finding.query}",
                f"  expected  {finding.expected}",
                f"  answered  {finding.found}",
            ]
        return "\n".join(lines)


_CONSEQUENCES: Final[Mapping[Verdict, str]] = {
    Verdict.WORKED_ROUND: "differs; such queries are answered from the release",
    Verdict.HANDED_BACK: "is not taken; such queries are answered from the release",
    Verdict.REFUSED: "differs, and no word of a query tells whether it is concerned: the service cannot be used",
}

Ask = Callable[[Query], Awaitable[bytes]]
"""Returns the answer to a query in one of ``FORMATS``."""


async def examine(copy: ServiceCopy, address: str, ask_release: Ask, ask_service: Ask) -> ConformanceReport:
    """Return how a service answers the probes.

    Args:
        copy: how the release stands in the service.
        address: the service.
        ask_release: has the release answer.
        ask_service: has the service answer; raises ``NotTaken`` where it hands the query back.

    Raises:
        StoreError: the release does not answer, or the service cannot be asked at all.
    """
    return ConformanceReport(
        address,
        copy.version,
        tuple([await _find(probe, ask_release, ask_service) for probe in probes_of(copy)]),
    )


class NotTaken(Exception):
    """The service does not take a query."""


async def _find(probe: Probe, ask_release: Ask, ask_service: Ask) -> Finding:
    query = Query(probe.text, FORMATS)
    expected = await ask_release(query)
    try:
        found = await ask_service(query)
    except NotTaken as reason:
        return Finding(probe.name, Verdict.HANDED_BACK, probe.text, _shown(expected), _cut(str(reason)))
    except RemoteStoreError as error:
        verdict = Verdict.WORKED_ROUND if probe.words else Verdict.REFUSED
        return Finding(probe.name, verdict, probe.text, _shown(expected), _cut(str(error)), probe.words)
    form = query_form(probe.text)
    if _comparable(form, expected, probe) == _comparable(form, found, probe):
        return Finding(probe.name, Verdict.SAME, probe.text)
    verdict = Verdict.WORKED_ROUND if probe.words else Verdict.REFUSED
    return Finding(probe.name, verdict, probe.text, _shown(expected), _shown(found), probe.words)


def _comparable(form: QueryForm, content: bytes, probe: Probe) -> object:
    """Return an answer so that equal ones are the same answer; blank nodes have no names that count."""
    if form in (QueryForm.CONSTRUCT, QueryForm.DESCRIBE):
        return sorted(_BLANK.sub("_:", content.decode()).splitlines())
    answer = json.loads(content)
    if "boolean" in answer:
        return answer["boolean"]
    rows = answer["results"]["bindings"]
    if probe.counted:
        return len(rows)
    written = [
        json.dumps({name: {**term, "value": "" if term["type"] == "bnode" else term["value"]} for name, term in row.items()},
                   sort_keys=True)
        for row in rows
    ]  # fmt: skip
    return written if probe.ordered else sorted(written)


def _shown(content: bytes) -> str:
    """Return the terms of an answer on one line."""
    try:
        answer = json.loads(content)
    except ValueError:
        return _cut(content.decode(errors="replace"))
    if "boolean" in answer:
        return str(answer["boolean"]).lower()
    rows = answer["results"]["bindings"]
    if not rows:
        return "no row"
    return _cut(
        "; ".join(" ".join(f"{name}={_term(term)}" for name, term in row.items()) or "(unbound)" for row in rows)
    )


def _term(term: Mapping[str, str]) -> str:
    tail = f"@{term['xml:lang']}" if "xml:lang" in term else f"^^{term['datatype']}" if "datatype" in term else ""
    return json.dumps(term["value"], ensure_ascii=False) + tail


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def probes_of(copy: ServiceCopy) -> tuple[Probe, ...]:
    """Return the queries that are asked; those about the data ask small graphs, so that they are quick."""
    small = sorted(copy.graphs, key=lambda graph: (copy.graphs[graph], graph))
    values = " ".join(f"<{graph}>" for graph in small[:3])
    graph = small[0]
    rows = f"SELECT ?s ?p ?o {{ ?s ?p ?o }} LIMIT {ROWS}"
    return (
        Probe("named graphs", f"SELECT ?g (COUNT(*) AS ?n) {{ VALUES ?g {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g"),
        Probe("default graph", f"SELECT (COUNT(*) AS ?n) {{ {{ SELECT DISTINCT ?s {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} }} ?s ?p ?o }}"),
        Probe("nothing else is seen", f"ASK {{ GRAPH <{copy.statement}> {{ ?s ?p ?o }} }}"),
        Probe("long answers", rows, counted=True),
        Probe("terms", f"SELECT ?s ?p ?o {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"),
        Probe("graphs constructed", f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"),
        *PROBES,
    )  # fmt: skip


PROBES: Final = (
    Probe("ASK, true", "ASK { ?s ?p ?o }"),
    Probe("ASK, false", "ASK { ?s ?p ?o FILTER(false) }"),
    Probe("empty group", "SELECT * { }", r"\{\s*\}"),
    Probe("count of nothing", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(false) }"),
    Probe("aggregates of nothing", "SELECT (SUM(?x) AS ?a) (MIN(?x) AS ?b) (GROUP_CONCAT(?x) AS ?c) { VALUES ?x { 1 } FILTER(false) }",
          r"\b(SUM|AVG|MIN|MAX|SAMPLE|GROUP_CONCAT)\b"),
    Probe("groups of nothing", "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o FILTER(false) } GROUP BY ?p", r"\bGROUP\b"),
    Probe("unbound values", 'SELECT ?x ?y { VALUES (?x ?y) { (1 UNDEF) (UNDEF "a") } }', r"\bUNDEF\b"),
    Probe("OPTIONAL", "SELECT ?x ?y { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?y) { (1 3) } } }", r"\bOPTIONAL\b"),
    Probe("filter in OPTIONAL", "SELECT ?x ?y { VALUES ?x { 1 2 } OPTIONAL { VALUES ?y { 1 2 } FILTER(?x = ?y) } }", r"\bOPTIONAL\b"),
    Probe("MINUS", "SELECT ?x { VALUES ?x { 1 2 } MINUS { VALUES ?x { 2 } } }", r"\bMINUS\b"),
    Probe("MINUS without a common variable", "SELECT ?x { VALUES ?x { 1 2 } MINUS { VALUES ?y { 2 } } }", r"\bMINUS\b"),
    Probe("NOT EXISTS", "SELECT ?x { VALUES ?x { 1 2 } FILTER NOT EXISTS { VALUES ?x { 2 } } }", r"\bEXISTS\b"),
    Probe("BIND", 'SELECT ?x ?y { VALUES ?x { "a" "b" } BIND(CONCAT(?x, "c") AS ?y) }', r"\bBIND\b|\bAS\b"),
    Probe("errors in BIND", 'SELECT ?x ?y { VALUES ?x { 1 "a" } BIND(?x + 1 AS ?y) }', r"\bBIND\b|\bAS\b"),
    Probe("errors in FILTER", 'SELECT ?x { VALUES ?x { 1 "a" 2 } FILTER(?x > 1 || ?x = "a") }', r"\|\||&&"),
    Probe("DISTINCT", 'SELECT DISTINCT ?x { VALUES ?x { 1 1 1.0 "a" "a"@en } }', r"\bDISTINCT\b"),
    Probe("integers", "SELECT (7 * 6 AS ?a) (7 - 9 AS ?b) (SUM(?x) AS ?c) (COUNT(DISTINCT ?x) AS ?d) { VALUES ?x { 1 2 2 } }",
          r"\bSUM\b|[-+*]\s*[?$\d(]|\bDISTINCT\b"),
    Probe("division", "SELECT (1 / 2 AS ?a) (1.0 / 3 AS ?b) (AVG(?x) AS ?c) { VALUES ?x { 1 2 } }", r"\bAVG\b|[?$\w)]\s*/\s*[?$\d(]"),
    Probe("decimals", "SELECT (0.1 + 0.2 AS ?a) (1.10 AS ?b) (ROUND(2.5) AS ?c) (ABS(-1.5) AS ?d) (CEIL(1.2) AS ?e) {}",
          r"\b(SUM|AVG|ROUND|CEIL|FLOOR|ABS)\b|[-+*]\s*[?$\d(]|\bAS\b.*\d\.\d|\d\.\d.*\bAS\b"),
    Probe("doubles", 'SELECT ("1.5E0"^^<http://www.w3.org/2001/XMLSchema#double> * 2 AS ?a) (1e0 AS ?b) {}', r"[eE][-+]?\d|double|float"),
    Probe("equality of numbers", "SELECT ?x { VALUES ?x { 1 1.0 1e0 2 } FILTER(?x = 1) }", r"\bFILTER\b.*="),
    Probe("truth", "SELECT (1 = 1 AS ?a) (true AS ?b) (BOUND(?x) AS ?c) (isIRI(<urn:a>) AS ?d) { }",
          r"\bAS\b|\bBIND\b"),
    Probe("IF and COALESCE", 'SELECT (IF(1 < 2, "a", "b") AS ?a) (COALESCE(?x, "c") AS ?b) ("a" IN ("a", "b") AS ?c) { }',
          r"\b(IF|COALESCE|IN)\b"),
    Probe("comparison of strings", 'SELECT ?x { VALUES ?x { "a" "B" "é" "a"@en } FILTER(?x > "C") }', r"[<>]=?\s*[?\"']"),
    Probe("strings", 'SELECT (STRLEN("é\U0001f600") AS ?a) (SUBSTR("aé\U0001f600b", 2, 2) AS ?b) (UCASE("straße é") AS ?c) (STRBEFORE("abc", "b") AS ?d) (STRAFTER("abc"@en, "b") AS ?e) {}',
          r"\b(STRLEN|SUBSTR|[UL]CASE|STRBEFORE|STRAFTER)\b"),
    Probe("tests of strings", 'SELECT ?x { VALUES ?x { "abc" "ABC" "Ébc"@fr "xyz" } FILTER(CONTAINS(STR(?x), "b") && STRENDS(LCASE(STR(?x)), "bc")) }',
          r"\b(CONTAINS|STRSTARTS|STRENDS|LCASE)\b"),
    Probe("regular expressions", r'SELECT ?x ?y { VALUES ?x { "Abc" "a.c" "axc" } FILTER(REGEX(?x, "^a.c$", "i")) BIND(REPLACE(?x, "(b)|\\.", "[$1]") AS ?y) }',
          r"\b(REGEX|REPLACE)\b"),
    Probe("characters", r'SELECT ?x { VALUES ?x { "a\"b\\c\nd\te" "\U0001f600" "" " " } }'),
    Probe("language tags", 'SELECT ?x (LANG(?x) AS ?l) { VALUES ?x { "a"@en "a"@en-GB "a"@de "a" } FILTER(LANGMATCHES(LANG(?x), "EN")) }',
          r"\b(LANG|LANGMATCHES)\b"),
    Probe("literals with language differ", 'SELECT ?x { VALUES ?x { "a"@en "a"@de "a" } FILTER(?x = "a") }', r"\bFILTER\b.*="),
    Probe("datatypes", 'SELECT ?x (DATATYPE(?x) AS ?t) { VALUES ?x { 1 1.5 "a" "b"@en true "2020-01-31"^^<http://www.w3.org/2001/XMLSchema#date> } }',
          r"\bDATATYPE\b"),
    Probe("made literals", 'SELECT (STRLANG("a", "en") AS ?a) (STRDT("1", <http://www.w3.org/2001/XMLSchema#integer>) AS ?b) (IRI("urn:x") AS ?c) (STR(<urn:y>) AS ?d) (<http://www.w3.org/2001/XMLSchema#integer>("7") AS ?e) {}',
          r"\b(STRLANG|STRDT|IRI|URI|STR)\b|XMLSchema#|\bxsd:"),
    Probe("dates", 'SELECT ?x (YEAR(?x) AS ?y) { VALUES ?x { "2020-01-31T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> "2021-05-06T07:08:09Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> } FILTER(?x > "2020-06-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>) }',
          r"\b(YEAR|MONTH|DAY|HOURS|MINUTES|SECONDS|TIMEZONE|TZ|NOW)\b|date"),
    Probe("days", 'SELECT ?x { VALUES ?x { "2020-01-31"^^<http://www.w3.org/2001/XMLSchema#date> "2021-05-06"^^<http://www.w3.org/2001/XMLSchema#date> } FILTER(?x > "2020-06-01"^^<http://www.w3.org/2001/XMLSchema#date>) }',
          r"date"),
    Probe("digests", 'SELECT (MD5("é") AS ?a) (SHA256("é") AS ?b) (ENCODE_FOR_URI("é /") AS ?c) {}', r"\b(MD5|SHA\d+|ENCODE_FOR_URI)\b"),
    Probe("order of strings", 'SELECT ?x { VALUES ?x { "b" "B" "a" "é" "z" "Z" "10" "9" "" } } ORDER BY ?x', r"\bORDER\b", ordered=True),
    Probe("order of numbers", "SELECT ?x { VALUES ?x { 10 9 1.5 1e1 -3 } } ORDER BY DESC(?x) STR(DATATYPE(?x))", r"\bORDER\b", ordered=True),
    Probe("order of kinds", 'SELECT ?x ?y { VALUES (?x ?y) { ("a" 1) (<urn:a> 2) (UNDEF 3) } } ORDER BY ?x', r"\bORDER\b", ordered=True),
    Probe("order with LIMIT and OFFSET", "SELECT ?x { VALUES ?x { 5 3 4 1 2 } } ORDER BY ?x LIMIT 2 OFFSET 1", r"\bORDER\b", ordered=True),
    Probe("having", "SELECT ?x (COUNT(*) AS ?n) { VALUES ?x { 1 1 2 } } GROUP BY ?x HAVING(COUNT(*) > 1)", r"\bHAVING\b"),
    Probe("least and greatest", 'SELECT (MIN(?x) AS ?a) (MAX(?x) AS ?b) { VALUES ?x { 3 20 1 } }', r"\b(MIN|MAX)\b"),
    Probe("inner queries", "SELECT ?x ?n { VALUES ?x { 1 2 } { SELECT (COUNT(*) AS ?n) { VALUES ?y { 1 2 3 } } } }", r"\{\s*SELECT\b"),
    Probe("paths of no length", "SELECT ?x { <urn:a:b> <urn:no>* ?x }", r"[\w>)][*?]"),
    Probe("blank nodes", "SELECT (isBlank(BNODE()) AS ?a) ?b { BIND(BNODE() AS ?b) }", r"\bBNODE\b"),
    Probe("blank nodes constructed", "CONSTRUCT { _:a <urn:p> ?x . [] <urn:q> 1 } WHERE { VALUES ?x { 1 2 } }", r"_:|\["),
    Probe("triples once", "CONSTRUCT { <urn:a> <urn:p> 1 } WHERE { VALUES ?x { 1 2 } }"),
)  # fmt: skip
"""Queries that need no data."""
