"""From plans of patterns to SELECTs that answer one row for each match, with only the columns asked for."""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.kinds import Kinds
from queries.graph.pattern import Edge, Pattern, Within, needs_columns, variables
from queries.graph.planner import Plan, Scan, on_node, plan
from queries.graph.sql_expressions import Columns, ExpressionLowering, function
from queries.graph.syntax import At, Expression, Property, walk
from queries.graph.view import EdgeType, NodeType, Source

#: The key of an element or a value (None), or one of its properties.
Slot = tuple[str, str | None]


@dataclass(frozen=True)
class Relation:
    """A SELECT and what its columns hold."""

    select: exp.Select
    columns: dict[Slot, str]


class PatternLowering:
    """Lowers patterns; remembers whether rows were read of which nothing is known but that FINAL makes them exact."""

    def __init__(self, types: Mapping[str, str], kinds: Mapping[str, str]) -> None:
        self.types, self.kinds = types, kinds
        self.opaque = False
        self.plans: list[Plan] = []
        self._numbers = itertools.count(1)

    def name(self, slot: Slot) -> str:
        """A new column name, like no other."""
        words = re.sub(r"\W", "", "_".join(part for part in slot if part))
        return f"v{next(self._numbers)}_{words}"

    def matches(
        self, pattern: Pattern, asked: Iterable[Slot], carried: Relation | None, values: Kinds, *, distinct: bool
    ) -> Relation:
        """The bindings of a pattern.

        Args:
            pattern: what to bind.
            asked: columns wanted.
            carried: what earlier clauses have bound, to be joined.
            values: kinds of the values among these.
            distinct: rows may be fewer than matches, as long as the distinct ones are all there.
        """
        asked = list(dict.fromkeys(asked))
        names = {name for name, _ in asked}
        wanted = _edge_columns(pattern, asked)
        made = plan(pattern, names, wanted, self.kinds, distinct=distinct)
        self.plans.append(made)
        return _Join(self, made, carried, values).relation(asked)

    def semi_join(self, test: Within, columns: Mapping[str, exp.Expr]) -> exp.Expr:
        """Whether the nodes (given as SQL) are among those a pattern binds."""
        slots: list[Slot] = [(node, None) for node in test.nodes]
        found = self.matches(test.pattern, slots, None, {}, distinct=True)
        if not slots:
            some = exp.select(exp.GT(this=function("count"), expression=exp.Literal.number(0))).from_(
                found.select.limit(1).subquery("some")
            )
            return some.subquery()
        keys = [columns[node] for node in test.nodes]
        left: exp.Expr = keys[0] if len(keys) == 1 else exp.Tuple(expressions=keys)
        return exp.In(this=left, query=found.select.subquery())

    def table(self, source: Source, *, exact: bool) -> exp.Expr:
        """A table, read with FINAL where that is needed for exactness."""
        self.opaque |= source.rows == "opaque"
        table = exp.to_table(source.table)
        needed = source.rows == "versioned" or (source.rows == "immutable" and exact)
        return exp.Final(this=table) if needed else table

    def node_rows(self, node: NodeType, columns: Iterable[str]) -> tuple[exp.Expr, list[exp.Expr]]:
        """A label's table and the conditions that belong to it."""
        source = node.source(frozenset(columns))
        return self.table(source, exact=True), own_conditions(source)

    def attributes(self, node: NodeType, keys: Iterable[str], key_name: str, names: Mapping[str, str]) -> exp.Select:
        """SELECT key, properties FROM a label's table."""
        keys = list(keys)
        table, conditions = self.node_rows(node, [node.columns[key] for key in keys])
        selected = [exp.column(node.key).as_(key_name)]
        selected += [exp.column(node.columns[key]).as_(names[key]) for key in keys]
        return exp.select(*selected).from_(table).where(*conditions)


def joined(select: exp.Select, part: exp.Expr, on: list[exp.Expr], how: str = "") -> exp.Select:
    """The SELECT with one more join: inner where nothing else is said, or of each row with each."""
    if how == "LEFT ANY":
        return select.join(exp.Join(this=part, side="LEFT", kind="ANY", on=exp.and_(*on)), copy=False)
    if not on:
        return select.join(exp.Join(this=part, kind="CROSS"), copy=False)
    return select.join(exp.Join(this=part, kind="INNER", on=exp.and_(*on)), copy=False)


def own_conditions(source: Source) -> list[exp.Expr]:
    """The conditions that make a table the source it is."""
    return [
        exp.In(this=exp.column(column), expressions=[exp.Literal.string(value) for value in values])
        for column, values in source.where
    ]


