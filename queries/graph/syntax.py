"""A Cypher query as this compiler sees it: clauses, patterns and expressions, free of the parser's own tree."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeAlias

Direction = Literal["out", "in", "both"]
BooleanOperator = Literal["AND", "OR", "XOR"]


@dataclass(frozen=True)
class At:
    """A place in the query's text, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class _Placed:
    at: At | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Constant(_Placed):
    """A literal: None, bool, int, Decimal, float or str. Of two types it is two: 1, 1.0 and true are not the same."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and (type(self.value), self.value) == (type(other.value), other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True)
class Parameter(_Placed):
    """$name."""

    name: str


@dataclass(frozen=True)
class Variable(_Placed):
    """A node, an edge or a value, by name."""

    name: str


@dataclass(frozen=True)
class Property(_Placed):
    """variable.key."""

    variable: str
    key: str


@dataclass(frozen=True)
class Id(_Placed):
    """The key of a node or an edge: never null. `whole` where the query names the element itself, not its key."""

    variable: str
    whole: bool = field(default=False, compare=False, kw_only=True)


@dataclass(frozen=True)
class Call(_Placed):
    """A scalar function; its name in lower case."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Aggregate(_Placed):
    """count, sum, avg, min, max or collect; count(*) has no argument. `gather` collects nulls too."""

    name: str
    argument: "Expression | None"
    distinct: bool = False


@dataclass(frozen=True)
class Binary(_Placed):
    """A comparison (= <> < <= > >= IN =~ STARTS WITH ENDS WITH CONTAINS) or arithmetic (+ - * / % ^)."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Unary(_Placed):
    """NOT, -, IS NULL or IS NOT NULL."""

    operator: str
    operand: "Expression"


@dataclass(frozen=True)
class Boolean(_Placed):
    """AND, OR or XOR of two or more."""

    operator: BooleanOperator
    operands: tuple["Expression", ...]


@dataclass(frozen=True)
class ListOf(_Placed):
    """[a, b, ...]."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Case(_Placed):
    """CASE WHEN ... THEN ... ELSE ... END; the simple form is written out as comparisons."""

    branches: tuple[tuple["Expression", "Expression"], ...]
    otherwise: "Expression | None"


@dataclass(frozen=True)
class HasLabel(_Placed):
    """variable:Label."""

    variable: str
    label: str


@dataclass(frozen=True)
class PathTest(_Placed):
    """A pattern used as a predicate: true where it matches."""

    path: "Path"


@dataclass(frozen=True)
class Exists(_Placed):
    """EXISTS { paths WHERE condition }."""

    paths: "tuple[Path, ...]"
    where: "Expression | None"


@dataclass(frozen=True)
class PatternList(_Placed):
    """[path WHERE condition | result]: the result for each match."""

    paths: "tuple[Path, ...]"
    where: "Expression | None"
    result: "Expression"


@dataclass(frozen=True)
class Facet(_Placed):
    """What is known of an element besides its key and properties: @type, @packed, @source, @target, @start or @end."""

    variable: str
    name: str


@dataclass(frozen=True)
class Local(_Placed):
    """The variable of a list expression; `kind` is that of the list's items, once it is known."""

    name: str
    kind: Any = field(default="any", compare=False, kw_only=True)


@dataclass(frozen=True)
class Lookup(_Placed):
    """source.key, where the source is not a variable."""

    source: "Expression"
    key: str


@dataclass(frozen=True)
class Index(_Placed):
    """source[index]."""

    source: "Expression"
    index: "Expression"


@dataclass(frozen=True)
class Slice(_Placed):
    """source[low..high]; each end may be left out."""

    source: "Expression"
    low: "Expression | None"
    high: "Expression | None"


@dataclass(frozen=True)
class MapOf(_Placed):
    """{key: value, ...}; one of properties has no entry for what is null."""

    entries: "tuple[tuple[str, Expression], ...]"
    of_properties: bool = False


@dataclass(frozen=True)
class Comprehension(_Placed):
    """[local IN source WHERE where | result]."""

    local: Local
    source: "Expression"
    where: "Expression | None"
    result: "Expression | None"


@dataclass(frozen=True)
class Quantifier(_Placed):
    """all, any, none or single(local IN source WHERE where)."""

    name: str
    local: Local
    source: "Expression"
    where: "Expression"


