"""An answer as a table, a chart or a graph."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from queries.console.drawings import GRAPH_HEIGHT, GRAPH_WIDTH, Dot, bars, graph
from queries.console.layout import places
from queries.console.render import html, is_number, table
from queries.database import Table
from queries.graph.elements import Node, Path, Relationship
from queries.render import text
from queries.runner import Result

#: So many are drawn; more would be neither read nor sent quickly.
MOST_ROWS, MOST_BARS, MOST_NODES = 1_000, 40, 150
#: Properties by which a node is called, the first that it has.
NAMES = ("name", "customer_id", "product_id", "id")
KINDS = {"Customer": "customer", "Product": "product"}


def as_table(result: Table) -> Markup:
    """The rows; numbers of customers lead to them."""
    links = {name: "/customers/{}" for name in result.columns if name == "customer_id"}
    drawn = table("The answer", result.columns, result.rows[:MOST_ROWS], links)
    return drawn + _cut("rows", len(result.rows), MOST_ROWS)


def as_chart(result: Table) -> Markup:
    """Bars: the first column of numbers, called by those of words and times."""
    columns = range(len(result.columns))
    ids = [at for at in columns if result.columns[at].endswith("_id")]
    numbers = [at for at in columns if at not in ids and _all(result, at, is_number)]
    labels = [at for at in columns if at not in ids and at not in numbers] or ids[:1]
    if not numbers or not labels:
        return html("waiting", words="A chart wants a column of numbers, and one that says what they are of.")
    rows, number = result.rows[:MOST_BARS], numbers[0]
    called = ", ".join(result.columns[at] for at in labels)
    drawn = bars(
        f"{result.columns[number]} by {called}".replace("_", " "),
        f"{len(rows)} rows",
        [(", ".join(_label(row[at]) for at in labels), float(row[number] or 0)) for row in rows],
    )
    return drawn + _cut("rows", len(result.rows), MOST_BARS)


def as_graph(result: Table) -> Markup:
    """The nodes and relationships in the answer."""
    nodes: dict[int, Node] = {}
    joined: dict[int, Relationship] = {}
    for row in result.rows:
        for element in _elements(row):
            if isinstance(element, Node):
                nodes.setdefault(element.id, element)
            else:
                joined.setdefault(element.id, element)
    if not nodes:
        return html(
            "waiting",
            words="A graph wants nodes in the answer, for instance: MATCH (c:Customer)-[r:PURCHASED]->(p:Product) "
            "RETURN c, r, p LIMIT 30",
        )
    chosen = list(nodes.values())[:MOST_NODES]
    return _graph(chosen, list(joined.values())) + _cut("nodes", len(nodes), MOST_NODES)


def summary(result: Result) -> str:
    """How many rows, how long it took, how many were read for it, and from what."""
    said = [f"{len(result.rows):,} row{'' if len(result.rows) == 1 else 's'}", f"{result.elapsed_ms:,.0f} ms"]
    if result.read_rows is not None:
        said.append(f"{result.read_rows:,} rows read")
    if result.source:
        said.append(f"from the {result.source}")
    return ", ".join(said)


def _graph(nodes: list[Node], joined: list[Relationship]) -> Markup:
    number = {node.id: at for at, node in enumerate(nodes)}
    edges = [one for one in joined if one.start in number and one.end in number]
    at = places(len(nodes), [(number[one.start], number[one.end]) for one in edges])
    dots = [_dot(node, x, y) for node, (x, y) in zip(nodes, at, strict=True)]
    words = f"A graph of {len(nodes)} nodes and {len(edges)} relationships"
    return graph(dots, [(str(one.start), str(one.end), one.type) for one in edges], words)


def _dot(node: Node, x: float, y: float) -> Dot:
    name = next((node.properties[key] for key in NAMES if key in node.properties), node.element_id)
    kind = next((KINDS[label] for label in node.labels if label in KINDS), "other")
    customer = node.properties.get("customer_id")
    return Dot(
        str(node.id),
        text(name),
        kind,
        60 + x * (GRAPH_WIDTH - 120),
        24 + y * (GRAPH_HEIGHT - 64),
        f"/customers/{customer}" if kind == "customer" and customer is not None else "",
        text(node),
    )


def _elements(value: Any) -> Iterator[Node | Relationship]:
    if isinstance(value, (Node, Relationship)):
        yield value
    elif isinstance(value, Path):
        yield from value.nodes
        yield from value.relationships
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _elements(one)


def _all(result: Table, at: int, test: Any) -> bool:
    values = [row[at] for row in result.rows if row[at] is not None]
    return bool(values) and all(test(value) for value in values)


def _label(value: Any) -> str:
    if isinstance(value, (dt.datetime, dt.date)):
        return value.strftime("%Y-%m-%d")
    return text(value)


def _cut(what: str, there: int, most: int) -> Markup:
    return html("waiting", words=f"The first {most:,} of {there:,} {what}.") if there > most else Markup()
