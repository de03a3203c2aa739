"""Takes conditions apart into the parts that must all hold: AND is split, NOT is pushed inward."""

from collections.abc import Iterator
from dataclasses import replace

from queries.graph.pattern import Pattern
from queries.graph.syntax import Boolean, Constant, Expression, Unary


def split(pattern: Pattern) -> Pattern:
    """The pattern with every condition as small as it can be, each once."""
    parts = [part for condition in pattern.filters for part in _parts(condition, negated=False)]
    return replace(pattern, filters=tuple(dict.fromkeys(part for part in parts if part != Constant(True))))


def _parts(condition: Expression, negated: bool) -> Iterator[Expression]:
    if isinstance(condition, Unary) and condition.operator == "NOT":
        yield from _parts(condition.operand, not negated)
    elif isinstance(condition, Boolean) and condition.operator == ("OR" if negated else "AND"):
        # De Morgan holds in three-valued logic too.
        for operand in condition.operands:
            yield from _parts(operand, negated)
    elif negated and isinstance(condition, Constant) and isinstance(condition.value, bool):
        yield Constant(not condition.value, at=condition.at)
    else:
        yield Unary("NOT", condition, at=condition.at) if negated else condition
