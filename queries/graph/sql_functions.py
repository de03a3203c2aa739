"""Scalar functions as ClickHouse SQL."""

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from queries.graph.functions import answer_of
from queries.graph.packing import concat, converted, extracted, function, text, type_name, unpacked, value_json, whole
from queries.graph.shapes import Kind, ListKind, is_text, unify

Made = Callable[[Sequence[exp.Expr], Sequence[Kind]], exp.Expr]

#: The same function under ClickHouse's name.
SAME = {
    "toupper": "upperUTF8", "upper": "upperUTF8", "tolower": "lowerUTF8", "lower": "lowerUTF8",
    "replace": "replaceAll", "left": "leftUTF8", "right": "rightUTF8",
    "abs": "abs", "ceil": "ceil", "floor": "floor", "sqrt": "sqrt", "exp": "exp", "log": "log", "log10": "log10",
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan", "atan2": "atan2",
    "degrees": "degrees", "radians": "radians", "pi": "pi", "e": "e", "rand": "randCanonical", "sign": "sign",
}  # fmt: skip
FLOATS = frozenset({"ceil", "floor", "sqrt", "exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan",
                    "atan2", "degrees", "radians"})  # fmt: skip
UTC = text("UTC")


def call(name: str, arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    """A function of values of these kinds."""
    if name != "coalesce" and "null" in kinds:
        return exp.null()
    if name in SAME:
        given = [function("toFloat64", argument) for argument in arguments] if name in FLOATS else arguments
        return function(SAME[name], *given)
    return MADE[name](arguments, kinds)


def if_list(value: exp.Expr, kind: Kind, made: exp.Expr) -> exp.Expr:
    """What is made of a list, null where the list is."""
    if isinstance(kind, ListKind) and kind.packed:
        return function("if", function("isNull", value), exp.null(), made)
    return made


def float_text(value: exp.Expr) -> exp.Expr:
    """A float as Cypher writes it: with a fraction always."""
    plain = function("toString", value)
    fraction = function("if", function("match", plain, text("^-?[0-9]+$")), text(".0"), text(""))
    return concat(plain, fraction)


def as_text(value: exp.Expr, kind: Kind) -> exp.Expr:
    """toString()."""
    if kind == "float":
        return float_text(value)
    if kind == "boolean":
        return value_json(value, kind)
    return function("toString", value)


def _trimmed(value: exp.Expr, *ends: str) -> exp.Expr:
    """Without white space of any kind at the ends."""
    for end in ends:
        value = function("replaceRegexpOne", value, text(end), text(""))
    return value


def _to_integer(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    (value,) = arguments
    if kinds[0] == "integer":
        return value
    if kinds[0] == "boolean":
        return function("toInt64", value)
    number = function("toFloat64OrNull", function("trimBoth", value)) if kinds[0] == "string" else value
    there = function("toInt64", function("trunc", number))
    if kinds[0] == "string":
        return function("ifNull", function("toInt64OrNull", function("trimBoth", value)), there)
    return there


def _to_float(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    return function("toFloat64OrNull" if kinds[0] == "string" else "toFloat64", *arguments)


def _to_boolean(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    (value,) = arguments
    if kinds[0] == "boolean":
        return value
    if kinds[0] == "integer":
        return exp.NEQ(this=value, expression=whole(0))
    word = function("lowerUTF8", function("trimBoth", value))
    options = [exp.EQ(this=word, expression=text("true")), exp.true(), exp.EQ(this=word, expression=text("false"))]
    return function("multiIf", *options, exp.false(), exp.null())


def _round(arguments: Sequence[exp.Expr], _: Sequence[Kind]) -> exp.Expr:
    """Half goes up; ClickHouse's own takes the even one."""
    value = function("toFloat64", arguments[0])
    if len(arguments) == 1:
        return function("floor", exp.Add(this=value, expression=exp.Literal.number("0.5")))
    power = function("exp10", arguments[1])
    raised = exp.Add(this=exp.Mul(this=function("abs", value), expression=power), expression=exp.Literal.number("0.5"))
    return exp.Mul(
        this=function("sign", value), expression=exp.Paren(this=function("divide", function("floor", raised), power))
    )


def _substring(arguments: Sequence[exp.Expr], _: Sequence[Kind]) -> exp.Expr:
    start = exp.Add(this=exp.Paren(this=arguments[1]), expression=whole(1))
    return function("substringUTF8", arguments[0], start, *arguments[2:])


def _reverse(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    kind = kinds[0]
    if not isinstance(kind, ListKind):
        return function("reverseUTF8", *arguments)
    turned = function("reverse", unpacked(arguments[0], kind))
    return if_list(arguments[0], kind, value_json(turned, ListKind(kind.item))) if kind.packed else turned


def _split(arguments: Sequence[exp.Expr], _: Sequence[Kind]) -> exp.Expr:
    value, mark = arguments
    parts = function("splitByString", function("ifNull", mark, text("")), function("ifNull", value, text("")))
    missing = exp.or_(function("isNull", value), function("isNull", mark))
    return function("if", missing, exp.null(), value_json(parts, ListKind("string")))


def _coalesce(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    packed = [ListKind(kind.item, packed=True) if isinstance(kind, ListKind) else kind for kind in kinds]
    wanted = unify(packed)
    given = [converted(value, kind, wanted) for value, kind in zip(arguments, kinds, strict=True) if kind != "null"]
    return function("coalesce", *given) if given else exp.null()


def _size(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    kind = kinds[0]
    if not isinstance(kind, ListKind):
        return function("lengthUTF8", *arguments)
    length = function("JSONLength", arguments[0]) if kind.packed else function("length", arguments[0])
    return if_list(arguments[0], kind, length)


def _at(place: int) -> Made:
    def made(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
        kind = kinds[0]
        if not isinstance(kind, ListKind) or kind.item == "null":
            return exp.null()
        return function("arrayElementOrNull", unpacked(arguments[0], kind), whole(place))

    return made


def _tail(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    kind = kinds[0]
    assert isinstance(kind, ListKind)
    rest = function("arraySlice", unpacked(arguments[0], kind), whole(2))
    return if_list(arguments[0], kind, value_json(rest, ListKind(kind.item))) if kind.packed else rest


def _range(arguments: Sequence[exp.Expr], _: Sequence[Kind]) -> exp.Expr:
    low, high = (exp.Paren(this=argument) for argument in arguments[:2])
    step = exp.Paren(this=arguments[2]) if len(arguments) > 2 else whole(1)
    steps = function("intDiv", exp.Sub(this=high, expression=low), step)
    wrong = function(
        "less", exp.Mul(this=exp.Paren(this=exp.Sub(this=high, expression=low)), expression=step), whole(0)
    )
    count = function("if", wrong, whole(0), exp.Add(this=steps, expression=whole(1)))
    item = exp.Add(this=low, expression=exp.Mul(this=function("toInt64", "i"), expression=step))
    numbers = function("range", function("toUInt64", count))
    return function("arrayMap", exp.Lambda(this=item, expressions=[exp.to_identifier("i")]), numbers)


def _date(arguments: Sequence[exp.Expr], _: Sequence[Kind]) -> exp.Expr:
    return function("toDate32", *arguments) if arguments else function("today")


def _datetime(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    if not arguments:
        return function("now64", whole(3), UTC)
    if kinds[0] == "string":
        return function("parseDateTime64BestEffort", *arguments, whole(3), UTC)
    return function("toDateTime64", *arguments, whole(3), UTC)


def _element_id(arguments: Sequence[exp.Expr], _: Sequence[Kind]) -> exp.Expr:
    (value,) = arguments
    return concat(type_name(value), text(":"), _key_text(value))


def _key_text(value: exp.Expr) -> exp.Expr:
    key = function("JSONExtractRaw", value, whole(2))
    return function("if", function("startsWith", key, text('"')), extracted(value, [whole(2)], "string"), key)


def _key(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    """The key of a node or relationship that is JSON text, null where that is."""
    whole_number = answer_of("@key", kinds) == "integer"
    found = extracted(arguments[0], [whole(2)], "integer") if whole_number else _key_text(arguments[0])
    return function("if", function("isNull", arguments[0]), exp.null(), found)


MADE: Mapping[str, Made] = {
    "tostring": lambda arguments, kinds: as_text(arguments[0], kinds[0]),
    "tointeger": _to_integer,
    "tofloat": _to_float,
    "toboolean": _to_boolean,
    "trim": lambda arguments, _: _trimmed(arguments[0], r"^\s+", r"\s+$"),
    "ltrim": lambda arguments, _: _trimmed(arguments[0], r"^\s+"),
    "rtrim": lambda arguments, _: _trimmed(arguments[0], r"\s+$"),
    "round": _round,
    "substring": _substring,
    "reverse": _reverse,
    "split": _split,
    "coalesce": _coalesce,
    "size": _size,
    "head": _at(1),
    "last": _at(-1),
    "tail": _tail,
    "range": _range,
    "nodes": lambda arguments, _: extracted(arguments[0], [whole(1)], ListKind("null", packed=True)),
    "relationships": lambda arguments, _: extracted(arguments[0], [whole(2)], ListKind("null", packed=True)),
    "rels": lambda arguments, _: extracted(arguments[0], [whole(2)], ListKind("null", packed=True)),
    "length": lambda arguments, kinds: if_text(arguments[0], kinds[0], function("JSONLength", arguments[0], whole(2))),
    "date": _date,
    "datetime": _datetime,
    "timestamp": lambda *_: function("toUnixTimestamp64Milli", function("now64", whole(3))),
    "@type": lambda arguments, _: type_name(arguments[0]),
    "@key": _key,
    "@source": lambda arguments, _: extracted(arguments[0], [whole(3)], "integer"),
    "@target": lambda arguments, _: extracted(arguments[0], [whole(4)], "integer"),
    "elementid": _element_id,
}


def if_text(value: exp.Expr, kind: Kind, made: exp.Expr) -> exp.Expr:
    """What is made of JSON text, null where the text is."""
    return function("if", function("isNull", value), exp.null(), made) if is_text(kind) else made


#: Parts of dates and times.
PARTS = {
    "year": "toYear", "quarter": "toQuarter", "month": "toMonth", "week": "toISOWeek", "weekYear": "toISOYear",
    "day": "toDayOfMonth", "ordinalDay": "toDayOfYear", "dayOfWeek": "toDayOfWeek", "hour": "toHour",
    "minute": "toMinute", "second": "toSecond", "millisecond": "toMillisecond", "epochSeconds": "toUnixTimestamp",
    "epochMillis": "toUnixTimestamp64Milli",
}  # fmt: skip
