"""What a history is: the client's figures scaled to its customers and its span, as a plan of the simulator."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from producers.options import EVENT_STREAMS, STREAMS
from producers.plan import Plan
from producers.world.parameters import parameters
from producers.world.world import day_ms
from schemas.errors import UsageError
from schemas.topics import EARLIEST_MS, TIMESTAMP_LEAD_MS

CUSTOMERS, PRODUCTS, DAYS = 1_000_000, 50_000, 395
#: Events of so many customers in so many days: with the customers and products themselves 35.4 million records.
MIX = {"interactions": 27_000_000, "transactions": 7_300_000, "customers": 50_000}
DAY_MS = 86_400_000
NOW = "now"


@dataclass(frozen=True)
class Request:
    """What is asked for; times in ms, `until` may be NOW, None stands for the default."""

    seed: int
    customers: int
    products: int
    begin: int | None = None
    until: int | str | None = None

    @property
    def name(self) -> str:
        """Under which name it is recorded what a request until now was settled to."""
        begin = "" if self.begin is None else _iso(self.begin)
        return f"backfill:seed={self.seed}:customers={self.customers}:products={self.products}:from={begin}:to=now:"

    def span(self, now: int) -> tuple[int, int]:
        """Begin and end of the history.

        Raises:
            UsageError: it would end before it begins, begin before the year 2000, or end later than the clock.
        """
        until = now if self.until == NOW else self.until
        assert not isinstance(until, str)
        begin = self.begin
        if begin is None:
            begin = day_ms(parameters()["epoch"]) if until is None else _midnight(until - DAYS * DAY_MS)
        end = begin + DAYS * DAY_MS if until is None else until
        if begin > now + TIMESTAMP_LEAD_MS:
            raise UsageError(f"--from {_iso(begin)} is still to come. Give an earlier --from.")
        if end <= begin:
            raise UsageError(f"--from {_iso(begin)} is not before --to {_iso(end)}. Give an earlier --from.")
        if begin < EARLIEST_MS:
            raise UsageError(
                f"The history would begin at {_iso(begin)}, and events before the year 2000 are dead letters. "
                "Give a later --from."
            )
        if end > now + TIMESTAMP_LEAD_MS:
            raise UsageError(
                f"The history from {_iso(begin)} would end at {_iso(end)}, which is still to come. "
                "Give --to now, or an earlier --from."
            )
        return begin, end

    def plan(self, now: int) -> Plan:
        """Its events and its world: the world's first day is the one on which the history begins.

        Raises:
            UsageError: it would end before it begins, or later than the clock.
        """
        begin, end = self.span(now)
        events = round(Fraction(sum(MIX.values()) * self.customers * (end - begin), CUSTOMERS * DAYS * DAY_MS))
        return Plan(
            seed=self.seed,
            customers=self.customers,
            products=self.products,
            epoch=_day(begin),
            mix=tuple((stream, float(MIX[stream])) for stream in EVENT_STREAMS),
            streams=frozenset(STREAMS),
            pace=None,
            events=max(1, events),
            length=end - begin,
            start=begin,
        )


def goes_on(plan: Plan, now: int) -> str:
    """The command that streams on in a plan's world from where its history ends."""
    end = plan.start + (plan.length or 0)
    words = [f"--seed {plan.seed} --customers {plan.customers} --products {plan.products}"]
    if plan.epoch != parameters()["epoch"]:
        words.append(f"--epoch {plan.epoch}")
    if now - end > TIMESTAMP_LEAD_MS:
        words.append(f"--start {_iso(end)}")
    return " ".join(["python -m producers.simulate", *words])


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat().replace("+00:00", "Z")


def _day(ms: int) -> date:
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)).date()


def _midnight(ms: int) -> int:
    return ms - ms % DAY_MS
