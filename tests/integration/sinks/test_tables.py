"""The tables' DDL on an engine: right to run again, and tables of an earlier version are brought up to it."""

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from producers.replay.index import Claim, Index
from schemas.settings import Settings
from sinks import statements
from sinks.migrate import migrate
from tests.support.engine import start_engine

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MOST = 2**53 - 1  # the largest event id


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with start_engine(tmp_path_factory.mktemp("tables")) as engine:
        yield engine.client()


def _codecs(client: Client, table: str) -> dict[str, str]:
    rows = client.query(
        "SELECT name, compression_codec FROM system.columns WHERE table = {table:String}", parameters={"table": table}
    ).result_rows
    return {name: codec for name, codec in rows if codec}


def test_tables_of_an_earlier_version_keep_their_rows_and_get_todays_codecs(client: Client) -> None:
    made = statements.tables(Settings())
    for statement in made:
        if not re.search(r"^ALTER", statement, re.MULTILINE):
            client.command(statement)
    assert _codecs(client, "interactions") == {}
    rows = [
        (MOST - n, 2**32 - 1 - n, n, "view", n * 7, "mobile", n << 40, NEW_YEAR + timedelta(minutes=n))
        for n in range(300)
    ]
    names = ["interaction_id", "customer_id", "product_id", "type", "duration_seconds", "device", "session_id", "ts"]
    client.insert("interactions", rows, column_names=names)
    before = client.query("SELECT * FROM interactions ORDER BY interaction_id").result_rows
    for _ in range(2):
        for statement in made:
            client.command(statement)
    client.command("OPTIMIZE TABLE interactions FINAL")
    assert client.query("SELECT * FROM interactions ORDER BY interaction_id").result_rows == before
    assert _codecs(client, "interactions")["interaction_id"] == "CODEC(T64, LZ4)"
    for table in ("transactions", "purchased_by_product", "interacted_by_product"):
        assert _codecs(client, table)["ts"] == "CODEC(T64, LZ4)"


def test_features_of_an_earlier_version_stay_and_those_by_newer_rules_win(client: Client) -> None:
    made = statements.tables(Settings())
    (today,) = [one for one in made if "EXISTS customer_features" in one]
    later = ("categories", "purchase_rate", "activity_rate", "engagement_long")
    earlier = [line for line in today.splitlines() if not line.strip().startswith(tuple(f"{name} " for name in later))]
    client.command("DROP TABLE IF EXISTS customer_features")
    client.command("\n".join(earlier))
    names = ["customer_id", "orders", "input_records"]
    client.insert("customer_features", [[7, 3, 900_000]], column_names=names)
    for _ in range(2):
        for statement in made:
            client.command(statement)
    columns = client.query("SELECT name FROM system.columns WHERE table = 'customer_features'").result_rows
    assert [name for (name,) in columns] == re.findall(r"^    (\w+) ", today, re.MULTILINE)
    asked = f"SELECT orders, {', '.join(later)} FROM customer_features FINAL"
    assert client.query(asked).result_rows == [(3, 0, 0.0, 0.0, 0.0)]
    # As keep_customer_features has it: rules of version 2_002, of less of the input.
    client.command(
        "INSERT INTO customer_features (customer_id, orders, categories, input_records) "
        "SELECT 7, 2, 1, bitShiftLeft(toUInt64(2002), 44) + 5"
    )
    assert client.query(asked).result_rows == [(2, 1, 0.0, 0.0, 0.0)]


