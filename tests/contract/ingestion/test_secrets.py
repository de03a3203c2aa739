"""Where Kafka and the registry ask for passwords, none of them stands where others look, whichever way records take."""

import datetime as dt
from pathlib import Path

import psutil

from ops.stack.home import TLS_SECRETS
from schemas.settings import Settings
from schemas.topics import INTERACTIONS
from tests.contract.ingestion.conftest import WayIn
from tests.support.secrecy import command_lines, logs, metrics, metrics_ports, passwords, processes, shown
from tests.support.waiting import wait_for

NOON = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
#: Of a schema that the registry does not know: it is asked, and what it says is told.
UNKNOWN_SCHEMA = b"\x00" + (2**30).to_bytes(4, "big") + b"\x02"


def test_no_password_is_shown_to_others(way: WayIn, stack: Settings) -> None:
    way.records.act(1, 2, NOON)
    way.records.sent.append((INTERACTIONS, b"1", UNKNOWN_SCHEMA, int(NOON.timestamp() * 1000)))
    way.send()
    wait_for(lambda: way.rows("SELECT count() FROM interactions") == [(1,)], "the event is in the table", 60)
    wait_for(lambda: way.rows("SELECT count() FROM dead_letters") == [(1,)], "the unreadable one is put aside", 60)
    found = list(processes([stack])) + [("client", psutil.Process(one.pid)) for one in way.processes]
    assert {"kafka", "registry", "clickhouse"} <= {name for name, _ in found}
    ports = metrics_ports(stack) + ([way.metrics_port] if way.processes else [])
    assert stack.clickhouse_metrics_port in ports
    texts = {
        **command_lines(found), **logs([stack]), **_own_logs(way.folder), **metrics(ports), **_told_to_readers(way),
    }  # fmt: skip
    secrets = passwords([stack])
    assert set(TLS_SECRETS) <= {Path(file).name for file in secrets}
    assert shown(secrets, texts) == []


def _own_logs(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.glob("*.log")}


def _told_to_readers(way: WayIn) -> dict[str, bytes]:
    """Why a record was put aside, and what the engine says of its tables, its consumers and its errors.

    It is the writer who asks here, and sees no less than a reader.
    """
    found = {
        table: way.rows(f"SELECT * FROM {table}")
        for table in (
            "dead_letters", "refused_records", "system.tables", "system.kafka_consumers", "system.errors",
            "system.named_collections",
        )
    }  # fmt: skip
    assert len(found["dead_letters"]) == 1
    assert found["system.kafka_consumers"] or way.kind == "client"
    return {table: repr(rows).encode() for table, rows in found.items()}
