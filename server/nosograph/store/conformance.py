"""Compares how a SPARQL service answers a fixed set of small queries with how the release itself answers them.

Every engine has its own reading of some part of SPARQL. What is known to differ is answered from the release, where the
words of a query tell that it is concerned; where they cannot tell, the service is refused.
"""

from __future__ import annotations

import contextlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pyoxigraph

from nosograph.errors import RemoteStoreError
from nosograph.rdf.formats import N_TRIPLES, SPARQL_JSON
from nosograph.rdf.names import STANDARD_PREFIXES, last_segment
from nosograph.release.service_copy import ServiceCopy
from nosograph.sparql.form import QueryForm, query_form
from nosograph.store.interface import Query
from nosograph.store.workers.service_worker import PROVED

FORMATS: Final = {
    QueryForm.SELECT: SPARQL_JSON,
    QueryForm.ASK: SPARQL_JSON,
    QueryForm.CONSTRUCT: N_TRIPLES,
    QueryForm.DESCRIBE: N_TRIPLES,
}
"""The formats in which answers are compared."""

_PROBES: Final = Path(__file__).with_name("probes.toml")
_NUMBERS: Final = {f"{STANDARD_PREFIXES['xsd']}{name}" for name in ("decimal", "double", "float")}
_BOOLEAN: Final = STANDARD_PREFIXES["xsd"] + "boolean"
_BLANK: Final = re.compile(r"_:\w+")
_SHOWN: Final = 300


class Consequence(StrEnum):
    """What follows from an answer.

    Attributes:
        SAME: nothing.
        SPELLED: nothing: the terms have the same values, written otherwise.
        WORKED_ROUND: queries with some words are answered from the release.
        HANDED_BACK: the service refuses such queries, and each is answered from the release.
        REFUSED: the service cannot be used.
    """

    SAME = "same"
    SPELLED = "spelled in its own way"
    WORKED_ROUND = "worked round"
    HANDED_BACK = "handed back"
    REFUSED = "refused"


@dataclass(frozen=True)
class KnownQuery:
    """A query whose answer is known.

    Attributes:
        name: a short name.
        query: its text.
        words: a regular expression for the queries that are concerned where the answer differs; empty where any may be.
        ordered: whether the order of the answer counts.
        counted: whether only the number of rows or triples counts.
    """

    name: str
    query: str
    words: str = ""
    ordered: bool = False
    counted: bool = False


