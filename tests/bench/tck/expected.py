"""Values as the TCK writes them in tables, and the engine's values in the same form."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

from queries.graph.elements import Node, Path, Relationship
from queries.graph.parser.cursor import Cursor

WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "NaN": float("nan"), "Inf": float("inf")}


class _Cell(Cursor):
    def whole(self) -> Any:
        value = self.value()
        if self.token.kind != "end":
            raise self.broken()
        return value

    def value(self) -> Any:
        if self.is_sign("[", ":"):
            return self._relationship()
        readers: dict[str, Callable[[], Any]] = {
            "(": self._node,
            "<": self._path,
            "[": lambda: self._items("]"),
            "{": self._map,
            "-": lambda: -self._negated(),
        }
        read = readers.get(self.token.text if self.token.kind == "sign" else "", self._scalar)
        return read()

    def _negated(self) -> Any:
        self.expect("-")
        return self.value()

    def _scalar(self) -> Any:
        token = self.take()
        if token.kind == "number":
            return token.value if isinstance(token.value, int) else float(str(token.value))
        return token.value if token.kind == "string" else WORDS[token.text]

    def _items(self, end: str) -> list[Any]:
        found = []
        self.take()
        while not self.accept(end):
            found.append(self.value())
            self.accept(",")
        return found

    def _map(self) -> dict[str, Any]:
        found = {}
        self.expect("{")
        while not self.accept("}"):
            key = self.name()
            self.expect(":")
            found[key] = self.value()
            self.accept(",")
        return found

    def _properties(self) -> dict[str, Any]:
        return self._map() if self.is_sign("{") else {}

    def _node(self) -> Any:
        self.expect("(")
        labels = set()
        while self.accept(":"):
            labels.add(self.name())
        properties = self._properties()
        self.expect(")")
        return ("node", tuple(sorted(labels)), properties)

    def _relationship(self) -> Any:
        self.expect("[", ":")
        name, properties = self.name(), self._properties()
        self.expect("]")
        return ("relationship", name, properties)

    def _path(self) -> Any:
        self.expect("<")
        parts = [self._node()]
        while not self.accept(">"):
            back = self.accept("<")
            self.expect("-")
            step = self._relationship()
            self.expect("-")
            if not back:
                self.expect(">")
            parts += [("back" if back else "forth", step), self._node()]
        return ("path", parts)


def written(cell: str) -> Any:
    """The value of a table's cell."""
    return _Cell(cell).whole()


def shown(value: Any) -> Any:
    """A value of the engine in the same form."""
    if isinstance(value, Node):
        return ("node", tuple(sorted(value.labels)), shown(dict(value.properties)))
    if isinstance(value, Relationship):
        return ("relationship", value.type, shown(dict(value.properties)))
    if isinstance(value, Path):
        parts = [shown(value.nodes[0])]
        for before, step, node in zip(value.nodes, value.relationships, value.nodes[1:], strict=False):
            parts += [("forth" if step.start == before.id else "back", shown(step)), shown(node)]
        return ("path", parts)
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, dt.date) else value


def canonical(value: Any, *, bags: bool) -> str:
    """A text that is the same for values that are; with `bags` the order of lists does not count."""
    if isinstance(value, float):
        return f"float {value:.12g}"
    if isinstance(value, list):
        items = [canonical(item, bags=bags) for item in value]
        return f"[{', '.join(sorted(items) if bags else items)}]"
    if isinstance(value, tuple):
        return f"({', '.join(canonical(item, bags=bags if value[0] != 'path' else False) for item in value)})"
    if isinstance(value, dict):
        return f"{{{', '.join(sorted(f'{key}: {canonical(item, bags=bags)}' for key, item in value.items()))}}}"
    return f"{type(value).__name__} {value!r}"


def same_rows(got: list[list[Any]], wanted: list[list[Any]], *, ordered: bool, bags: bool) -> bool:
    """Whether two tables have the same rows."""
    ours = [tuple(canonical(value, bags=bags) for value in row) for row in got]
    theirs = [tuple(canonical(value, bags=bags) for value in row) for row in wanted]
    return ours == theirs if ordered else Counter(ours) == Counter(theirs)
