"""The 20 graph questions over the whole history, asked through Bolt with the neo4j driver, as any user would.

Questions about a customer or product are asked about 20, drawn by purchase (who bought more is drawn more often), and
about the one with the most purchases.

Beside our times stand those of other graph databases with the same data, or with every tenth customer of it, and for
three questions those of the SQL that an analyst would write.
"""

import concurrent.futures
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import neo4j
from clickhouse_connect.driver.client import Client

from queries import values
from queries.catalogue import Query, catalogue, find
from queries.runner import Runner
from schemas.clients import reader_client
from schemas.settings import Settings
from tests.bench.files import sql
from tests.bench.freshness import newest_age, newest_edge_age, quantiles, watched
from tests.bench.peers.asking import Rows
from tests.bench.peers.comparison import SHARES, compared
from tests.bench.peers.export import answers_of
from tests.bench.peers.rows import same
from tests.bench.statistics import median, quantile
from tests.bench.world import filled, streaming

Result = TypeVar("Result")

DRAWN, WARM, HEAVY = 20, 5, 3
LIVE_RATES = (10_000, 50_000)
LIVE_WARM_UP = 15.0
#: For how long it is looked how old the newest event is while nothing is asked.
FRESH_SECONDS = 20.0
SESSIONS, SESSIONS_SECONDS = 8, 20.0
#: Questions about one customer that only look it up.
LOOKUPS = (1, 9)
KEYS = ("customer_id", "product_id")
#: Questions that tests/bench/sql/equivalent_*.sql has in SQL.
EQUIVALENT = (4, 5, 15)


def run(
    home: Path | None = None, scale: float = 1.0, live: Sequence[int] | None = None, peers: str = "tenth"
) -> dict[str, Any]:
    """The figures, in ms; `live_factor` is the mean while so many events a second arrive over the mean at rest.

    `live_freshness` is how old, in s, the newest event is that each of the two languages sees meanwhile, and
    `unasked_freshness` while nothing else is asked.
    `geomean_ratio` is the better peer's median over ours, where the peers have the share `peers_scale` of our data.
    """
    with filled(home, scale) as (settings, variables), Bench.opened(settings) as bench:
        questions = {str(query.number): bench.question(query) for query in catalogue("cypher")}
        middle = [one["p50_ms"] for one in questions.values()]
        mean = sum(middle) / len(middle)
        figures: dict[str, Any] = {
            "q4_p50_ms": questions["4"]["p50_ms"],
            "mean_p50_ms": round(mean, 1),
            "max_p50_ms": max(middle),
            "heavy_max_ms": max(one.get("heavy_ms", 0.0) for one in questions.values()),
            "lookup_p95_ms": max(questions[str(number)]["p95_ms"] for number in LOOKUPS),
            "queries": questions,
            **bench.compiled(),
            **bench.sessions(),
            **bench.equivalents(),
        }
        if peers in SHARES:
            figures |= bench.peers(SHARES[peers], questions)
        factors, freshness, unasked = {}, {}, {}
        for rate in LIVE_RATES if live is None else live:
            with streaming(variables, scale, rate):
                time.sleep(LIVE_WARM_UP)  # the load is what is asked for
                _, unasked[str(rate)] = bench.fresh(lambda: time.sleep(FRESH_SECONDS))
                took, freshness[str(rate)] = bench.fresh(lambda: bench.mean(rounds=1))
                factors[str(rate)] = round(took / mean, 2)
        return {**figures, "live_factor": factors, "live_freshness": freshness, "unasked_freshness": unasked}


