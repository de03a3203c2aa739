"""Scalar functions as ClickHouse SQL."""

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.functions import answer_of
from queries.graph.mixed import by_kind
from queries.graph.packing import (
    beside,
    concat,
    converted,
    each,
    extracted,
    function,
    named,
    text,
    type_name,
    unpacked,
    value_json,
    whole,
)
from queries.graph.shapes import Kind, ListKind, is_mixed, is_text, unify

Made = Callable[[Sequence[exp.Expr], Sequence[Kind]], exp.Expr]

#: The same function under ClickHouse's name.
SAME = {
    "toupper": "upperUTF8", "upper": "upperUTF8", "tolower": "lowerUTF8", "lower": "lowerUTF8",

    "ceil": "ceil", "floor": "floor", "sqrt": "sqrt", "exp": "exp", "log": "log", "log10": "log10",
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan", "atan2": "atan2",
    "degrees": "degrees", "radians": "radians", "pi": "pi", "e": "e", "rand": "randCanonical", "sign": "sign",
}  # fmt: skip
FLOATS = frozenset({"ceil", "floor", "sqrt", "exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan",
                    "atan2", "degrees", "radians"})  # fmt: skip
UTC = text("UTC")
HALF = function("toDecimal256", text("0.5"), whole(1))
#: The least whole number of 64 bits: written out, ClickHouse would take it for a difference.
LEAST = function("toInt64", text("-9223372036854775808"))
#: What Java calls white space, and so Cypher: no-break spaces are none.
BLANK = r"[\s\x0b\x1c-\x1f\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}]+"


