"""Lists in ClickHouse SQL: literals, positions, slices, comprehensions, quantifiers, IN, equality; Cypher's nulls."""

import re

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.packing import (
    beside,
    converted,
    extracted,
    function,
    map_text,
    properties_text,
    property_of,
    unpacked,
    value_json,
    whole,
)
from queries.graph.scope import packed
from queries.graph.shapes import AnyKind, ElementKind, Kind, ListKind, MapKind
from queries.graph.sql_functions import PARTS, if_list, if_text
from queries.graph.syntax import (
    Binary,
    Comprehension,
    Constant,
    Expression,
    Index,
    ListOf,
    Local,
    Lookup,
    MapOf,
    Parameter,
    Quantifier,
    Slice,
)


def lambda_(names: list[str], body: exp.Expr) -> exp.Lambda:
    """names -> body."""
    return exp.Lambda(this=body, expressions=[exp.to_identifier(name) for name in names])


def local_name(local: Local) -> str:
    """The name of a list expression's variable in SQL."""
    # The engine reads no more than ASCII as a name that stands without quotes.
    plain = re.fullmatch(r"\w+", local.name, re.ASCII)
    return f"l_{local.name}" if plain else f"lx_{local.name.encode('utf-8').hex()}"


def exists(names: list[str], body: exp.Expr, *lists: exp.Expr) -> exp.Expr:
    """Whether any item (or any items of several lists, together) is so for certain."""
    return function("arrayExists", lambda_(names, function("ifNull", body, whole(0))), *lists)


