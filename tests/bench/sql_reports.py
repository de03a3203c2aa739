"""The 15 reports at full scale: from the rollups, warm and cold, beside the rows themselves in the same run.

On a stack that is running (`--home`, its ports from C360_*_PORT as ever) or one that is filled for it. Live factors are
taken while the simulator streams into the same stack.
"""

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client

from queries import values
from queries.catalogue import Query, catalogue
from queries.database import EXACT, HttpDatabase, Table
from queries.runner import Runner
from schemas.clients import reader_client, writer_client
from schemas.settings import Settings
from tests.bench.files import sql
from tests.bench.freshness import newest_age, quantiles, watched
from tests.bench.statistics import quantile
from tests.bench.world import filled, streaming

WARM = 11
COLD = 3
PLAIN = 2
LIVE_RATES = (10_000, 50_000)
#: Rates are kept up for this long before the reports are timed, so that there is something to keep up with.
LIVE_WARM_UP = 15.0


def run(home: Path | None = None, scale: float = 1.0, live: Sequence[int] | None = None) -> dict[str, Any]:
    """The figures, in ms; `live_factor` is the mean while that many events a second arrive over the mean at rest.

    `live_freshness` is how old, in s, the newest event is that a reader sees meanwhile.
    """
    with filled(home, scale) as (settings, variables):
        bench = Bench(settings, writer_client(settings))
        reports = {str(query.number): bench.report(query) for query in catalogue("sql")}
        mean = _mean(report["p50_ms"] for report in reports.values())
        plain = _mean(report["plain_ms"] for report in reports.values())
        figures = {
            "reports": reports,
            "mean_ms": round(mean, 1),
            "max_ms": round(max(report["p50_ms"] for report in reports.values()), 1),
            "plain_mean_ms": round(plain, 1),
            "speedup": round(plain / mean, 1),
            "differences": sum(not report["equal"] for report in reports.values()),
            "disk_mb": bench.disk_mb(),
        }
        rates = LIVE_RATES if live is None else live
        during = {str(rate): bench.live(variables, scale, rate) for rate in rates}
        factors = {rate: round(took / mean, 2) for rate, (took, _) in during.items()}
        return {**figures, "live_factor": factors, "live_freshness": {rate: ages for rate, (_, ages) in during.items()}}


class Bench:
    """Times reports on one stack."""

    def __init__(self, settings: Settings, writer: Client) -> None:
        self._settings, self._writer = settings, writer
        self._runner = Runner(settings)
        self._database = HttpDatabase(settings)

    def report(self, query: Query) -> dict[str, Any]:
        """One report: both ways to answer it, timed, and whether they say the same."""
        rolled = self._runner.sql(query.name)
        warm = [self._time(query) for _ in range(WARM)]
        given = self._defaults(query)
        took = []
        for _ in range(PLAIN):
            began = time.perf_counter()
            plain = self._database.query(query.plain, given, EXACT)
            took.append(_ms(began))
        return {
            "p50_ms": round(quantile(warm, 0.5), 1),
            "p95_ms": round(quantile(warm, 0.95), 1),
            "cold_ms": round(quantile([self._cold(query) for _ in range(COLD)], 0.5), 1),
            "plain_ms": round(min(took), 1),
            "equal": _same(rolled.rows, plain),
            "source": rolled.source,
        }

    def live(self, variables: Mapping[str, str], scale: float, rate: int) -> tuple[float, dict[str, float]]:
        """While that many events a second arrive: mean of the reports' medians, and quantiles of freshness."""
        with streaming(variables, scale, rate):
            time.sleep(LIVE_WARM_UP)  # the load is what is asked for
            client = reader_client(self._settings)
            with contextlib.closing(client), watched(lambda: newest_age(client)) as ages:
                rounds = [[self._time(query) for query in catalogue("sql")] for _ in range(3)]
        return _mean(quantile(times, 0.5) for times in zip(*rounds, strict=True)), quantiles(ages)

    def disk_mb(self) -> dict[str, float]:
        """By what they are for: raw rows, edges, rollups, others."""
        rows = self._writer.query(sql("tests.bench", "disk")).result_rows
        return {str(kind): round(float(size) / 1e6, 1) for kind, size in rows}

    def _time(self, query: Query) -> float:
        began = time.perf_counter()
        self._runner.sql(query.name)
        return _ms(began)

    def _cold(self, query: Query) -> float:
        for statement in sql("tests.bench", "drop_caches").split(";\n"):
            if statement.strip():
                self._writer.command(statement)
        # The system's own cache too, where that is permitted.
        with contextlib.suppress(OSError):
            Path("/proc/sys/vm/drop_caches").write_text("3", encoding="ascii")
        return self._time(query)

    def _defaults(self, query: Query) -> dict[str, str]:
        read = ((item, self._runner.default(item)) for item in query.parameters)
        return {item.name: values.text(values.read(item.name, item.type, value)) for item, value in read}


def _same(rows: list[tuple[Any, ...]], plain: Table) -> bool:
    return rows == plain.rows


def _mean(figures: Any) -> float:
    listed = list(figures)
    return float(sum(listed) / len(listed))


def _ms(began: float) -> float:
    return 1000 * (time.perf_counter() - began)
