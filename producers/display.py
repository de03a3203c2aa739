"""What a run shows: a live line on a terminal, plain lines elsewhere, with a bar where an end is known."""

import functools
from collections.abc import Callable
from threading import Event
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from producers import metrics
from producers.counters import Totals
from producers.options import EVENT_STREAMS

TERMINAL_SECONDS = 0.5
PLAIN_SECONDS = 2.0
BAR = 24


class Display:
    """Shows totals, and sets the metrics to them."""

    def __init__(self, console: Console, events: int | None, quiet: bool) -> None:
        """`events`: how many there will be; `quiet`: show nothing, keep the metrics."""
        self._console, self._events, self._quiet = console, events, quiet
        live = console.is_terminal and not quiet
        self._live = Live(console=console, auto_refresh=False, transient=True) if live else None
        self.seconds = TERMINAL_SECONDS if live or quiet else PLAIN_SECONDS
        self._figures = _figures()
        self._last: tuple[float, int] | None = None
        self._began = (0.0, 0)

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def say(self, words: str) -> None:
        """One line about what is being done."""
        if not self._quiet:
            self._console.print(words, highlight=False)

    def begin(self, now: float, first: int = 0) -> None:
        """From when on the first rate counts, and with which event."""
        self._last, self._began = (now, 0), (now, first)

    def show(self, totals: Totals, now: float) -> None:
        """The state at a time (s) of a monotonic clock."""
        rate = self._rate(totals, now)
        self._figures.set(totals, rate)
        self._render(status_line(totals, rate, self._events, self._left(totals, now)))

    def show_made(self, totals: Totals, now: float) -> None:
        """The state of a run that sends nothing."""
        self._render(made_line(totals, self._rate(totals, now), self._events, self._left(totals, now)))

    def _rate(self, totals: Totals, now: float) -> float:
        before = self._last or (now, totals.all_sent)
        self._last = (now, totals.all_sent)
        return (totals.all_sent - before[1]) / (now - before[0]) if now > before[0] else 0.0

    def _render(self, line: str) -> None:
        if self._live:
            self._live.update(Text(line), refresh=True)
        else:
            self.say(line)

    def _left(self, totals: Totals, now: float) -> float | None:
        """Seconds until the end at the pace so far, None where that is not known."""
        done, took = totals.following - self._began[1], now - self._began[0]
        return None if self._events is None or done <= 0 else (self._events - totals.following) * took / done


class Figures:
    """The metrics of this process."""

    def __init__(self) -> None:
        self._sent, self._acknowledged, self._failed = (
            one.counter() for one in (metrics.SENT, metrics.ACKNOWLEDGED, metrics.FAILED)
        )
        self._rate, self._queue, self._lag = (one.gauge() for one in (metrics.RATE, metrics.QUEUE, metrics.PACING_LAG))
        self._seen: dict[str, int] = {}

    def set(self, totals: Totals, rate: float) -> None:
        """Brings the metrics up to the totals."""
        for stream in EVENT_STREAMS:
            self._sent.labels(stream).inc(self._grown(stream, totals.sent[stream]))
        self._acknowledged.inc(self._grown("acknowledged", totals.acknowledged))
        self._failed.inc(self._grown("failed", totals.all_failed))
        self._rate.set(rate)
        self._queue.set(totals.queued)
        self._lag.set(totals.lag)

    def _grown(self, name: str, value: int) -> int:
        before = self._seen.get(name, 0)
        self._seen[name] = max(before, value)
        return max(0, value - before)


@functools.cache
def _figures() -> Figures:
    return Figures()


def status_line(totals: Totals, rate: float, events: int | None, seconds: float | None = None) -> str:
    """Rate now, sent, acknowledged, failed and left, in one line; `seconds` are those that are left."""
    late = f"   {totals.lag:.1f} s late" if totals.lag > 0.5 else ""
    line = (
        f"{rate:,.0f}/s   sent {totals.all_sent:,}   acknowledged {totals.acknowledged:,}   "
        f"failed {totals.all_failed:,}"
    )
    if events is None:
        return line + late
    return f"{bar(totals.following, events)}   {line}{_ahead(totals, events, seconds)}{late}"


def made_line(totals: Totals, rate: float, events: int | None, seconds: float | None = None) -> str:
    """The same of events that are only made."""
    whole = events or 0
    return f"{bar(totals.following, whole)}   {rate:,.0f}/s   made {totals.all_sent:,}{_ahead(totals, whole, seconds)}"


def _ahead(totals: Totals, events: int, seconds: float | None) -> str:
    time_left = "" if seconds is None else f" ({_minutes(seconds)})"
    return f"   {totals.size / 1e6:,.0f} MB   left {max(0, events - totals.following):,}{time_left}"


def bar(done: int, whole: int) -> str:
    """How much of a whole is done: a bar and per cent."""
    share = min(1.0, done / whole) if whole else 1.0
    full = int(share * BAR)
    return f"{'━' * full}{'┄' * (BAR - full)} {int(share * 100):3} %"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02} to go"


def watch(show: Callable[[], None], seconds: float, over: Event) -> None:
    """Calls `show` every so often until it is over; runs in a thread of its own."""
    while not over.wait(seconds):
        show()
