"""Rows of a file as columns of a stream, still under the user's own ids; what cannot be used is told apart by row."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from producers.replay import values
from producers.replay.fields import UNIT_PRICE, Field
from producers.replay.mapping import Feed
from producers.replay.reading import Table
from schemas.ids import LAST_VERSION
from schemas.topics import CUSTOMERS, EARLIEST_MS, TIMESTAMP_LEAD_MS

DAY_MS = 86_400_000
#: First and last day (since 1970) that the tables' Date32 holds: 1900-01-01 and 2299-12-31.
DATES = (-25_567, 120_529)
_KEYS = ("event", "customer", "product", "session", "refers")


@dataclass(frozen=True)
class Reject:
    """A row that is left out: its place in the file, and why; `row` is its place among those read with it."""

    line: int
    reason: str
    row: int | None = None
    text: str = ""


@dataclass
class Shaped:
    """Columns by field: text for ids and words, int64 for numbers, cents, ms and days; null where none is given."""

    frame: pl.DataFrame
    lines: npt.NDArray[np.int64]
    rejects: list[Reject] = field(default_factory=list)


def meant(table: Table, feed: Feed) -> Table:
    """The rows that a feed's `where` asks for; what is no row at all stays."""
    keep = np.ones(len(table.rows), np.bool_)
    for name, asked in feed.where.items():
        text = values.as_text(values.unquoted(table.rows[name])[0]).str.strip_chars()
        keep &= text.is_in(list(asked)).fill_null(value=False).to_numpy()
    return table if keep.all() else replace(table, rows=table.rows.filter(pl.Series(keep)), lines=table.lines[keep])