class Bench:
    """Asks one stack's Bolt."""

    def __init__(self, settings: Settings, driver: neo4j.Driver, client: Client) -> None:
        self._settings, self._driver, self._client = settings, driver, client
        self._runner = Runner(settings)
        self._ids = self._drawn_ids(share=1)

    @classmethod
    @contextlib.contextmanager
    def opened(cls, settings: Settings) -> Iterator["Bench"]:
        """With its connections."""
        auth = (settings.bolt_user, settings.bolt_secret)
        with neo4j.GraphDatabase.driver(f"bolt://127.0.0.1:{settings.bolt_port}", auth=auth) as driver:
            yield cls(settings, driver, reader_client(settings))

    def question(self, query: Query) -> dict[str, Any]:
        """One question's times."""
        given = self._given(query)
        self._ask(query, given[0])
        times = [self._ask(query, params)[0] for params in given]
        rows = [self._ask(query, params)[1] for params in given[:1]]
        figures = {"p50_ms": _ms(median(times)), "p95_ms": _ms(quantile(times, 0.95)), "rows": rows[0]}
        heavy = self._heavy(query)
        if heavy is not None:
            figures["heavy_ms"] = _ms(median([self._ask(query, heavy)[0] for _ in range(HEAVY)]))
        return figures

    def mean(self, rounds: int) -> float:
        """Mean over the questions of their medians."""
        medians = [
            median([self._ask(query, params)[0] for _ in range(rounds) for params in self._given(query)[:WARM]])
            for query in catalogue("cypher")
        ]
        return 1000 * sum(medians) / len(medians)

    def fresh(self, during: Callable[[], Result]) -> tuple[Result, dict[str, dict[str, float]]]:
        """What is done meanwhile, and for how long events go unseen by SQL and by Cypher."""
        with (
            contextlib.closing(reader_client(self._settings)) as client,
            watched(lambda: newest_age(client)) as rows,
            watched(lambda: newest_edge_age(self._driver)) as edges,
        ):
            result = during()
        return result, {"sql": quantiles(rows), "cypher": quantiles(edges)}

    def compiled(self) -> dict[str, float]:
        """Compiling a text that was compiled before, and one that was not: the medians over the questions."""
        hits: list[float] = []
        misses: list[float] = []
        for query in catalogue("cypher"):
            given = self._given(query)[0]
            for place, times in ((" ", misses), (" ", hits)):
                began = time.perf_counter()
                self._runner.compile(query.text + place, given)
                times.append(time.perf_counter() - began)
        return {"compile_hit_ms": _ms(median(hits), 3), "compile_miss_ms": _ms(median(misses))}

    def sessions(self) -> dict[str, float]:
        """Question 4 from several sessions at once."""
        query = find("cypher", "4")
        given = self._given(query)
        until = time.monotonic() + SESSIONS_SECONDS

        def session(first: int) -> list[float]:
            times, at = [], first
            while time.monotonic() < until:
                times.append(self._ask(query, given[at % len(given)])[0])
                at += 1
            return times

        with concurrent.futures.ThreadPoolExecutor(SESSIONS) as pool:
            began = time.monotonic()
            times = [one for done in pool.map(session, range(SESSIONS)) for one in done]
            seconds = time.monotonic() - began
        return {"sessions8_per_s": round(len(times) / seconds, 2), "sessions8_p99_ms": _ms(quantile(times, 0.99))}

    def equivalents(self) -> dict[str, Any]:
        """The questions in plain SQL, over HTTP: the medians, and which of them give other rows than the Cypher."""
        times: dict[str, float] = {}
        differ = []
        for number in EQUIVALENT:
            query, statement = find("cypher", str(number)), sql("tests.bench", f"equivalent_{number:02}")
            given = self._given(query)
            rows = self._ask_sql(statement, given[0])[1]
            times[str(number)] = _ms(median([self._ask_sql(statement, params)[0] for params in given]))
            differ += [] if same(self._rows(query, given[0]), rows) else [number]
        return {"sql_equivalent_ms": times, "sql_equivalent_differ": differ}

    def peers(self, share: int, questions: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        """The peers' figures; those of each question are put with its own."""
        ids = self._drawn_ids(share)
        given = {query.number: self._given(query, ids) for query in catalogue("cypher")}
        figures, single = compared(
            answers_of(self._client),
            share,
            given,
            {int(number): one["p50_ms"] for number, one in questions.items()},
            lambda number: self._rows(find("cypher", str(number)), given[number][0]),
        )
        for number, one in single.items():
            questions[str(number)].update(one)
        return figures

    def _ask(self, query: Query, params: Mapping[str, Any]) -> tuple[float, int]:
        """Seconds until the last row is here, and how many."""
        began = time.perf_counter()
        rows = self._driver.execute_query(query.text, dict(params)).records
        return time.perf_counter() - began, len(rows)

    def _rows(self, query: Query, params: Mapping[str, Any]) -> Rows:
        return [tuple(record.values()) for record in self._driver.execute_query(query.text, dict(params)).records]

    def _ask_sql(self, statement: str, params: Mapping[str, Any]) -> tuple[float, Rows]:
        began = time.perf_counter()
        rows = self._client.query(statement, parameters=dict(params)).result_rows
        return time.perf_counter() - began, [tuple(row) for row in rows]

    def _given(self, query: Query, ids: Mapping[str, tuple[list[int], int]] | None = None) -> list[dict[str, Any]]:
        defaults = self._defaults(query)
        key = next((name for name in KEYS if name in defaults), None)
        if key is None:
            return [defaults] * WARM
        return [{**defaults, key: one} for one in (ids or self._ids)[key][0]]

    def _heavy(self, query: Query) -> dict[str, Any] | None:
        defaults = self._defaults(query)
        return next(({**defaults, name: self._ids[name][1]} for name in KEYS if name in defaults), None)

    def _defaults(self, query: Query) -> dict[str, Any]:
        return {
            item.name: values.read(item.name, values.CYPHER_TYPES[item.type], self._runner.default(item))
            for item in query.parameters
        }

    def _drawn_ids(self, share: int) -> dict[str, tuple[list[int], int]]:
        return {key: self._drawn(key, share) for key in KEYS}

    def _drawn(self, key: str, share: int) -> tuple[list[int], int]:
        given = {"drawn": DRAWN, "share": share}
        rows = self._client.query(sql("tests.bench", f"drawn_{key}"), parameters=given).result_rows
        heaviest = self._client.query(sql("tests.bench", f"heaviest_{key}")).result_rows
        return [int(row[0]) for row in rows], int(heaviest[0][0])


def _ms(seconds: float, digits: int = 1) -> float:
    return round(1000 * seconds, digits)
