"""The few statements that drivers, shells and browsers send to learn whom they talk to; the graph is not asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from queries.graph.view import View
from schemas.errors import QueryError

#: The version of Neo4j that is closest to what is answered here.
VERSION = "5.26.0"
#: As whom the server answers: some drivers talk to nobody who does not begin so.
AGENT = f"Neo4j/{VERSION}-customer360"
_CALL = re.compile(r"CALL\s+([\w.]+)\s*(?:\(\s*\))?\s*(?:YIELD\s+(.*?))?\s*;?", re.IGNORECASE | re.DOTALL)
_SHOW = re.compile(
    r"SHOW\s+(?P<what>(?:(?:DEFAULT|HOME)\s+)?DATABASES?|CURRENT\s+USER)\s*(?:YIELD\s+(?P<columns>.*?))?\s*;?",
    re.IGNORECASE | re.DOTALL,
)
_NAMED = re.compile(r"\s*(\w+)(?:\s+AS\s+(\w+))?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Fixed:
    """An answer that is known already."""

    columns: tuple[str, ...]
    rows: list[list[Any]]


class Builtin:
    """Answers about the server itself. `databases` are the names by which the graph may be called, its own first."""

    def __init__(self, view: View, databases: tuple[str, ...], user: str, address: str) -> None:
        self._view = view
        self._databases = databases
        self._user = user
        self._address = address

    def answer(self, text: str) -> Fixed | None:
        """The answer to a statement about the server; None for every other.

        Raises:
            QueryError: there is no such procedure, or it has no such column.
        """
        stripped = _uncommented(text).strip()
        if found := _CALL.fullmatch(stripped):
            return _yielded(self._called(found[1].lower()), found[2])
        if found := _SHOW.fullmatch(stripped):
            words = found["what"].upper().split()
            return _yielded(self._current_user() if words[0] == "CURRENT" else self._shown(), found["columns"])
        return None

    def _called(self, name: str) -> Fixed:
        answers = {
            "dbms.components": self._components,
            "db.ping": lambda: Fixed(("success",), [[True]]),
            "db.info": lambda: Fixed(("id", "name", "creationDate"), [["0", self._databases[0], ""]]),
            "db.labels": lambda: _listed("label", self._view.nodes),
            "db.relationshiptypes": lambda: _listed("relationshipType", self._view.edges),
            "db.propertykeys": lambda: _listed("propertyKey", dict.fromkeys(self._keys())),
            "dbms.showcurrentuser": self._current_user,
        }
        if name not in answers:
            raise QueryError(f"There is no procedure '{name}'. There are: {', '.join(sorted(answers))}.")
        return answers[name]()

    def _components(self) -> Fixed:
        return Fixed(("name", "versions", "edition"), [["Neo4j Kernel", [VERSION], "community"]])

    def _current_user(self) -> Fixed:
        return Fixed(("username", "roles", "flags"), [[self._user, ["reader"], []]])

    def _shown(self) -> Fixed:
        columns = (
            "name", "type", "aliases", "access", "address", "role", "writer", "requestedStatus", "currentStatus",
            "statusMessage", "default", "home", "constituents",
        )  # fmt: skip
        name, *aliases = self._databases
        row = [
            name, "standard", aliases, "read-only", self._address, "primary", True, "online", "online", "", True, True,
            [],
        ]  # fmt: skip
        return Fixed(columns, [row])

    def _keys(self) -> list[str]:
        nodes = {key for kind in self._view.nodes.values() for key in kind.columns}
        edges = {key for kind in self._view.edges.values() for key in kind.columns}
        return sorted(nodes | edges)


def _listed(column: str, names: Mapping[str, object]) -> Fixed:
    return Fixed((column,), [[name] for name in names])


def _yielded(answer: Fixed, written: str | None) -> Fixed:
    """The columns that YIELD names, under the names it gives them."""
    if written is None or written.strip() == "*":
        return answer
    names, places = [], []
    for part in written.split(","):
        found = _NAMED.fullmatch(part)
        if found is None or found[1] not in answer.columns:
            there = ", ".join(answer.columns)
            raise QueryError(f"After YIELD stands '{part.strip()}'. Here it takes only columns: {there}.")
        names.append(found[2] or found[1])
        places.append(answer.columns.index(found[1]))
    return Fixed(tuple(names), [[row[place] for place in places] for row in answer.rows])


def _uncommented(text: str) -> str:
    """The text without comments in front, which tools put there to be known by."""
    return re.sub(r"\A(?:\s+|//[^\n]*(?:\n|\Z)|/\*.*?\*/)*", "", text, flags=re.DOTALL)
