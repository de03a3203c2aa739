"""The part of the reader that takes over expressions."""

import re
from typing import Any

from queries.graph import syntax
from queries.graph.errors import refusal
from schemas.errors import QueryError

AGGREGATES = {"count", "sum", "avg", "min", "max", "collect"}
COMPARISONS = {
    "EQUALS": "=",
    "NOT_EQUALS": "<>",
    "LESS_THAN": "<",
    "GREATER_THAN": ">",
    "LESS_THAN_OR_EQUALS": "<=",
    "GREATER_THAN_OR_EQUALS": ">=",
}
#: From the loosest to the tightest.
PRECEDENCE: tuple[syntax.BooleanOperator, ...] = ("OR", "XOR", "AND")
FUNCTIONS = {"ToUpper": "toupper", "ToLower": "tolower", "Size": "size"}
OF_ONE_VALUE = {"id", *FUNCTIONS.values()}
CASTS = {"_Float": "tofloat", "_Int": "tointeger", "_String": "tostring"}


def kind(node: Any) -> str:
    """The name of a node's class."""
    return type(node).__name__


#: What the parser calls otherwise than Cypher does.
NAMES = {"ForStatement": "UNWIND", "OptionalMatchStatement": "OPTIONAL MATCH", "InlineProcedureCall": "CALL"}


def words(class_name: str) -> str:
    """A class name of the parser as words."""
    if class_name in NAMES:
        return NAMES[class_name]
    name = re.sub(r"(Statement|Clause|Expression|Predicate)$", "", class_name.lstrip("_").removeprefix("Cypher"))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


