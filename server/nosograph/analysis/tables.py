"""The tables that a pattern is matched against: the union of the graphs, a merge of some, or one graph by its name."""

from __future__ import annotations

from dataclasses import dataclass

from nosograph.analysis.limits import NotTranslated


@dataclass(frozen=True)
class Tables:
    """The dataset of a query, seen from one place in it.

    Attributes:
        default: numbers of the graphs that are merged into the default graph; None for the union of all.
        named: numbers of the graphs that GRAPH sees; None for all.
        graph: number of the graph that GRAPH names here, or None.
        each: whether the pattern stands inside GRAPH with a variable, so that each row says its graph.
    """

    default: tuple[int, ...] | None = None
    named: tuple[int, ...] | None = None
    graph: int | None = None
    each: bool = False

    @property
    def whole(self) -> bool:
        """Whether patterns are matched against all triples."""
        return self.default is None and self.graph is None and not self.each

    def table(self, *, by_subject: bool = False) -> str:
        """Return the SQL of the table of triples; with ``each``, its column ``g`` is the graph.

        Args:
            by_subject: whether the subject is known and the predicate is not.
        """
        if self.graph is not None:
            return f"(SELECT s, p, o FROM quads WHERE g = {self.graph})"
        if self.each:
            return "quads" if self.named is None else f"(SELECT * FROM quads WHERE g IN {_listed(self.named)})"
        if self.default is None:
            return "by_subject" if by_subject else "triples"
        if len(self.default) == 1:
            return f"(SELECT s, p, o FROM quads WHERE g = {self.default[0]})"
        return f"(SELECT DISTINCT s, p, o FROM quads WHERE g IN {_listed(self.default)})"

    def inside(self, graph: int | None) -> Tables:
        """Return what stands inside GRAPH: of the graph with a number, or of each graph where none is given."""
        if self.each or self.graph is not None:
            raise NotTranslated("GRAPH inside GRAPH")
        if graph is None:
            return Tables(self.default, self.named, None, each=True)
        return Tables(self.default, self.named, graph if self.named is None or graph in self.named else -(2**30))


def _listed(numbers: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, numbers)) or '-1'})"
