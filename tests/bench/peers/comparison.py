"""The 20 questions at each peer, beside our own times."""

import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ladybug

from tests.bench.peers.asking import Ask, Open, Rows, form
from tests.bench.peers.export import Answer
from tests.bench.peers.kuzu import database as kuzu
from tests.bench.peers.neo4j import database as neo4j
from tests.bench.peers.rows import same
from tests.bench.peers.timing import Timed, timed
from tests.support.neo4j.lock import ROOT

PEERS: dict[str, tuple[str, Open]] = {
    "kuzu": (f"ladybug {ladybug.__version__}", kuzu.opened),
    "neo4j": (ROOT, neo4j.opened),
}
#: How many customers stand for one, by what the command line calls it.
SHARES = {"tenth": 10, "full": 1}
#: Seconds for one question at a peer: all its runs when warm, and the longest that one run may take.
BUDGETS = {10: (4.0, 60.0), 1: (20.0, 120.0)}

Given = Mapping[int, Sequence[Mapping[str, Any]]]


def compared(
    answer: Answer, share: int, given: Given, p50_ms: Mapping[int, float], ours: Callable[[int], Rows]
) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
    """The figures of all questions together, and of each by number.

    Each peer is loaded with every `share`th customer and all that belongs to them, asked, and ended before the next.
    `geomean_ratio` has the quicker peer over ours; ours are always of all customers, so that it says less than it could
    where `share` is not 1. The peers' rows for the first of the parameters are held against ours where these are of the
    same customers, else against the other peer's.
    """
    about, results = {}, {}
    for name, (version, opened) in PEERS.items():
        results[name], seconds = _asked(name, opened, answer, share, given)
        about[name] = {"version": version, "load_s": seconds}
    rows = {number: ours(number) for number in given} if share == 1 else None
    figures = {**summary(p50_ms, results, rows), "peers_scale": round(1 / share, 3), "peers": about}
    single = {
        number: {key: value for name, times in results.items() for key, value in times[number].figures(name).items()}
        for number in given
    }
    return figures, single


def summary(
    p50_ms: Mapping[int, float], results: Mapping[str, Mapping[int, Timed]], ours: Mapping[int, Rows] | None
) -> dict[str, Any]:
    """The ratio, and how many answers are the same."""
    return {"geomean_ratio": _geomean(p50_ms, results), "peers_agree": _agree(results, ours)}


def _asked(name: str, opened: Open, answer: Answer, share: int, given: Given) -> tuple[dict[int, Timed], float]:
    budget, limit = BUDGETS[share]
    with tempfile.TemporaryDirectory(prefix="c360-peer-") as folder:
        began = time.monotonic()
        with opened(answer, Path(folder), share, limit) as ask:
            loaded = round(time.monotonic() - began, 1)
            return {
                number: _timed(name, ask, number, params, budget, limit) for number, params in given.items()
            }, loaded


def _timed(name: str, ask: Ask, number: int, params: Sequence[Mapping[str, Any]], budget: float, limit: float) -> Timed:
    return timed(ask, form(name, number), params, budget, limit)


def _geomean(p50_ms: Mapping[int, float], results: Mapping[str, Mapping[int, Timed]]) -> float | None:
    """Of the questions that a peer answered."""
    ratios = []
    for number, own in p50_ms.items():
        times = [p50 for times in results.values() if (p50 := times[number].p50) is not None]
        if times:
            ratios.append(1000 * min(times) / own)
    return round(math.exp(sum(map(math.log, ratios)) / len(ratios)), 2) if ratios else None


def _agree(results: Mapping[str, Mapping[int, Timed]], ours: Mapping[int, Rows] | None) -> dict[str, Any]:
    """How many answers are the same of those that are there, and which questions have others."""
    first, *others = ("ours", *results) if ours is not None else results
    wanted = ours if ours is not None else {number: one.rows for number, one in results[first].items()}
    agreed: dict[str, Any] = {"with": first}
    for name in others:
        there = {
            number: same(rows, one.rows)
            for number, one in results[name].items()
            if (rows := wanted[number]) is not None and one.rows is not None
        }
        differ = [number for number, equal in there.items() if not equal]
        agreed[name] = {"compared": len(there), "same": len(there) - len(differ), "differ": differ}
    return agreed