def test_of_external_ids_the_claims_hold_that_a_replay_takes_to_hold(client: Client, tmp_path: Path) -> None:
    for statement in statements.tables(Settings()):
        client.command(statement)
    draws = random.Random(7)
    claims = [Claim(draws.choice(("customer", "product")), f"t{n}", n + 10**6) for n in range(50)]
    # So few texts and numbers that most of these share one, as claims of replays at the same time do.
    claims += [Claim("customer", f"t{draws.randrange(60)}", draws.randrange(60)) for _ in range(300)]
    draws.shuffle(claims)
    index = Index(tmp_path / "ids.sqlite")
    index.apply(claims, len(claims))
    columns = ["kind", "text", "number", "place"]
    rows = [(claim.kind, claim.text, claim.number, place) for place, claim in enumerate(claims)]
    for _ in range(2):  # what Kafka hands out twice counts once
        client.insert("external_id_claims", rows, column_names=columns)
    for kind in ("customer", "product", "session"):
        texts = sorted({claim.text for claim in claims})
        held = {text: one.number for text, one in index.found(kind, texts).items()}
        asked = "SELECT text, number FROM external_ids(kind = {kind:String})"
        found = client.query(asked, parameters={"kind": kind}, settings={"final": 1}).result_rows
        assert sorted(map(tuple, found)) == sorted(held.items())
    index.close()


def test_reasons_of_dead_letters_are_kept_for_each_reader_also_of_those_that_were_there_before(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.migrate.refuse_readers", lambda *_: None)  # there is no Kafka, and nobody reads
    here = Settings(clickhouse_ingest="client")
    migrate(client, here)
    # As an earlier version left it.
    for made in ("keep_dead_letter_reasons", "dead_letter_reasons", "letters", "dead_letter_replays"):
        client.command(f"DROP TABLE IF EXISTS {made} SYNC")
    client.command("ALTER TABLE installation DELETE WHERE name = 'dead_letter_reasons' SETTINGS mutations_sync = 1")
    names = ["topic", "partition", "offset", "record_ts", "key", "value", "error", "stage"]
    client.insert("dead_letters", [["t", 0, 1, NEW_YEAR, "7", "x", "an old reason", "sinks"]], column_names=names)
    assert migrate(client, here)
    for stage, error in (("stream_processors", "b"), ("sinks", "a"), ("sinks", "a")):
        client.insert("dead_letters", [["t", 0, 2, NEW_YEAR, "7", "x", error, stage]], column_names=names)
    assert not migrate(client, here)
    asked = "SELECT offset, reasons, replay FROM letters ORDER BY offset"
    both = [{"reader": "sinks", "error": "a"}, {"reader": "stream_processors", "error": "b"}]
    assert client.query(asked).result_rows == [(1, [{"reader": "sinks", "error": "an old reason"}], ""), (2, both, "")]
    assert client.query(statements.sql("dead_letters")).result_rows == [("t", 2)]  # what the metric counts


def test_what_was_refused_before_that_was_noted_is_noted_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that letters of before get into their topic; those that are the stream processors' alone are in it."""
    monkeypatch.setattr("sinks.migrate.refuse_readers", lambda *_: None)  # there is no Kafka, and nobody reads
    here = Settings(clickhouse_ingest="client")
    migrate(client, here)
    for made in ("keep_published_letters", "refused_records"):
        client.command(f"DROP TABLE IF EXISTS {made} SYNC")
    client.command("ALTER TABLE installation DELETE WHERE name = 'refused_records' SETTINGS mutations_sync = 1")
    names = ["topic", "partition", "offset", "record_ts", "key", "value", "error", "stage"]
    for offset, stage in ((71, "sinks"), (72, "stream_processors"), (73, "stream_processors"), (73, "sinks")):
        rows = [["noted", 0, offset, NEW_YEAR, "7", "x", f"why {stage}", stage]]
        client.insert("dead_letters", rows, column_names=names)
    assert migrate(client, here)
    assert not migrate(client, here)
    asked = "SELECT offset, error, published FROM refused_records FINAL WHERE topic = 'noted' ORDER BY offset"
    assert client.query(asked).result_rows == [(71, "why sinks", 0), (73, "why sinks", 0)]
    left = client.query(statements.sql("unpublished"), parameters={"letters": "c360.dead-letters", "most": 10})
    assert [row[:3] for row in left.result_rows if row[0] == "noted"] == [("noted", 0, 71), ("noted", 0, 73)]
