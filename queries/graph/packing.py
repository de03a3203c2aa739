"""Values as JSON text within SQL: what a list, a map, a node, a relationship or a path is where no column can hold it.

A node is [type, key, [properties]], a relationship [type, key, source, target, [properties]], a path [[nodes],
[relationships]], a value of one of several kinds [kind, value]; queries.graph.decoding reads them. Floats, decimals and
times are quoted, so that nothing is lost on the way.
"""

import json
from collections.abc import Callable, Sequence

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.shapes import AnyKind, ElementKind, Kind, ListKind, MapKind, is_text, name_of
from queries.graph.syntax import At
from queries.graph.view import EdgeType, NodeType

NULL = exp.Literal.string("null")
#: ClickHouse's types of kinds; all else is text.
TYPES = {
    "null": "UInt8", "integer": "Int64", "float": "Float64", "decimal": "Decimal(38, 8)", "boolean": "Bool",
    "date": "Date32", "datetime": "DateTime64(3, 'UTC')",
}  # fmt: skip
NUMBERS = {"float": "toFloat64OrNull", "decimal": "toDecimal128OrNull"}


def function(name: str, *arguments: exp.Expr | str) -> exp.Anonymous:
    """A call of a ClickHouse function."""
    return exp.Anonymous(this=name, expressions=[exp.column(a) if isinstance(a, str) else a for a in arguments])


def text(words: str) -> exp.Literal:
    """A literal text."""
    return exp.Literal.string(words)


def whole(number: int) -> exp.Expr:
    """A literal whole number."""
    return exp.Literal.number(number) if number >= 0 else exp.Neg(this=exp.Literal.number(-number))