class ExpressionReader:
    """Reads expressions; `at` and `path` come from the reader of clauses."""

    def at(self, node: Any) -> syntax.At | None:
        """Where a node of the parser's tree stands."""
        raise NotImplementedError

    def path(self, pattern: Any) -> syntax.Path:
        """A path."""
        raise NotImplementedError

    def unsupported(self, node: Any) -> QueryError:
        """The refusal of a node of the parser's tree."""
        return refusal(f"'{words(kind(node))}' is not supported", self.at(node))

    def expression(self, node: Any) -> syntax.Expression:
        """An expression.

        Raises:
            QueryError: it holds what is not supported.
        """
        method = getattr(self, "_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind(node).lstrip("_")).lower(), None)
        if method is None:
            return self._function(node)
        return method(node)

    # Conditions. graphglot gives AND, OR and XOR in one flat run and lets the right side of IN swallow what follows
    # it, so the run is taken apart into operands and operators and put together again by Cypher's precedence.

    def _boolean_value_expression(self, node: Any) -> syntax.Expression:
        run = self._run(node)
        return _combined(run, 0) if len(run) > 1 else run[0]

    def _run(self, node: Any) -> list[Any]:
        run = self._factors(node.boolean_term)
        for step in node.ops or []:
            run += [step.operator.name, *self._factors(step.boolean_term)]
        return run

    def _factors(self, term: Any) -> list[Any]:
        run: list[Any] = []
        for factor in term.list_boolean_factor:
            run += ["AND"] if run else []
            primary, tail = self._split_in(factor.boolean_test.boolean_primary)
            truth = getattr(factor.boolean_test, "truth_value", None)
            if truth is not None:
                raise self.unsupported(factor.boolean_test)
            run += [syntax.Unary("NOT", primary, at=self.at(factor)) if factor.not_ else primary, *tail]
        return run

    def _split_in(self, primary: Any) -> tuple[syntax.Expression, list[Any]]:
        if kind(primary) != "InPredicate":
            return self.expression(primary), []
        value, options = self.expression(primary.value), primary.list_expression
        tail: list[Any] = []
        if kind(options) == "BooleanValueExpression":
            options, *tail = self._run(options)
        else:
            options = self.expression(options)
        return syntax.Binary("IN", value, options, at=self.at(primary)), tail

    def _in_predicate(self, node: Any) -> syntax.Expression:
        first, tail = self._split_in(node)
        return _combined([first, *tail], 0) if tail else first

    def _boolean_factor(self, node: Any) -> syntax.Expression:
        inner = self.expression(node.boolean_test.boolean_primary)
        return syntax.Unary("NOT", inner, at=self.at(node)) if node.not_ else inner

    def _parenthesized_boolean_value_expression(self, node: Any) -> syntax.Expression:
        return self.expression(node.boolean_value_expression)

    def _parenthesized_value_expression(self, node: Any) -> syntax.Expression:
        return self.expression(node.value_expression)

    def _comparison_predicate(self, node: Any) -> syntax.Expression:
        part = node.comparison_predicate_part_2
        operator = COMPARISONS[part.comp_op.name]
        left, right = self.expression(node.comparison_predicand), self.expression(part.comparison_predicand)
        return syntax.Binary(operator, left, right, at=self.at(node))

    def _string_match_predicate(self, node: Any) -> syntax.Expression:
        operator = node.kind.name.replace("_", " ")
        return syntax.Binary(operator, self.expression(node.lhs), self.expression(node.rhs), at=self.at(node))

    def _regex_match_predicate(self, node: Any) -> syntax.Expression:
        return syntax.Binary("=~", self.expression(node.lhs), self.expression(node.rhs), at=self.at(node))

    def _null_predicate(self, node: Any) -> syntax.Expression:
        operator = "IS NOT NULL" if node.null_predicate_part_2.not_ else "IS NULL"
        return syntax.Unary(operator, self.expression(node.value_expression_primary), at=self.at(node))

    def _labeled_predicate(self, node: Any) -> syntax.Expression:
        expression = node.labeled_predicate_part_2.label_expression
        factors = [factor for term in expression.label_terms for factor in term.label_factors]
        if len(factors) != 1 or kind(factors[0]) != "LabelName":
            raise self.unsupported(node)
        name = node.element_variable_reference.binding_variable.name
        return syntax.HasLabel(name, factors[0].identifier.name, at=self.at(node))

    def _cypher_pattern_predicate(self, node: Any) -> syntax.Expression:
        return syntax.PathTest(self.path(node.pattern), at=self.at(node))

    # Values.

    def _arithmetic_value_expression(self, node: Any) -> syntax.Expression:
        result = self._term(node.base)
        for step in node.steps or []:
            result = syntax.Binary(step.sign.value, result, self._term(step.term), at=self.at(node))
        return result

    _numeric_value_expression = _arithmetic_value_expression

    def _term(self, node: Any) -> syntax.Expression:
        result = self._factor(node.base)
        for step in getattr(node, "steps", None) or []:
            result = syntax.Binary(step.operator.value, result, self._factor(step.factor), at=self.at(node))
        return result

    def _factor(self, node: Any) -> syntax.Expression:
        primary = getattr(node, "arithmetic_primary", None) or getattr(node, "numeric_primary", None)
        inner = self.expression(primary)
        return syntax.Unary("-", inner, at=self.at(node)) if node.sign.value == "-" else inner

    def _modulus_expression(self, node: Any) -> syntax.Expression:
        left = self.expression(node.numeric_value_expression_dividend)
        return syntax.Binary("%", left, self.expression(node.numeric_value_expression_divisor), at=self.at(node))

    def _power_function(self, node: Any) -> syntax.Expression:
        left = self.expression(node.numeric_value_expression_base)
        return syntax.Binary("^", left, self.expression(node.numeric_value_expression_exponent), at=self.at(node))

    def _character_string_value_expression(self, node: Any) -> syntax.Expression:
        first, *others = map(self.expression, node.list_character_string_value_expression)
        for other in others:
            first = syntax.Binary("+", first, other, at=self.at(node))
        return first

    def _unsigned_numeric_literal(self, node: Any) -> syntax.Expression:
        return syntax.Constant(node.value, at=self.at(node))

    _character_string_literal = _boolean_literal = _unsigned_numeric_literal

    def _null_literal(self, node: Any) -> syntax.Expression:
        return syntax.Constant(None, at=self.at(node))

    def _general_value_specification(self, node: Any) -> syntax.Expression:
        return self.expression(node.general_value_specification)

    def _general_parameter_reference(self, node: Any) -> syntax.Expression:
        return syntax.Parameter(node.parameter_name.name, at=self.at(node))

    def _binding_variable_reference(self, node: Any) -> syntax.Expression:
        return syntax.Variable(node.binding_variable.name, at=self.at(node))

    def _property_reference(self, node: Any) -> syntax.Expression:
        owner = self.expression(node.property_source)
        if not isinstance(owner, syntax.Variable) or len(node.property_name) != 1:
            raise self.unsupported(node)
        return syntax.Property(owner.name, node.property_name[0].identifier.name, at=self.at(node))

    def _list_value_expression(self, node: Any) -> syntax.Expression:
        if len(node.list_list_primary) != 1:
            raise refusal("Joining lists with + is not supported", self.at(node))
        return self.expression(node.list_list_primary[0])

    def _list_value_constructor_by_enumeration(self, node: Any) -> syntax.Expression:
        elements = node.list_element_list
        items = elements.list_list_element if elements is not None else []
        return syntax.ListOf(tuple(map(self.expression, items)), at=self.at(node))

    def _searched_case(self, node: Any) -> syntax.Expression:
        branches = tuple(
            (self.expression(when.search_condition), self.expression(when.result))
            for when in node.list_searched_when_clause
        )
        otherwise = self.expression(node.else_clause.result) if node.else_clause is not None else None
        return syntax.Case(branches, otherwise, at=self.at(node))

    def _cast_specification(self, node: Any) -> syntax.Expression:
        """graphglot takes toFloat, toInteger and toString for casts."""
        target = next((CASTS[kind(part)] for part in node.cast_target.dfs() if kind(part) in CASTS), None)
        if target is None:
            raise self.unsupported(node)
        return syntax.Call(target, (self.expression(node.cast_operand),), at=self.at(node))

    def _arithmetic_absolute_value_function(self, node: Any) -> syntax.Expression:
        return syntax.Call("abs", (self.expression(node.arithmetic_value_expression),), at=self.at(node))

    def _datetime_value_expression(self, node: Any) -> syntax.Expression:
        inner = getattr(node.base, "datetime_function", None) or getattr(node.base, "date_function", None)
        name = "datetime" if hasattr(inner, "datetime_function_parameters") else "date"
        given = getattr(inner, f"{name}_function_parameters", None)
        if given is None or getattr(node, "steps", None):
            raise self.unsupported(node)
        return syntax.Call(name, (self.expression(given),), at=self.at(node))

    def _case_abbreviation(self, node: Any) -> syntax.Expression:
        inner = node.case_abbreviation
        if not hasattr(inner, "list_value_expression"):
            raise self.unsupported(inner)
        return syntax.Call("coalesce", tuple(map(self.expression, inner.list_value_expression)), at=self.at(node))

    # Functions.

    def _aggregate_function(self, node: Any) -> syntax.Expression:
        inner = node.aggregate_function
        if kind(inner) == "_CountAsterisk":
            return syntax.Aggregate("count", None, at=self.at(node))
        if kind(inner) != "GeneralSetFunction":
            raise self.unsupported(inner)
        name = kind(inner.general_set_function_type.general_set_function_type).lstrip("_").lower()
        name = {"collectlist": "collect"}.get(name, name)
        if name not in AGGREGATES:
            raise refusal(f"The aggregate '{name}' is not supported", self.at(node))
        quantifier = inner.set_quantifier
        distinct = quantifier is not None and quantifier.set_quantifier.name == "DISTINCT"
        return syntax.Aggregate(name, self.expression(inner.value_expression), distinct, at=self.at(node))

    def _function(self, node: Any) -> syntax.Expression:
        name = str(node.name).lower() if kind(node) == "Anonymous" else FUNCTIONS.get(kind(node))
        if name is None or not hasattr(node, "arguments"):
            raise self.unsupported(node)
        if name in OF_ONE_VALUE and len(node.arguments) != 1:
            raise refusal(f"The function '{name}' takes one value, not {len(node.arguments)}", self.at(node))
        return syntax.Call(name, tuple(map(self.expression, node.arguments)), at=self.at(node))


def _combined(run: list[Any], level: int) -> syntax.Expression:
    """The expression of operands with operators between them."""
    if len(run) == 1:
        return run[0]
    operator = PRECEDENCE[level]
    parts: list[list[Any]] = [[]]
    for part in run:
        if part == operator:
            parts.append([])
        else:
            parts[-1].append(part)
    operands = tuple(_combined(part, level + 1) for part in parts)
    return operands[0] if len(operands) == 1 else syntax.Boolean(operator, operands)
