"""Translates expressions: NULL in SQL is an unbound value or an error, as three-valued logic has it (SPARQL §17.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Literal, URIRef, Variable

from nosograph.analysis.comparing import compare, equal, same_term
from nosograph.analysis.functions import FUNCTIONS
from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.relations import Form, Operand, scalar
from nosograph.analysis.scopes import Scope
from nosograph.analysis.translation import Translation
from nosograph.analysis.types import SCALE, XSD
from nosograph.analysis.values import as_boolean, as_spelled, number_of

Exists = Callable[[CompValue, Scope], str]

_COMPARISONS: Final = frozenset({"=", "!=", "<", ">", "<=", ">="})
_NIL: Final = URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#nil")


class Expressions:
    """Translates the expressions of one query.

    Args:
        context: the state of the translation.
        exists: translates the pattern of EXISTS to a condition.
    """

    def __init__(self, context: Translation, exists: Exists) -> None:
        self._context = context
        self._exists = exists
        self._special: Mapping[str, Callable[[Any, Scope], Operand]] = {
            "RelationalExpression": self._relation,
            "ConditionalAndExpression": lambda e, scope: self._logic(e, scope, "AND"),
            "ConditionalOrExpression": lambda e, scope: self._logic(e, scope, "OR"),
            "UnaryNot": lambda e, scope: scalar(Form.BOOLEAN, f"(NOT {self.condition(e.expr, scope)})"),
            "UnaryMinus": self._minus,
            "UnaryPlus": lambda e, scope: self._number_value(e.expr, scope),
            "AdditiveExpression": self._arithmetic,
            "MultiplicativeExpression": self._arithmetic,
            "Builtin_BOUND": self._bound,
            "Builtin_IF": self._if,
            "Builtin_COALESCE": lambda e, scope: self._coalesce(e.arg, scope),
            "Builtin_EXISTS": lambda e, scope: scalar(Form.BOOLEAN, self._exists(e.graph, scope), sure=True),
            "Builtin_NOTEXISTS": lambda e, scope: scalar(
                Form.BOOLEAN, f"(NOT {self._exists(e.graph, scope)})", sure=True
            ),
            "Builtin_sameTerm": lambda e, scope: scalar(
                Form.BOOLEAN, same_term(scope, self.value(e.arg1, scope), self.value(e.arg2, scope))
            ),
            "Function": self._cast,
        }

    def condition(self, expression: Any, scope: Scope) -> str:
        """Return the SQL of an expression's effective boolean value (SPARQL §17.2.2)."""
        return as_boolean(scope, self.value(expression, scope))

    def value(self, expression: Any, scope: Scope) -> Operand:
        """Return an expression as a value.

        Raises:
            NotTranslated: it is not one that is translated.
        """
        if isinstance(expression, Variable):
            return scope.variable(str(expression))
        if isinstance(expression, (URIRef, Literal)):
            return self._context.constant(expression)
        if not isinstance(expression, CompValue):
            raise NotTranslated(f"an expression of {type(expression).__name__}")
        special = self._special.get(expression.name)
        if special is not None:
            return special(expression, scope)
        function = FUNCTIONS.get(expression.name)
        if function is None:
            raise NotTranslated(f"the function {expression.name.removeprefix('Builtin_')}")
        return function.translate(scope, [self.value(argument, scope) for argument in function.arguments(expression)])

    def _relation(self, expression: CompValue, scope: Scope) -> Operand:
        left = self.value(expression.expr, scope)
        if expression.op in _COMPARISONS:
            right = self.value(expression.other, scope)
            if expression.op in ("=", "!="):
                sql = equal(scope, left, right)
                return scalar(Form.BOOLEAN, sql if expression.op == "=" else f"(NOT {sql})")
            return scalar(Form.BOOLEAN, compare(scope, expression.op, left, right))
        if expression.op in ("IN", "NOT IN"):
            others = [] if expression.other == _NIL else list(expression.other)
            sql = " OR ".join(equal(scope, left, self.value(other, scope)) for other in others) or "false"
            return scalar(Form.BOOLEAN, f"({sql})" if expression.op == "IN" else f"(NOT ({sql}))")
        raise NotTranslated(f"the operator {expression.op}")

    def _logic(self, expression: CompValue, scope: Scope, word: str) -> Operand:
        parts = [self.condition(part, scope) for part in (expression.expr, *expression.other)]
        return scalar(Form.BOOLEAN, f"({f' {word} '.join(parts)})")

    def _bound(self, expression: CompValue, scope: Scope) -> Operand:
        value = scope.variable(str(expression.arg))
        return scalar(Form.BOOLEAN, "true" if value.sure else f"({value.sql} IS NOT NULL)", sure=True)

    def _if(self, expression: CompValue, scope: Scope) -> Operand:
        condition = self.condition(expression.arg1, scope)
        yes, no = self.unified([self.value(part, scope) for part in (expression.arg2, expression.arg3)], scope)
        return Operand(
            yes.form,
            f"(CASE WHEN {condition} THEN {yes.sql} WHEN NOT {condition} THEN {no.sql} END)",
            yes.types | no.types,
            foreign=yes.foreign or no.foreign,
        )

    def _coalesce(self, parts: list[Any], scope: Scope) -> Operand:
        values = self.unified([self.value(part, scope) for part in parts], scope)
        return Operand(
            values[0].form,
            f"coalesce({', '.join(value.sql for value in values)})",
            frozenset().union(*(value.types for value in values)),
            sure=any(value.sure for value in values),
            foreign=any(value.foreign for value in values),
        )

    def unified(self, values: list[Operand], scope: Scope) -> list[Operand]:
        """Return values in one form: their own, as numbers of terms, or spelled."""
        forms = {value.form for value in values}
        if len(forms) == 1 and not any(value.language for value in values):
            return values
        if all(value.form is Form.ID or value.constant is not None for value in values):
            return [self._context.as_id(value) for value in values]
        return [as_spelled(scope, value) for value in values]

    def _number_value(self, expression: Any, scope: Scope) -> Operand:
        form, sql = number_of(scope, self.value(expression, scope))
        return scalar(form, sql)

    def _minus(self, expression: CompValue, scope: Scope) -> Operand:
        form, sql = number_of(scope, self.value(expression.expr, scope), calculated=True)
        if form is Form.INTEGER:
            return scalar(form, _bounded(f"-({sql}::HUGEINT)"))
        return scalar(form, f"(-{sql})")

    def _arithmetic(self, expression: CompValue, scope: Scope) -> Operand:
        found = self.value(expression.expr, scope)
        for operator, other in zip(expression.op, expression.other, strict=True):
            found = _calculated(scope, str(operator), found, self.value(other, scope))
        return found

    def _cast(self, expression: CompValue, scope: Scope) -> Operand:
        if str(expression.iri) == XSD + "string" and len(expression.expr) == 1:
            return FUNCTIONS["Builtin_STR"].translate(scope, [self.value(expression.expr[0], scope)])
        raise NotTranslated(f"the function {expression.iri}")


