"""Which queries have one right answer alone, so that it does not show which engine gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Variable

from nosograph.analysis.parsing import ParsedQuery, parts_of
from nosograph.sparql.form import QueryForm

_FREE: Final = frozenset(
    {
        *("Reduced", "ServiceGraphPattern", "Aggregate_GroupConcat"),
        *("Builtin_RAND", "Builtin_UUID", "Builtin_STRUUID", "Builtin_NOW", "Builtin_BNODE"),
    }
)
"""Parts of a query of which more than one result is right."""


def is_determined(query: ParsedQuery) -> bool:
    """Return whether only one answer to a query is right, so that any engine gives it.

    Not where LIMIT or OFFSET cut a sequence that has no total order, where ORDER BY leaves ties, and where a part may
    have several values (SAMPLE, GROUP_CONCAT, RAND). Without ORDER BY an answer is a multiset: its order says nothing.
    """
    if query.form is QueryForm.DESCRIBE:
        return False
    part = query.part
    cut = part.name == "Slice"
    if cut:
        part = part.p
    if query.form is QueryForm.ASK:
        return not cut and not any(_is_free(inner) for inner in parts_of(part))
    inner = part.p if part.name == "Distinct" else part
    ordered = inner.p if inner.name == "Project" and inner.p.name == "OrderBy" else None
    if ordered is None and cut:
        return False
    if ordered is not None and not _is_total(ordered, inner, distinct=part.name == "Distinct", every=query.every):
        return False
    return not any(_is_free(found) for found in parts_of(ordered.p if ordered is not None else inner))


def _is_total(ordered: CompValue, project: CompValue, *, distinct: bool, every: bool) -> bool:
    """Return whether the keys of ORDER BY leave no two different rows in either order."""
    keys = {str(condition.expr) for condition in ordered.expr if isinstance(condition.expr, Variable)}
    shown = set(_visible(ordered.p)) if every else {str(variable) for variable in project.PV}
    if shown <= keys:
        return True
    below = ordered.p
    renamed: dict[str, str] = {}
    while below.name in ("Extend", "Filter"):
        if below.name == "Extend" and isinstance(below.expr, Variable):
            renamed[str(below.expr)] = str(below.var)
        below = below.p
    if below.name != "AggregateJoin" or distinct:
        return False
    groups = below.p.expr or []
    sampled = {str(part.vars): renamed.get(str(part.res)) for part in below.A if part.name == "Aggregate_Sample"}
    return all(isinstance(group, Variable) and sampled.get(str(group)) in keys for group in groups)


def _visible(part: Any) -> Iterator[str]:
    """Return every variable below a part, which are at least those that ``*`` selects."""
    if isinstance(part, Variable):
        yield str(part)
    elif isinstance(part, CompValue):
        for name, value in part.items():
            if name != "_vars":
                yield from _visible(value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from _visible(value)
    elif isinstance(part, dict):
        yield from _visible(list(part))


def _is_free(part: CompValue) -> bool:
    if part.name == "AggregateJoin":
        keys = {str(key) for key in part.p.expr or [] if isinstance(key, Variable)}
        return any(found.name == "Aggregate_Sample" and str(found.vars) not in keys for found in part.A)
    return part.name in _FREE or part.name == "Slice"
