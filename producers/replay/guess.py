"""Proposes a mapping from the names of columns and a few rows; a person looks at it before it is used."""

import codecs
import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from producers.replay import reading, synonyms, values
from producers.replay.fields import STREAMS
from producers.replay.files import File
from producers.replay.mapping import Feed
from schemas.errors import UsageError
from schemas.topics import EARLIEST_MS

SAMPLE_BYTES = 1 << 16
SAMPLE_ROWS = 500
DELIMITERS = ",;\t|"
#: Forms of times, the likelier first where a value would fit both.
TIMES = (
    "iso", "epoch_ms", "epoch_s", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y", "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d",
)  # fmt: skip
_COMMA = re.compile(r"^-?(\d{1,3}(\.\d{3})+|\d+),\d{1,2}$")
_POINT = re.compile(r"^-?\d{1,3}(,\d{3})+(\.\d+)?$")
#: A currency before or behind an amount: a sign, or a few letters.
_SIGNS = re.compile(r"^([^\d\s.,+-]{1,4})?\s*[+-]?\s*[\d.,\s']*\d\s*([^\d\s.,+-]{1,4})?$")
#: What stands between thousands where it is neither a comma nor a point.
_GAP = re.compile(r"\d([ '\u00a0\u202f])\d{3}(?!\d)")
#: Encodings of files that are not UTF-8.
NOT_UTF8 = ("cp1252", "cp1250", "cp1251")
_DATES = ("registration_date", "launch_date")
CENT_DIGITS = 2