def call(name: str, arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    """A function of values of these kinds."""
    if name != "coalesce" and "null" in kinds:
        return exp.null()
    if name != "coalesce" and any(map(is_mixed, kinds)):
        wanted = answer_of(name, kinds)
        return by_kind(arguments, kinds, wanted, lambda parts, own: (call(name, parts, own), answer_of(name, own)))
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
    """A float as Cypher writes it, which is Java's way: with a fraction always, and 1.0E7 from there on."""
    return named(function("toString", function("toFloat64", value)), "t", _float_text)


def _float_text(plain: exp.Expr) -> exp.Expr:
    written = function("if", _has(plain, r"\."), function("replaceOne", plain, text("e"), text("E")),
                       function("replaceOne", plain, text("e"), text(".0E")))  # fmt: skip
    digits = function("replaceOne", plain, text("."), text(""))
    large = function("replaceRegexpOne", digits, text("^(-?[0-9])([0-9]*?)0*$"), text(r"\1.\2"))
    above = exp.Sub(this=function("length", function("extract", plain, text("[0-9]+"))), expression=whole(1))
    small = function("replaceRegexpOne", plain, text(r"^(-?)0\.0+([0-9])([0-9]*)$"), text(r"\1\2.\3"))
    below = exp.Add(this=function("length", function("extract", plain, text(r"0\.(0+)"))), expression=whole(1))
    cases = [
        (_has(plain, "inf"), function("replaceOne", plain, text("inf"), text("Infinity"))),
        (_has(plain, "nan"), text("NaN")),
        (_has(plain, "e"), written),
        (_has(plain, "[0-9]{8}\\.|^-?[0-9]{8,}$"), concat(_whole_end(large), text("E"), function("toString", above))),
        (_has(plain, r"^-?0\.000"), concat(_whole_end(small), text("E-"), function("toString", below))),
        (_has(plain, r"\."), plain),
    ]
    return function("multiIf", *(part for case in cases for part in case), concat(plain, text(".0")))


def _has(value: exp.Expr, pattern: str) -> exp.Expr:
    return function("match", value, text(pattern))


def _whole_end(value: exp.Expr) -> exp.Expr:
    """With a digit behind the point."""
    return function("replaceRegexpOne", value, text(r"\.$"), text(".0"))


def as_text(value: exp.Expr, kind: Kind) -> exp.Expr:
    """toString()."""
    if kind in {"float", "decimal"}:
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
    if kinds[0] == "decimal":
        return function("toInt64", function("trunc", value))
    if kinds[0] != "string":
        return named(value, "f", _held)
    # A number that is written and too large is an error, other than one that was worked out.
    plain = function("toInt64OrNull", function("trimBoth", value))
    number = function("if", function("isNull", plain), _read(value), exp.Literal.number("0.0"))
    return function("ifNull", plain, named(number, "f", _whole_of))


def _read(value: exp.Expr) -> exp.Expr:
    """The float that a text says; ClickHouse also takes 'inf' and 'nan' for one."""
    word = function("trimBoth", value)
    number = function("toFloat64OrNull", word)
    return function("if", _has(word, r"^[+-]?([0-9.]|Infinity$|NaN$)"), number, exp.null())


def _whole_of(number: exp.Expr) -> exp.Expr:
    finite = function("ifNull", function("isFinite", number), exp.false())
    safe = function("trunc", function("if", finite, number, exp.Literal.number("0.0")))
    return function("if", finite, held_whole(safe), exp.null())


def _held(number: exp.Expr) -> exp.Expr:
    """A float as a whole number: one that is too large is the largest, and no number is 0, as in Java."""
    cases = [
        (function("isNull", number), exp.null()),
        (function("isNaN", number), whole(0)),
        (exp.GTE(this=number, expression=exp.Literal.number("9223372036854775807.0")), whole(2**63 - 1)),
        (exp.LTE(this=number, expression=exp.Literal.number("-9223372036854775808.0")), LEAST),
    ]
    return function(
        "multiIf", *(part for case in cases for part in case), function("toInt64", function("trunc", number))
    )


def _to_float(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    return _read(arguments[0]) if kinds[0] == "string" else function("toFloat64", *arguments)


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
        return named(value, "f", _rounded)
    return named(value, "f", lambda number: _rounded_to(number, arguments[1]))


def _rounded(number: exp.Expr) -> exp.Expr:
    below = function("floor", number)
    rest = exp.Sub(this=number, expression=below)
    up = exp.GTE(this=rest, expression=exp.Literal.number("0.5"))
    return function("if", up, function("ceil", number), below)


def _rounded_to(number: exp.Expr, places: exp.Expr) -> exp.Expr:
    """Half goes away from zero where places are named, and it is the digits that are written that count."""
    size = function("abs", number)
    power = function("toDecimal256", function("toInt64", function("round", function("exp10", places))), whole(0))
    digits = function("toDecimal256OrZero", function("toString", size), whole(20))
    raised = function("floor", exp.Add(this=exp.Mul(this=digits, expression=power), expression=HALF))
    made = function("divide", function("toFloat64", function("toInt128", raised)), function("toFloat64", power))
    large = exp.GTE(this=size, expression=exp.Literal.number("1e15"))
    some = exp.Mul(this=function("sign", number), expression=made)
    plain = function("if", exp.EQ(this=places, expression=whole(0)), _rounded(number), some)
    return function("if", large, number, plain)


def _abs(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    made = function("abs", *arguments)
    return held_whole(made) if kinds[0] == "integer" else made


def held_whole(value: exp.Expr) -> exp.Expr:
    """A whole number of 64 bits; an error where it has more."""
    return function("accurateCast", value, text("Nullable(Int64)"))


def _replace(arguments: Sequence[exp.Expr], _: Sequence[Kind]) -> exp.Expr:
    value, mark, other = arguments
    plain = function("replaceAll", value, mark, other)
    if is_written(mark):
        return plain
    between = each(letters(value), "c", lambda letter: concat(letter, function("ifNull", other, text(""))))
    spread = concat(other, function("arrayStringConcat", between))
    missing = exp.or_(function("isNull", value), function("isNull", mark), function("isNull", other))
    return function("multiIf", missing, exp.null(), exp.EQ(this=mark, expression=text("")), spread, plain)


def is_written(mark: exp.Expr) -> bool:
    """Whether it is a text written out, and not the empty one."""
    return isinstance(mark, exp.Literal) and mark.this != ""


def letters(value: exp.Expr) -> exp.Expr:
    """The letters of a text, in a list."""
    return function("extractAll", function("ifNull", value, text("")), text("(?s)."))


def _substring(arguments: Sequence[exp.Expr], _: Sequence[Kind]) -> exp.Expr:
    start, *length = map(_counted, arguments[1:])
    return function("substringUTF8", arguments[0], exp.Add(this=exp.Paren(this=start), expression=whole(1)), *length)


def _counted(number: exp.Expr) -> exp.Expr:
    """A number of letters: less than none is an error."""
    if isinstance(number, exp.Literal):
        return number
    wrong = function("ifNull", exp.LT(this=exp.Paren(this=number), expression=whole(0)), exp.false())
    return function("if", function("throwIf", wrong, text("A text has no negative places")), exp.null(), number)


def _reverse(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    kind = kinds[0]
    if not isinstance(kind, ListKind):
        return function("reverseUTF8", *arguments)
    turned = function("reverse", unpacked(arguments[0], kind))
    return if_list(arguments[0], kind, value_json(turned, ListKind(kind.item))) if kind.packed else turned


def _split(arguments: Sequence[exp.Expr], _: Sequence[Kind]) -> exp.Expr:
    value, mark = arguments
    if not isinstance(mark, exp.Literal | exp.Placeholder):
        raise refusal("The function 'split' takes a text that is written out to split at", None)
    here = function("ifNull", value, text(""))
    parts = function("splitByString", function("ifNull", mark, text("")), here)
    if not is_written(mark):
        at_nothing = exp.EQ(this=function("ifNull", mark, text("")), expression=text(""))
        parts = function("if", exp.And(this=at_nothing, expression=function("notEmpty", here)), letters(value), parts)
        parts = function("if", function("notEmpty", here), parts, exp.Array(expressions=[text("")]))
    missing = exp.or_(function("isNull", value), function("isNull", mark))
    return function("if", missing, exp.null(), value_json(parts, ListKind("string")))


def _coalesce(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    packed = [ListKind(kind.item, packed=True) if isinstance(kind, ListKind) else kind for kind in kinds]
    wanted = unify(packed)
    some = [(value, kind) for value, kind in zip(arguments, kinds, strict=True) if kind != "null"]
    given = [beside(converted(value, kind, wanted), wanted) for value, kind in some]
    return function("coalesce", *given) if given else exp.null()


def _size(arguments: Sequence[exp.Expr], kinds: Sequence[Kind]) -> exp.Expr:
    kind = kinds[0]
    if not isinstance(kind, ListKind):
        return function("toInt64", function("lengthUTF8", *arguments))
    length = function("JSONLength", arguments[0]) if kind.packed else function("length", arguments[0])
    return if_list(arguments[0], kind, function("toInt64", length))


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
    "trim": lambda arguments, _: _trimmed(arguments[0], f"^{BLANK}", f"{BLANK}$"),
    "ltrim": lambda arguments, _: _trimmed(arguments[0], f"^{BLANK}"),
    "rtrim": lambda arguments, _: _trimmed(arguments[0], f"{BLANK}$"),
    "round": _round,
    "abs": _abs,
    "replace": _replace,
    "substring": _substring,
    "left": lambda arguments, _: function("leftUTF8", arguments[0], _counted(arguments[1])),
    "right": lambda arguments, _: function("rightUTF8", arguments[0], _counted(arguments[1])),
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