@dataclass(frozen=True)
class ProbeResult:
    """What one probe found.

    Attributes:
        probe: its name.
        consequence: what follows.
        query: what was asked.
        expected: the answer of the release, cut where it is long.
        found: the answer of the service, or its error.
        words: what queries hold that are answered from the release for it.
    """

    probe: str
    consequence: Consequence
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
        results: one for each probe.
    """

    address: str
    version: str
    results: tuple[ProbeResult, ...]

    @property
    def refused(self) -> tuple[ProbeResult, ...]:
        """What makes the service unusable."""
        return tuple(result for result in self.results if result.consequence is Consequence.REFUSED)

    @property
    def differences(self) -> tuple[ProbeResult, ...]:
        """What is not the same."""
        return tuple(result for result in self.results if result.consequence is not Consequence.SAME)

    @property
    def words(self) -> tuple[str, ...]:
        """Regular expressions for the queries that are answered from the release."""
        return tuple(result.words for result in self.results if result.consequence is Consequence.WORKED_ROUND)

    def to_json(self) -> dict[str, Any]:
        """Return it as values of JSON."""
        counts = Counter(result.consequence.value for result in self.results)
        results = [asdict(result) for result in self.results]
        return {"service": self.address, "release": self.version, "counts": counts, "results": results}

    def to_text(self) -> str:
        """Return it as lines for people: what differs, and what is done about it."""
        same = len(self.results) - len(self.differences)
        lines = [f"{same} of {len(self.results)} queries are answered as the release {self.version} answers them."]
        for result in self.differences:
            lines += [
                f"{result.probe}: {_CONSEQUENCES[result.consequence]}",
                f"  asked     {_cut(result.query)}",
                f"  expected  {result.expected}",
                f"  answered  {result.found}",
            ]
        return "\n".join(lines)


_CONSEQUENCES: Final[Mapping[Consequence, str]] = {
    Consequence.SPELLED: "has the same values, written otherwise",
    Consequence.WORKED_ROUND: "differs; such queries are answered from the release",
    Consequence.HANDED_BACK: "is not taken; such queries are answered from the release",
    Consequence.REFUSED: "differs, and no word of a query tells whether it is concerned: the service cannot be used",
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


async def _find(probe: KnownQuery, ask_release: Ask, ask_service: Ask) -> ProbeResult:
    query = Query(probe.query, FORMATS)
    expected = await ask_release(query)
    try:
        found = await ask_service(query)
    except NotTaken as reason:
        return ProbeResult(probe.name, Consequence.HANDED_BACK, probe.query, _shown(expected), _cut(str(reason)))
    except RemoteStoreError as error:
        consequence = Consequence.WORKED_ROUND if probe.words else Consequence.REFUSED
        return ProbeResult(probe.name, consequence, probe.query, _shown(expected), _cut(str(error)), probe.words)
    form = query_form(probe.query)
    if _comparable(form, expected, probe, str) == _comparable(form, found, probe, str):
        return ProbeResult(probe.name, Consequence.SAME, probe.query)
    if _comparable(form, expected, probe, _value) == _comparable(form, found, probe, _value):
        consequence = Consequence.SPELLED
    else:
        consequence = Consequence.WORKED_ROUND if probe.words else Consequence.REFUSED
    return ProbeResult(probe.name, consequence, probe.query, _shown(expected), _shown(found), probe.words)


def _comparable(form: QueryForm, content: bytes, probe: KnownQuery, write: Callable[[object], str]) -> object:
    """Return an answer so that equal ones are the same answer; blank nodes have no names that count."""
    if form in (QueryForm.CONSTRUCT, QueryForm.DESCRIBE):
        triples = (quad.triple for quad in pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.N_TRIPLES))
        written = sorted(_BLANK.sub("_:", " ".join(map(write, triple))) for triple in triples)
        return len(written) if probe.counted else written
    results = pyoxigraph.parse_query_results(content, format=pyoxigraph.QueryResultsFormat.JSON)
    if isinstance(results, pyoxigraph.QueryBoolean):
        return bool(results)
    assert isinstance(results, pyoxigraph.QuerySolutions)
    rows = [_BLANK.sub("_:", " ".join(map(write, solution))) for solution in results]
    if probe.counted:
        return len(rows)
    return rows if probe.ordered else sorted(rows)


def _value(term: object) -> str:
    """Return a term so that equal values are the same text: numbers to 15 digits, and language tags in lower case."""
    if not isinstance(term, pyoxigraph.Literal):
        return str(term)
    if term.language:
        return f"{term.value}@{term.language.lower()}"
    if term.datatype.value == _BOOLEAN:
        return f"{term.value in ('1', 'true')}^^{_BOOLEAN}"
    if term.datatype.value in _NUMBERS:
        with contextlib.suppress(ValueError):
            return f"{float(term.value):.15g}^^{term.datatype.value}"
    return str(term)


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
    shown = (" ".join(f"{name}={_term(term)}" for name, term in row.items()) for row in rows)
    return _cut("; ".join(row or "(unbound)" for row in shown))


def _term(term: Mapping[str, str]) -> str:
    tail = f"@{term['xml:lang']}" if "xml:lang" in term else f"^^{term['datatype']}" if "datatype" in term else ""
    return json.dumps(term["value"], ensure_ascii=False) + tail


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def probes_of(copy: ServiceCopy) -> tuple[KnownQuery, ...]:
    """Return the queries that are asked; those about the data ask small graphs, so that they are quick."""
    small = sorted(copy.graphs, key=lambda graph: (copy.graphs[graph], graph))
    graph, some = small[0], " ".join(f"<{graph}>" for graph in small[:3])
    inner = f"{{ SELECT DISTINCT ?s {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} }}"
    return (
        KnownQuery(
            "named graphs",
            f"SELECT ?g (COUNT(*) AS ?n) {{ VALUES ?g {{ {some} }} GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g",
        ),
        KnownQuery("default graph", f"SELECT (COUNT(*) AS ?n) {{ {inner} ?s ?p ?o }}"),
        KnownQuery("graphs of a resource", f"SELECT DISTINCT ?g {{ {inner} GRAPH ?g {{ ?s ?p ?o }} }}"),
        KnownQuery("graphs of the release", f"SELECT ?g {{ GRAPH ?g {{ <{copy.release}> ?p ?o }} }}"),
        KnownQuery("other graphs by name", f"ASK {{ GRAPH <{copy.statement}> {{ ?s ?p ?o }} }}", _other_graphs(copy)),
        KnownQuery("long answers", f"SELECT ?s ?p ?o {{ ?s ?p ?o }} LIMIT {PROVED}", counted=True),
        KnownQuery("long graphs", f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o }} LIMIT {PROVED}", "CONSTRUCT", counted=True),
        KnownQuery("terms", f"SELECT ?s ?p ?o {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"),
        KnownQuery("graphs constructed", f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"),
        KnownQuery("paths of no length", f"SELECT ?s ?x {{ {inner} ?s <urn:no>* ?x }}", r"[\w>)][*?]"),
        *general_probes(),
    )


def _other_graphs(copy: ServiceCopy) -> str:
    """Return a regular expression for queries that name what the service holds beside the graphs of the release."""
    return "|".join(rf"[/:]{re.escape(last_segment(graph))}\b" for graph in (copy.statement, copy.union))


def general_probes() -> tuple[KnownQuery, ...]:
    """Return the queries that need no data."""
    content = tomllib.loads(_PROBES.read_text(encoding="utf-8"))
    return tuple(KnownQuery(**entry) for entry in content["probe"])
