"""What holds for every path: keys, limits, ids, tags, and problems that say what to do."""

import asyncio

import httpx2
import pytest
from prometheus_client import REGISTRY

from queries.api.clickhouse import ClickHouse
from queries.api.live import Live
from queries.database import Table
from schemas.errors import BusyError, QueryError, SlowError, UnreachableError
from tests.unit.queries.api.fakes import KEY, KEYED, FakeClickHouse, api, ask, problem, settings

CATALOGUE = "/v1/reports"


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("headers", [KEYED, {"X-API-Key": KEY}, {"authorization": f"bearer {KEY}"}])
def test_a_key_opens_by_either_header(headers: dict[str, str]) -> None:
    assert ask(api(), CATALOGUE, headers).status_code == 200


@pytest.mark.parametrize("path", [CATALOGUE, "/v1/customers/1", "/v1/alerts", "/v1/alerts/live", "/metrics"])
def test_without_a_key_nothing_is_told(path: str) -> None:
    before = counted("c360_queries_api_refused_total", reason="key")
    answer = ask(api(), path, {})
    assert "secrets/api" in problem(answer, 401, "no-key")["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert counted("c360_queries_api_refused_total", reason="key") == before + 1


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer wrong"}, {"X-API-Key": "wrong"}])
def test_a_key_that_is_not_known_is_refused_and_not_repeated(headers: dict[str, str]) -> None:
    answer = ask(api(), CATALOGUE, headers)
    problem(answer, 401, "wrong-key")
    assert "invalid_token" in answer.headers["www-authenticate"]


def test_another_scheme_is_no_key() -> None:
    problem(ask(api(), CATALOGUE, {"Authorization": "Basic eDp5"}), 401, "no-key")


def test_health_needs_no_key() -> None:
    assert ask(api(), "/healthz", {}).json() == {"status": "ok"}
    assert ask(api(), "/readyz", {}).json() == {"status": "ready", "clickhouse": "answers"}


def test_metrics_are_prometheus_text() -> None:
    answer = ask(api(), "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "c360_queries_api_requests_total" in answer.text


def test_requests_are_counted_by_the_route_and_not_by_what_is_asked_of_it() -> None:
    def found(route: str, status: str) -> float:
        return counted("c360_queries_api_requests_total", route=route, status=status)

    asked = {
        "/v1/customers/{customer_id}": ("/v1/customers/7", "404"),
        "/v1/reports/top_customers": ("/v1/reports/top_customers?limit=3", "200"),
        "/v1/alerts": ("/v1/alerts", "200"),
        "none": ("/v1/nothing", "404"),
    }
    before = {route: found(route, status) for route, (_, status) in asked.items()}
    for path, _ in asked.values():
        ask(api(), path)
    assert {route: found(route, status) for route, (_, status) in asked.items()} == {
        route: count + 1 for route, count in before.items()
    }


def test_live_alerts_are_a_route_whose_time_is_not_measured() -> None:
    full = Live(settings())
    app = api(live=full, api_streams=1)
    with full.place(1):
        assert ask(app, "/v1/alerts/live").status_code == 503
    assert counted("c360_queries_api_requests_total", route="/v1/alerts/live", status="503") > 0
    assert counted("c360_queries_api_latency_seconds_count", route="/v1/alerts/live") == 0


def test_beyond_its_rate_a_key_waits() -> None:
    app = api(api_requests_per_second=0.5)
    assert ask(app, CATALOGUE).status_code == 200
    answer = ask(app, CATALOGUE)
    assert "C360_API_REQUESTS_PER_SECOND" in problem(answer, 429, "too-many-requests")["detail"]
    assert answer.headers["retry-after"] == "2"
    assert ask(app, "/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/v1/nothing", "/", "/v1/customers/1/nothing", "/docs"])
def test_a_path_that_there_is_not(path: str) -> None:
    assert path in problem(ask(api(), path), 404, "no-such-path")["detail"]


def test_a_method_that_there_is_not() -> None:
    answer = ask(api(), CATALOGUE, method="DELETE")
    problem(answer, 405, "no-such-method")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("path", "parameter", "value", "words"),
    [
        ("/v1/customers/0", "customer_id", "0", "greater than or equal to 1"),
        ("/v1/customers/4294967296", "customer_id", "4294967296", "less than or equal to 4294967295"),
        ("/v1/customers/one", "customer_id", "one", "valid integer"),
        ("/v1/alerts?limit=1001", "limit", "1001", "less than or equal to 1000"),
        ("/v1/alerts?since=yesterday", "since", "yesterday", "expected ISO 8601"),
        ("/v1/alerts?since=1969-12-31", "since", "1969-12-31", "from 1970 to 2199"),
        ("/v1/alerts?kind=lost", "kind", "lost", "'raised' or 'recovered'"),
        ("/v1/alerts?colour=red", "colour", "red", "there is no such parameter; there are: kind, segment"),
        ("/v1/alerts?limit=1&limit=2", "limit", "1, 2", "more than once"),
        ("/v1/alerts?cursor=abc", "cursor", "abc", "no cursor of this path"),
        ("/v1/reports/top_customers?limit=0", "limit", "0", "greater than or equal to 1"),
        ("/v1/reports/top_customers?n=3", "n", "3", "there is no such parameter; there are:"),
        ("/v1/reports/top_customers?as_of=2026-13-01", "as_of", "2026-13-01", "expected ISO 8601"),
        ("/v1/graph/similar_customers?customer_id=x", "customer_id", "x", "valid integer"),
        ("/healthz?verbose=1", "", "", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_named(path: str, parameter: str, value: str, words: str) -> None:
    answer = ask(api(), path)
    if not parameter:
        # Probes append what they like.
        assert answer.status_code == 200
        return
    told = problem(answer, 400, "bad-parameter")
    (wrong,) = told["errors"]
    assert wrong["parameter"] == parameter
    assert wrong["value"] == value
    assert words in wrong["message"]
    assert value in told["detail"]


@pytest.mark.parametrize(
    ("error", "status", "kind", "again"),
    [
        (UnreachableError("ClickHouse at http://x does not answer."), 503, "unavailable", "5"),
        (BusyError("all taken"), 503, "busy", "1"),
        (SlowError("not within 30 s"), 504, "too-slow", None),
        (QueryError("Code: 159. DB::Exception: Timeout exceeded"), 504, "too-slow", None),
        (QueryError("Code: 241. DB::Exception: Memory limit exceeded"), 400, "too-much", None),
        (QueryError("Code: 396. DB::Exception: Limit for result exceeded"), 400, "too-much", None),
    ],
)
def test_what_clickhouse_cannot_do_is_told(error: QueryError, status: int, kind: str, again: str | None) -> None:
    app = api(FakeClickHouse(settings(), error=error))
    for path in ("/v1/customers/1", "/v1/alerts"):
        answer = ask(app, path)
        assert str(error)[:20] in problem(answer, status, kind)["detail"]
        assert answer.headers.get("retry-after") == again


def test_what_clickhouse_refuses_stands_in_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    words = "Code: 60. DB::Exception: Unknown table expression identifier 'customers'"
    answer = ask(api(FakeClickHouse(settings(), error=QueryError(words))), "/v1/customers/1")
    told = problem(answer, 500, "failed")
    assert "Unknown table" not in answer.text
    assert f"request {told['request_id']}: GET /v1/customers/1: {words}" in caplog.text


def test_what_nobody_foresaw_is_a_problem_too_and_its_traceback_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> Table:
        raise ZeroDivisionError("a secret of ours")

    monkeypatch.setattr(FakeClickHouse, "look", broken)
    answer = ask(api(), "/v1/customers/1")
    told = problem(answer, 500, "failed")
    assert "secret" not in answer.text
    assert told["request_id"] in caplog.text
    assert "ZeroDivisionError: a secret of ours" in caplog.text


def test_readiness_without_clickhouse() -> None:
    app = api(FakeClickHouse(settings(), error=UnreachableError("ClickHouse at x does not answer.")))
    problem(ask(app, "/readyz", {}), 503, "unavailable")
    assert ask(app, "/healthz", {}).status_code == 200


def test_a_request_keeps_the_id_it_comes_with_unless_it_is_no_word() -> None:
    assert ask(api(), "/healthz", {"X-Request-ID": "from-a.proxy_1"}).headers["x-request-id"] == "from-a.proxy_1"
    made = ask(api(), "/healthz", {"X-Request-ID": "two words"}).headers["x-request-id"]
    assert len(made) == 32
    assert ask(api(), "/healthz").headers["x-request-id"] != made


def test_who_has_the_answer_is_not_sent_it_again() -> None:
    app = api()
    first = ask(app, CATALOGUE)
    assert first.headers["cache-control"] == "private, no-cache"
    for wanted in (first.headers["etag"], f"W/{first.headers['etag']}", f'"x", {first.headers["etag"]}', "*"):
        again = ask(app, CATALOGUE, {**KEYED, "If-None-Match": wanted})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == first.headers["etag"]
    assert ask(app, CATALOGUE, {**KEYED, "If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize("content", [b"{}", b"x" * 100_000])
def test_a_body_is_refused(content: bytes) -> None:
    answer = ask(api(), CATALOGUE, content=content)
    problem(answer, 413, "body-too-large")
    assert answer.headers["connection"] == "close"


def test_a_query_ends_when_its_client_goes_away() -> None:
    before = counted("c360_queries_api_ended_total")
    ended = asyncio.run(_left())
    assert ended
    assert counted("c360_queries_api_ended_total") == before + 1


class _Hanging(FakeClickHouse):
    """Never answers; says when it was asked and when it was given up."""

    def __init__(self) -> None:
        super().__init__(settings())
        self.began, self.ended = asyncio.Event(), asyncio.Event()

    async def look(self, name: str, **_: object) -> Table:
        self.began.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended.set()
        raise AssertionError(name)


async def _left() -> bool:
    clickhouse = _Hanging()
    app = api(clickhouse)
    gone = asyncio.Event()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/v1/customers/1",
        "raw_path": b"/v1/customers/1", "query_string": b"", "root_path": "", "scheme": "http", "server": ("api", 80),
        "client": ("somebody", 1), "headers": [(b"authorization", f"Bearer {KEY}".encode())],
    }  # fmt: skip
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    answering = asyncio.ensure_future(app(scope, receive, send))
    await clickhouse.began.wait()
    gone.set()
    await answering
    assert sent == []
    return clickhouse.ended.is_set()


def test_reports_end_with_their_client_too() -> None:
    """They are asked on threads, whose statement is taken from them."""

    async def asking() -> None:
        here = settings(api_queries=1)

        class Slow(ClickHouse):
            async def ask(self, *_: object) -> Table:
                began.set()
                try:
                    await asyncio.get_running_loop().create_future()
                finally:
                    ended.set()
                raise AssertionError

        from queries.api.runners import Runners

        began, ended = asyncio.Event(), asyncio.Event()
        runners = Runners(here, Slow(here))
        task = asyncio.ensure_future(runners.run(lambda runner: runner.sql("top_customers")))
        await began.wait()
        task.cancel()
        await ended.wait()
        with pytest.raises(asyncio.CancelledError):
            await task
        # The thread is free again.
        assert await runners.run(lambda _: 7) == 7
        runners.close()

    asyncio.run(asking())


def test_head_of_problems_is_the_same_for_a_client_of_another_library() -> None:
    answer = ask(api(), "/v1/customers/0")
    assert isinstance(answer, httpx2.Response)
    assert answer.headers["x-content-type-options"] == "nosniff"
