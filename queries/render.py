"""Answers as text: JSON, CSV, and tables for a terminal or a file."""

import csv
import datetime as dt
import io
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from queries.graph.elements import Node, Path, Relationship
from queries.runner import Result
from schemas.moments import written

Format = Literal["table", "json", "csv"]
ELEMENTS = (Node, Relationship, Path)


def rendered(result: Result, form: Format, *, terminal: bool) -> str:
    """The answer in a form, without a line feed at its end."""
    if form == "json":
        answer = {"columns": list(result.columns), "rows": json_rows(result), "elapsed_ms": result.elapsed_ms}
        return json.dumps(answer, ensure_ascii=False, allow_nan=False)
    if form == "csv":
        return _csv(result)
    return _rich(result) if terminal else plain(result)


def json_rows(result: Result) -> list[list[Any]]:
    """The rows of values that JSON has: money as text, so that no cent is lost; times as ISO 8601 in UTC."""
    return [[_json(value) for value in row] for row in result.rows]


def plain(result: Result) -> str:
    """An aligned table of plain text, with the count of rows below."""
    cells = [[text(value) for value in row] for row in result.rows]
    widths = [max([len(name), *(len(row[at]) for row in cells)]) for at, name in enumerate(result.columns)]
    right = [_is_number(result, at) for at in range(len(result.columns))]
    lines = [_line(list(result.columns), widths, right), _line(["-" * width for width in widths], widths, right)]
    lines += [_line(row, widths, right) for row in cells]
    return "\n".join([*lines, summary(result)])


def summary(result: Result) -> str:
    """How many rows, and how long it took."""
    count = len(result.rows)
    return f"({count:,} row{'' if count == 1 else 's'}, {result.elapsed_ms:,.0f} ms)"


def text(value: Any) -> str:
    """A value for a person to read."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    if isinstance(value, (list, tuple)):
        return ", ".join(text(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{text(key)}: {text(item)}" for key, item in value.items())
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Decimal):
        short = f"{value:,.2f}"
        return short if Decimal(short.replace(",", "")) == value else f"{value:,}"
    return _drawn(value) if isinstance(value, ELEMENTS) else _plain_text(value)


def _plain_text(value: Any) -> str:
    return _decoded(value) if isinstance(value, bytes) else str(value)


def _drawn(value: Node | Relationship | Path) -> str:
    """An element of the graph as Cypher would draw it."""
    if isinstance(value, Node):
        return f"({''.join(f':{label}' for label in value.labels)}{_inside(value.properties)})"
    if isinstance(value, Relationship):
        return f"[:{value.type}{_inside(value.properties)}]"
    parts = [_drawn(value.nodes[0])]
    for before, step, node in zip(value.nodes, value.relationships, value.nodes[1:], strict=False):
        away = step.start == before.id
        parts.append(f"{'-' if away else '<-'}{_drawn(step)}{'->' if away else '-'}{_drawn(node)}")
    return "".join(parts)


def _inside(properties: Mapping[str, Any]) -> str:
    return f" {{{text(dict(properties))}}}" if properties else ""


def _json(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {text(key): _json(item) for key, item in value.items()}
    if isinstance(value, ELEMENTS):
        return _element(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float)) or value is None else _written(value)


def _element(value: Node | Relationship | Path) -> dict[str, Any]:
    """An element of the graph: ids as elementId() says them."""
    if isinstance(value, Path):
        return {"nodes": _json(value.nodes), "relationships": _json(value.relationships)}
    own = {"id": value.element_id, "properties": _json(dict(value.properties))}
    if isinstance(value, Node):
        return {**own, "labels": list(value.labels)}
    return {**own, "type": value.type, "start": value.start_element_id, "end": value.end_element_id}


def _written(value: Any) -> str:
    """A value that JSON has no type for."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):
        return written(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return _decoded(value) if isinstance(value, bytes) else str(value)


def _decoded(value: bytes) -> str:
    """Bytes of a fixed length without what fills them up; what is no UTF-8 is shown escaped."""
    return value.rstrip(b"\0").decode("utf-8", "backslashreplace")


def _csv(result: Result) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(result.columns)
    for row in result.rows:
        cells = [_json(value) for value in row]
        writer.writerow(
            [json.dumps(cell, ensure_ascii=False) if isinstance(cell, (list, dict)) else cell for cell in cells]
        )
    return out.getvalue().rstrip("\n")


def _rich(result: Result) -> str:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, caption=summary(result), caption_justify="left")
    for at, name in enumerate(result.columns):
        table.add_column(name, justify="right" if _is_number(result, at) else "left")
    for row in result.rows:
        table.add_row(*(escape(text(value)) for value in row))
    console = Console()
    with console.capture() as capture:
        console.print(table)
    return capture.get().rstrip("\n")


def _is_number(result: Result, at: int) -> bool:
    values = [row[at] for row in result.rows if row[at] is not None]
    return bool(values) and all(isinstance(value, (int, float, Decimal)) for value in values)


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    parts = [
        cell.rjust(width) if end else cell.ljust(width) for cell, width, end in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(parts).rstrip()
