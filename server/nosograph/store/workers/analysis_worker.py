"""The process that answers queries from the analysis file: confined like every worker, and then by the engine itself.

The engine is connected when the process has no network any more, to one file that it may only read; its memory, its
threads and its settings are fixed (``analysis.database``).
"""

from __future__ import annotations

import errno
import time
from pathlib import Path
from typing import Any, Final

from nosograph.analysis.database import AnalysisDatabase
from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.translating import GraphChoice, Plan
from nosograph.rdf.formats import ANSWER_FORMATS
from nosograph.rdf.writer import InexpressibleError
from nosograph.store.oxigraph.evaluation import Spool
from nosograph.store.oxigraph.failure import Failure, inexpressible
from nosograph.store.workers import serving
from nosograph.store.workers.frames import Message

WARM_UP: Final = (
    "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o . ?s a ?c . OPTIONAL { ?s ?q ?r } "
    "FILTER(CONTAINS(STR(?o), 'a')) } GROUP BY ?p HAVING(COUNT(?s) > 1) ORDER BY DESC(?n) ?p LIMIT 1"
)
"""A query that is translated when the file is open: the first parsing takes ten times as long as those after it."""

_FORMATS: Final = {format.name: format for format in ANSWER_FORMATS}


def main(descriptor: int, parent: int) -> None:
    """Serve one connection until it is closed; the arguments are those of ``serve``."""
    serving.serve(descriptor, parent, open_file)


def open_file(plan: serving.Plan) -> AnalysisEvaluator:
    """Return what answers from the file of a plan.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        database = AnalysisDatabase.open(Path(plan["file"]), plan["prefixes"], plan["engine"])
    except OSError as error:
        raise OSError(f"The analysis file of the release cannot be opened: {error}.") from error
    database.plan(WARM_UP)
    return AnalysisEvaluator(database, plan["result"], plan["engine"])


class AnalysisEvaluator:
    """Answers requests from one opened analysis file, or hands them back.

    A request is what the store's worker takes as well. With ``"plan": true`` it is only asked whether the query would
    be answered; every reply says whether only one answer is right, and whether it is a sequence.

    Args:
        database: the file.
        bound: bytes that a result may have.
        engine: MiB that the engine keeps of the file in memory at most.
    """

    def __init__(self, database: AnalysisDatabase, bound: int, engine: int) -> None:
        self._database = database
        self._bound = bound
        self.kept = engine * 1024 * 1024

    def answer(self, request: Message) -> Message:
        """Return the reply to a request: the content, that there would be one, or the reason why there is none.

        Raises:
            Failure: the query cannot be answered, here or in the store.
        """
        text, header = request.body.decode(), request.header
        dataset = GraphChoice(tuple(header["default_graphs"]), tuple(header["named_graphs"]))
        began = time.perf_counter()
        try:
            plan = self._database.plan(text, header["base"], dataset)
            facts = {"determined": plan.determined, "ordered": plan.ordered}
            if header.get("plan"):
                return Message(facts)
            spool = _TimedSpool(self._bound)
            self._write(plan, header["formats"].get(plan.form, ""), spool)
        except NotTranslated as reason:
            return Message({"handed_back": reason.reason})
        content, file = spool.finish()
        first = spool.first or time.perf_counter()
        timings = {"form": plan.form, "evaluate": first - began, "serialise": time.perf_counter() - first}
        return Message(timings | facts, content, file)

    def _write(self, plan: Plan, format: str, spool: Spool) -> None:
        if format not in _FORMATS:
            raise Failure("failed", f"The query is a {plan.form} query, for which no format was agreed.")
        try:
            self._database.write(plan, _FORMATS[format], spool)
        except MemoryError:
            if plan.determined:
                raise NotTranslated("an answer that needs more memory than the engine may use") from None
            raise
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Failure("no_space") from None
            raise Failure("unreadable", str(error)) from None
        except InexpressibleError as error:
            raise inexpressible(_FORMATS[format], error) from None


class _TimedSpool(Spool):
    """Takes a result, and notes when its first part came."""

    first = 0.0

    def write(self, content: Any) -> int:
        """Take a part of the result."""
        self.first = self.first or time.perf_counter()
        return super().write(content)
