"""Parameter values: from what a user wrote to the text that ClickHouse reads for a query parameter {name:Type}."""

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

from schemas.errors import UsageError
from schemas.moments import aware, moment

INTEGER = re.compile(r"^(U?)Int(8|16|32|64)$")
DECIMAL = re.compile(r"^Decimal\((\d+), (\d+)\)$")
ARRAY = re.compile(r"^Array\((.+)\)$")

#: Cypher's names of types, as ClickHouse knows them.
CYPHER_TYPES = {
    "Int": "Int64",
    "Float": "Float64",
    "String": "String",
    "Boolean": "Bool",
    "Date": "Date32",
    "DateTime": "DateTime64(3, 'UTC')",
    "List<Int>": "Array(Int64)",
    "List<Float>": "Array(Float64)",
    "List<String>": "Array(String)",
}


def read(name: str, type_name: str, written: object) -> object:
    """The Python value of a ClickHouse type from a literal or a Python value.

    Raises:
        UsageError: it is not one; the message names the parameter, the value and the type.
    """
    try:
        return _reader(type_name)(written)
    except (ValueError, TypeError, KeyError, InvalidOperation, OverflowError):
        raise UsageError(
            f"The parameter '{name}' is {written!r}: that is no {type_name}{_example(type_name)}."
        ) from None


def text(value: object) -> str:
    """The value as ClickHouse reads it from param_{name}: the escaped form of a TSV field.

    Raises:
        UsageError: it is no text in Unicode.
    """
    # ClickHouse reads a list as a literal, everything else as an escaped field.
    written = literal(value) if isinstance(value, (list, tuple)) else _escape(_plain(value))
    if not is_unicode(written):
        raise UsageError(f"{value!r} is no text in Unicode: it has half a character, or bytes that make none.")
    return written


def literal(value: object) -> str:
    """The value as an SQL literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return "'" + _plain(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def is_unicode(written: str) -> bool:
    """Whether it can be sent: a command line's other bytes, and halves of characters in JSON, cannot."""
    try:
        written.encode()
    except UnicodeEncodeError:
        return False
    return True


def _reader(type_name: str) -> Callable[[object], object]:
    if match := INTEGER.match(type_name):
        bits = int(match[2])
        low, high = (0, 2**bits - 1) if match[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        return lambda written: _integer(written, low, high)
    if match := ARRAY.match(type_name):
        element = _reader(match[1])
        return lambda written: [element(item) for item in _items(written)]
    if match := DECIMAL.match(type_name):
        return lambda written: Decimal(str(written))
    if type_name.startswith("DateTime"):
        return _time
    readers: dict[str, Callable[[object], object]] = {
        "String": _string,
        "Float64": lambda written: float(str(written)),
        "Bool": _boolean,
        "Date32": lambda written: written if _is_date(written) else dt.date.fromisoformat(str(written)),
    }
    return readers[type_name]


def _integer(written: object, low: int, high: int) -> int:
    if isinstance(written, bool) or not isinstance(written, (int, str)):
        raise TypeError
    if isinstance(written, str) and not re.fullmatch(r"[+-]?\d+", written.strip()):
        raise ValueError
    value = int(written)
    if not low <= value <= high:
        raise ValueError
    return value


def _string(written: object) -> str:
    if not isinstance(written, str) or not is_unicode(written):
        raise TypeError
    # A default in a header is written as SQL writes it.
    return written[1:-1] if len(written) > 1 and written[0] == written[-1] == "'" else written


def _boolean(written: object) -> bool:
    if isinstance(written, bool):
        return written
    return {"true": True, "1": True, "false": False, "0": False}[str(written).lower()]


def _time(written: object) -> dt.datetime:
    found = aware(written) if isinstance(written, dt.datetime) else moment(str(written))
    return found.astimezone(dt.UTC)


def _is_date(written: object) -> bool:
    return isinstance(written, dt.date) and not isinstance(written, dt.datetime)


def _items(written: object) -> Sequence[object]:
    if isinstance(written, (list, tuple)):
        return written
    if not isinstance(written, str):
        raise TypeError
    stripped = written.strip()
    if not stripped.startswith("["):
        return [item.strip() for item in stripped.split(",") if item.strip()]
    try:
        items = json.loads(stripped)
    except ValueError:
        # As SQL writes it.
        items = json.loads(stripped.replace("'", '"'))
    if not isinstance(items, list):
        raise TypeError
    return items


def _example(type_name: str) -> str:
    if type_name.startswith("DateTime"):
        return ", for instance 2026-01-31T12:00:00Z"
    if type_name.startswith("Array"):
        return ', for instance VIP,Premium or ["VIP", "Premium"]'
    return ""


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        value = value if value.tzinfo is None else value.astimezone(dt.UTC)
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _escape(plain: str) -> str:
    for raw, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\\0")):
        plain = plain.replace(raw, escaped)
    return plain
