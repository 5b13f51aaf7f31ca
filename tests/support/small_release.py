"""A small knowledge graph to build releases from, in the test's process or, run as a program, in one of its own."""

from __future__ import annotations

import argparse
import datetime
import resource
import sys
import time
from pathlib import Path

from rdflib import Graph, Literal, URIRef

from nosograph.assets import Assets
from nosograph.build.pipeline import build_release
from nosograph.errors import Location, NosographError
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import GRAPHS, Base
from nosograph.sparql.questions import Question
from nosograph.validation.report import Report, Result

FIXTURES = Path(__file__).parent / "small_release_fixtures"
ASSETS = Assets(FIXTURES)
QUESTIONS = (
    Question(
        "01-conditions",
        "Which conditions are there?",
        "Every condition.",
        "# SELECT is not ASK\nPREFIX noso: <https://w3id.org/nosograph/ontology#>\n"
        "SELECT ?condition WHERE { ?condition a noso:Condition }\n",
    ),
    Question(
        "02-any-doubt",
        "Is anything denied?",
        "",
        "PREFIX noso: <https://w3id.org/nosograph/ontology#>\nASK { ?fact noso:status noso:denied }\n",
    ),
)


SAID_OF, SAYS = URIRef("https://e.org/s"), URIRef("https://e.org/p")
CONFORMING = Report(shapes=1, nodes=2)
VIOLATED = Report(
    results=(
        Result(
            "Violation", "https://e.org/shape", "https://e.org/focus", None, None, "Correct it.", Location("a.ttl", 1)
        ),
    ),
    shapes=1,
    nodes=2,
)


def small_knowledge(base: Base | None = None, **graphs: Graph) -> KnowledgeGraph:
    """Return the graph of the fixtures under a base, with some of its named graphs exchanged."""
    base = base or Base()
    loaded = {name: _load(name, base) for name in GRAPHS if name not in ("alignment", "entailed", "metadata")}
    return KnowledgeGraph(
        base=base,
        graphs=loaded | graphs,
        locations={},
        modified=datetime.date(2026, 1, 31),
        questions=QUESTIONS,
        inputs={"data/conditions.ttl": "0" * 64},
        dataset=_load("dataset", base),
    )


def saying(text: str) -> KnowledgeGraph:
    """Return the graph of the fixtures with a statement that says a text, and so makes another release."""
    facts = _load("facts", Base())
    facts.add((SAID_OF, SAYS, Literal(text)))
    return small_knowledge(facts=facts)


def shift_clock(seconds: float) -> None:
    """Make the clock of this process wrong; what measures durations stays right, as where a clock is set."""
    right = time.time
    time.time = lambda: right() + seconds


def _load(name: str, base: Base) -> Graph:
    graph = Graph(bind_namespaces="none")
    for triple in Graph().parse(FIXTURES / "graphs" / f"{name}.ttl"):
        subject, predicate, value = (URIRef(base.rebase(term)) if isinstance(term, URIRef) else term for term in triple)
        graph.add((subject, predicate, value))
    return graph


def main() -> int:
    """Build the small release, with what a test wants to happen on the way."""
    parser = argparse.ArgumentParser()
    parser.add_argument("releases", type=Path)
    parser.add_argument("--epoch", type=int)
    parser.add_argument("--pause-at", help="print this step and wait for a line when the build comes to it")
    parser.add_argument("--saying", default="", help="what a statement of the release says, which makes it another one")
    parser.add_argument("--clock", type=float, default=0.0, help="seconds by which the clock is wrong")
    parser.add_argument("--file-size", type=int, help="most bytes that a file may have, as if the disk ended there")
    options = parser.parse_args()

    def pause(step: str, done: int, total: int) -> None:
        if step == options.pause_at:
            print(step, flush=True)
            sys.stdin.readline()

    if options.clock:
        shift_clock(options.clock)
    if options.file_size:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.file_size, options.file_size))
    try:
        release = build_release(
            saying(options.saying) if options.saying else small_knowledge(),
            CONFORMING,
            options.releases,
            epoch=options.epoch,
            assets=ASSETS,
            progress=pause,
        )
    except NosographError as error:
        print(error, file=sys.stderr)
        return 1
    print(release.version)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
