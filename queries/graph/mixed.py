"""Numbers of several kinds in one column: whole ones beside floats or money, of which each keeps its own kind.

What is made of them is made for each kind by itself, as Cypher does it; see queries.graph.packing for their text.
"""

from collections.abc import Callable, Sequence
from itertools import product

from sqlglot import exp

from queries.graph.packing import beside, converted, extracted, function, kind_is, named, told, whole
from queries.graph.shapes import AnyKind, Kind, among

#: Makes something of values of these kinds, and says of what kind it is.
Made = Callable[[Sequence[exp.Expr], Sequence[Kind]], tuple[exp.Expr, Kind]]


def by_kind(values: Sequence[exp.Expr], kinds: Sequence[Kind], wanted: Kind, make: Made) -> exp.Expr:
    """What is made of values, some of them mixed: null where one of those is."""
    several = [place for place, kind in enumerate(kinds) if isinstance(kind, AnyKind)]
    if not several:
        made, kind = make(values, kinds)
        return converted(made, kind, wanted)

    def branches(given: Sequence[exp.Expr]) -> exp.Expr:
        found: list[exp.Expr] = []
        for own in product(*map(among, kinds)):
            test = exp.and_(*(kind_is(given[place], own[place]) for place in several))
            parts = [of_kind(value, kind, one) for value, kind, one in zip(given, kinds, own, strict=True)]
            made, kind = make(parts, own)
            found += [test, beside(converted(made, kind, wanted), wanted)]
        return function("multiIf", *found, exp.null())

    return _once(values, branches)


def _once(values: Sequence[exp.Expr], make: Callable[[Sequence[exp.Expr]], exp.Expr]) -> exp.Expr:
    """What is made of values that are worked out once, however often they are used."""
    for place, value in enumerate(values):
        if not isinstance(value, exp.Column | exp.Literal | exp.Placeholder):
            others = [*values]

            def with_name(name: exp.Expr, place: int = place, others: list[exp.Expr] = others) -> exp.Expr:
                return _once([*others[:place], name, *others[place + 1 :]], make)

            return named(value, f"m{place}", with_name)
    return make(values)


def of_kind(value: exp.Expr, kind: Kind, one: Kind) -> exp.Expr:
    """A value as one of the kinds it may be of; null where it is of another."""
    if not isinstance(kind, AnyKind):
        return value
    return function("if", kind_is(value, one), extracted(value, [whole(2)], one), exp.null())


def as_float(value: exp.Expr, kind: Kind) -> exp.Expr:
    """A mixed number as a float."""
    return by_kind([value], [kind], "float", lambda parts, _: (function("toFloat64", parts[0]), "float"))


def identity(value: exp.Expr, kind: Kind) -> exp.Expr:
    """What mixed numbers are told apart and put in order by: 1 and 1.0 have the same.

    It is the float, and what a whole number is beside that: from 2^53 on floats do not hold all of them.
    """

    def rest(number: exp.Expr) -> exp.Expr:
        given = function("toInt128", of_kind(number, kind, "integer"))
        return function("ifNull", exp.Sub(this=given, expression=_held(given)), whole(0))

    return _once([value], lambda given: function("tuple", as_float(given[0], kind), rest(given[0])))


def _held(number: exp.Expr) -> exp.Expr:
    return function("toInt128", function("toFloat64", number))


def folded(name: str, value: exp.Expr, kind: AnyKind) -> exp.Expr:
    """sum, avg, min or max of mixed numbers: a sum is whole where all of them are, a least one what it was."""
    if name == "avg":
        return function("avgOrNull", as_float(value, kind))
    if name in {"min", "max"}:
        there = function("isNotNull", value)
        return function(f"arg{name.capitalize()}OrNullIf", value, identity(value, kind), there)
    (other,) = (member for member in kind.members if member != "integer")
    number = by_kind([value], [kind], other, lambda parts, own: (_as(parts[0], own[0], other), other))
    some = exp.GT(this=function("count", of_kind(value, kind, other)), expression=whole(0))
    wide = function("sum", function("toInt128", of_kind(value, kind, "integer")))
    added = function("accurateCast", function("ifNull", wide, whole(0)), exp.Literal.string("Int64"))
    total = function("ifNull", function("sum", number), whole(0))
    return function("if", some, told(total, other, kind), told(added, "integer", kind))


def _as(value: exp.Expr, kind: Kind, wanted: Kind) -> exp.Expr:
    if kind == wanted:
        return value
    return function("toDecimal128", value, whole(8)) if wanted == "decimal" else function("toFloat64", value)