def _edge_columns(pattern: Pattern, asked: Iterable[Slot]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    slots = list(asked)
    slots += [(p.variable, p.key) for part in pattern.filters for p in walk(part) if isinstance(p, Property)]
    for name, key in slots:
        edge = pattern.edge(name)
        if edge is not None:
            found.setdefault(name, set()).add(edge.type.columns[key] if key else edge.type.key)
    return {name: frozenset(columns) for name, columns in found.items()}


class _Join:
    """One plan on its way to a SELECT."""

    def __init__(self, lowering: PatternLowering, made: Plan, carried: Relation | None, values: Kinds) -> None:
        self._lowering, self._plan, self._carried = lowering, made, carried
        self._columns: dict[Slot, str] = dict(carried.columns) if carried else {}
        edges = {edge.name: edge.type for edge in made.pattern.edges}
        self._scope: Kinds = {**values, **made.pattern.nodes, **edges}
        self._parts: list[tuple[exp.Expr, list[exp.Expr], str]] = []

    def relation(self, asked: list[Slot]) -> Relation:
        pattern, residual = self._plan.pattern, list(self._plan.residual)
        memberships = [part for part in residual if self._is_membership(part)]
        others = [part for part in residual if part not in memberships]
        later = {slot for part in others for slot in _properties(part, pattern.nodes)}
        later |= {slot for slot in asked if slot[1] is not None and slot[0] in pattern.nodes}
        if self._carried is not None:
            self._parts.append((self._carried.select.subquery("carried"), [], ""))
        for scan in self._plan.scans:
            self._scan(scan, asked, others)
        for node in self._plan.lone:
            self._lone(node, {slot for slot in later if slot[0] == node})
        for node in dict.fromkeys(slot[0] for slot in sorted(later - set(self._columns), key=str)):
            self._attributes(node, [slot for slot in sorted(later, key=str) if slot[0] == node])
        conditions = [self._node_condition(part, self._key(part)) for part in memberships]
        conditions += [self._lower(part) for part in others]
        for pair in sorted(pattern.unequal, key=sorted):
            one, other = (exp.column(self._columns[name, None]) for name in sorted(pair))
            conditions.append(one.neq(other))
        return self._selected(asked, conditions)

    def _selected(self, asked: list[Slot], conditions: list[exp.Expr]) -> Relation:
        columns = {slot: self._column(*slot) for slot in asked}
        outputs: list[exp.Expr] = [exp.column(name) for name in dict.fromkeys(columns.values())]
        outputs = outputs or [exp.Literal.number(1).as_("one")]
        if not self._parts:
            return Relation(exp.select(*outputs).where(*conditions), columns)
        first, *others = self._parts
        if not others and not conditions and isinstance(first[0].this, exp.Select) and self._carried is None:
            return Relation(_narrowed(first[0].this, columns.values()), columns)
        select = exp.select(*outputs).from_(first[0])
        for part, on, how in others:
            select = joined(select, part, on, how)
        return Relation(select.where(*conditions), columns)

    def _column(self, name: str, key: str | None, at: At | None = None) -> str:
        if (name, key) not in self._columns:
            raise refusal(f"'{name}.{key}' is not carried by WITH: add {name}.{key} AS ... to it", at)
        return self._columns[name, key]

    # Sources.

    def _scan(self, scan: Scan, asked: list[Slot], residual: list[Expression]) -> None:
        edge = scan.edge
        outputs: list[exp.Expr] = []
        on: list[exp.Expr] = []
        for node in dict.fromkeys((edge.source, edge.target)):
            name = self._lowering.name((node, None))
            outputs.append(exp.column(edge.key(node)).as_(name))
            if (node, None) in self._columns:
                on.append(exp.column(self._columns[node, None]).eq(exp.column(name)))
            else:
                self._columns[node, None] = name
        paired = any(edge.name in pair for pair in self._plan.pattern.unequal)
        slots = {slot for slot in asked if slot[0] == edge.name}
        slots |= {(p.variable, p.key) for part in residual for p in walk(part) if _is_of(p, edge)}
        slots |= {(edge.name, None)} if paired or _reads_key(residual, edge) else set()
        for slot in sorted(slots, key=str):
            self._columns[slot] = self._lowering.name(slot)
            column = edge.type.columns[slot[1]] if slot[1] else edge.type.key
            outputs.append(exp.column(column).as_(self._columns[slot]))
        table = self._lowering.table(scan.source, exact=scan.exact)
        conditions = own_conditions(scan.source) + [self._read_condition(part, edge) for part in scan.conditions]
        select = exp.select(*outputs).from_(table).where(*conditions)
        self._parts.append((select.subquery(f"hop{len(self._parts) + 1}"), on, ""))

    def _lone(self, node: str, slots: set[Slot]) -> None:
        kind, pattern = self._plan.pattern.nodes[node], self._plan.pattern
        own = [part for part in pattern.filters if variables(part) == {node}]
        read = {slot[1] for slot in slots} | {p.key for part in own for p in walk(part) if isinstance(p, Property)}
        self._columns[node, None] = self._lowering.name((node, None))
        for slot in sorted(slots, key=str):
            self._columns[slot] = self._lowering.name(slot)
        names = {slot[1]: self._columns[slot] for slot in slots if slot[1]}
        table, conditions = self._lowering.node_rows(kind, [kind.columns[key] for key in read if key])
        outputs = [exp.column(kind.key).as_(self._columns[node, None])]
        outputs += [exp.column(kind.columns[key]).as_(names[key]) for key in sorted(names)]
        lowered = [self._table_expression(part, kind) for part in own]
        select = exp.select(*outputs).from_(table).where(*conditions, *lowered)
        self._parts.append((select.subquery(f"node{len(self._parts) + 1}"), [], ""))

    def _attributes(self, node: str, slots: list[Slot]) -> None:
        """Joins properties of a node that a relationship has bound; null where the node has no row."""
        names = {}
        for slot in slots:
            self._columns[slot] = names[str(slot[1])] = self._lowering.name(slot)
        key = self._lowering.name((node, "key"))
        select = self._lowering.attributes(self._plan.pattern.nodes[node], list(names), key, names)
        on = exp.column(self._columns[node, None]).eq(exp.column(key))
        self._parts.append((select.subquery(f"attributes{len(self._parts) + 1}"), [on], "LEFT ANY"))

    # Conditions.

    def _is_membership(self, part: Expression) -> bool:
        node = on_node(part, self._plan.pattern)
        return node is not None and needs_columns(part, (node,))

    def _key(self, part: Expression) -> exp.Expr:
        return exp.column(self._columns[str(on_node(part, self._plan.pattern)), None])

    def _read_condition(self, part: Expression, edge: Edge) -> exp.Expr:
        """A condition on the columns of an edge table."""
        node = on_node(part, self._plan.pattern)
        if node is not None and needs_columns(part, (node,)):
            return self._node_condition(part, exp.column(edge.key(node)))

        def column(name: str, key: str | None, _: At | None) -> exp.Expr:
            if name != edge.name:
                return exp.column(edge.key(name))
            return exp.column(edge.type.columns[key] if key else edge.type.key)

        return self._expressions(column).lower(part)

    def _node_condition(self, part: Expression, key: exp.Expr) -> exp.Expr:
        """A condition on a node's properties, as a set its key must be in."""
        node = str(on_node(part, self._plan.pattern))
        kind = self._plan.pattern.nodes[node]
        read = [kind.columns[p.key] for p in walk(part) if isinstance(p, Property)]
        table, conditions = self._lowering.node_rows(kind, read)
        inner = exp.select(exp.column(kind.key)).from_(table)
        return exp.In(this=key, query=inner.where(*conditions, self._table_expression(part, kind)).subquery())

    def _table_expression(self, part: Expression, kind: NodeType) -> exp.Expr:
        def column(_: str, key: str | None, __: At | None) -> exp.Expr:
            return exp.column(kind.columns[key] if key else kind.key)

        return self._expressions(column).lower(part)

    def _lower(self, part: Expression) -> exp.Expr:
        return self._expressions(lambda name, key, at: exp.column(self._column(name, key, at))).lower(part)

    def _expressions(self, column: Columns) -> ExpressionLowering:
        def semi_join(test: Within) -> exp.Expr:
            return self._lowering.semi_join(test, {node: column(node, None, test.at) for node in test.nodes})

        return ExpressionLowering(column, semi_join, self._scope, self._lowering.types, self._lowering.kinds)


def _narrowed(select: exp.Select, names: Iterable[str]) -> exp.Select:
    """The SELECT with only the columns of these names."""
    wanted = set(names)
    kept = [column for column in select.expressions if column.alias in wanted]
    return select.select(*(kept or [exp.Literal.number(1).as_("one")]), append=False)


def _properties(part: Expression, nodes: Mapping[str, NodeType]) -> set[Slot]:
    return {(p.variable, p.key) for p in walk(part) if isinstance(p, Property) and p.variable in nodes}


def _is_of(part: object, edge: Edge) -> bool:
    return isinstance(part, Property) and part.variable == edge.name


def _reads_key(residual: Iterable[Expression], edge: Edge) -> bool:
    return any(edge.name in variables(part) and not needs_columns(part, (edge.name,)) for part in residual)


__all__ = ["EdgeType", "PatternLowering", "Relation", "Slot"]
