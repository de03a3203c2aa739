"""From text to exact values, a column at a time: the common forms by expressions, all others by Python's decimal."""

import decimal
import re
from collections.abc import Sequence
from typing import Any

import polars as pl

from producers.replay import forms
from producers.replay.mapping import Feed
from producers.replay.spoilt import MARK

#: Digits before the point that Decimal(12, 2) holds.
WHOLE_DIGITS = 10
#: Digits behind the point of a price of one, which is rounded only when it has been multiplied.
PRICE_SCALE = 6
_ROUNDING = {"half-even": decimal.ROUND_HALF_EVEN, "half-up": decimal.ROUND_HALF_UP}
_EXACT = decimal.Context(prec=60)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


class BadValueError(ValueError):
    """A value that cannot be used; its message is the reason."""


def plain(text: pl.Expr, feed: Feed) -> pl.Expr:
    """A number as written in a file, as Python writes it; a comma that is no decimal comma makes it unreadable."""
    for sign in feed.currency:
        text = text.str.replace_all(sign, "", literal=True)
    text = text.str.strip_chars(" \t\u00a0\u202f")
    if feed.thousands:
        mark = re.escape(feed.thousands)
        grouped = text.str.contains(rf"^[+-]?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:{re.escape(feed.decimal)}[0-9]*)?$")
        text = pl.when(grouped).then(text.str.replace_all(feed.thousands, "", literal=True)).otherwise(text)
    if feed.decimal == ",":
        text = text.str.replace_all(".", "?", literal=True).str.replace(",", ".", literal=True)
    return text


def scaled(texts: pl.Series, scale: int, rounding: str) -> tuple[pl.Series, dict[int, str]]:
    """Numbers in Python's way as integers of 10^-scale, and why the rows that are none are not; those are null."""
    parts = texts.str.extract_groups(rf"^([+-]?)([0-9]{{1,{WHOLE_DIGITS}}})(?:\.([0-9]{{0,{scale}}})0*)?$")
    sign, whole, rest = (parts.struct.field(name) for name in ("1", "2", "3"))
    digits = whole + rest.fill_null("").str.pad_end(scale, "0")
    numbers = digits.cast(pl.Int64, strict=False)
    numbers = (numbers * pl.select(pl.when(sign == "-").then(-1).otherwise(1)).to_series()).rename("value")
    slow = (numbers.is_null() & texts.is_not_null()).arg_true().to_list()
    found, bad = numbers.to_list() if slow else [], {}
    for row in slow:
        try:
            found[row] = exact(texts[row], scale, rounding)
        except BadValueError as error:
            bad[row] = str(error)
    return (pl.Series("value", found, pl.Int64) if slow else numbers), bad


def exact(text: str, scale: int, rounding: str) -> int:
    """One number as an integer of 10^-scale, by Python's decimal.

    Raises:
        BadValueError: it is no number, has more digits than fit, or must be rounded where no rule says how.
    """
    if not _NUMBER.fullmatch(text):
        raise BadValueError(f"'{text}' is no number")
    value = decimal.Decimal(text)
    if value and value.adjusted() >= WHOLE_DIGITS:
        raise BadValueError(f"'{text}' has more than {WHOLE_DIGITS} digits before the decimal point")
    return rounded(value.scaleb(scale, _EXACT), rounding, text)


def rounded(value: decimal.Decimal, rounding: str, text: str) -> int:
    """A number as an integer.

    Raises:
        BadValueError: it is none, and no rule says how to round.
    """
    whole = value.to_integral_value(_ROUNDING.get(rounding, decimal.ROUND_DOWN))
    if rounding not in _ROUNDING and whole != value:
        raise BadValueError(f"'{text}' has too many decimals, and the mapping has no rounding")
    return int(whole)


def times_quantity(prices: pl.Series, quantities: pl.Series, rounding: str) -> tuple[pl.Series, dict[int, str]]:
    """Cents of a price (10^-PRICE_SCALE) times a quantity."""
    unit, found, bad = 10 ** (PRICE_SCALE - 2), [], {}
    # Plain integers of Python: the product of two columns may take more than 64 bits.
    for row, (price, quantity) in enumerate(zip(prices.to_list(), quantities.to_list(), strict=True)):
        cents: int | None = None
        rest = 0
        if price is not None and quantity is not None:
            cents, rest = divmod(price * quantity, unit)
        if rest:
            value = _EXACT.divide(decimal.Decimal(price * quantity), decimal.Decimal(unit))
            try:
                cents = rounded(value, rounding, str(value.scaleb(-2)))
            except BadValueError as error:
                cents, bad[row] = None, str(error)
        if cents is not None and abs(cents) >= 10 ** (WHOLE_DIGITS + 2):
            bad[row] = f"'{cents // 100}' has more than {WHOLE_DIGITS} digits before the decimal point"
            cents = None
        found.append(cents)
    return pl.Series("value", found, pl.Int64), bad


