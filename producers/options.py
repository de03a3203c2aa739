"""Words of the command line as values: rates, counts, spans, starts, mixes. Each error says what would have done."""

import re
from collections.abc import Mapping
from fractions import Fraction

from schemas.errors import UsageError
from schemas.moments import moment

#: A number that is soon worked out: whatever is longer, or has an exponent, would do for no option.
_PLAIN = r"[0-9]{1,18}(?:\.[0-9]{1,18})?"
_NUMBER = re.compile(rf"({_PLAIN})\s*([kM]?)$")
_PER = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600}
_SPAN = re.compile(rf"({_PLAIN})\s*(ms|s|m|min|h|d)?$")
_SPAN_MS = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, None: 1000}
_SCALE = {"": 1, "k": 1000, "M": 1_000_000}

STREAMS = ("customers", "products", "transactions", "interactions")
EVENT_STREAMS = ("interactions", "transactions", "customers")
#: So many times as fast as it happened at most: a century in three seconds.
FASTEST = 1_000_000_000


def rate(text: str) -> Fraction | None:
    """Events per second; None for 'max', as fast as it goes.

    Raises:
        UsageError: it is no rate, or not above zero.
    """
    if text == "max":
        return None
    number, _, unit = text.strip().partition("/")
    found = _NUMBER.match(number)
    if not found or (unit or "s") not in _PER or ("/" in text and not unit):
        raise UsageError(f"--rate has the value {text!r}: expected for instance 50000/s, 50k/s, 3M/min or max.")
    per_second = Fraction(found[1]) * _SCALE[found[2]] / _PER[unit or "s"]
    if per_second <= 0:
        raise UsageError(f"--rate has the value {text!r}: expected more than none, for instance 50000/s.")
    return per_second


#: Ids of customers and products are below it; those from there on stand for texts.
IDS_END = 1 << 31


def count(name: str, text: str, lowest: int = 0) -> int:
    """A number of things: 3000, 60k, 1.8M.

    Raises:
        UsageError: it is no whole number, or below the lowest.
    """
    found = _NUMBER.match(text.strip())
    value = Fraction(found[1]) * _SCALE[found[2]] if found else None
    if value is None or value.denominator != 1 or value < lowest:
        raise UsageError(f"--{name} has the value {text!r}: expected a number from {lowest}, for instance 60k or 1.8M.")
    return int(value)


def within_ids(name: str, value: int) -> int:
    """A number of customers or products, each of which has an id.

    Raises:
        UsageError: there are not so many ids.
    """
    if value >= IDS_END:
        raise UsageError(f"--{name} come to {value:,}: there are ids for {IDS_END - 1:,}. Give fewer.")
    return value


def scale(text: str) -> Fraction:
    """A factor: 0.1, 1, 10.

    Raises:
        UsageError: it is none, not above zero, or has too many digits.
    """
    value = Fraction(text) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,9})?", text.strip()) else None
    if not value:
        raise UsageError(
            f"--scale has the value {text!r}: expected a number above 0 without an exponent, with at most 6 digits "
            "before the point and 9 behind it, for instance 0.1 for a tenth."
        )
    return value


def span_ms(text: str) -> int:
    """A span of time in ms: 500ms, 60s (or 60), 5m, 2h, 395d.

    Raises:
        UsageError: it is none, or nothing.
    """
    found = _SPAN.match(text.strip())
    span = int(Fraction(found[1]) * _SPAN_MS[found[2]]) if found else 0
    if span <= 0:
        raise UsageError(f"--duration has the value {text!r}: expected for instance 60s, 5m, 2h or 395d.")
    return span


def speed(text: str) -> float:
    """Seconds of event time in a second: 1000x, or 1000.

    Raises:
        UsageError: it is no number, not above zero, or too large.
    """
    number = text.removesuffix("x")
    factor = Fraction(number) if re.fullmatch(_PLAIN, number) else 0
    if not 0 < factor <= FASTEST:
        raise UsageError(f"--speed has the value {text!r}: expected for instance 1000x, at most {FASTEST:,}x.")
    return float(factor)


def moment_ms(text: str, name: str = "start") -> int:
    """A moment in ms of Unix time, from ISO 8601; without a zone it is UTC.

    Raises:
        UsageError: it is no moment.
    """
    try:
        return round(moment(text).timestamp() * 1000)
    except ValueError:
        raise UsageError(f"--{name} has the value {text!r}: expected for instance 2025-10-01T00:00:00Z.") from None


def streams(text: str | None) -> frozenset[str]:
    """The streams named in a list with commas; all of them for None.

    Raises:
        UsageError: one is unknown.
    """
    names = frozenset(name.strip() for name in text.split(",")) if text is not None else frozenset(STREAMS)
    unknown = sorted(names - set(STREAMS))
    if unknown:
        raise UsageError(f"--only names {unknown[0]!r}: expected some of {', '.join(STREAMS)}.")
    return names


def mix(text: str | None, default: Mapping[str, float]) -> dict[str, float]:
    """Parts of the events by stream, from 'interactions=75,transactions=24,customers=1'.

    Raises:
        UsageError: it cannot be read, or has no part above zero.
    """
    if text is None:
        return {stream: float(default[stream]) for stream in EVENT_STREAMS}
    parts = dict.fromkeys(EVENT_STREAMS, 0.0)
    for item in text.split(","):
        stream, _, part = item.strip().partition("=")
        if stream not in parts or not re.fullmatch(_PLAIN, part):
            raise UsageError(f"--mix has {item!r}: expected for instance interactions=75,transactions=24,customers=1.")
        parts[stream] = float(part)
    if not sum(parts.values()):
        raise UsageError(f"--mix has the value {text!r}: at least one part must be above 0.")
    return parts
