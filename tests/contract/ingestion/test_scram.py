"""SASL/SCRAM over TLS, by a user whom the broker knows in no other way: the client's way in, and the features."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka import admin

from ops.stack import environment
from schemas.errors import SettingError
from schemas.settings import Settings
from schemas.topics import CUSTOMER_FEATURES
from tests.contract.ingestion.conftest import WayIn, way_in
from tests.integration.stream_processors.world import Process, Reader
from tests.support.waiting import wait_for

NOON = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def scram(stack: Settings) -> Settings:
    """The stack, as the user `shop` finds it."""
    user, password = "shop", 'it\'s a \\ "secret"'
    how = admin.ScramCredentialInfo(admin.ScramMechanism.SCRAM_SHA_512, 8192)  # type: ignore[attr-defined]  # not in its __all__
    wanted = admin.UserScramCredentialUpsertion(user, how, password.encode())  # type: ignore[attr-defined]  # not in its __all__
    client = admin.AdminClient({**stack.kafka_client})
    assert client.alter_user_scram_credentials([wanted])[user].result(30) is None
    options = {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": user, "sasl.password": password}
    return stack.model_copy(update={"kafka_options": options})


def test_rows_come_in_and_features_are_kept(scram: Settings, tmp_path: Path) -> None:
    with way_in("client", scram, "scram", tmp_path) as way:
        _comes_in(way)
    with pytest.raises(SettingError, match="not SCRAM-SHA-512"), way_in("engine", scram, "refused", tmp_path):
        pass


def _comes_in(way: WayIn) -> None:
    way.records.customer(1)
    way.records.buy(1, 2, NOON)
    way.records.act(1, 2, NOON)
    way.send()
    way.place.wait_stored()
    for table in ("customers", "transactions", "interactions"):
        assert way.rows(f"SELECT count() FROM {table}") == [(1,)], table
    own = way.place.settings
    reader = Reader(own, CUSTOMER_FEATURES, own.topic_partitions)
    log = way.folder / "worker.log"
    worker = Process(environment(own), log)
    try:
        wait_for(lambda: any(row["orders"] == 1 for row in reader.read()), "the features say what was sent", 60)
        assert worker.stop() == 0, log.read_text(encoding="utf-8")
    finally:
        worker.kill()
        reader.close()


def test_a_wrong_password_is_said_in_one_line(scram: Settings) -> None:
    wrong = scram.model_copy(update={"kafka_options": {**scram.kafka_options, "sasl.password": "wrong"}})
    done = subprocess.run(
        [sys.executable, "-m", "producers.simulate", "--rate", "10", "--duration", "1s"],
        env={**os.environ, **environment(wrong)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "wrong" not in done.stderr
    said = [line for line in done.stderr.splitlines() if line]
    assert len(said) == 1, said
    assert "Kafka at" in said[0]
