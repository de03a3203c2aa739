"""The two traps of chdb that sinks/embedded/engine.py goes around: a failure here says that it may become simpler."""

import subprocess
import sys
from pathlib import Path

import confluent_kafka
from clickhouse_connect.driver.client import Client

from tests.support.engine import start_engine
from tests.support.waiting import GIVE_UP, wait_for

CREATE = (
    "CREATE TABLE {database}.queue (a UInt64) ENGINE = Kafka SETTINGS kafka_broker_list = '{broker}', "
    "kafka_topic_list = 'numbers', kafka_group_name = 'g', kafka_format = 'CSV', kafka_flush_interval_ms = 200"
)


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=GIVE_UP, check=False)


def test_importing_chdb_still_shuts_its_kafka_engine_down(tmp_path: Path) -> None:
    create = CREATE.format(database="default", broker="127.0.0.1:1")
    done = _python(f"from chdb import _chdb; c = _chdb.connect({str(tmp_path / 'data')!r}); c.query({create!r})")
    assert "Shutdown was called" in done.stderr, (
        "chdb's Kafka engine works after a plain import: load it so in sinks/embedded/engine.py, and drop this test"
    )


def test_chdb_still_schedules_no_consumer_by_itself(tmp_path: Path) -> None:
    done = _python(
        "from sinks.embedded.engine import _load_extension; "
        f"c = _load_extension().connect({str(tmp_path / 'data')!r}); "
        'print(c.query("SELECT value FROM system.server_settings WHERE name = '
        "'background_message_broker_schedule_pool_size'\", 'TSVRaw').bytes().decode())"
    )
    assert done.stdout.strip() == "0", (
        f"chdb schedules consumers by default now: drop the setting from sinks/embedded/config ({done.stdout})"
    )


def test_kafka_tables_are_consumed(tmp_path: Path) -> None:
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1, "log_level": 0}
    )
    for number in range(1000):
        producer.produce("numbers", str(number))
    assert producer.flush(30) == 0
    broker = next(iter(producer.list_topics(timeout=30).brokers.values()))
    with start_engine(tmp_path) as engine:
        client = engine.client()
        client.command(CREATE.format(database="customer360", broker=f"{broker.host}:{broker.port}"))
        client.command("CREATE TABLE stored (a UInt64) ENGINE = MergeTree ORDER BY a")
        client.command("CREATE MATERIALIZED VIEW way TO stored AS SELECT a FROM queue")
        wait_for(lambda: _count(client) == 1000, "all rows are stored", 30)


def _count(client: Client) -> int:
    return int(client.query("SELECT uniqExact(a) FROM stored").result_rows[0][0])