class Shaper:
    """Shapes the rows of one feed."""

    def __init__(self, feed: Feed, now: int) -> None:
        """`now`: ms of Unix time; events more than an hour behind it are refused, as Kafka refuses them."""
        self._feed, self._now = feed, now
        self._fields = feed.target.fields
        self._priced = UNIT_PRICE.name in {*feed.columns, *feed.constants}

    def shape(self, table: Table) -> Shaped:
        """The columns of those rows that can be used."""
        self._reasons: dict[int, str] = {}
        self._table = table
        # An amount that is a price times a quantity is worked out behind the others.
        columns = {item.name: self._column(item) for item in self._fields if item.name != "amount" or not self._priced}
        if self._feed.stream == "transactions":
            self._transaction(columns)
        if self._feed.target.is_events:
            self._check_times(columns["ts"])
        elif not self._feed.own_export:
            self._name(columns)
        rejects = [Reject(item.line, item.reason, None, item.text) for item in table.misfits]
        rejects += [Reject(int(table.lines[row]), reason, row) for row, reason in sorted(self._reasons.items())]
        keep = np.ones(len(table.rows), np.bool_)
        keep[list(self._reasons)] = False
        frame = pl.DataFrame(columns)
        return Shaped(frame.filter(pl.Series(keep)) if self._reasons else frame, table.lines[keep], rejects)

    def _column(self, item: Field) -> pl.Series:
        raw = self._given(item)
        if item.kind in {"time", "date"}:
            return self._time(item, raw)
        text = self._text(item, raw)
        if item.kind == "enum":
            return self._words(item, text)
        if item.kind == "bool":
            return self._flags(item, text)
        if item.kind in {"money", "whole"}:
            return self._number(item, text, raw.dtype.is_float())
        if item.kind in _KEYS:
            self._refuse(text.str.contains("\0", literal=True).fill_null(value=False), f"{item.name} has a NUL in it")
            return _key(text) if raw.dtype.is_float() else text
        return text.fill_null(item.default or "")

    def _given(self, item: Field) -> pl.Series:
        """The column as it stands in the file, or as many times the constant or the default."""
        rows = len(self._table.rows)
        name = self._feed.columns.get(item.name)
        if name is None:
            constant = self._feed.constants.get(item.name, item.default)
            return pl.Series(item.name, [None if constant is None else str(constant)], pl.String).new_from_index(
                0, rows
            )
        column, spoilt = values.unquoted(self._table.rows[name].alias(item.name))
        self._refuse(spoilt, f"'{name}' is not UTF-8; is another encoding meant in the mapping?")
        return column

    def _text(self, item: Field, raw: pl.Series) -> pl.Series:
        text = values.as_text(raw)
        # An export means what it says, white space included.
        text = text if self._feed.own_export and item.kind == "text" else values.present(text, self._feed.missing)
        if item.default is None or (item.kind == "event" and item.name in self._feed.columns):
            self._refuse(text.is_null(), f"'{self._feed.columns.get(item.name, item.name)}' is missing")
        return text

    def _words(self, item: Field, text: pl.Series) -> pl.Series:
        symbols = self._feed.target.symbols(item.name)
        found = values.words(text, symbols, self._feed.translate.get(item.name, {}))
        if item.strict:
            for row in (found.is_null() & text.is_not_null()).arg_true().to_list():
                self._reasons.setdefault(row, f"{item.name} '{text[row]}' is unknown; translate it in the mapping")
        return found.fill_null(item.default or "UNKNOWN")

    def _flags(self, item: Field, text: pl.Series) -> pl.Series:
        found = values.words(text, ("true", "false"), {"1": "true", "0": "false", "yes": "true", "no": "false"})
        for row in (found.is_null() & text.is_not_null()).arg_true().to_list():
            self._reasons.setdefault(row, f"{item.name} '{text[row]}' is neither true nor false")
        return (found.fill_null("false") == "true").alias(item.name)

    def _number(self, item: Field, text: pl.Series, is_float: bool, scale: int = 2) -> pl.Series:
        # A constant is written as the contract writes it, and may be as wrong as what stands in a file.
        written = item.name in self._feed.columns
        if not written:
            text = text.fill_null(item.default or "0")
        elif not is_float:
            text = text.to_frame("x").select(values.plain(pl.col("x"), self._feed))["x"]
        if item.kind == "whole":
            found = values.wholes(text)
            wrong = found.is_null() & text.is_not_null()
            most = self._most(item)
            wrong = wrong | (found.abs() > most).fill_null(value=False)
            for row in wrong.arg_true().to_list():
                self._reasons.setdefault(row, f"{item.name} '{text[row]}' is no whole number that fits")
            return found.fill_null(int(item.default or 0)).alias(item.name)
        minor = written and self._feed.unit == "minor"
        found, bad = values.scaled(text, scale - 2 if minor else scale, self._feed.rounding if written else "reject")
        if is_float and self._feed.rounding == "reject":
            bad = dict.fromkeys(text.is_not_null().arg_true().to_list(), _FLOAT)
        for row, reason in bad.items():
            self._reasons.setdefault(row, f"{item.name} {reason}")
        return found.fill_null(0).alias(item.name) if item.default is not None else found.alias(item.name)

    def _most(self, item: Field) -> int:
        if item.name != "version":
            return (1 << 31) - 1
        # The last one erases a customer for good, which no file but an export has to say.
        return LAST_VERSION if self._feed.own_export or self._feed.stream != CUSTOMERS.stream else LAST_VERSION - 1

    def _time(self, item: Field, raw: pl.Series) -> pl.Series:
        if not raw.dtype.is_temporal():
            raw = self._text(item, raw)
        elif item.default is None:
            self._refuse(raw.is_null(), f"'{self._feed.columns[item.name]}' is missing")
        dates = self._feed.model_copy(update={"time_zone": "UTC"}) if item.kind == "date" else self._feed
        found, gap = values.moments(raw, dates)
        self._refuse(gap, f"{item.name} does not exist in {self._feed.time_zone}: the clocks went forward over it")
        unread = found.is_null() & raw.is_not_null() & ~gap
        for row in unread.arg_true().to_list():
            form = ", ".join(self._feed.times)
            self._reasons.setdefault(row, f"{item.name} '{raw[row]}' is no time of the mapping's form ({form})")
        if item.kind != "date":
            return found
        days = found // DAY_MS
        self._refuse(~days.is_between(*DATES).fill_null(value=True), f"{item.name} is not in the years 1900 to 2299")
        return days

    def _check_times(self, times: pl.Series) -> None:
        early, late = times < EARLIEST_MS, times > self._now + TIMESTAMP_LEAD_MS
        self._refuse(early.fill_null(value=False), "the event time is before the year 2000")
        self._refuse(late.fill_null(value=False), "the event time is more than an hour ahead of the clock")

    def _transaction(self, columns: dict[str, pl.Series]) -> None:
        if self._priced:
            columns["amount"] = self._multiplied(columns["quantity"])
        amount, quantity, status = columns["amount"], columns["quantity"], columns["status"]
        if self._feed.own_export:
            return
        negative = (amount < 0).fill_null(value=False)
        if self._feed.refunds == "reject":
            self._refuse(negative, "a negative amount, and the mapping has no refunds")
        if self._feed.refunds == "negative":
            columns["status"] = _where(negative, "refunded", status)
        refunded = columns["status"] == "refunded"
        if self._feed.refunds == "status":
            self._refuse(negative & ~refunded, "a negative amount of a transaction that is no refund")
            columns["amount"] = _where(refunded, -amount.abs(), amount)
        self._refuse(refunded & (columns["amount"] > 0), "a refund of a positive amount; see refunds in the mapping")
        columns["quantity"] = _where(refunded, quantity.abs(), quantity)
        self._refuse(columns["quantity"] < 1, "the quantity is below 1")

    def _name(self, columns: dict[str, pl.Series]) -> None:
        """Who has no name is called by the id; a country that is no code is nowhere (ZZ, in ISO 3166's own words)."""
        name = columns["name"]
        columns["name"] = _where(name == "", columns[self._feed.target.own_id], name)
        if "country" in columns:
            table = {text.lower(): code for text, code in self._feed.translate.get("country", {}).items()}
            country = columns["country"].str.strip_chars()
            code = country.str.to_lowercase().replace_strict(table, default=country, return_dtype=pl.String)
            code = code.str.to_uppercase()
            columns["country"] = _where(code.str.contains("^[A-Z]{2}$"), code, pl.Series("country", ["ZZ"]))

    def _multiplied(self, quantity: pl.Series) -> pl.Series:
        raw = self._given(UNIT_PRICE)
        text = self._text(UNIT_PRICE, raw)
        self._refuse(text.is_null(), "unit_price is missing")
        prices = self._number(UNIT_PRICE, text, raw.dtype.is_float(), values.PRICE_SCALE)
        cents, bad = values.times_quantity(prices, quantity, self._feed.rounding)
        for row, reason in bad.items():
            self._reasons.setdefault(row, f"amount {reason}")
        return cents.alias("amount")

    def _refuse(self, rows: pl.Series, reason: str) -> None:
        for row in rows.arg_true().to_list():
            self._reasons.setdefault(row, reason)


_FLOAT = "is a binary float, and the mapping has no rounding that says how to take it"


def _key(text: pl.Series) -> pl.Series:
    """The id that a float stands for, as pandas writes whole numbers beside gaps."""
    return text.str.replace(r"[.]0$", "")


def _where(rows: pl.Series, value: pl.Series | str, other: pl.Series) -> pl.Series:
    chosen = pl.lit(value) if isinstance(value, str) else value
    return pl.select(pl.when(rows).then(chosen).otherwise(other).alias(other.name)).to_series()