@dataclass(frozen=True)
class Pack(_Placed):
    """A whole node or relationship as a value: its key, its properties in the type's order, the keys of its ends."""

    type: Any
    key: "Expression"
    values: "tuple[Expression, ...]"
    ends: "tuple[Expression, ...]" = ()


Expression: TypeAlias = (
    Constant
    | Parameter
    | Variable
    | Property
    | Id
    | Call
    | Aggregate
    | Binary
    | Unary
    | Boolean
    | ListOf
    | Case
    | HasLabel
    | PathTest
    | Exists
    | PatternList
    | Facet
    | Local
    | Lookup
    | Index
    | Slice
    | MapOf
    | Comprehension
    | Quantifier
    | Pack
    | Any  # what queries.graph.pattern adds once patterns are typed
)


@dataclass(frozen=True)
class NodePattern(_Placed):
    """(variable:Label {key: value})."""

    variable: str | None
    labels: tuple[str, ...] = ()
    properties: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True)
class Length(_Placed):
    """*low..high; without `high` there is no bound."""

    low: int
    high: int | None


@dataclass(frozen=True)
class EdgePattern(_Placed):
    """-[variable:TYPE|TYPE*low..high {key: value}]->."""

    variable: str | None
    types: tuple[str, ...] = ()
    direction: Direction = "out"
    properties: tuple[tuple[str, Expression], ...] = ()
    length: Length | None = None


@dataclass(frozen=True)
class Path(_Placed):
    """variable = nodes and, between each and the next, edges."""

    nodes: tuple[NodePattern, ...]
    edges: tuple[EdgePattern, ...]
    variable: str | None = None


@dataclass(frozen=True)
class Match(_Placed):
    """MATCH or OPTIONAL MATCH path, path WHERE condition."""

    paths: tuple[Path, ...]
    where: Expression | None = None
    optional: bool = False


@dataclass(frozen=True)
class Unwind(_Placed):
    """UNWIND source AS name."""

    source: Expression
    name: str


@dataclass(frozen=True)
class Item(_Placed):
    """expression AS name; the name is the expression's text where none is given."""

    expression: Expression
    name: str
    named: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class Sort(_Placed):
    """One key of ORDER BY."""

    expression: Expression
    descending: bool = False


@dataclass(frozen=True)
class Project(_Placed):
    """WITH or RETURN; `star` stands for all variables in scope, before the items."""

    items: tuple[Item, ...]
    star: bool = False
    distinct: bool = False
    order: tuple[Sort, ...] = ()
    skip: Expression | None = None
    limit: Expression | None = None
    where: Expression | None = None


Clause: TypeAlias = Match | Unwind | Project


@dataclass(frozen=True)
class Query:
    """Clauses; the last is the RETURN."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class Union(_Placed):
    """Queries with UNION between them; UNION ALL where it is not distinct."""

    queries: tuple[Query, ...]
    distinct: bool


def called(node: Any) -> str:
    """The name that a variable, property, key or facet is about."""
    return str(node.name if isinstance(node, Variable) else node.variable)


def children(node: Any) -> Iterator[Any]:
    """The expressions directly inside an expression."""
    for item in fields(node):
        yield from _dataclasses(getattr(node, item.name)) if item.name != "at" else ()


def walk(node: Any) -> Iterator[Any]:
    """An expression and all inside it, outermost first; does not enter patterns."""
    yield node
    if not isinstance(node, PathTest | Exists | PatternList):
        for child in children(node):
            yield from walk(child)


def _dataclasses(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _dataclasses(item)
    elif isinstance(value, _Placed):
        yield value


def substitute(node: Any, change: Any) -> Any:
    """The expression with `change(part)` in place of each part for which it answers other than None."""
    changed = change(node)
    if changed is not None:
        return changed
    if isinstance(node, PathTest | Exists | PatternList):
        return node
    updates = {
        item.name: _substituted(getattr(node, item.name), change)
        for item in fields(node)
        if isinstance(getattr(node, item.name), (_Placed, tuple)) and item.name not in {"path", "paths"}
    }
    return replace(node, **updates) if updates else node


def _substituted(value: Any, change: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_substituted(item, change) for item in value)
    return substitute(value, change) if isinstance(value, _Placed) else value