def each(items: exp.Expr, name: str, make: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """arrayMap with `name` for the item."""
    return function("arrayMap", exp.Lambda(this=make(exp.column(name)), expressions=[exp.to_identifier(name)]), items)


def named(value: exp.Expr, name: str, make: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """What is made of a value that is worked out once and used several times."""
    return function("arrayElement", each(exp.Array(expressions=[value]), name, make), whole(1))


def concat(*parts: exp.Expr) -> exp.Expr:
    """Texts put together."""
    return function("concat", *parts)


def bracketed(parts: Sequence[exp.Expr]) -> exp.Expr:
    """JSON texts as the text of a list."""
    inner: list[exp.Expr] = [text("[")]
    for place, part in enumerate(parts):
        inner += [text(","), part] if place else [part]
    return concat(*inner, text("]"))


def as_json(value: exp.Expr, kind: Kind) -> exp.Expr:
    """The JSON text of a value: 'null' where it is null."""
    if kind == "null":
        return NULL
    return value_json(value, kind) if isinstance(kind, ListKind) and not kind.packed else _unless_null(value, kind)


def _unless_null(value: exp.Expr, kind: Kind) -> exp.Expr:
    return function("ifNull", value_json(value, kind), NULL)


def beside(value: exp.Expr, kind: Kind) -> exp.Expr:
    """A value that stands beside others of its kind: ClickHouse's whole numbers with and without a sign have no kind
    in common.
    """
    written = isinstance(value, (exp.Literal, exp.Null)) or (isinstance(value, exp.Neg) and value.this.is_number)
    return function("toInt64", value) if kind == "integer" and not written else value


def typed_null(kind: Kind) -> exp.Expr:
    """Null where a column of a kind is wanted; a list that cannot be null is empty."""
    if isinstance(kind, ListKind) and not kind.packed:
        return function("CAST", exp.Array(expressions=[]), text("Array(Nullable(UInt8))"))
    return function("CAST", exp.null(), text(f"Nullable({TYPES.get(str(kind), 'String')})"))


def value_json(value: exp.Expr, kind: Kind) -> exp.Expr:
    """The JSON text of a value, null where it is null."""
    if is_text(kind):
        return value
    if isinstance(kind, ListKind):
        items = each(value, "i", lambda item: as_json(item, kind.item))
        return concat(text("["), function("arrayStringConcat", items, text(",")), text("]"))
    if kind == "string":
        return function("toJSONString", value)
    if kind == "boolean":
        return function("if", function("isNull", value), exp.null(), function("if", value, text("true"), text("false")))
    plain = function("toString", value)
    return plain if kind == "integer" else concat(text('"'), plain, text('"'))


def converted(value: exp.Expr, kind: Kind, wanted: Kind) -> exp.Expr:
    """A value of one kind as one of a wider kind (see queries.graph.shapes.unify)."""
    if kind in {wanted, "null"}:
        return value
    if isinstance(wanted, AnyKind):
        return _retold(value, kind, wanted) if isinstance(kind, AnyKind) else told(value, kind, wanted)
    if isinstance(wanted, ListKind) and isinstance(kind, ListKind):
        return _list(value, kind, wanted)
    if isinstance(wanted, MapKind) and isinstance(kind, MapKind):
        return _map(value, kind, wanted)
    return function("toFloat64", value) if (kind, wanted) == ("decimal", "float") else value


def told(value: exp.Expr, kind: Kind, wanted: AnyKind) -> exp.Expr:
    """A value with its kind beside it."""
    member = wanted.member(name_of(kind))
    inner_text = value_json(converted(value, kind, member), member)
    return concat(text(f'["{name_of(member)}",'), inner_text, text("]"))


def kind_is(value: exp.Expr, kind: Kind) -> exp.Expr:
    """Whether a value that says its kind is of this one."""
    return function("startsWith", value, text(f'["{name_of(kind)}",'))


def _retold(value: exp.Expr, kind: AnyKind, wanted: AnyKind) -> exp.Expr:
    """A value of several kinds, some of which are held otherwise among more of them."""
    branches: list[exp.Expr] = []
    for member in sorted(kind.members, key=name_of):
        if wanted.member(name_of(member)) != member:
            branches += [kind_is(value, member), told(extracted(value, [whole(2)], member), member, wanted)]
    return function("multiIf", *branches, value) if branches else value


def _map(value: exp.Expr, kind: MapKind, wanted: MapKind) -> exp.Expr:
    """A map whose values are held otherwise; a key that it lacks it goes on lacking."""
    if all(own == wanted.of(key) for key, own in kind.fields):
        return value
    entries: list[exp.Expr] = []
    for key, own in kind.fields:
        found = converted(extracted(value, [text(key)], own), own, wanted.of(key))
        entry = concat(text(_quoted(key) + ":"), as_json(found, wanted.of(key)))
        entries.append(function("if", function("JSONHas", value, text(key)), entry, exp.null()))
    return function("if", function("isNull", value), exp.null(), _entries_text(entries))


def _list(value: exp.Expr, kind: ListKind, wanted: ListKind) -> exp.Expr:
    if kind.item == "null":
        empty = each(value, "i", lambda _: exp.null()) if not kind.packed else value
        return value_json(empty, kind) if wanted.packed and not kind.packed else empty
    if kind.item != wanted.item:
        if kind.packed:
            value = unpacked(value, kind)
            items = each(value, "i", lambda item: converted(item, kind.item, wanted.item))
            return value_json(items, ListKind(wanted.item))
        value = each(value, "i", lambda item: converted(item, kind.item, wanted.item))
    if wanted.packed and not kind.packed:
        return value_json(value, ListKind(wanted.item))
    return value


def unpacked(value: exp.Expr, kind: ListKind) -> exp.Expr:
    """The array of a list; an empty one where it is null."""
    if not kind.packed:
        return value
    there = function("ifNull", value, text("[]"))
    raw = function("JSONExtractArrayRaw", there)
    if is_text(kind.item):
        return each(raw, "j", lambda item: function("nullIf", item, NULL))
    if kind.item in NUMBERS or kind.item in {"date", "datetime"}:
        strings = function("JSONExtract", there, text("Array(Nullable(String))"))
        return each(strings, "j", lambda item: _from_text(item, str(kind.item)))
    types = {"integer": "Int64", "string": "String", "boolean": "Bool"}
    return function("JSONExtract", there, text(f"Array(Nullable({types.get(str(kind.item), 'UInt8')}))"))


def _from_text(value: exp.Expr, kind: str) -> exp.Expr:
    if kind == "decimal":
        return function("toDecimal128OrNull", value, whole(8))
    if kind == "datetime":
        return function("toDateTime64OrNull", value, whole(3), text("UTC"))
    return function({"float": "toFloat64OrNull", "date": "toDate32OrNull"}[kind], value)


def extracted(within: exp.Expr, path: Sequence[exp.Expr], kind: Kind) -> exp.Expr:
    """A value within a JSON text; null where the text is, or where there is none."""
    if kind == "null":
        return exp.null()
    if is_text(kind) or isinstance(kind, ListKind):
        raw = function("JSONExtractRaw", within, *path)
        return function("nullIf", function("nullIf", raw, text("")), NULL)
    if kind in NUMBERS or kind in {"date", "datetime"}:
        return _from_text(function("JSONExtract", within, *path, text("Nullable(String)")), str(kind))
    types = {"integer": "Int64", "string": "String", "boolean": "Bool"}
    return function("JSONExtract", within, *path, text(f"Nullable({types[str(kind)]})"))


def map_text(entries: Sequence[tuple[str, exp.Expr, Kind]]) -> exp.Expr:
    """The JSON text of a map, its keys in order."""
    parts: list[exp.Expr] = [text("{")]
    for place, (key, value, kind) in enumerate(sorted(entries, key=lambda entry: entry[0])):
        parts += [text(("," if place else "") + _quoted(key) + ":"), as_json(value, kind)]
    return concat(*parts, text("}"))


def properties_text(entries: Sequence[tuple[str, exp.Expr, Kind]]) -> exp.Expr:
    """The JSON text of a map that has no entry for what is null, its keys in order."""
    written = [
        concat(text(_quoted(key) + ":"), value_json(value, kind))
        for key, value, kind in sorted(entries, key=lambda entry: entry[0])
    ]
    return _entries_text(written)


def _entries_text(entries: Sequence[exp.Expr]) -> exp.Expr:
    """The JSON text of a map of those entries that are not null."""
    is_there = exp.Lambda(this=function("isNotNull", exp.column("entry")), expressions=[exp.to_identifier("entry")])
    there = function("arrayFilter", is_there, exp.Array(expressions=list(entries)))
    return concat(text("{"), function("arrayStringConcat", there, text(",")), text("}"))


def _quoted(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def element_text(
    element: NodeType | EdgeType, key: exp.Expr, ends: Sequence[exp.Expr], values: Sequence[exp.Expr]
) -> exp.Expr:
    """The JSON text of a node or relationship; null where its key is."""
    kinds: list[Kind] = [element.key_kind] if isinstance(element, NodeType) else ["integer"]
    if isinstance(element, EdgeType):
        kinds += [element.source_node.key_kind, element.target_node.key_kind]
    heads = [as_json(value, kind) for value, kind in zip([key, *ends], kinds, strict=True)]
    properties = [as_json(value, kind) for value, kind in zip(values, element.kinds.values(), strict=True)]
    packed = bracketed([text(_quoted(element.name)), *heads, bracketed(properties)])
    return function("if", function("isNull", key), exp.null(), packed)


def property_of(value: exp.Expr, kind: ElementKind, key: str, wanted: Kind) -> exp.Expr:
    """A property of a node or relationship that is JSON text."""
    branches: list[exp.Expr] = []
    for item in kind.types:
        if key in item.kinds:
            place = list(item.kinds).index(key) + 1
            path = [whole(3 if isinstance(item, NodeType) else 5), whole(place)]
            found = converted(extracted(value, path, item.kinds[key]), item.kinds[key], wanted)
            branches += [type_is(value, item), found]
    return function("multiIf", *branches, exp.null()) if branches else exp.null()


def type_name(value: exp.Expr) -> exp.Expr:
    """The name of the type of a node or relationship that is JSON text."""
    return function("JSONExtract", value, whole(1), text("Nullable(String)"))


def type_is(value: exp.Expr, item: NodeType | EdgeType) -> exp.Expr:
    """Whether a node or relationship that is JSON text is of a type."""
    return exp.EQ(this=type_name(value), expression=text(item.name))


def path_text(nodes: Sequence[exp.Expr], edges: Sequence[exp.Expr]) -> exp.Expr:
    """The JSON text of a path."""
    return bracketed([bracketed(nodes), bracketed(edges)])


def expect_equal_by_text(kind: Kind, at: At | None) -> None:
    """Refuses to tell values apart that may be equal though their texts differ: 1 and 1.0."""
    members = {name_of(member) for member in kind.members} if isinstance(kind, AnyKind) else set()
    if len(members & {"integer", "float", "decimal"}) > 1:
        raise refusal("Telling whole numbers and floats apart in one list or column is not supported", at)
    inner: list[Kind] = []
    if isinstance(kind, AnyKind):
        inner = list(kind.members)
    elif isinstance(kind, ListKind):
        inner = [kind.item]
    elif isinstance(kind, MapKind):
        inner = [item for _, item in kind.fields]
    for item in inner:
        expect_equal_by_text(item, at)
