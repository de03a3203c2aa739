"""One plan on its way to a SELECT: its readings joined, properties fetched, what was asked for put together."""

from typing import TYPE_CHECKING

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.kinds import Kinds, kind_of
from queries.graph.packing import element_text, function, path_text, text
from queries.graph.pattern import Edge, Known, Within, constants, needs_columns
from queries.graph.planner import Plan, Scan, on_node
from queries.graph.rules.codes import MARK, is_code, key_source
from queries.graph.rules.members import Sets
from queries.graph.rules.strictness import rejects_null, says_there
from queries.graph.scope import Element
from queries.graph.shapes import name_of
from queries.graph.sql_codes import coded, there
from queries.graph.sql_expressions import Columns, ExpressionLowering
from queries.graph.sql_relations import Relation, Slot, joined, narrowed, own_conditions, pattern_scope, slots_of
from queries.graph.sql_sets import near_conditions
from queries.graph.syntax import At, Binary, Expression, Id, Property, walk
from queries.graph.view import EdgeType, NodeType, Source

if TYPE_CHECKING:
    from queries.graph.sql_patterns import PatternLowering


class Join:
    """The readings of a plan, with what earlier clauses have bound (`carried`), as one SELECT."""

    def __init__(
        self,
        lowering: "PatternLowering",
        made: Plan,
        carried: Relation | None,
        values: Kinds,
        sets: Sets | None = None,
    ) -> None:
        self._lowering, self._plan, self._carried, self._sets = lowering, made, carried, sets
        self._columns: dict[Slot, str] = dict(carried.columns) if carried else {}
        self._before = values
        self._scope: Kinds = pattern_scope(made.pattern, values)
        for part in made.pattern.filters:
            kind = kind_of(part, self._scope, lowering.kinds)
            if kind not in {"boolean", "null", "any"}:
                raise refusal(f"WHERE takes conditions, not {name_of(kind)}", part.at)
        self._parts: list[tuple[exp.Expr, list[exp.Expr], str]] = []
        self._there: dict[str, list[Expression]] = {}
        #: Nodes whose keys are wanted as codes as well.
        self._codes: set[str] = set()

    def relation(self, asked: list[Slot]) -> Relation:
        """The bindings, with the columns asked for."""
        pattern, twins = self._plan.pattern, self._twins()
        residual = [*self._plan.residual, *(p for p in pattern.filters if on_node(p, pattern) in twins)]
        memberships = [part for part in residual if self._is_membership(part)]
        others = [part for part in residual if part not in memberships]
        wanted = [*asked, *(slot for part in others for slot in slots_of(part))]
        needed = list(dict.fromkeys(base for slot in wanted for base in self._bases(slot)))
        later = {slot for slot in needed if slot[1] is not None and slot[0] in pattern.nodes}
        self._codes = {slot[0] for slot in later if slot[1] == MARK}
        self._there = self._decided_by_join({slot[0] for slot in later - set(self._columns) if slot[1] != MARK})
        if self._carried is not None:
            self._parts.append((self._carried.select.subquery("carried", copy=False), [], ""))
        for scan in self._plan.scans:
            if self._sets is not None and scan.edge is self._sets.scan.edge:
                self._read_sets(self._sets)
                continue
            self._scan(scan, {slot for slot in needed if slot[0] == scan.edge.name})
        for node in self._plan.lone:
            if node not in twins:
                self._lone(node, {slot for slot in later if slot[0] == node})
        for node, same in twins.items():
            self._columns[node, None] = self._columns[same, None]
        for node in dict.fromkeys(slot[0] for slot in sorted(later - set(self._columns), key=str)):
            slots = [slot for slot in sorted(later, key=str) if slot[0] == node and slot not in self._columns]
            self._attributes(node, slots)
        conditions = [self._node_condition(part, self._key(part)) for part in memberships]
        conditions += [self._lower(part) for part in others]
        for pair in sorted(pattern.unequal, key=sorted):
            one, other = (exp.column(self._columns[name, None]) for name in sorted(pair))
            conditions.append(exp.NEQ(this=one, expression=other))
        return self._selected(asked, conditions)

    def _selected(self, asked: list[Slot], conditions: list[exp.Expr]) -> Relation:
        computed = {slot: self._slot(*slot) for slot in asked if slot not in self._columns}
        columns = {slot: self._columns[slot] if slot in self._columns else self._lowering.name(slot) for slot in asked}
        plain = [columns[slot] for slot in asked if slot not in computed]
        outputs: list[exp.Expr] = [exp.column(found) for found in dict.fromkeys(plain)]
        outputs += [value.as_(columns[slot]) for slot, value in computed.items()]
        outputs = outputs or [exp.Literal.number(1).as_("one")]
        if not self._parts:
            return Relation(exp.select(*outputs).where(*conditions), columns)
        first, *others = self._parts
        simple = not others and not conditions and not computed and self._carried is None
        if simple and isinstance(first[0].this, exp.Select):
            return Relation(narrowed(first[0].this, columns.values()), columns)
        select = exp.select(*outputs).from_(first[0])
        for part, on, how in others:
            select = joined(select, part, on, how)
        return Relation(select.where(*conditions), columns)

    # Slots.

    def _bases(self, slot: Slot) -> list[Slot]:
        """The keys and properties that a slot is made of."""
        name, key = slot
        pattern = self._plan.pattern
        if slot in self._columns:
            return [slot]
        if name in pattern.paths or name in pattern.lists:
            return [base for part in sorted(pattern.parts(name)) for base in self._bases((part, "@packed"))]
        edge = pattern.edge(name)
        kind = edge.type if edge is not None else pattern.nodes.get(name)
        if edge is not None and key in {"@start", "@end"}:
            return self._bases((edge.source if key == "@start" else edge.target, "@packed"))
        if kind is None or key is None or is_code(key):
            return [slot]
        wanted = list(kind.columns) if key == "@packed" else [key] if key in kind.columns else []
        found = [(name, None if kind.columns[own] == kind.key else own) for own in wanted]
        return [(name, None), *found] if key == "@packed" else found

    def _slot(self, name: str, key: str | None, at: At | None = None) -> exp.Expr:
        """The SQL of a slot over the parts that are joined."""
        if (name, key) in self._columns:
            return exp.column(self._columns[name, key])
        pattern = self._plan.pattern
        if name in pattern.paths:
            nodes, edges = pattern.paths[name]
            return path_text([self._slot(n, "@packed") for n in nodes], [self._slot(e, "@packed") for e in edges])
        if name in pattern.lists:
            return exp.Array(expressions=[self._slot(edge, "@packed") for edge in pattern.lists[name]])
        edge, node = pattern.edge(name), pattern.nodes.get(name)
        if edge is None and node is None:
            raise refusal(f"'{name}{f'.{key}' if key else ''}' is not known here", at)
        return self._of_edge(edge, key) if edge is not None else self._of_node(name, node, key)  # type: ignore[arg-type]  # one of them is there

    def _of_edge(self, edge: Edge, key: str | None) -> exp.Expr:
        ends = {"@source": edge.source, "@target": edge.target, "@start": edge.source, "@end": edge.target}
        if key in {"@source", "@target"}:
            return self._slot(ends[key], None)
        if key in {"@start", "@end"}:
            return self._slot(ends[key], "@packed")
        return self._of_type(edge.name, edge.type, key, [self._slot(end, None) for end in (edge.source, edge.target)])

    def _of_node(self, name: str, kind: NodeType, key: str | None) -> exp.Expr:
        return self._of_type(name, kind, key, [])

    def _of_type(self, name: str, kind: NodeType | EdgeType, key: str | None, ends: list[exp.Expr]) -> exp.Expr:
        if key == "@type":
            return text(kind.name)
        if key == "@packed":
            values = [self._slot(name, None if column == kind.key else own) for own, column in kind.columns.items()]
            return element_text(kind, self._slot(name, None), ends, values)
        if key is not None and kind.columns.get(key) == kind.key:
            return self._slot(name, None)
        if key is None or key in kind.columns:
            raise refusal(f"'{name}{f'.{key}' if key else ''}' is not known here", None)
        # What this type has not is null.
        return exp.null()

    # Sources.

    def _scan(self, scan: Scan, slots: set[Slot]) -> None:
        edge = scan.edge
        outputs: list[exp.Expr] = []
        on: list[exp.Expr] = []
        conditions: list[exp.Expr] = []
        for node in dict.fromkeys((edge.source, edge.target)):
            name = self._lowering.name((node, None))
            outputs.append(exp.column(edge.key(node)).as_(name))
            outputs += self._codes_of_key(edge, node, conditions)
            if (node, None) in self._columns:
                mine: exp.Expr = exp.column(name)
                on.append(exp.column(self._columns[node, None]).eq(self._as_carried(node, mine)))
            else:
                self._columns[node, None] = name
        if any(edge.name in pair for pair in self._plan.pattern.unequal):
            slots = slots | {(edge.name, None)}
        for slot in sorted(slots - set(self._columns), key=str):
            self._columns[slot] = self._lowering.name(slot)
            column = edge.type.columns[slot[1]] if slot[1] else edge.type.key
            outputs.append(exp.column(column).as_(self._columns[slot]))
        table = self._lowering.table(scan.source, exact=scan.exact)
        joined_later = [part for parts in self._there.values() for part in parts]
        asked = [part for part in scan.conditions if part not in joined_later]
        conditions += own_conditions(scan.source) + [self.read_condition(part, edge, scan.source) for part in asked]
        if edge.source == edge.target:
            conditions.append(exp.column(edge.type.source_key).eq(exp.column(edge.type.target_key)))
        select = exp.select(*outputs).from_(table).where(*conditions)
        self._parts.append((select.subquery(f"hop{len(self._parts) + 1}", copy=False), on, ""))

    def _codes_of_key(self, edge: Edge, node: str, conditions: list[exp.Expr]) -> list[exp.Expr]:
        """The code of a node's key as an edge table has it, if it is wanted and not there yet."""
        source = key_source(edge.type, edge.key(node))
        if node not in self._codes or (node, MARK) in self._columns or source is None:
            return []
        name = self._columns[node, MARK] = self._lowering.name((node, "code"))
        conditions.append(there(source, edge.key(node)))
        return [coded(source, edge.key(node)).as_(name)]

    def _read_sets(self, sets: Sets) -> None:
        """A set for each node: the slot @members of the node that is in the sets."""
        slots: list[Slot] = [(sets.near, None), (sets.node, "@members")]
        near, members = (self._lowering.name(slot) for slot in slots)
        on: list[exp.Expr] = []
        if slots[0] in self._columns:
            on.append(exp.column(self._columns[slots[0]]).eq(self._as_carried(sets.near, exp.column(near))))
        else:
            self._columns[slots[0]] = near
        self._columns[slots[1]] = members
        outputs = [exp.column(sets.table.key).as_(near), exp.column(sets.table.column).as_(members)]
        select = exp.select(*outputs).from_(exp.Final(this=exp.to_table(sets.table.table)))
        self._parts.append(
            (select.where(*near_conditions(self, sets)).subquery(f"hop{len(self._parts) + 1}", copy=False), on, "")
        )

    def _as_carried(self, node: str, key: exp.Expr) -> exp.Expr:
        """A key as it was handed on: as a text where types have keys of several kinds."""
        return function("toString", key) if self._is_mixed(node) else key

    def _is_mixed(self, node: str) -> bool:
        entry, kind = self._before.get(node), self._plan.pattern.nodes.get(node)
        return isinstance(entry, Element) and kind is not None and entry.key_kind != kind.key_kind

    def _twins(self) -> dict[str, str]:
        """Nodes that are said to be the same as others: their keys are the others', whether they have rows or not."""
        found: dict[str, str] = {}
        kinds = self._plan.pattern.nodes
        for part in self._plan.residual:
            if not (isinstance(part, Binary) and part.operator == "="):
                continue
            if not (isinstance(part.left, Id) and isinstance(part.right, Id)):
                continue
            for node, other in ((part.left.variable, part.right.variable), (part.right.variable, part.left.variable)):
                same = node in kinds and other in kinds and kinds[node] is kinds[other]
                if same and node in self._plan.lone and other not in found and node not in found.values():
                    found[node] = other
                    break
        return found

    def _lone(self, node: str, slots: set[Slot]) -> None:
        kind, pattern = self._plan.pattern.nodes[node], self._plan.pattern
        own = [part for part in pattern.filters if on_node(part, pattern) == node]
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
        self._parts.append((select.subquery(f"node{len(self._parts) + 1}", copy=False), [], ""))

    def _attributes(self, node: str, slots: list[Slot]) -> None:
        """Joins properties of a node that a relationship has bound; null where the node has no row.

        Where a property has to be there, rows without it are left out by the same join.
        """
        names = {}
        for slot in slots:
            self._columns[slot] = names[str(slot[1])] = self._lowering.name(slot)
        key, kind = self._lowering.name((node, "key")), self._plan.pattern.nodes[node]
        present = self._there.get(node, [])
        read = [part.key for condition in present for part in walk(condition) if isinstance(part, Property)]
        select = self._lowering.attributes(kind, list(names), key, names, beside=read, there=bool(present))
        select = select.where(*(self._table_expression(part, kind) for part in present))
        # Of a node whose key is known one row is read, not all.
        select = select.where(*(self._table_expression(Known(node, one), kind) for one in self._constant(node)))
        on = exp.column(self._columns[node, None]).eq(self._as_carried(node, exp.column(key)))
        how = "" if present else "LEFT ANY"
        self._parts.append((select.subquery(f"attributes{len(self._parts) + 1}", copy=False), [on], how))

    def _constant(self, node: str) -> list[Expression]:
        value = constants(self._plan.pattern).get(node)
        return [value] if value is not None else []

    # Conditions.

    def _is_membership(self, part: Expression) -> bool:
        node = on_node(part, self._plan.pattern)
        return node is not None and needs_columns(part, (node,)) and rejects_null(part)

    def _decided_by_join(self, joined_nodes: set[str]) -> dict[str, list[Expression]]:
        """The conditions that a property is there, of nodes whose properties are joined anyhow.

        They leave out few rows: a set of all nodes that have it would be looked into for every row to no avail.
        """
        found: dict[str, list[Expression]] = {}
        for part in dict.fromkeys(part for scan in self._plan.scans for part in scan.conditions):
            node = on_node(part, self._plan.pattern)
            if node in joined_nodes and says_there(part):
                found.setdefault(str(node), []).append(part)
        return found

    def _key(self, part: Expression) -> exp.Expr:
        return exp.column(self._columns[str(on_node(part, self._plan.pattern)), None])

    def _is_of_row(self, part: Expression, kind: NodeType, key: str, source: Source) -> bool:
        """Whether a condition on a node is one on the row of the edge itself, since one table has both."""
        read = [kind.columns[p.key] for p in walk(part) if isinstance(p, Property)]
        return key == kind.key and kind.source(frozenset(read)) == source

    def read_condition(self, part: Expression, edge: Edge, source: Source | None = None) -> exp.Expr:
        """A condition on the columns of an edge table."""
        node = on_node(part, self._plan.pattern)
        if node is not None and needs_columns(part, (node,)):
            kind = self._plan.pattern.nodes[node]
            if source is not None and self._is_of_row(part, kind, edge.key(node), source):
                return self._table_expression(part, kind)
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
        return exp.In(this=key, query=inner.where(*conditions, self._table_expression(part, kind)).subquery(copy=False))

    def _table_expression(self, part: Expression, kind: NodeType) -> exp.Expr:
        def column(_: str, key: str | None, __: At | None) -> exp.Expr:
            return exp.column(kind.columns[key] if key else kind.key)

        return self._expressions(column).lower(part)

    def _lower(self, part: Expression) -> exp.Expr:
        return self._expressions(self._slot).lower(part)

    def _expressions(self, column: Columns) -> ExpressionLowering:
        def semi_join(test: Within, absent: bool) -> exp.Expr:
            keys = {node: column(node, None, test.at) for node in test.nodes}
            plain = absent and not any(self._is_mixed(node) for node in test.nodes)
            return self._lowering.semi_join(test, keys, absent=plain)

        return ExpressionLowering(column, semi_join, self._scope, self._lowering.types, self._lowering.kinds)
