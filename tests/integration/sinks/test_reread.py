"""From where topics are read again after an engine's end that lost something, by the log of what was stored when."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client

from schemas.errors import C360Error
from schemas.settings import Settings
from schemas.topics import PRODUCTS, TRANSACTIONS, Topic
from sinks import reread
from sinks.installation import note, noted
from sinks.migrate import LOST, migrate, missing
from sinks.reread import AGAIN_SECONDS, Reread, seen
from sinks.reset_offsets import Offsets, Reset, Span
from sinks.statements import sql
from tests.support.engine import start_engine

#: An hour ago, in s: the log keeps what is of the last days.
NOON = int(time.time()) - 3_600
LOGGED = "INSERT INTO ingest_log (stored_at, topic, partition, records, max_offset) VALUES"


class Kafka:
    """In the place of Kafka and the way in: keeps where readers are moved to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moved: list[dict[str, Offsets]] = []
        self.refuses = False
        monkeypatch.setattr(reread, "Reset", self.Group)
        monkeypatch.setattr(reread, "move", self.move)

    class Group(Reset):
        """A topic with one partition of which the reader has come far."""

        def __init__(self, _: Settings, topic: Topic) -> None:
            self.topic = topic

        def spans(self) -> dict[int, Span]:
            return {0: Span(begin=10, end=9_999, at=5_000)}

    def move(self, _: Settings, moved: dict[Group, Offsets]) -> None:
        if self.refuses:
            raise C360Error("Kafka does not move the group")
        self.moved.append({reset.topic.stream: offsets for reset, offsets in moved.items()})


