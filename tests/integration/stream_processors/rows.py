"""Raw rows and rows of features as ClickHouse keeps them, the latter made by the state that serves."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from clickhouse_connect.driver.client import Client

from schemas import records
from schemas.codec.encode import Nullable
from stream_processors.churn.model import churn_model
from stream_processors.features.categories import Listed
from stream_processors.features.rows import feature_columns
from stream_processors.features.state import PartitionState

HOUR, DAY = 3_600_000, 86_400_000
START = 1_700_000_000_000
STATUS = records.symbols("transaction", "status")
TYPE = records.symbols("interaction", "type")
ENUMS = {
    "segment": records.symbols("customer", "segment"),
    "churn_band": records.symbols("customer_feature", "churn_band"),
}
MONEY = ("lifetime_value", "spend_1h", "spend_24h", "spend_7d", "spend_30d", "spend_90d")
TIMES = ("as_of", "first_seen", "last_seen", "last_purchase")
#: Customers 1 to so many; every seventh has no record of their own.
CUSTOMERS = 60
PRODUCTS = 40
CATEGORIES = ["Home", "Books", "", "Toys and games"]


def moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


class StoredShop:
    """Random events of a year, counted by a state and stored as raw rows alike."""

    def __init__(self, client: Client, seed: int) -> None:
        self._client = client
        self._random = np.random.default_rng(seed)
        self._number = 0
        self.state = PartitionState()

    def customers(self) -> None:
        """Registers all but every seventh."""
        ids = np.array([number for number in range(1, CUSTOMERS + 1) if number % 7])
        segments = self._random.integers(0, len(ENUMS["segment"]), len(ids)).astype(np.uint8)
        self.state.profiles(ids, segments, np.ones(len(ids), np.int64), np.zeros(len(ids), np.bool_))
        for ident, segment in zip(ids.tolist(), segments.tolist(), strict=True):
            self.put_customer(ident, ENUMS["segment"][segment], 1, deleted=False)

    def put_customer(self, ident: int, segment: str, version: int, *, deleted: bool) -> None:
        """A version of a customer's record."""
        self._insert(
            "customers", [{"customer_id": ident, "segment": segment, "version": version, "deleted": int(deleted)}]
        )

    def erase(self, ident: int) -> None:
        """Forgets a customer; what is stored of theirs stays, as in life."""
        self._record(ident, deleted=True)

    def send_again(self, ident: int) -> None:
        """A record of an erased customer that is not older than the one that erased them."""
        self._record(ident, deleted=False)

    def _record(self, ident: int, *, deleted: bool) -> None:
        segment = np.full(1, ENUMS["segment"].index("VIP"), np.uint8)
        self.state.profiles(np.array([ident]), segment, np.array([9]), np.array([deleted]))
        self.put_customer(ident, "VIP", 9, deleted=deleted)

    def products(self, version: int, withdrawn: int = 0) -> None:
        """The catalogue, with other categories in every version; the first so many are gone."""
        ids = np.arange(1, PRODUCTS + 1)
        codes = self._random.integers(0, len(CATEGORIES), PRODUCTS).astype(np.int32)
        self.state.catalogue(Listed(ids[withdrawn:], codes[withdrawn:], CATEGORIES))
        names = [CATEGORIES[code] for code in codes.tolist()]
        self._insert("products", [
            {"product_id": ident, "category": name, "version": version, "deleted": int(ident <= withdrawn)}
            for ident, name in zip(ids.tolist(), names, strict=True)
        ])  # fmt: skip

    def happen(self, count: int, begin: int, end: int) -> None:
        """So many events from `begin` to before `end` (ms), a tenth of them repeated, in a random order."""
        numbers = self._number + np.arange(count)
        self._number += count
        times = np.sort(self._random.integers(begin, end, count))
        # A third of them at the very edges of hours and days.
        tiles = self._random.choice([HOUR, DAY], count)
        times = np.where(times % 3 == 0, times // tiles * tiles - times % 2, times)
        who = (self._random.pareto(1.0, count) * 4).astype(np.int64) % (CUSTOMERS - 2) + 1
        which = self._random.permutation(
            np.concatenate([np.arange(count), self._random.integers(0, count, count // 10)])
        )
        bought = which[which % 2 == 0]
        status = self._random.integers(0, len(STATUS), count).astype(np.uint8)
        cents = self._random.integers(-5_000, 90_000, count)
        what = self._random.integers(1, PRODUCTS + 10, count)  # the last ones are not in the catalogue
        self.state.transactions(
            numbers[bought], who[bought], what[bought], cents[bought], status[bought], times[bought]
        )
        looked = which[which % 2 == 1]
        types = self._random.integers(0, len(TYPE), count).astype(np.uint8)
        self.state.interactions(numbers[looked], who[looked], types[looked], times[looked])
        common = [(int(numbers[at]), int(who[at]), moment(int(times[at]))) for at in range(count)]
        self._insert("transactions", [
            {
                "transaction_id": common[at][0], "customer_id": common[at][1], "product_id": int(what[at]),
                "amount": Decimal(int(cents[at])).scaleb(-2), "quantity": 1, "channel": "web",
                "status": STATUS[status[at]], "refers_to": None, "ts": common[at][2],
            }
            for at in bought.tolist()
        ])  # fmt: skip
        self._insert("interactions", [
            {
                "interaction_id": common[at][0], "customer_id": common[at][1], "product_id": 1, "type": TYPE[types[at]],
                "duration_seconds": 1, "device": "mobile", "session_id": 1, "ts": common[at][2],
            }
            for at in looked.tolist()
        ])  # fmt: skip

    def publish(self, only: list[int] | None = None) -> None:
        """Stores the rows of features as of now: of all, or of some."""
        held = self.state.columns["last_seen"][: self.state.index.size]
        rows = np.flatnonzero((held >= 0) & ~self.state.columns["erased"][: self.state.index.size])
        if only is not None:
            rows = rows[np.isin(self.state.index.ids[rows], only)]
        columns = feature_columns(self.state, rows, churn_model(), {"c360.transactions": self._number})
        self._insert("customer_features", [_row(columns, at, self._number) for at in range(len(rows))])

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            names = list(rows[0])
            self._client.insert(table, [[row[name] for name in names] for row in rows], column_names=names)


def _row(columns: dict[str, Any], at: int, records_read: int) -> dict[str, Any]:
    row: dict[str, Any] = {"input_records": records_read}
    for name, column in columns.items():
        if name in {"input_offsets", "computed_by"}:
            continue
        if isinstance(column, Nullable):
            row[name] = moment(int(column.values[at])) if column.valid[at] else None
        elif name in TIMES:
            row[name] = moment(int(column[at]))
        elif name in MONEY:
            row[name] = Decimal(int(column[at])).scaleb(-2)
        else:
            row[name] = ENUMS[name][column[at]] if name in ENUMS else column[at].item()
    return row
