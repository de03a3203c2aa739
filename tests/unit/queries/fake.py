"""A database that answers what it is told, and remembers what it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from queries.database import Table
from schemas.errors import C360Error


@dataclass
class FakeDatabase:
    """Answers `tables` one after the other, the last again and again; or fails with `error`."""

    tables: list[Table] = field(default_factory=lambda: [Table(("n",), [(1,)])])
    error: C360Error | None = None
    asked: list[tuple[str, dict[str, str], dict[str, int | str]]] = field(default_factory=list)

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        self.asked.append((sql, dict(parameters), dict(settings)))
        if self.error is not None:
            raise self.error
        return self.tables.pop(0) if len(self.tables) > 1 else self.tables[0]
