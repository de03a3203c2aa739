"""Foreign files into a real Kafka: repeats, renamed files, interruptions, reused ids and round trips change nothing."""

import contextlib
import datetime as dt
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ops.stack.status import part_statuses
from schemas import wire
from schemas.records import schema
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, EXTERNAL_IDS, INTERACTIONS, PRODUCTS, TRANSACTIONS, Topic
from tests.integration.producers.topics import installation, records
from tests.support.foreign import UCI_MAPPING, WEB_MAPPING, floats, retail, shop, user
from tests.support.waiting import GIVE_UP, wait_for

COMMAND = [sys.executable, "-m", "ops.launcher.bound", "-m", "producers.replay"]
Kafka = tuple[Settings, dict[str, str]]


def run(environment: Mapping[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=GIVE_UP,
        check=False,
    )


def replay(environment: Mapping[str, str], *words: object) -> dict[str, Any]:
    done = run(environment, *words, "--json")
    assert done.returncode == 0, done.stderr
    account: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert account["sent"] == account["acknowledged"]
    return account


def rows(settings: Settings, topic: Topic) -> list[dict[str, Any]]:
    header = b"\0" * wire.HEADER.size
    return [wire.decode(header + value, schema(topic.record)) for _, _, value, _ in records(settings, topic)]


def mapped(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def at_home(kafka: Kafka, prefix: str, home: Path) -> tuple[Settings, dict[str, str]]:
    """Topics and an index of a test's own."""
    settings, environment = installation(kafka, prefix)
    return settings, {**environment, "C360_HOME": str(home)}


def test_retail_is_exact_and_a_repeat_renamed_and_reordered_changes_nothing(kafka: Kafka, tmp_path: Path) -> None:
    settings, environment = at_home(kafka, "retail.", tmp_path / "home")
    one, two = retail(tmp_path)
    mapping = mapped(tmp_path, UCI_MAPPING)
    account = replay(environment, one, two, "--mapping", mapping)
    assert (account["streams"]["transactions"], account["rejected"]) == (400, 4)
    assert account["made"] == {"products": 23}
    sold = rows(settings, TRANSACTIONS)
    assert len({row["transaction_id"] for row in sold}) == 400
    assert Counter(row["status"] for row in sold) == {"completed": 390, "refunded": 10}
    expected = sum(
        Decimal(row % 5 + 1) * (Decimal("-12.5") if row % 40 == 39 else Decimal(f"10{row % 90 + 10}.{row % 100:02}"))
        for row in range(400)
    )
    assert sum(row["amount"] for row in sold) == expected
    people = {row["name"]: row for row in rows(settings, CUSTOMERS)}
    assert {row["country"] for row in people.values()} == {"AT", "GB"}
    assert {row["customer_id"] for row in sold} == {row["customer_id"] for row in people.values()}
    held = {row["text"]: row["number"] for row in rows(settings, EXTERNAL_IDS) if row["kind"] == "customer"}
    assert held == {name: row["customer_id"] for name, row in people.items()}

    # Another machine, which knows nothing but the topics; other names, the other order.
    other = {**environment, "C360_HOME": str(tmp_path / "other")}
    one, two = two.rename(tmp_path / "retail-a.csv"), one.rename(tmp_path / "retail-b.csv")
    replay(other, one, two, "--mapping", mapping)
    again = rows(settings, TRANSACTIONS)
    assert len(again) == 800
    assert {tuple(map(str, row.values())) for row in again} == {tuple(map(str, row.values())) for row in sold}
    assert replay(other, one, two, "--mapping", mapping)["sent"] == 0


def test_a_shop_keeps_its_own_ids_and_knows_their_reuse(kafka: Kafka, tmp_path: Path) -> None:
    settings, environment = at_home(kafka, "shop.", tmp_path / "home")
    files, mapping = shop(tmp_path, 300), mapped(tmp_path, WEB_MAPPING)
    account = replay(environment, *files, "--mapping", mapping)
    assert account["streams"] == {"customers": 300, "products": 40, "transactions": 306, "interactions": 300}
    sold = rows(settings, TRANSACTIONS)
    ids = {row["text"]: row["number"] for row in rows(settings, EXTERNAL_IDS) if row["kind"] == "transactions"}
    refunds = [row for row in sold if row["status"] == "refunded"]
    assert {row["refers_to"] for row in refunds} == {ids[f"o-{number:05}"] for number in range(0, 300, 50)}
    assert all(row["amount"] < 0 and row["quantity"] == 1 for row in refunds)
    numbers = {row["name"]: row["customer_id"] for row in rows(settings, CUSTOMERS)}
    assert sum(row["customer_id"] == numbers["Name 7"] for row in sold) == 2
    assert len({row["session_id"] for row in rows(settings, INTERACTIONS)}) == 100
    more = tmp_path / "orders-more.csv"
    more.write_text(
        "id,user,sku,cents,state,of,at\n"
        f"o-00001,{user(7)},p1,100,paid,,{sold[0]['ts'].timestamp():.0f}000\n"
        f"o-00000,{user(0)},p0,99,paid,,1767571200000\n",
        encoding="utf-8",
    )
    account = replay(environment, more, "--mapping", mapping, "--rejects", tmp_path / "bad.csv")
    assert (account["rejected"], account["streams"]) == (1, {"transactions": 1})
    assert "the id was used before, with other content" in (tmp_path / "bad.csv").read_text(encoding="utf-8")
    assert len({row["transaction_id"] for row in rows(settings, TRANSACTIONS)}) == 306


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_replay_run_again_stores_each_row_once(
    kafka: Kafka, tmp_path: Path, number: signal.Signals
) -> None:
    settings, environment = at_home(kafka, f"stop{number}.", tmp_path / "home")
    files, mapping = shop(tmp_path, 2000), mapped(tmp_path, WEB_MAPPING)
    words = [*COMMAND, *map(str, files), "--mapping", str(mapping), "--rate", "1500/s"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_for(lambda: _begun(settings), "the first events are there", seconds=60)
        process.send_signal(number)
        process.communicate(timeout=GIVE_UP)
        assert process.returncode == (130 if number == signal.SIGINT else -9)
    replay(environment, *files, "--mapping", mapping)
    sold = rows(settings, TRANSACTIONS)
    assert {str(row) for row in sold} == {str(row) for row in {one["transaction_id"]: one for one in sold}.values()}
    assert len({row["transaction_id"] for row in sold}) == 2040
    assert len({row["interaction_id"] for row in rows(settings, INTERACTIONS)}) == 2000


def test_inside_a_file_it_goes_on_where_it_was(kafka: Kafka, tmp_path: Path) -> None:
    settings, environment = at_home(kafka, "inside.", tmp_path / "home")
    lines = [f"C-{row % 50},P-{row % 9},{row}.25,2026-01-{row % 28 + 1:02}T00:00:00Z" for row in range(6000)]
    lines[10] = "C-1,P-1,much,2026-01-01T00:00:00Z"
    (tmp_path / "sales.csv").write_text(
        "\n".join(["customer_id,product_id,amount,ts", *lines]) + "\n", encoding="utf-8"
    )
    words = (str(tmp_path / "sales.csv"), "--rejects", str(tmp_path / "bad.csv"), "--json")
    often = [sys.executable, "-m", "ops.launcher.bound", "-c", OFTEN]
    with subprocess.Popen([*often, *words, "--rate", "3000/s"], env=environment, stdout=subprocess.DEVNULL) as process:
        wait_for(lambda: _position(tmp_path / "home"), "a position is kept", seconds=60, every=0.01)
        process.kill()
    reached = _position(tmp_path / "home")
    done = subprocess.run(
        [*often, *words], env=environment, capture_output=True, text=True, timeout=GIVE_UP, check=True
    )
    account = json.loads(done.stdout.splitlines()[-1])
    assert (account["read"], account["rejected"], account["made"]) == (6000, 1, {"customers": 50, "products": 9})
    assert account["known"] >= reached - 2 > 0  # the header and the rejected row are none
    assert account["streams"]["transactions"] == 5999 - account["known"]
    assert (tmp_path / "bad.csv").read_text(encoding="utf-8").count("much") == 2
    sold = rows(settings, TRANSACTIONS)
    assert sorted({row["transaction_id"]: row["amount"] for row in sold}.values()) == [
        Decimal(row) + Decimal("0.25") for row in range(6000) if row != 10
    ]
    assert replay(environment, *words[:3])["sent"] == 0
    assert replay(environment, *words[:3], "--again")["streams"]["transactions"] == 5999


def test_a_broker_that_dies_is_said_in_one_line_and_gone_on_with(kafka: Kafka, tmp_path: Path) -> None:
    settings, environment = at_home(kafka, "dies.", tmp_path / "home")
    broker = part_statuses(settings)["kafka"].pid
    assert broker is not None
    lines = [f"C-{row % 50},P-{row % 9},{row}.25,2026-01-{row % 28 + 1:02}T00:00:00Z" for row in range(6000)]
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(["customer_id,product_id,amount,ts", *lines]) + "\n", encoding="utf-8")
    often = [sys.executable, "-m", "ops.launcher.bound", "-c", OFTEN, str(path)]
    impatient = {**environment, "C360_KAFKA_OPTIONS": '{"message.timeout.ms": "3000"}'}
    with subprocess.Popen(
        [*often, "--rate", "2000/s"], env=impatient, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_for(lambda: _position(tmp_path / "home"), "a position is kept", seconds=60, every=0.01)
        os.kill(broker, signal.SIGSTOP)
        try:
            _, said = process.communicate(timeout=GIVE_UP)
        finally:
            os.kill(broker, signal.SIGCONT)
    assert (process.returncode, said.count("\n")) == (1, 1), said
    assert "Kafka did not take" in said
    assert "run it again" in said.lower()
    reached = _position(tmp_path / "home")
    done = subprocess.run(
        [*often, "--json"], env=environment, capture_output=True, text=True, timeout=GIVE_UP, check=True
    )
    account = json.loads(done.stdout.splitlines()[-1])
    assert account["streams"]["transactions"] == 6000 - account["known"] <= 6001 - reached  # the header is a line
    assert len({row["transaction_id"] for row in rows(settings, TRANSACTIONS)}) == 6000


#: The command, which reads little at once and keeps its position as often as it can.
OFTEN = """
import sys
from producers.replay import reading, replay
from producers.replay.__main__ import main
from schemas.cli import run
reading.BLOCK_BYTES, replay.KEEP_SECONDS = 16_384, 0.0
run(main, sys.argv[1:], "replay")
"""


def _position(home: Path) -> int:
    """The line that a replay has kept as its position inside a file."""
    for file in (home / "replay").glob("*.sqlite"):
        with contextlib.closing(sqlite3.connect(file)) as index:
            try:
                for (value,) in index.execute("SELECT value FROM state WHERE name LIKE 'at.%'"):
                    return int(bytes(value).split()[1])
            except sqlite3.OperationalError:
                return 0  # not made yet
    return 0


def _begun(settings: Settings) -> bool:
    try:
        return bool(records(settings, TRANSACTIONS))
    except Exception:  # noqa: BLE001 - not made yet, or without a leader
        return False


def test_binary_floats_are_refused_or_rounded_by_the_mappings_rule(kafka: Kafka, tmp_path: Path) -> None:
    settings, environment = at_home(kafka, "floats.", tmp_path / "home")
    path = floats(tmp_path)
    text = (
        '[[feed]]\nstream = "transactions"\ntimes = "epoch_ms"\n[feed.columns]\n'
        'customer_id = "c"\nproduct_id = "p"\namount = "x"\nts = "t"\n[feed.constants]\nquantity = 1\n'
    )
    words = (path, "--rejects", tmp_path / "bad.csv")
    refused = replay(environment, *words, "--mapping", mapped(tmp_path, text))
    assert (refused["rejected"], refused["sent"]) == (2, 0)
    assert "binary float, and the mapping has no rounding" in (tmp_path / "bad.csv").read_text(encoding="utf-8")
    rounding = text.replace("[feed.columns]", 'rounding = "half-even"\n[feed.columns]')
    taken = replay(environment, *words, "--again", "--mapping", mapped(tmp_path, rounding))
    assert taken["rejected"] == 1  # the row without a customer
    assert [row["amount"] for row in rows(settings, TRANSACTIONS)] == [Decimal("0.30")]
    assert {row["name"] for row in rows(settings, PRODUCTS)} == {"a"}
    nested = text.replace('"p"', '"nested"')
    done = run(environment, path, "--mapping", mapped(tmp_path, nested))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "'nested', given for product_id, holds structures" in done.stderr


def test_who_is_in_kafka_already_is_not_made_again(kafka: Kafka, tmp_path: Path) -> None:
    """A record of an id alone, sent later, would be all that compaction leaves of the customer."""
    settings, environment = at_home(kafka, "there.", tmp_path / "home")
    (tmp_path / "people.csv").write_text("customer_id,name,version\n7,Ann,3\n8,Bob,3\n", encoding="utf-8")
    replay(environment, tmp_path / "people.csv")
    sold = "customer_id,product_id,amount,ts\n7,1,3.00,2024-01-01\n9,1,3.00,2024-01-02\n"
    (tmp_path / "sales.csv").write_text(sold, encoding="utf-8")
    elsewhere = {**environment, "C360_HOME": str(tmp_path / "other")}
    assert replay(elsewhere, tmp_path / "sales.csv")["made"] == {"customers": 1, "products": 1}
    people = {row["customer_id"]: (row["name"], row["version"]) for row in rows(settings, CUSTOMERS)}
    assert (len(rows(settings, CUSTOMERS)), people) == (3, {7: ("Ann", 3), 8: ("Bob", 3), 9: ("9", 0)})
    (tmp_path / "more.csv").write_text(f"{sold}8,2,4.00,2024-01-03\n", encoding="utf-8")
    assert replay(elsewhere, tmp_path / "more.csv")["made"] == {"products": 1}


def test_a_topic_that_would_delete_what_is_old_is_refused_before_it_is_sent(kafka: Kafka, tmp_path: Path) -> None:
    settings, environment = at_home(kafka, "short.", tmp_path / "home")
    environment["C360_TOPIC_RETENTION_MS"] = "604800000"
    today, path = dt.datetime.now(dt.UTC), tmp_path / "sales.csv"
    head = f"customer_id,product_id,amount,ts\n1,2,3.00,{today:%Y-%m-%dT%H:%M:%SZ}\n"
    path.write_text(head, encoding="utf-8")
    assert replay(environment, path)["streams"]["transactions"] == 1
    path.write_text(f"{head}1,2,3.00,2024-01-01\n", encoding="utf-8")
    done = run(environment, path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "retention.ms=604800000: the oldest event is" in done.stderr
    assert "--add-config retention.ms=-1" in done.stderr
    assert len(rows(settings, TRANSACTIONS)) == 1


def test_too_many_rejects_stop_it(kafka: Kafka, tmp_path: Path) -> None:
    _, environment = at_home(kafka, "many.", tmp_path / "home")
    files, mapping = retail(tmp_path), mapped(tmp_path, UCI_MAPPING)
    done = run(environment, *files, "--mapping", mapping, "--max-rejects", "2")
    assert done.returncode == 1
    assert "More than 2 rows are rejected (--max-rejects)" in done.stderr
    assert "Traceback" not in done.stderr
