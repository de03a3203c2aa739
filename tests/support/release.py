"""What a version lays down, kept for the tests of those that follow: `python -m tests.support.release`.

`tests/released/VERSION` has the statements of its tables, rollups and ways in, what it notes of itself, rows of a small
shop, and a worker's snapshots with the features it knew. A release adds its own folder and changes none.
"""

import csv
import hashlib
import json
import sys
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
from clickhouse_connect.driver.client import Client

from schemas.codec.encode import Nullable
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, TRANSACTIONS
from sinks import statements
from sinks.migrate import FED_LATER, FILLED, INGESTION, ROLLUPS
from stream_processors.churn.model import churn_model
from stream_processors.features.categories import Listed
from stream_processors.features.rows import feature_columns
from stream_processors.partition import Partition
from stream_processors.snapshots import SnapshotStore
from stream_processors.worker import VERSION as SNAPSHOTS
from tests.integration.stream_processors.rows import DAY, START, StoredShop

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "tests" / "released"
WAYS: tuple[Literal["engine", "client"], ...] = ("engine", "client")
#: Nobody listens there: no other Kafka's records are read.
NOWHERE = "127.0.0.1:1"
SEED = 11
#: Every topic's id, of which a snapshot tells.
TOPICS = {f"c360.{topic.stream}": "of a release" for topic in (CUSTOMERS, TRANSACTIONS, INTERACTIONS)}


@dataclass(frozen=True)
class Release:
    """One version's folder."""

    folder: Path

    @property
    def version(self) -> str:
        """As it stood in pyproject.toml."""
        return self.folder.name

    def statements(self, name: str) -> list[str]:
        """Those of `tables`, `rollups` or a way in."""
        return [one for one in (self.folder / f"{name}.sql").read_text(encoding="utf-8").split(";\n\n") if one.strip()]

    def said(self, name: str) -> Any:
        """`installation` (what it noted of itself, by way in) or `features` (columns of a customer, by id)."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    @property
    def rows(self) -> list[Path]:
        """A file of CSV with names for each table."""
        return sorted((self.folder / "rows").glob("*.csv"))

    @property
    def snapshots(self) -> Path:
        """The folder of a worker that had partition 0."""
        return self.folder / "snapshots"


def releases() -> list[Release]:
    """All that are kept, the first one first."""
    return [
        Release(path)
        for path in sorted(RELEASED.iterdir(), key=lambda path: [int(part) for part in path.name.split(".")])
    ]


def today() -> str:
    """The version in pyproject.toml."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def known(partition: Partition) -> dict[str, dict[str, Any]]:
    """Every customer's features by their id, as plain numbers."""
    rows = np.flatnonzero(partition.state.columns["last_seen"][: partition.state.index.size] >= 0)
    columns = feature_columns(partition.state, rows, churn_model(), {})
    found: dict[str, dict[str, Any]] = {}
    for at, ident in enumerate(columns["customer_id"].tolist()):
        found[str(ident)] = {
            name: _plain(column, at) for name, column in sorted(columns.items()) if not isinstance(column, dict)
        }
    return found


def _plain(column: Any, at: int) -> Any:
    if isinstance(column, Nullable):
        return int(column.values[at]) if column.valid[at] else None
    return column[at].item() if isinstance(column, np.ndarray) else column


class _Counted:
    """In a state's place for a shop: what happens there goes through the partition, alerts and all."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self.index, self.columns = partition.state.index, partition.state.columns

    def profiles(
        self, ids: npt.NDArray[Any], segments: npt.NDArray[Any], versions: npt.NDArray[Any], deleted: npt.NDArray[Any]
    ) -> None:
        columns = {"customer_id": ids, "segment": segments, "version": versions, "deleted": deleted}
        self._partition.customers(columns, np.full(len(ids), START))
        self._read(CUSTOMERS.stream, len(ids))

    def catalogue(self, listed: Listed) -> None:
        self._partition.catalogue(0, listed)

    def transactions(self, *given: npt.NDArray[Any]) -> None:
        self._happened(
            TRANSACTIONS.stream, ("transaction_id", "customer_id", "product_id", "amount", "status", "ts"), given
        )

    def interactions(self, *given: npt.NDArray[Any]) -> None:
        self._happened(INTERACTIONS.stream, ("interaction_id", "customer_id", "type", "ts"), given)

    def _happened(self, stream: str, names: tuple[str, ...], given: tuple[npt.NDArray[Any], ...]) -> None:
        columns = dict(zip(names, given, strict=True))
        self._partition.events(stream, columns)
        self._partition.watermark.read(stream, int(columns["ts"].max()))
        self._read(stream, len(columns["ts"]))

    def _read(self, stream: str, count: int) -> None:
        self._partition.positions[stream] += count
        self._partition.decide()


class _Kept:
    """In a client's place for a shop: keeps the rows of each table."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def insert(self, table: str, rows: list[list[Any]], column_names: list[str]) -> None:
        self.tables.setdefault(table, []).extend(dict(zip(column_names, row, strict=True)) for row in rows)


def _settings(way: Literal["engine", "client"]) -> Settings:
    return Settings(kafka_bootstrap=NOWHERE, clickhouse_ingest=way)


def _freeze(folder: Path) -> None:
    texts = {"tables": statements.tables(_settings("engine")), "rollups": statements.rollups()}
    texts |= {way: statements.ingestion(_settings(way)) for way in WAYS}
    for name, made in texts.items():
        (folder / f"{name}.sql").write_text("".join(f"{one};\n\n" for one in made), encoding="utf-8")
    noted = {
        way: {INGESTION: _sum(texts[way]), ROLLUPS: _sum(texts["rollups"]), **dict.fromkeys(FED_LATER, FILLED)}
        for way in WAYS
    }
    _write(folder / "installation.json", noted)
    _happen(folder)


def _sum(made: list[str]) -> str:
    return hashlib.sha256("\n".join(made).encode()).hexdigest()


def _happen(folder: Path) -> None:
    """A year of a small shop: a whole snapshot in the middle and what has changed at the end."""
    kept, partition = _Kept(), Partition(0, churn_model())
    shop = StoredShop(cast("Client", kept), SEED)
    shop.state = cast("Any", _Counted(partition))
    store = SnapshotStore(
        folder / "snapshots", {"version": SNAPSHOTS, "model": churn_model().version, "topics": TOPICS}
    )
    shop.customers()
    shop.products(1)
    for count, begin, end in ((400, 0, 300), (20, 300, 301)):
        shop.happen(count, START + begin * DAY, START + end * DAY)
        store.save(store.follow(partition.dump(whole=store.wants_whole(0))))
    shop.state = partition.state
    shop.publish()
    (folder / "snapshots" / "0" / "lock").unlink()
    _write(folder / "features.json", known(partition))
    (folder / "rows").mkdir()
    for table, rows in kept.tables.items():
        with (folder / "rows" / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            out.writeheader()
            out.writerows({name: _text(value) for name, value in row.items()} for row in rows)


def _text(value: Any) -> Any:
    if value is None:
        return "\\N"
    if hasattr(value, "isoformat"):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03}"
    return f"{value:f}" if isinstance(value, Decimal) else value


def _write(path: Path, said: Any) -> None:
    path.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> int:
    """Writes today's folder, once."""
    folder = RELEASED / today()
    if folder.exists():
        print(f"{folder.relative_to(ROOT)} is there: what was released stays as it was", file=sys.stderr)
        return 1
    folder.mkdir(parents=True)
    _freeze(folder)
    print(f"{folder.relative_to(ROOT)} is written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
