"""What a run shows: a live line on a terminal, plain lines elsewhere, and the account at the end."""

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


class Display:
    """Shows totals, and sets the metrics to them."""

    def __init__(self, console: Console, events: int | None, quiet: bool) -> None:
        """`events`: how many there will be; `quiet`: show nothing, keep the metrics."""
        self._console, self._events, self._quiet = console, events, quiet
        live = console.is_terminal and not quiet
        self._live = Live(console=console, auto_refresh=False, transient=True) if live else None
        self.seconds = TERMINAL_SECONDS if live or quiet else PLAIN_SECONDS
        self._figures = Figures()
        self._last: tuple[float, int] | None = None

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

    def begin(self, now: float) -> None:
        """From when on the first rate counts."""
        self._last = (now, 0)

    def show(self, totals: Totals, now: float) -> None:
        """The state at a time (s) of a monotonic clock."""
        before = self._last or (now, totals.all_sent)
        self._last = (now, totals.all_sent)
        rate = (totals.all_sent - before[1]) / (now - before[0]) if now > before[0] else 0.0
        self._figures.set(totals, rate)
        line = status_line(totals, rate, self._events)
        if self._live:
            self._live.update(Text(line), refresh=True)
        else:
            self.say(line)


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


def status_line(totals: Totals, rate: float, events: int | None) -> str:
    """Rate now, sent, acknowledged, failed and left, in one line."""
    left = "" if events is None else f"   left {max(0, events - totals.following):,}"
    late = f"   {totals.lag:.1f} s late" if totals.lag > 0.5 else ""
    return (
        f"{rate:,.0f}/s   sent {totals.all_sent:,}   acknowledged {totals.acknowledged:,}   "
        f"failed {totals.all_failed:,}{left}{late}"
    )


def watch(show: Callable[[], None], seconds: float, over: Event) -> None:
    """Calls `show` every so often until it is over; runs in a thread of its own."""
    while not over.wait(seconds):
        show()
