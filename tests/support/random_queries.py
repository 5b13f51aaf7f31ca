"""Seeded random queries that are walked out of real data, so that most of them have answers."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

Term = NamedNode | BlankNode | Literal

FAN = 12
"""Statements of a node beyond which a walk does not go through it: such joins grow without end."""


@dataclass
class Query:
    """A random query.

    Attributes:
        text: the query.
        total: whether its order leaves no row free, so that answers are compared as sequences.
        kinds: the constructs in it.
    """

    text: str
    total: bool
    kinds: set[str] = field(default_factory=set)


class Walker:
    """Makes queries from quads.

    Args:
        quads: the data.
        seed: what the queries depend on.
    """

    def __init__(self, quads: Iterable[Quad], seed: int) -> None:
        self._random = random.Random(seed)
        self._quads = sorted(quads, key=str)
        self._out: dict[object, list[Quad]] = defaultdict(list)
        self._in: dict[object, list[Quad]] = defaultdict(list)
        self._by_predicate: dict[NamedNode, list[Quad]] = defaultdict(list)
        for quad in self._quads:
            self._out[quad.subject].append(quad)
            self._in[quad.object].append(quad)
            self._by_predicate[quad.predicate].append(quad)
        self._predicates = sorted(self._by_predicate, key=str)
        self._literals = sorted({q.object for q in self._quads if isinstance(q.object, Literal)}, key=str)

    def query(self) -> Query:
        """Return the next query."""
        self._number = 0
        self._bound: dict[str, Term] = {}
        self._certain: set[str] = set()
        self._kinds: set[str] = set()
        body = self._group(depth=0)
        return self._finished(body)

    # Patterns

    def _fresh(self, value: Term, *, certain: bool = True) -> str:
        name = f"?v{self._number}"
        self._number += 1
        self._bound[name] = value
        if certain:
            self._certain.add(name)
        return name

    def _walk(self, start: str | None, length: int, *, certain: bool = True) -> str:
        """Return triple patterns that the data answer, connected to a variable where one is given."""
        choose, triples = self._random.choice, []
        known: dict[object, str] = {}
        if start is None:
            quad = choose(self._quads if self._random.random() < 0.2 else self._by_predicate[choose(self._predicates)])
            known[quad.subject] = self._fresh(quad.subject, certain=certain)
        else:
            known[self._bound[start]] = start
        for _ in range(length):
            node = choose(sorted(known, key=str))
            outgoing = self._out.get(node, [])
            incoming = self._in.get(node, [])
            inward = bool(incoming) and len(incoming) <= FAN and (not outgoing or self._random.random() < 0.3)
            if not inward and not outgoing:
                continue
            quad = choose(incoming if inward else outgoing)
            here, there = known[node], quad.subject if inward else quad.object
            if there in known:
                other = known[there]
            elif self._random.random() < 0.2 or len(self._in.get(there, [])) > FAN * 100:
                other = self._spelled(there)
            else:
                other = known[there] = self._fresh(there, certain=certain)
            predicate = str(quad.predicate)
            if self._random.random() < 0.07:
                predicate = self._fresh(quad.predicate, certain=certain)
                self._kinds.add("variable predicate")
            triples.append(f"{other} {predicate} {here} ." if inward else f"{here} {predicate} {other} .")
        return " ".join(triples)

    def _spelled(self, term: object) -> str:
        if isinstance(term, BlankNode):
            return f"?n{term.value}"
        return str(term)

    def _group(self, depth: int) -> str:
        parts = [self._path()] if self._random.random() < 0.12 else [self._walk(None, self._random.randint(1, 3))]
        makers: list[tuple[str, Callable[[], str]]] = [
            ("FILTER", self._filter),
            ("FILTER", self._filter),
            ("OPTIONAL", self._optional),
            ("UNION", self._union),
            ("MINUS", self._minus),
            ("EXISTS", self._exists),
            ("VALUES", self._values),
            ("BIND", self._bind),
            ("GRAPH", self._graph),
            ("sub-query", self._subquery),
        ]
        for _ in range(self._random.choice([0, 1, 1, 2, 2, 3])):
            kind, make = self._random.choice(makers)
            part = make()
            if part:
                self._kinds.add(kind)
                parts.append(part)
        return " ".join(parts)

    def _certain_variable(self) -> str | None:
        names = sorted(self._certain)
        return self._random.choice(names) if names else None

    def _optional(self) -> str:
        start = self._certain_variable()
        if start is None or not self._out.get(self._bound[start]):
            return ""
        inner = self._walk(start, self._random.randint(1, 2), certain=False)
        if self._random.random() < 0.35:
            inner += " " + self._filter()
        return f"OPTIONAL {{ {inner} }}"

    def _union(self) -> str:
        start = self._certain_variable()
        if start is None:
            return ""
        branches = []
        for _ in range(2):
            before = set(self._certain)
            branches.append(self._walk(start, self._random.randint(1, 2), certain=False))
            if not branches[-1]:
                return ""
            if self._random.random() < 0.3:
                branches[-1] += f" BIND({self._random.choice(['1', chr(34) + 'a' + chr(34), 'true'])} AS ?branch)"
            self._certain = before
        return f"{{ {branches[0]} }} UNION {{ {branches[1]} }}"

    def _minus(self) -> str:
        start = self._certain_variable()
        inner = self._walk(start, 1, certain=False) if start else ""
        return f"MINUS {{ {inner} }}" if inner else ""

    def _exists(self) -> str:
        start = self._certain_variable()
        inner = self._walk(start, self._random.randint(1, 2), certain=False) if start else ""
        if not inner:
            return ""
        return f"FILTER {self._random.choice(['EXISTS', 'NOT EXISTS'])} {{ {inner} }}"

    def _values(self) -> str:
        name = self._certain_variable()
        if name is None:
            return ""
        value = self._bound[name]
        terms = [value] if not isinstance(value, BlankNode) else []
        terms += [self._random.choice(self._quads).subject, self._random.choice(self._literals)]
        rows = [self._spelled(term) for term in terms if not isinstance(term, BlankNode)]
        self._random.shuffle(rows)
        return f"VALUES {name} {{ {' '.join(rows)} <http://absent.example/> }}"

    def _graph(self) -> str:
        quad = self._random.choice(self._quads)
        start = self._certain_variable()
        subject = start or self._fresh(quad.subject)
        if start is not None:
            outgoing = self._out.get(self._bound[start])
            if not outgoing:
                return ""
            quad = self._random.choice(outgoing)
        graph = str(quad.graph_name)
        if self._random.random() < 0.5:
            graph = self._fresh(quad.graph_name)
        obj = self._fresh(quad.object)
        return f"GRAPH {graph} {{ {subject} {quad.predicate} {obj} }}"

    def _subquery(self) -> str:
        start = self._certain_variable()
        if start is None or not self._out.get(self._bound[start]):
            return ""
        before = dict(self._bound), set(self._certain)
        inner = self._walk(start, self._random.randint(1, 2), certain=False)
        self._bound, self._certain = before
        if self._random.random() < 0.5:
            count = f"?c{self._number}"
            self._number += 1
            self._bound[count] = Literal(1)
            return f"{{ SELECT {start} (COUNT(*) AS {count}) {{ {inner} }} GROUP BY {start} }}"
        return f"{{ SELECT DISTINCT {start} {{ {inner} }} }}"

    def _path(self) -> str:
        self._kinds.add("path")
        quad = self._random.choice(self._by_predicate[self._random.choice(self._predicates)])
        follows = self._out.get(quad.object, [])
        subject = self._fresh(quad.subject)
        first = str(quad.predicate)
        if follows and self._random.random() < 0.5:
            second = self._random.choice(follows)
            obj = self._fresh(second.object)
            if str(second.predicate) == first and self._random.random() < 0.7:
                end = str(second.object) if isinstance(second.object, NamedNode) else obj
                return f"{subject} {first}{self._random.choice('+*')} {end} ."
            return f"{subject} {first}/{second.predicate} {obj} ."
        other = self._random.choice(self._predicates)
        obj = self._fresh(quad.object)
        constant = self._spelled(quad.subject) if self._random.random() < 0.5 else subject
        return self._random.choice(
            [
                f"{subject} ({first}|{other}) {obj} .",
                f"{obj} ^{first} {subject} .",
                f"{constant} ({first}|{other})+ {obj} .",
                f"{constant} {first}? {obj} .",
                f"{self._spelled(quad.subject)} !({other}|rdf:type) {obj} .",
            ]
        )

    # Expressions

    def _filter(self) -> str:
        return f"FILTER({self._condition(2)})"

    def _condition(self, depth: int) -> str:
        roll = self._random.random()
        if depth and roll < 0.12:
            return f"({self._condition(depth - 1)} && {self._condition(depth - 1)})"
        if depth and roll < 0.24:
            return f"({self._condition(depth - 1)} || {self._condition(depth - 1)})"
        if depth and roll < 0.32:
            return f"!({self._condition(depth - 1)})"
        name = self._any_variable()
        value = self._bound.get(name, Literal("x"))
        other = self._spelled(value) if self._random.random() < 0.5 else self._constant_like(value)
        if isinstance(value, BlankNode):
            return self._random.choice([f"isBLANK({name})", f"BOUND({name})"])
        text = value.value[: self._random.randint(1, 6)].replace("\\", "").replace('"', "").replace("\n", "")
        choices = [
            f"{name} = {other}",
            f"{name} != {other}",
            f"BOUND({name})",
            f"isIRI({name})",
            f"isLITERAL({name})",
            f'CONTAINS(LCASE(STR({name})), "{text.lower()}")',
            f'STRSTARTS(STR({name}), "{text}")',
            f'STRENDS(STR({name}), "{text[-2:]}")',
            f"{name} IN ({other}, <http://absent.example/>)",
            f"{name} NOT IN ({other})",
            f"STRLEN(STR({name})) > {self._random.randint(1, 40)}",
            f'REGEX(STR({name}), "{self._random.choice(["^h", "a.*e", "[0-9]+$", "(sk|o)i?n"])}", "i")',
            f"{name} = {self._any_variable()}",
            f"sameTerm({name}, {self._any_variable()})",
        ]
        if isinstance(value, Literal):
            choices += [
                f"{name} {self._random.choice(['<', '>', '<=', '>='])} {other}",
                f'LANG({name}) = "en"',
                f'LANGMATCHES(LANG({name}), "{self._random.choice(["en", "*", "de"])}")',
                f"DATATYPE({name}) = <{value.datatype.value}>",
                f"isNUMERIC({name})",
                f'CONTAINS({name}, "{text}")',
                f"{name}",
            ]
        return self._random.choice(choices)

    def _any_variable(self) -> str:
        return self._random.choice(sorted(self._bound)) if self._bound else "?none"

    def _constant_like(self, value: Term) -> str:
        if isinstance(value, Literal):
            same = [
                literal
                for literal in self._random.sample(self._literals, min(30, len(self._literals)))
                if literal.datatype == value.datatype
            ]
            return str(self._random.choice(same or [value]))
        return str(self._random.choice([self._random.choice(self._quads).subject, value]))

    def _bind(self) -> str:
        name = self._any_variable()
        value = self._bound.get(name)
        if value is None or isinstance(value, BlankNode):
            return ""
        choices = [
            f"STR({name})",
            f"UCASE(STR({name}))",
            f"STRLEN(STR({name}))",
            name,
            "7",
            f'"{len(name)}"',
            f"COALESCE({self._any_variable()}, {name})",
            f"IF({self._condition(1)}, {name}, 2)",
            f"({self._condition(1)})",
            f'CONCAT(STR({name}), "-")',
            f"SUBSTR(STR({name}), 2, 4)",
            f'STRAFTER(STR({name}), "/")',
            f"DATATYPE({name})",
            f"LANG({name})",
            f'REPLACE(STR({name}), "[aeiou]", "*")',
        ]
        number = None
        if isinstance(value, Literal) and value.datatype.value.endswith("#integer"):
            choices += [f"{name} + 1", f"{name} * 2", f"{name} / 4", f"-{name}", f"ABS({name} - 10)"] * 3
        if isinstance(value, Literal) and value.datatype.value.endswith(("#decimal",)):
            choices += [f"{name} + 0.5", f"{name} - 1", f"FLOOR({name})", f"ROUND({name})", f"CEIL({name})"] * 3
        if isinstance(value, Literal) and value.datatype.value.endswith(("#date", "#dateTime")):
            choices += [f"YEAR({name})", f"MONTH({name})", f"DAY({name})"] * 3
        target = f"?b{self._number}"
        self._number += 1
        text = f"BIND({self._random.choice(choices)} AS {target})"
        self._bound[target] = Literal(1) if number else Literal("x")
        return text

    # Modifiers

    def _finished(self, body: str) -> Query:
        roll = self._random.random()
        if roll < 0.06:
            self._kinds.add("ASK")
            return Query(f"{PREFIXES}ASK {{ {body} }}", True, self._kinds)
        if roll < 0.12:
            self._kinds.add("CONSTRUCT")
            names = [self._random.choice(sorted(self._bound)) for _ in range(3)]
            template = f"{names[0]} <http://made.example/> {names[1]} . <http://made.example/> {names[2]} {names[0]}"
            return Query(f"{PREFIXES}CONSTRUCT {{ {template} }} {{ {body} }}", True, self._kinds)
        if roll < 0.34 and self._bound:
            return self._aggregated(body)
        shown = sorted(self._bound)
        if self._random.random() < 0.5:
            shown = self._random.sample(shown, self._random.randint(1, len(shown)))
        distinct = self._random.choice(["", "", "DISTINCT "])
        head = f"SELECT {distinct}{' '.join(shown)} {{ {body} }}"
        if distinct:
            self._kinds.add("DISTINCT")
        return self._ordered(head, shown, [])

    def _ordered(self, head: str, shown: Sequence[str], first: Sequence[str]) -> Query:
        if self._random.random() < 0.45:
            return Query(PREFIXES + head, False, self._kinds)
        self._kinds.add("ORDER BY")
        keys = [*first, *self._random.sample(list(shown), len(shown))]
        order = " ".join(self._random.choice([f"DESC({key})", f"ASC({key})", key]) for key in keys)
        tail = f" ORDER BY {order}"
        if self._random.random() < 0.5:
            self._kinds.add("LIMIT")
            tail += f" LIMIT {self._random.randint(1, 30)}"
            if self._random.random() < 0.4:
                tail += f" OFFSET {self._random.randint(0, 10)}"
        return Query(PREFIXES + head + tail, True, self._kinds)

    def _aggregated(self, body: str) -> Query:
        self._kinds.add("aggregate")
        names = sorted(self._bound)
        keys = self._random.sample(names, min(len(names), self._random.choice([0, 1, 1, 2])))
        value = self._random.choice(names)
        aggregate = self._random.choice(
            [
                "COUNT(*)",
                f"COUNT({value})",
                f"COUNT(DISTINCT {value})",
                "COUNT(DISTINCT *)",
                f"SUM({value})",
                f"AVG({value})",
                f"MIN({value})",
                f"MAX({value})",
                f"SUM(IF({self._condition(0)}, 1, 0))",
                f"SUM(STRLEN(STR({value})))",
                f"AVG(STRLEN(STR({value})))",
                f"MIN(STR({value}))",
                f"MAX(STRLEN(STR({value})))",
            ]
        )
        by = f" GROUP BY {' '.join(keys)}" if keys else ""
        having = ""
        if keys and self._random.random() < 0.3:
            self._kinds.add("HAVING")
            having = f" HAVING(COUNT(*) > {self._random.randint(1, 3)})"
        head = f"SELECT {' '.join(keys)} ({aggregate} AS ?result) {{ {body} }}{by}{having}"
        return self._ordered(head, [*keys, "?result"], [])


PREFIXES = "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
