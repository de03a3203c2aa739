"""Blocks of the client on an engine behind HTTPS: a block that comes twice is taken in once by every table."""

import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from ops.launcher.probes import Probe
from schemas import wire
from schemas.clients import writer_client
from schemas.errors import UnreachableError
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import INTERACTIONS
from sinks import statements
from sinks.ingest.block import Block
from sinks.ingest.inserting import Inserter
from sinks.ingest.sorting import Sorted, Sorter
from tests.support.certificates import make_certificates
from tests.support.engine import start_engine
from tests.support.waiting import GIVE_UP
from tests.unit.sinks.ingest.messages import NOON, SCHEMA_ID, TOPIC, interaction, message

OTHER_ID = 8


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """How an engine with every table is reached."""
    folder = tmp_path_factory.mktemp("ingest")
    made = make_certificates(folder)
    with start_engine(folder / "home", tls=made) as engine:
        yield engine.settings(clickhouse_ingest="client", tls_ca=str(made.authority))


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """Empty tables."""
    made = writer_client(settings)
    for name in statements.ingestion_objects(settings):
        made.command(f"DROP TABLE IF EXISTS {name} SYNC")
    for statement in [*statements.tables(settings), *statements.ingestion(settings)]:
        made.command(statement)
    for table in ("interactions", "interacted_by_product", "dead_letters", "ingest_log"):
        made.command(f"TRUNCATE TABLE {table}")
    yield made
    made.close()


def registry() -> Registry:
    records = {SCHEMA_ID: "interaction", OTHER_ID: "customer"}
    return cast("Registry", SimpleNamespace(parsed=lambda schema_id: schema(records[schema_id])))


def sorter() -> Sorter:
    return Sorter(INTERACTIONS, SCHEMA_ID, registry())


def test_a_block_that_comes_twice_is_taken_in_once(settings: Settings, client: Client) -> None:
    inserter = Inserter(settings, INTERACTIONS, sorter())
    block = Block(TOPIC, 0, 100, 119, [message(offset) for offset in range(100, 119)] + [message(119, b"garbage")], "0")
    assert [inserter.insert(block) for _ in range(2)] == [1, 1]
    another = Inserter(settings, INTERACTIONS, sorter())
    assert another.insert(block) == 1
    for table in ("interactions", "interacted_by_product"):
        found = client.query(f"SELECT count(), min(interaction_id), any(type) FROM {table}").result_rows
        assert [*found] == [(19, 100, "view")]
    assert client.query("SELECT sum(records), max(max_offset) FROM ingest_log").result_rows == [(20, 119)]
    letters = "SELECT partition, offset, key, value, stage, toUnixTimestamp64Milli(record_ts) FROM dead_letters"
    stamp = message(0).timestamp()[1]
    assert client.query(letters).result_rows == [(0, 119, "1", "garbage", "sinks", stamp)]
    inserter.close()
    another.close()


def test_what_clickhouse_alone_refuses_is_found_among_its_neighbours(settings: Settings, client: Client) -> None:
    records = [message(offset) for offset in range(200, 209)]
    spoilt = interaction(204)[:-1]
    # Cut short in the middle, it would shift what follows; at the end of the file it is one too few.
    block = Block(TOPIC, 1, 200, 209, [*records, message(209, spoilt)], "0")
    inserter = Inserter(settings, INTERACTIONS, Trusting(INTERACTIONS, SCHEMA_ID, registry()))
    assert [inserter.insert(block) for _ in range(2)] == [1, 1]
    assert client.query("SELECT count() FROM interactions").result_rows == [(9,)]
    assert client.query("SELECT offset FROM dead_letters").result_rows == [(209,)]
    inserter.close()


class Trusting(Sorter):
    """Takes every record for one of today's schema."""

    def sort(self, messages: Any) -> Sorted:
        return Sorted({SCHEMA_ID: list(messages)})


def test_where_clickhouse_refuses_everything_nothing_is_given_up(settings: Settings, client: Client) -> None:
    spoilt = [message(offset, interaction(offset)[:-1]) for offset in (300, 301)]
    inserter = Inserter(settings, INTERACTIONS, Trusting(INTERACTIONS, SCHEMA_ID, registry()))
    with pytest.raises(UnreachableError, match="refuses every record"):
        inserter.insert(Block(TOPIC, 2, 300, 301, spoilt, "0"))
    assert client.query("SELECT count() FROM dead_letters").result_rows == [(0,)]
    inserter.close()