def wholes(texts: pl.Series) -> pl.Series:
    """Whole numbers; 6.0 is one, 6.5 is null."""
    found: pl.Series = texts.str.extract(r"^[+-]?[0-9]{1,18}(?:[.]0*)?$", 0).str.replace(r"[.]0*$", "").cast(pl.Int64)
    return found


def moments(values: pl.Series, feed: Feed) -> tuple[pl.Series, pl.Series]:
    """Times in ms of Unix time, null where it is none; and where a local time exists in no zone's day (a gap)."""
    if isinstance(values.dtype, pl.Datetime):
        return _typed(values, feed)
    if values.dtype == pl.Date:
        return _zoned(values.cast(pl.Datetime("us")), feed)
    text = values.cast(pl.String).str.strip_chars()
    gap = pl.Series([False]).new_from_index(0, len(text))
    found = pl.Series([None], dtype=pl.Int64).new_from_index(0, len(text))
    for form in feed.times:
        one, lost = _by_form(text, form, feed)
        gap = gap | (found.is_null() & lost)
        found = pl.select(pl.coalesce(found, one)).to_series()
    return found, gap & found.is_null()


def _by_form(text: pl.Series, form: str, feed: Feed) -> tuple[pl.Series, pl.Series]:
    if form in forms.EPOCHS:
        digits = 12 if form == "epoch_s" else 18
        number = text.str.extract(rf"^-?[0-9]{{1,{digits}}}(?:[.]0*)?$", 0).str.replace(r"[.]0*$", "").cast(pl.Int64)
        number = number * 1000 if form == "epoch_s" else number // (1000 if form == "epoch_us" else 1)
        return number, pl.Series([False]).new_from_index(0, len(text))
    if form == forms.ISO:
        return _iso(text, feed)
    return _typed(forms.read(text, form), feed)


_ISO = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)?"
    r" ?(Z|z|UTC|[+-](?:0[0-9]|1[0-9]|2[0-3])(?::?[0-5][0-9])?)?$"
)


def _iso(text: pl.Series, feed: Feed) -> tuple[pl.Series, pl.Series]:
    parts = text.str.extract_groups(_ISO)
    day, minute, second, fraction, zone = (parts.struct.field(str(number)) for number in range(1, 6))
    whole = day + "T" + minute.fill_null("00:00") + ":" + second.fill_null("00")
    naive = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    ms = fraction.fill_null("").str.slice(0, 3).str.pad_end(3, "0").cast(pl.Int64)
    local, gap = _zoned(naive, feed)
    fixed = naive.dt.epoch("ms") - _offset_ms(zone)
    found = pl.select(pl.when(zone.is_null()).then(local).otherwise(fixed)).to_series()
    return found + ms, gap & zone.is_null()


def _offset_ms(zone: pl.Series) -> pl.Series:
    digits = zone.str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(2, 2).cast(
        pl.Int64, strict=False
    )
    sign = pl.select(pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)).to_series()
    return minutes * sign * 60_000


def _zoned(naive: pl.Series, feed: Feed) -> tuple[pl.Series, pl.Series]:
    """Of a time that comes twice in autumn the first is taken; one that spring leaves out does not exist."""
    aware = naive.dt.replace_time_zone(feed.time_zone, ambiguous="earliest", non_existent="null")
    return aware.dt.epoch("ms"), aware.is_null() & naive.is_not_null()


def _typed(values: pl.Series, feed: Feed) -> tuple[pl.Series, pl.Series]:
    if getattr(values.dtype, "time_zone", None):
        return values.dt.epoch("ms"), pl.Series([False]).new_from_index(0, len(values))
    return _zoned(values.cast(pl.Datetime("us")), feed)


def words(texts: pl.Series, symbols: Sequence[str], translated: dict[str, str]) -> pl.Series:
    """The symbol that each text means, whatever its case; null for none."""
    known = {symbol.lower(): symbol for symbol in symbols}
    known |= {text.strip().lower(): meant for text, meant in translated.items()}
    return texts.str.strip_chars().str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String)


def unquoted(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Bytes of CSV as text, and where they are not UTF-8."""
    if values.dtype != pl.Binary:
        return values, values.is_null() & False
    text = values.cast(pl.String)
    return text, text.str.contains(MARK, literal=True)


def as_text(values: pl.Series) -> pl.Series:
    """Values of any type as text; a float is its shortest form that reads back as itself."""
    if values.dtype == pl.Boolean:
        values = values.cast(pl.Int8)
    text: pl.Series = values.cast(pl.String)
    return text


def present(text: pl.Series, missing: Sequence[str]) -> pl.Series:
    """The texts without white space at their ends, null for those that mean nothing."""
    stripped = text.str.strip_chars()
    kept: Any = pl.select(pl.when(stripped.is_in(list(missing))).then(None).otherwise(stripped)).to_series()
    return pl.Series(text.name, kept, pl.String)
