"""How a peer is timed: twice to warm up, then as often as its time allows."""

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.peers.asking import Ask, RefusedError, Rows, SlowError, parameters
from tests.bench.statistics import median

WARM_UPS, RUNS = 2, 20
#: Whoever takes longer to answer the first time is not asked again.
ONCE_SECONDS = 20.0


@dataclass
class Timed:
    """The seconds of each run, and the rows for the first of the parameters.

    `least` is the time that a run may take, where one did not end within it; `refused` what was said instead of an
    answer.
    """

    seconds: list[float] = field(default_factory=list)
    rows: Rows | None = None
    least: float | None = None
    refused: str = ""

    @property
    def p50(self) -> float | None:
        """The median, or what it takes at least; None where there was no answer."""
        return median(self.seconds) if self.seconds else self.least

    def figures(self, peer: str) -> dict[str, Any]:
        """The median in ms and over how many runs: 0 where it is only known to take longer."""
        refused = {f"{peer}_refused": self.refused} if self.refused else {}
        if self.p50 is None:
            return {f"{peer}_p50_ms": None, **refused}
        return {f"{peer}_p50_ms": round(1000 * self.p50, 1), f"{peer}_n": len(self.seconds), **refused}


def timed(ask: Ask, text: str, given: Sequence[Mapping[str, Any]], budget: float, limit: float) -> Timed:
    """Asks with one after the other of the given parameters for about `budget` seconds, when warm.

    `limit` is what `ask` gives a run.
    """
    done = Timed()
    first = None
    try:
        done.rows, first = _first(ask, text, given[0])
        if first > ONCE_SECONDS:
            done.seconds.append(first)
            return done
        if first < budget:
            for params in itertools.islice(itertools.cycle(given), 1, WARM_UPS):
                _run(ask, text, params)
        spent = 0.0
        for params in itertools.islice(itertools.cycle(given), RUNS):
            done.seconds.append(_run(ask, text, params)[1])
            spent += done.seconds[-1]
            if spent > budget:
                break
    except SlowError:
        done.least = limit
        if done.seconds:
            done.seconds.append(limit)
        elif first is not None:
            done.seconds.append(first)
    except RefusedError as error:
        done.refused = str(error)
    return done


def _first(ask: Ask, text: str, params: Mapping[str, Any]) -> tuple[Rows, float]:
    """Once more where it does not end in time: Kuzu has been seen to hang in a question that it answers in no time."""
    try:
        return _run(ask, text, params)
    except SlowError:
        return _run(ask, text, params)


def _run(ask: Ask, text: str, params: Mapping[str, Any]) -> tuple[Rows, float]:
    began = time.perf_counter()
    rows = ask(text, parameters(text, params))[1]
    return rows, time.perf_counter() - began