@dataclass
class Proposal:
    """One feed as it would stand in a mapping, and what is to be looked at."""

    stream: str
    files: str
    options: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    where: dict[str, list[str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    translate: dict[str, dict[str, str]] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    def toml(self) -> str:
        """As TOML."""
        lines = [f"# {doubt}" for doubt in self.doubts]
        lines += ["[[feed]]", f"stream = {_quoted(self.stream)}", f"files = {_quoted(self.files)}"]
        lines += [f"{name} = {_quoted(value)}" for name, value in self.options.items()]
        lines += ["[feed.columns]", *(f"{name} = {_quoted(column)}" for name, column in self.columns.items())]
        lines += ["[feed.where]"] if self.where else []
        lines += [f"{_quoted(column)} = {_quoted(texts)}" for column, texts in self.where.items()]
        lines += ["[feed.constants]"] if self.constants else []
        lines += [f"{name} = {_quoted(value)}" for name, value in self.constants.items()]
        for name, words in self.translate.items():
            lines += [f"[feed.translate.{name}]", *(f"{_quoted(text)} = {_quoted(to)}" for text, to in words.items())]
        return "\n".join(lines) + "\n"


def guess(file: File) -> list[Proposal]:
    """What the columns of a file may mean, a proposal for each stream it may feed.

    Raises:
        UsageError: too little is recognized.
    """
    options = {} if file.is_parquet else _form(file)
    sample = _sample(file, Feed.model_construct(stream="customers", **options))
    streams = _streams(sample)
    if not streams:
        raise UsageError(
            f"{file.path}: {_lacking(sample.columns)} Write the mapping by hand; docs/operations.md shows one."
        )
    return [_proposal(file, stream, columns, dict(options), sample) for stream, columns in streams.items()]


def _lacking(names: list[str]) -> str:
    """What of the likeliest stream is there, and what is not."""
    listed = ", ".join(names)[:200]
    found = {stream: synonyms.columns(stream, names) for stream in STREAMS}
    stream, columns = max(found.items(), key=lambda item: len(item[1]))
    if not columns:
        return f"none of the columns {listed} is recognized."
    missing = [one.name for one in STREAMS[stream].fields if one.default is None and one.name not in columns]
    there = ", ".join(f"{name} in '{column}'" for name, column in columns.items())
    return f"recognized for {stream} is {there}, but nothing for {', '.join(missing) or 'more'} in {listed}."


def _form(file: File) -> dict[str, Any]:
    """Encoding and delimiter of CSV, from its first bytes."""
    options, text = _decoded(reading.head(file, SAMPLE_BYTES))
    first = text.splitlines()[0] if text else ""
    delimiter = max(DELIMITERS, key=first.count)
    return {**options, "delimiter": delimiter} if delimiter != "," else options


def _decoded(head: bytes) -> tuple[dict[str, Any], str]:
    """Its encoding, where it is not UTF-8, and its text; the last character may be cut off."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return {"encoding": "utf-16"}, head.decode("utf-16", "ignore")
    try:
        return {}, head[: head.rfind(b"\n") + 1 or len(head)].decode("utf-8-sig")
    except UnicodeDecodeError:
        # Of several the one whose header means most; the first of these where that says nothing.
        best = max(NOT_UTF8, key=lambda one: _recognized(head.splitlines()[0].decode(one, "replace")))
        return {"encoding": best}, head.decode(best, "replace")


def _recognized(header: str) -> int:
    """How many words of a header are names that are known here."""
    known = {one for stream in STREAMS for names in synonyms.table()[stream].values() for one in names}
    return sum(synonyms.bare(word) in known for word in re.split(f"[{re.escape(DELIMITERS)}]", header))


def _sample(file: File, feed: Feed) -> pl.DataFrame:
    names = reading.columns(file, feed)
    plain = [name for name in names if name not in reading.nested(file)]
    whole = feed.model_copy(update={"columns": {name: name for name in plain}})
    with contextlib.closing(reading.tables(file, whole)) as tables:
        for table in tables:
            rows = table.rows.head(SAMPLE_ROWS)
            return rows.with_columns(values.unquoted(column)[0] for column in rows.get_columns())
    return pl.DataFrame(schema=dict.fromkeys(plain, pl.String))


def _streams(sample: pl.DataFrame) -> dict[str, dict[str, str]]:
    """The columns of each stream that a file may feed: events, and what they bring along of customers and products."""
    found = {stream: synonyms.columns(stream, sample.columns) for stream in STREAMS}
    sold, acted = found["transactions"], found["interactions"]
    priced, kinds = {"amount", "unit_price"} & set(sold), synonyms.kinds(acted, sample)
    chosen = {}
    if {"customer_id", "product_id", "ts", "type"} <= set(acted) and (not priced or any(kinds.values())):
        chosen["interactions"] = acted
    if {"customer_id", "ts"} <= set(sold) and priced and (not chosen or synonyms.SALE in kinds.values()):
        sold.pop("amount" if "unit_price" in sold else "unit_price", None)
        chosen["transactions"] = sold
    for stream, needed in (("customers", {"name", "segment", "country"}), ("products", {"name", "category", "brand"})):
        columns = found[stream]
        loose = chosen and columns.get(STREAMS[stream].own_id, "").lower() == "id"
        if STREAMS[stream].own_id in columns and needed & set(columns) and not loose:
            if chosen:
                columns = {name: column for name, column in columns.items() if name not in _DATES}
            chosen[stream] = columns
    both = {"customers", "products"} <= set(chosen) and len(chosen) == 2
    if both:
        chosen.pop("customers" if "price" in chosen["products"] else "products")
    return chosen


def _proposal(
    file: File, stream: str, columns: dict[str, str], options: dict[str, Any], sample: pl.DataFrame
) -> Proposal:
    out = Proposal(stream, f"*{file.path.name}", options, columns)
    if stream in {"transactions", "interactions"}:
        _own_id(out, sample)
        _chosen(out, sample)
    if stream == "transactions":
        _goods(out)
    if "encoding" in options:
        out.doubts.append(f"The file is not UTF-8 and taken as {options['encoding']}: see that letters come out right.")
    _time(out, sample)
    _money(out, sample)
    for name in ("status", "type"):
        if name in columns and stream in {"transactions", "interactions"}:
            _words(out, name, sample)
    out.doubts += ["Proposed from the first rows: look at it before it is used."]
    return out


def _own_id(out: Proposal, sample: pl.DataFrame) -> None:
    """A column that is called id is that of the events where it is another in each row."""
    own, column = STREAMS[out.stream].own_id, next((one for one in sample.columns if synonyms.bare(one) == "id"), None)
    if own not in out.columns and column is not None and len(sample) > 1 and sample[column].is_unique().all():
        out.columns = {own: column, **out.columns}


def _chosen(out: Proposal, sample: pl.DataFrame) -> None:
    """Of a log of events those that the stream is about."""
    acted = synonyms.columns("interactions", sample.columns)
    kinds = synonyms.kinds(acted, sample)
    wanted = [
        text for text, meant in kinds.items() if (meant == synonyms.SALE) == (out.stream == "transactions") and meant
    ]
    if not wanted or len(wanted) == len(kinds):
        return
    out.where = {acted["type"]: wanted}
    others = ", ".join(f"'{text}'" for text in kinds if text not in wanted)
    out.doubts.append(f"Rows with {others} in '{acted['type']}' are left out here: see 'where'.")


def _goods(out: Proposal) -> None:
    """What is to be looked at where a price may be of one or of all, or where nothing says what was sold."""
    price = out.columns.get("unit_price", "")
    if synonyms.bare(price) in synonyms.table()["prices"]["amount"]:
        out.doubts.append(f"'{price}' is taken as the price of one: make it 'amount' if it is that of the whole line.")
    if "product_id" not in out.columns:
        out.constants["product_id"] = "unknown"
        out.doubts.append("No column says what was sold: all is booked on one product, 'unknown'.")


def _time(out: Proposal, sample: pl.DataFrame) -> None:
    name = next((name for name in ("ts", *_DATES) if name in out.columns), None)
    if name is None:
        return
    column = sample[out.columns[name]]
    if column.dtype.is_temporal():
        zoned = getattr(column.dtype, "time_zone", None) is not None
    else:
        texts = values.as_text(column).drop_nulls()
        _times(out, out.columns[name], texts)
        epoch = str(out.options.get("times", "iso")).startswith("epoch")
        zoned = epoch or bool(texts.str.contains("(Z|UTC|[+-][0-9:]{4,6})$").all())
    if not zoned:
        out.options["time_zone"] = "UTC"
        if not re.search(r"\b(utc|gmt)\b", out.columns[name].lower()):
            out.doubts.append("The times name no zone: set 'time_zone' to that of the shop.")


def _times(out: Proposal, column: str, texts: pl.Series) -> None:
    fitting = [form for form in TIMES if len(texts) and _fits(texts, form)]
    if not fitting:
        out.doubts.append(f"The times in '{column}' are of no form known here: set 'times'.")
    elif fitting[0] != "iso":
        out.options["times"] = fitting[0]
    if fitting and fitting[0].replace("%m/%d", "%d/%m") in fitting[1:]:
        out.doubts.append(f"'{texts[0]}' is taken as month/day. If it is day/month, exchange %m and %d in 'times'.")


def _fits(texts: pl.Series, form: str) -> bool:
    found, _ = values.moments(texts, Feed.model_construct(stream="customers", times=(form,)))
    return not found.null_count() and bool((found >= EARLIEST_MS).all())


def _money(out: Proposal, sample: pl.DataFrame) -> None:
    name = next((name for name in ("unit_price", "amount", "price") if name in out.columns), None)
    if name is None:
        return
    column = sample[out.columns[name]]
    if column.dtype.is_float():
        out.options["rounding"] = "half-even"
        out.doubts.append(f"'{out.columns[name]}' is a binary float: each is taken as its shortest decimal form.")
    texts = values.as_text(column).drop_nulls().str.strip_chars()
    found = (_SIGNS.match(text) for text in texts.to_list())
    signs = sorted({sign for match in found if match for sign in match.groups() if sign})
    out.options |= {"currency": signs} if signs else {}
    bare = [re.sub(r"[^0-9.,-]", "", text) for text in texts.to_list()]
    gap = next((between[1] for text in texts.to_list() if (between := _GAP.search(text))), "")
    if any(_COMMA.match(text) for text in bare) and not any(_POINT.match(text) for text in bare):
        out.options |= {"decimal": ",", "thousands": gap or "."}
    elif gap or any(_POINT.match(text) for text in bare):
        out.options["thousands"] = gap or ","
    parts = (text.partition(out.options.get("decimal", "."))[2].rstrip("0") for text in bare)
    if not column.dtype.is_float() and any(len(part) > CENT_DIGITS for part in parts):
        out.options["rounding"] = "half-even"
        out.doubts.append(f"'{out.columns[name]}' has more than two decimals: they are rounded, half to even.")
    if re.search("cents|minor", out.columns[name].lower()):
        out.options["unit"] = "minor"
    quantity = out.columns.get("quantity")
    less = [*bare, *(values.as_text(sample[quantity]).drop_nulls().to_list() if quantity else [])]
    if out.stream == "transactions" and any(text.startswith("-") for text in less):
        out.options["refunds"] = "negative"


def _words(out: Proposal, name: str, sample: pl.DataFrame) -> None:
    known = {one: meant for meant, texts in synonyms.table()["words"][name].items() for one in texts}
    column = out.columns[name]
    translated: dict[str, str] = {}
    for text in out.where.get(column) or synonyms.distinct(sample[column]):
        meant = known.get(synonyms.word(text))
        if meant == "refunded":
            meant = _taken_back(out, text, sample)
        if meant is None:
            out.doubts.append(f"{name} '{text}' is not known here: translate it below.")
        elif meant != text.strip().lower():
            translated[text] = meant
    if translated:
        out.translate[name] = translated


def _taken_back(out: Proposal, text: str, sample: pl.DataFrame) -> str:
    """What such a row is: a refund of a sale in another row, or a sale that is one no more and has no other row."""
    money = next(out.columns[name] for name in ("amount", "unit_price") if name in out.columns)
    rows = sample.filter(values.as_text(sample[out.columns["status"]]) == text)
    if "refers_to" in out.columns or values.as_text(rows[money]).str.contains("-").any():
        out.options.setdefault("refunds", "status")
        return "refunded"
    out.doubts.append(
        f"status '{text}' is taken as a sale that was taken back, which counts nowhere. If the sale has another row, "
        "translate it to 'refunded' and set refunds = \"status\"."
    )
    return "cancelled"


def _quoted(value: Any) -> str:
    """TOML's basic strings are JSON's, but for what no file name or column holds."""
    return json.dumps(value, ensure_ascii=False)