def _bounded(sql: str) -> str:
    """Return the SQL of a whole number that is an error beyond 64 bits, as it is in the store."""
    return f"(CASE WHEN {sql} BETWEEN {-(2**63)} AND {2**63 - 1} THEN ({sql})::BIGINT END)"


def _calculated(scope: Scope, operator: str, left: Operand, right: Operand) -> Operand:
    """Return the result of an operator on two numbers (SPARQL §17.3); exact ones are calculated exactly."""
    forms = []
    sqls = []
    for value in (left, right):
        form, sql = number_of(scope, value, calculated=True)
        forms.append(form)
        sqls.append(sql)
    if Form.DOUBLE in forms:
        if forms != [Form.DOUBLE, Form.DOUBLE]:
            raise NotTranslated("arithmetic of doubles with other numbers")
        return scalar(Form.DOUBLE, f"({sqls[0]} {operator} {sqls[1]})")
    if forms == [Form.INTEGER, Form.INTEGER]:
        if operator == "/":
            return scalar(Form.DECIMAL, f"(({sqls[0]}::HUGEINT * {SCALE}) // nullif({sqls[1]}, 0))")
        return scalar(Form.INTEGER, _bounded(f"({sqls[0]}::HUGEINT {operator} {sqls[1]}::HUGEINT)"))
    if operator not in ("+", "-"):
        raise NotTranslated("products and quotients of decimals")
    exact = [
        sql if form is Form.DECIMAL else f"({sql}::HUGEINT * {SCALE})" for form, sql in zip(forms, sqls, strict=True)
    ]
    return scalar(Form.DECIMAL, f"({exact[0]} {operator} {exact[1]})")