def test_records_of_another_kind_are_refused_whole(settings: Settings, client: Client) -> None:
    person = {
        "customer_id": 1, "name": "A", "email": "a@example.org", "segment": "VIP", "registration_date": NOON.date(),
        "acquisition_channel": "organic", "country": "DE", "version": 1, "deleted": False,
    }  # fmt: skip
    strays = [message(offset, wire.encode(person, schema("customer"), OTHER_ID)) for offset in (400, 401)]
    inserter = Inserter(settings, INTERACTIONS, sorter())
    assert inserter.insert(Block(TOPIC, 2, 400, 402, [*strays, message(402)], "0")) == 2
    assert client.query("SELECT offset FROM dead_letters ORDER BY offset").result_rows == [(400,), (401,)]
    assert client.query("SELECT interaction_id FROM interactions").result_rows == [(402,)]
    inserter.close()


def test_a_way_in_that_is_not_whole_takes_nothing_in(settings: Settings, client: Client) -> None:
    block = Block(TOPIC, 3, 500, 500, [message(500)], "0")
    inserter = Inserter(settings, INTERACTIONS, sorter())
    assert inserter.insert(Block(TOPIC, 3, 499, 499, [message(499)], "0")) == 0
    client.command("DROP TABLE queue_interactions SYNC")
    with pytest.raises(ClickHouseError):
        inserter.insert(block)
    client.command("DROP TABLE take_interactions SYNC")
    client.command("CREATE TABLE queue_interactions (interaction_id Int64) ENGINE = Null")
    with pytest.raises(UnreachableError, match="take_interactions is missing"):
        inserter.insert(block)


def test_what_went_in_while_the_way_in_was_made_anew_is_inserted_again(settings: Settings, client: Client) -> None:
    """By a client that was connected before, into a queue whose view is still to come."""
    block = Block(TOPIC, 3, 601, 601, [message(601)], "0")
    inserter = Inserter(settings, INTERACTIONS, sorter())
    assert inserter.insert(Block(TOPIC, 3, 600, 600, [message(600)], "0")) == 0
    for name in statements.ingestion_objects(settings):
        client.command(f"DROP TABLE {name} SYNC")
    made = statements.ingestion(settings)
    (view,) = (place for place, one in enumerate(made) if "VIEW take_interactions" in one)
    for statement in made[:view]:
        client.command(statement)
    with pytest.raises(UnreachableError, match="was made anew while records went in"):
        inserter.insert(block)
    with pytest.raises(UnreachableError, match="take_interactions is missing"):
        inserter.insert(block)
    for statement in made[view:]:
        client.command(statement)
    assert [inserter.insert(block) for _ in range(2)] == [0, 0]
    assert client.query("SELECT interaction_id FROM interactions ORDER BY ALL").result_rows == [(600,), (601,)]
    inserter.close()


def test_the_client_does_not_start_beside_the_kafka_engine() -> None:
    command = [sys.executable, "-m", "sinks.ingest"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=GIVE_UP)
    assert done.returncode == 2
    assert "C360_CLICKHOUSE_INGEST" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_that_it_lives_is_seen_whoever_signed_its_certificate(settings: Settings) -> None:
    assert Probe("http", f"{settings.clickhouse}/ping", tls=True).answers()
    assert not Probe("http", f"{settings.clickhouse}/ping".replace("https", "http")).answers()


def test_the_engine_trusts_the_authority_too(settings: Settings) -> None:
    """It asks the registry by itself; here it asks its own port."""
    client = writer_client(settings)
    asked = f"SELECT * FROM url('{settings.clickhouse}/ping', 'LineAsString')"
    assert client.query(asked).result_rows == [("Ok.",)]
    client.close()


def test_a_certificate_of_a_stranger_is_refused(settings: Settings) -> None:
    with pytest.raises(UnreachableError, match="certificate verify failed"):
        writer_client(settings.model_copy(update={"tls_ca": ""}))