class ListLowering:
    """The part of ExpressionLowering that deals with lists and maps."""

    def lower(self, node: Expression) -> exp.Expr:
        """The SQL of an expression."""
        raise NotImplementedError

    def kind(self, node: Expression) -> Kind:
        """The kind of an expression."""
        raise NotImplementedError

    def converted(self, node: Expression, wanted: Kind) -> exp.Expr:
        """The SQL of an expression as a wider kind."""
        return converted(self.lower(node), self.kind(node), wanted)

    def _array(self, node: Expression) -> exp.Expr:
        """The SQL of a list as an array; empty where it is null."""
        kind = self.kind(node)
        assert isinstance(kind, ListKind)
        return unpacked(self.lower(node), kind)

    def _listof(self, node: ListOf) -> exp.Expr:
        kind = self.kind(node)
        assert isinstance(kind, ListKind)
        items = exp.Array(expressions=[beside(self.converted(item, kind.item), kind.item) for item in node.items])
        return function("CAST", items, exp.Literal.string("Array(Nullable(UInt8))")) if kind.item == "null" else items

    def _mapof(self, node: MapOf) -> exp.Expr:
        entries = [
            (key, self.converted(value, packed(self.kind(value))), packed(self.kind(value)))
            for key, value in node.entries
        ]
        return properties_text(entries) if node.of_properties else map_text(entries)

    def _local(self, node: Local) -> exp.Expr:
        return exp.column(local_name(node))

    def _lookup(self, node: Lookup) -> exp.Expr:
        source, kind = self.lower(node.source), self.kind(node.source)
        if isinstance(kind, MapKind):
            return extracted(source, [exp.Literal.string(node.key)], kind.of(node.key))
        if isinstance(kind, ElementKind):
            return if_text(source, kind, property_of(source, kind, node.key, self.kind(node)))
        if kind == "null":
            return exp.null()
        if node.key not in PARTS or (kind == "date" and node.key.startswith("epoch")):
            raise refusal(f"A {kind} has no part '{node.key}'", node.at)
        return function("toInt64", function(PARTS[node.key], source))

    def _index(self, node: Index) -> exp.Expr:
        kind = self.kind(node.source)
        if isinstance(kind, MapKind) and isinstance(node.index, Constant):
            return self._lookup(Lookup(node.source, str(node.index.value), at=node.at))
        index = self.kind(node.index)
        if "null" in (kind, index) or (isinstance(kind, ListKind) and kind.item == "null"):
            return exp.null()
        if not isinstance(kind, ListKind) or index != "integer":
            raise refusal("Only a list's item by its number, or a map's by a written name, is supported", node.at)
        place = self.lower(node.index)
        if isinstance(node.index, Constant):
            shifted = whole(node.index.value + 1 if node.index.value >= 0 else node.index.value)
        else:
            # The first is 1 in ClickHouse; from the end both count alike.
            up = exp.Add(this=exp.Paren(this=place), expression=whole(1))
            shifted = function("if", function("greaterOrEquals", place, whole(0)), up, place)
        return function("arrayElementOrNull", self._array(node.source), shifted)

    def _slice(self, node: Slice) -> exp.Expr:
        kind = self.kind(node)
        if kind == "null":
            return exp.null()
        for end in (node.low, node.high):
            if end is not None and not isinstance(end, (Constant, Parameter)):
                raise refusal("A slice between numbers that are not written out is not supported", end.at or node.at)
        if not isinstance(kind, ListKind):
            raise refusal("A slice of what is no list is not supported", node.at)
        array = self._array(node.source)
        length = function("toInt64", function("length", array))
        low = self._bounded(node.low, length) if node.low is not None else whole(0)
        high = self._bounded(node.high, length) if node.high is not None else length
        count = function("greatest", exp.Sub(this=high, expression=exp.Paren(this=low)), whole(0))
        cut = function("arraySlice", array, exp.Add(this=low, expression=whole(1)), count)
        return self._as(node.source, kind, cut)

    def _bounded(self, end: Expression, length: exp.Expr) -> exp.Expr:
        """A place in a list, counted from its end where it is negative."""
        place = self.lower(end)
        from_end = exp.Add(this=length, expression=exp.Paren(this=place))
        counted = function("if", function("less", place, whole(0)), from_end, place)
        return function("least", function("greatest", counted, whole(0)), length)

    def _as(self, source: Expression, kind: ListKind, array: exp.Expr) -> exp.Expr:
        """An array that was made of a list, null where the list is."""
        if not kind.packed:
            return array
        return if_list(self.lower(source), self.kind(source), value_json(array, ListKind(kind.item)))

    def _comprehension(self, node: Comprehension) -> exp.Expr:
        kind = self.kind(node)
        if not isinstance(kind, ListKind):
            return exp.null()
        name, array = local_name(node.local), self._array(node.source)
        if node.where is not None:
            array = function(
                "arrayFilter", lambda_([name], function("ifNull", self.lower(node.where), whole(0))), array
            )
        if node.result is not None:
            array = function("arrayMap", lambda_([name], self.converted(node.result, kind.item)), array)
        return self._as(node.source, kind, array)

    def _quantifier(self, node: Quantifier) -> exp.Expr:
        source = self.kind(node.source)
        if not isinstance(source, ListKind):
            return exp.null()
        names, array = [local_name(node.local)], self._array(node.source)
        test = self.lower(node.where)
        unknown = exists(names, function("isNull", test), array)
        if node.name == "single":
            count = function("arrayCount", lambda_(names, function("ifNull", test, whole(0))), array)
            parts = [
                function("greater", count, whole(1)),
                exp.false(),
                unknown,
                exp.null(),
                function("equals", count, whole(1)),
            ]
        elif node.name == "all":
            parts = [
                exists(names, exp.Not(this=exp.Paren(this=test)), array),
                exp.false(),
                unknown,
                exp.null(),
                exp.true(),
            ]
        else:
            found, none = (exp.true(), exp.false()) if node.name == "any" else (exp.false(), exp.true())
            parts = [exists(names, test, array), found, unknown, exp.null(), none]
        return if_list(self.lower(node.source), source, function("multiIf", *parts))

    # Two lists, or a list and an item.

    def _lists_joined(self, node: Binary) -> exp.Expr:
        kind = self.kind(node)
        if not isinstance(kind, ListKind):
            return exp.null()
        arrays, missing = [], []
        for part in (node.left, node.right):
            own = self.kind(part)
            if isinstance(own, ListKind):
                wide = converted(self._array(part), ListKind(own.item), ListKind(kind.item))
                missing += [function("isNull", self.lower(part))] if own.packed else []
            elif isinstance(own, AnyKind) and any(isinstance(member, ListKind) for member in own.members):
                raise refusal("'+' between a list and what may be a list or not is not supported", node.at)
            else:
                wide = exp.Array(expressions=[self.converted(part, kind.item)])
                missing.append(function("isNull", self.lower(part)))
            arrays.append(wide)
        together = function("arrayConcat", *arrays)
        if not kind.packed:
            return together
        return function("if", exp.or_(*missing), exp.null(), value_json(together, ListKind(kind.item)))

    def _in_any_list(self, node: Binary) -> exp.Expr:
        """x IN list: null where nothing is equal but something might be."""
        source = self.kind(node.right)
        if source == "null":
            return exp.null()
        if not isinstance(source, ListKind):
            raise refusal("IN takes a list", node.at)
        item = Local("in", kind=source.item)
        equal, array = self.lower(Binary("=", item, node.left, at=node.at)), self._array(node.right)
        names = [local_name(item)]
        parts = [exists(names, equal, array), exp.true(), exists(names, function("isNull", equal), array), exp.null()]
        return if_list(self.lower(node.right), source, function("multiIf", *parts, exp.false()))

    def _lists_equal(self, node: Binary, left: ListKind, right: ListKind) -> exp.Expr:
        first, second = self._array(node.left), self._array(node.right)
        one, other = Local("one", kind=left.item), Local("other", kind=right.item)
        names = [local_name(one), local_name(other)]
        differs = self.lower(Binary("<>", one, other, at=node.at))
        # Pairs can be looked at only where both lists are equally long.
        arrays = [first, function("arrayResize", second, function("length", first))]
        parts = [
            function("notEquals", function("length", first), function("length", second)), exp.false(),
            exists(names, differs, *arrays), exp.false(),
            exists(names, function("isNull", differs), *arrays), exp.null(),
        ]  # fmt: skip
        equal: exp.Expr = function("multiIf", *parts, exp.true())
        equal = if_list(self.lower(node.left), left, if_list(self.lower(node.right), right, equal))
        return equal if node.operator == "=" else self.lower_not(equal)

    def lower_not(self, test: exp.Expr) -> exp.Expr:
        """The contrary, null where it is null."""
        return function("not", test)
