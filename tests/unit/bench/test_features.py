"""Where the bench of the features looks into a worker, without a worker."""

import threading
import time

import pytest

from tests.bench.features_worker import STAGES, Stages


def spend(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_time_is_told_apart_by_stage_and_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for places in STAGES.values():
        for owner, name in places:
            assert callable(getattr(owner, name))

    class Place:
        def work(self) -> None:
            spend(0.05)

    monkeypatch.setattr("tests.bench.features_worker.STAGES", {"snapshot": ((Place, "work"),)})
    stages = Stages()
    before = stages.read()
    Place().work()
    spend(0.05)
    other = threading.Thread(target=Place().work)
    other.start()
    other.join()
    after = stages.read()
    spent = {stage: after[stage] - before[stage] for stage in after}
    assert spent["snapshot"] == pytest.approx(0.1, abs=0.03)
    assert spent["fetch"] == pytest.approx(0.05, abs=0.03)  # what the event loop's thread does besides
