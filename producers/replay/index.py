"""The log of ids as a file that answers quickly; what it holds can always be read from the log again."""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from schemas.errors import C360Error


class Claim(NamedTuple):
    """A record of the log: which number stands for a text, and the digest of what it was given to (0: not known)."""

    kind: str
    text: str
    number: int
    content: int = 0


class Held(NamedTuple):
    """What a text holds."""

    number: int
    content: int


class Index:
    """Claims in the order of the log: of a text, and of a number, the first holds."""

    def __init__(self, path: Path | None) -> None:
        """`path`: None for one in memory. Raises C360Error: the file is none of ours."""
        self._path = path
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        try:
            self._connection.executescript(_sql("tables"))
            # What is lost with the machine is read from the log again.
            self._connection.execute(_sql("pragma"))
        except sqlite3.DatabaseError as error:
            raise C360Error(f"{path} cannot be used ({error}). Remove it: it is made anew from Kafka.") from None

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def apply(self, claims: Iterable[Claim], offset: int) -> None:
        """Takes the next claims of the log, and notes the offset behind them; all or nothing."""
        rows = [claim._asdict() for claim in claims]
        with self.together():
            self._connection.executemany(_sql("add"), rows)
            self._connection.executemany(_sql("content"), [row for row in rows if row["content"]])
            self.put("offset", str(offset).encode())

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What is changed in the block is changed at once, or not at all.

        Raises:
            C360Error: the disk is full, or the file cannot be written.
        """
        with self._written(), self._connection:
            self._connection.execute(_sql("begin"))
            yield

    def found(self, kind: str, texts: Sequence[str]) -> dict[str, Held]:
        """What is known of texts."""
        asked = {"kind": kind, "texts": json.dumps(list(texts))}
        return {text: Held(number, content) for text, number, content in self._connection.execute(_sql("found"), asked)}

    def texts(self, kind: str, numbers: Sequence[int]) -> dict[int, str]:
        """What numbers stand for."""
        asked = {"kind": kind, "numbers": json.dumps(list(numbers))}
        return dict(self._connection.execute(_sql("texts"), asked).fetchall())

    def following(self, kind: str, first: int, last: int) -> int:
        """The number behind the highest that was given out between two."""
        zone = {"kind": kind, "first": first, "last": last}
        (highest,) = self._connection.execute(_sql("highest"), zone).fetchone()
        return first if highest is None else int(highest) + 1

    def get(self, name: str) -> bytes | None:
        """Something noted."""
        row = self._connection.execute(_sql("get"), {"name": name}).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, name: str, value: bytes) -> None:
        """Notes something.

        Raises:
            C360Error: the disk is full, or the file cannot be written.
        """
        with self._written():
            self._connection.execute(_sql("put"), {"name": name, "value": value})

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise C360Error(
                f"{self._path} cannot be written ({error}). Make room, or see that it can be written, and run it again."
            ) from None

    def clear(self) -> None:
        """Forgets everything."""
        self._connection.executescript(_sql("clear"))


def _sql(name: str) -> str:
    return (resources.files("producers") / "replay" / "sql" / f"{name}.sql").read_text(encoding="utf-8")