class Log:
    """An engine with all that `python -m sinks` makes, and what was stored when."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self.client, self.settings, self.time = client, settings, 0.0
        self.reread = Reread(settings, lambda: self.time)

    def stored(self, at: int, first: int, last: int, topic: Topic = TRANSACTIONS) -> None:
        """A block, so many seconds after NOON."""
        self.client.command(f"{LOGGED} ({NOON + at}, '{topic.name(self.settings)}', 0, {last - first + 1}, {last})")

    def started(self, at: int) -> None:
        """The engine started then, and had lost something."""
        note(self.client, LOST, str(NOON + at))

    def moved_at(self, at: int) -> None:
        """Has it that readers were moved then, which was just now."""
        known = seen(self.client)
        reread.keep(self.client, known._replace(at=(NOON + at) * 1000))


class AlsoTorn:
    """A client to whom the server names torn parts."""

    def __init__(self, client: Client, torn: list[reread.TornPart]) -> None:
        self._client, self.torn = client, torn

    def query(self, text: str, **more: Any) -> Any:
        if text == sql("torn"):
            return SimpleNamespace(result_rows=self.torn)
        return self._client.query(text, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Settings]]:
    with start_engine(tmp_path_factory.mktemp("reread")) as engine:
        # Nobody listens there.
        client, settings = engine.client(), engine.settings(kafka_bootstrap="127.0.0.1:1")
        migrate(client, settings)
        yield client, settings
        client.close()


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    return Kafka(monkeypatch)


@pytest.fixture
def log(made: tuple[Client, Settings]) -> Log:
    client, settings = made
    client.command("TRUNCATE TABLE ingest_log")
    client.command(f"DELETE FROM installation WHERE name IN ('{LOST}', '{reread.TORN}')")
    return Log(client, settings)


def test_from_two_minutes_before_the_last_block_and_from_the_begin_where_nothing_was_stored(
    log: Log, kafka: Kafka
) -> None:
    log.stored(0, 100, 199)
    log.stored(300, 200, 299)
    log.stored(419, 300, 399)
    log.stored(500, 400, 499)  # after the start
    log.started(430)
    log.reread.ask(log.client)
    ((to),) = kafka.moved
    assert to.pop(TRANSACTIONS.stream) == {0: 200}
    assert {offset for place in to.values() for offset in place.values()} == {10}
    assert noted(log.client, LOST) == ""
    log.reread.ask(log.client)
    assert len(kafka.moved) == 1


def test_an_end_amid_reading_again_goes_back_to_what_is_safe_of_that(log: Log, kafka: Kafka) -> None:
    """What had been stored before the first end lies further on, and says nothing of what is there."""
    log.stored(-10, 100, 199)
    log.stored(119, 200, 1_999)
    log.started(120)
    log.reread.ask(log.client)
    log.moved_at(121)
    log.stored(130, 200, 249)
    log.stored(400, 250, 299)
    log.started(410)
    log.reread.ask(log.client)
    assert [to[TRANSACTIONS.stream] for to in kafka.moved] == [{0: 200}, {0: 250}]


def test_an_end_that_took_the_log_of_reading_again_goes_back_to_where_that_began(log: Log, kafka: Kafka) -> None:
    log.stored(0, 100, 199)
    log.stored(200, 200, 299)
    log.started(210)
    log.reread.ask(log.client)
    log.moved_at(211)
    log.stored(500, 1, 1, PRODUCTS)  # all that is left of what came then
    log.started(510)
    log.reread.ask(log.client)
    assert [to[TRANSACTIONS.stream] for to in kafka.moved] == [{0: 200}, {0: 200}]


def test_readers_that_were_moved_back_by_hand_go_back_to_where_they_began(log: Log, kafka: Kafka) -> None:
    log.stored(0, 100, 4_999)
    log.stored(300, 1_000, 1_099)
    log.started(310)
    log.reread.ask(log.client)
    assert [to[TRANSACTIONS.stream] for to in kafka.moved] == [{0: 1_000}]


def test_what_was_refused_is_tried_again_a_minute_later(log: Log, kafka: Kafka) -> None:
    kafka.refuses = True
    log.stored(0, 100, 199)
    log.started(10)
    with pytest.raises(C360Error, match="does not move"):
        log.reread.ask(log.client)
    kafka.refuses = False
    log.reread.ask(log.client)
    assert kafka.moved == []
    log.time += AGAIN_SECONDS
    log.reread.ask(log.client)
    assert len(kafka.moved) == 1


def test_what_is_missing_is_made_anew_and_what_came_meanwhile_is_read_again(log: Log, kafka: Kafka) -> None:
    for name in ("keep_transactions", "rollup_customers", "category_nodes"):
        log.client.command(f"DROP TABLE {name} SYNC")
    log.reread.ask(log.client)
    # Somebody may be at it.
    assert missing(log.client, log.settings) == ["category_nodes", "keep_transactions", "rollup_customers"]
    log.reread.ask(log.client)
    assert missing(log.client, log.settings) == []
    assert len(kafka.moved) == 1


def test_without_what_lets_events_in_nothing_passes_by(log: Log, kafka: Kafka) -> None:
    """As whoever holds a stream and is killed amid it leaves it, or an engine whose torn definitions were put aside."""
    for name in ("take_products", "queue_products"):
        log.client.command(f"DROP TABLE {name} SYNC")
    for _ in range(2):
        log.reread.ask(log.client)
    assert missing(log.client, log.settings) == []
    assert kafka.moved == []


def test_what_is_lost_twice_counts_from_the_first_time(log: Log, kafka: Kafka) -> None:
    log.stored(-300, 100, 199)
    log.stored(100, 200, 299)
    log.started(110)
    log.client.command("DROP TABLE keep_transactions SYNC")
    migrate(log.client, log.settings)
    log.reread.ask(log.client)
    assert [to[TRANSACTIONS.stream] for to in kafka.moved] == [{0: 200}]


def test_what_the_look_itself_makes_anew_is_read_again(log: Log, kafka: Kafka) -> None:
    """A torn part of a rollup has all made that is missing, before it was missing at a second look."""
    torn = reread.TornPart("rollup_sales", "broken-on-start_all_1_1_0", NOON, is_recent=True)
    client = AlsoTorn(log.client, [torn])
    log.client.command("DROP TABLE keep_transactions SYNC")
    log.reread.ask(cast("Client", client))
    assert len(kafka.moved) == 1
    log.reread.ask(cast("Client", client))
    assert len(kafka.moved) == 1
    # Its name may be used again, by one that is torn at another start.
    client.torn.append(torn._replace(table="transactions", at=NOON + 1))
    client.torn.append(torn._replace(table="transactions", at=NOON - 10 * 86_400, is_recent=False))
    log.reread.ask(cast("Client", client))
    client.torn[1:] = [torn._replace(table="transactions", at=NOON + 2)]
    log.reread.ask(cast("Client", client))
    assert len(kafka.moved) == 3


@pytest.mark.usefixtures("kafka")
@pytest.mark.parametrize(("table", "left"), [("ingest_log", 1), ("transactions", 0), ("rollup_sales", 0)])
def test_rollups_are_made_anew_with_what_they_are_made_of(log: Log, table: str, left: int) -> None:
    """The number of a torn part's block may be given once more: the rollup took it for what it had seen."""
    log.client.command("INSERT INTO rollup_sales (month, category) VALUES (190001, 'Old')")
    torn = [reread.TornPart(table, f"broken-on-start_{table}_1_1_0", NOON, is_recent=True)]
    log.reread.ask(cast("Client", AlsoTorn(log.client, torn)))
    assert log.client.query("SELECT count() FROM rollup_sales WHERE month = 190001").result_rows == [(left,)]
    migrate(log.client, log.settings)
    log.client.command("TRUNCATE TABLE rollup_sales")


def test_rollups_and_views_that_are_missing_let_nothing_pass_by(log: Log, kafka: Kafka) -> None:
    for name in ("rollup_customers", "category_nodes"):
        log.client.command(f"DROP TABLE {name} SYNC")
    for _ in range(2):
        log.reread.ask(log.client)
    assert missing(log.client, log.settings) == []
    assert kafka.moved == []


def test_nothing_is_made_in_a_database_that_goes(log: Log, made: tuple[Client, Settings]) -> None:
    log.client.command("RENAME TABLE installation TO kept")
    log.client.command("DROP TABLE rollup_customers SYNC")
    for _ in range(3):
        log.reread.look()
    log.client.command("RENAME TABLE kept TO installation")
    assert missing(log.client, log.settings) == ["rollup_customers"]
    migrate(*made)
