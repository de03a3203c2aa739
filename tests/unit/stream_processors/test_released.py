"""Snapshots of released versions: read as they were meant, or refused and computed anew."""

import logging
import shutil
from pathlib import Path

import pytest

from schemas.errors import ContractError
from schemas.settings import Settings
from schemas.topics import TOPICS as ALL
from stream_processors.churn.model import churn_model
from stream_processors.metrics import Collectors
from stream_processors.partition import Partition
from stream_processors.snapshots import SnapshotStore
from stream_processors.worker import VERSION, Worker
from tests.support.release import TOPICS, Release, known, releases, today

RELEASES = releases()
#: Releases whose snapshots this version reads. Of the others a worker says that it computes all anew, as VERSION, the
#: churn model's version or the file's format has become another one since.
READ = {"0.1.0"}
EXPECTED = {"version": VERSION, "model": churn_model().version, "topics": TOPICS}


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_they_are_read_or_refused(release: Release, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.copytree(release.snapshots, tmp_path / "snapshots")
    partition = Partition(0, churn_model())
    with caplog.at_level(logging.INFO):
        found = partition.load(SnapshotStore(tmp_path / "snapshots", EXPECTED).load(0))
    said = [record.getMessage() for record in caplog.records]
    assert found == (release.version in READ)
    if found:
        assert said == [f"Partition 0: goes on from {partition.records} records"]
        then, now = release.said("features"), known(partition)
        assert now.keys() == then.keys()
        for who, values in then.items():
            given = {name: value for name, value in values.items() if value is not None}
            assert {name: now[who][name] for name in given} == pytest.approx(given, rel=1e-12), who
            assert {name for name, value in now[who].items() if value is None} == values.keys() - given.keys()
    else:
        assert [("cannot be used" in line, "rebuilt from the beginning" in line) for line in said] == [
            (True, False), (False, True),
        ]  # fmt: skip


def test_those_of_today_s_version_are_read() -> None:
    assert today() in READ


def test_a_worker_does_not_start_on_snapshots_of_a_newer_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collectors: Collectors
) -> None:
    """Before it joins the others, so that no partition waits for it; and it leaves them as they are."""
    settings = Settings(home=tmp_path, kafka_options={"test.mock.num.brokers": "1"})
    folder = tmp_path / "stream_processors" / settings.topic_prefix
    shutil.copytree(RELEASES[-1].snapshots, folder)
    there = sorted(path.name for path in (folder / "0").iterdir())
    monkeypatch.setattr("stream_processors.worker.VERSION", VERSION - 1)
    with pytest.raises(ContractError, match=f"its version is {VERSION}, this one reads {VERSION - 1}. Install"):
        Worker(settings, {topic.stream: 1 for topic in ALL}, TOPICS, collectors)
    assert sorted(path.name for path in (folder / "0").iterdir()) == there
