"""Sessions: what they keep, for whom, for how long, and that two requests cannot use one at once."""

import threading
import uuid

from tests.contract.clickhouse.conftest import Backend
from tests.support.waiting import wait_for


def _session() -> str:
    return str(uuid.uuid4())


def test_keeps_temporary_tables_and_settings(backend: Backend) -> None:
    session = _session()
    backend.text("CREATE TEMPORARY TABLE mine (a UInt8)", session_id=session)
    backend.text("INSERT INTO mine VALUES (1), (2)", session_id=session)
    backend.text("SET max_block_size = 779", session_id=session)
    assert backend.text("SELECT sum(a), getSetting('max_block_size') FROM mine", session_id=session) == "3\t779\n"
    assert backend.ask("SELECT * FROM mine").headers["X-ClickHouse-Exception-Code"] == "60"
    assert backend.ask("SELECT * FROM mine", session_id=_session()).headers["X-ClickHouse-Exception-Code"] == "60"


def test_a_request_s_settings_last_for_the_request(backend: Backend) -> None:
    session = _session()
    backend.text("SET max_block_size = 780", session_id=session)
    ask = "SELECT getSetting('max_block_size')"
    assert backend.text(ask, session_id=session, max_block_size=5) == "5\n"
    assert backend.text(ask, session_id=session, max_block_size=6) == "6\n"
    assert backend.text(ask, session_id=session) == "780\n"


def test_use_lasts_where_no_database_is_named(backend: Backend) -> None:
    session = _session()
    backend.text("USE system", session_id=session)
    assert backend.text("SELECT currentDatabase()", session_id=session, database="") == "system\n"
    assert backend.text("SELECT currentDatabase()", session_id=session) == "c360_contract\n"


def test_session_check(backend: Backend) -> None:
    session = _session()
    answer = backend.ask("SELECT 1", session_id=session, session_check=1)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "372"
    backend.text("SELECT 1", session_id=session)
    assert backend.text("SELECT 1", session_id=session, session_check=1) == "1\n"


def test_session_timeout(backend: Backend) -> None:
    session = _session()
    backend.text("CREATE TEMPORARY TABLE mine (a UInt8)", session_id=session, session_timeout=1)

    def gone() -> bool:
        # Asked from outside: a request of its own would keep it alive.
        return backend.ask("SELECT 1", session_id=session, session_check=1, session_timeout=1).status != 200

    wait_for(gone, "the session has ended", 30, every=1.5)
    assert backend.ask("SELECT 1", session_id=session, session_timeout=99999).status in {400, 500}


def test_a_session_serves_one_at_a_time(backend: Backend) -> None:
    session, query_id = _session(), _session()
    slow = threading.Thread(
        target=backend.ask, args=("SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))",),
        kwargs={"session_id": session, "query_id": query_id},
    )  # fmt: skip
    slow.start()
    # Asked too early, this test's own question would hold the session, and the slow one would be turned away.
    running = "SELECT count() > 1 FROM system.processes WHERE query LIKE '%sipHash64%'"
    try:
        wait_for(lambda: backend.text(running) == "1\n", "the slow query runs")
        wait_for(
            lambda: backend.ask("SELECT 1", session_id=session).headers.get("X-ClickHouse-Exception-Code") == "373",
            "the session is locked",
        )
    finally:
        wait_for(
            lambda: query_id in backend.text(f"KILL QUERY WHERE query_id = '{query_id}'") or not slow.is_alive(),
            "the slow query is found",
        )
        slow.join()
    assert backend.text("SELECT 1", session_id=session) == "1\n"
