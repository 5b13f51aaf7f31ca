"""The W3C's query tests through the analysis engine: what it answers is what the suite expects.

Of the tests that the store does not pass, because it keeps numbers by value, the analysis gives the store's answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rdf_tests
from engines import Engines, analysis_of, store_of
from pyoxigraph import Quad, Store
from rdf_tests import ABSENT, EMPTY, ENGINE_FORMATS, FOLDER, Case, iri_of
from test_w3c_queries import CASES, LEFT_OUT

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.translating import GraphChoice

pytestmark = pytest.mark.skipif(FOLDER is None, reason=ABSENT)

EVALUATIONS = [case for case in CASES if case.kind == "QueryEvaluationTest"]
SHARE = 0.6
"""Share of the evaluation tests that are answered, at least."""


@pytest.fixture(scope="module")
def engines_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Case], Engines]]:
    """Return what gives both engines over the data of a test."""
    made: dict[tuple[Path, ...], Engines] = {}
    folder = tmp_path_factory.mktemp("suite")

    def find(case: Case) -> Engines:
        files = tuple(dict.fromkeys([*case.data, *case.named, *files_of_from(case)]))
        if files not in made:
            quads = list(quads_of(files))
            made[files] = Engines(store_of(quads), analysis_of(quads, folder, f"data{len(made)}"))
        return made[files]

    yield find
    for engines in made.values():
        engines.analysis.close()


def files_of_from(case: Case) -> list[Path]:
    """Return the files that FROM names in a query."""
    names = re.findall(r"FROM\s+(?:NAMED\s+)?<([^>:]+)>", case.text)
    return [case.query.parent / name for name in names if (case.query.parent / name).is_file()]


def quads_of(files: tuple[Path, ...]) -> Iterator[Quad]:
    """Return the triples of files, each file in a graph of its own."""
    store = Store()
    rdf_tests.load_files(store, [(path, iri_of(path)) for path in files if path.suffix in ENGINE_FORMATS])
    yield from store


def choice_of(case: Case) -> GraphChoice:
    """Return the graphs that a test asks."""
    if re.search(r"\bFROM\b", case.text) and not case.data:
        return GraphChoice()
    return GraphChoice(tuple(map(iri_of, case.data)) or (EMPTY,), tuple(map(iri_of, case.named)))


def is_right(case: Case, found: object) -> bool:
    """Return whether an answer is the one that a test expects."""
    expected = rdf_tests.expected_of(case)
    if isinstance(expected, bool) or isinstance(found, bool):
        return found == expected
    if isinstance(expected, set):
        return isinstance(found, set) and rdf_tests.same_graphs(found, expected)
    return isinstance(found, list) and rdf_tests.same_rows(found, expected, ordered=case.name.startswith("sort/"))


def is_the_stores(engines: Engines, case: Case, choice: GraphChoice, found: object) -> bool:
    """Return whether an answer is the one of the store."""
    expected = engines.from_store(case.text, choice if choice.default or choice.named else None)
    if isinstance(expected, list) and isinstance(found, list):
        return rdf_tests.same_rows(found, expected, ordered=False)
    return found == expected


def test_no_answer_is_wrong_and_most_tests_are_answered(engines_of: Callable[[Case], Engines]) -> None:
    """Every answer is the expected one, and at least the wanted share of the tests is answered."""
    outcomes: Counter[str] = Counter()
    wrong = []
    for case in EVALUATIONS:
        engines, choice = engines_of(case), choice_of(case)
        try:
            found = engines.from_analysis(case.text, choice)
        except NotTranslated:
            outcomes["handed back"] += 1
            continue
        if is_right(case, found):
            outcomes["right"] += 1
        elif case.name in LEFT_OUT and is_the_stores(engines, case, choice, found):
            outcomes["as the store"] += 1
        else:
            wrong.append(case.name)
    print(dict(outcomes))

    assert wrong == []
    assert outcomes["right"] >= SHARE * len(EVALUATIONS), outcomes
