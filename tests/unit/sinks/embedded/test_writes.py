"""Whether there is room for a start."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from sinks.embedded.writes import wait_for_room


def test_a_start_waits_for_room_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    free = iter([1 << 20, 2 << 20, 80 << 20])
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=next(free)))
    with caplog.at_level(logging.WARNING):
        wait_for_room(tmp_path, every_seconds=0.0)
    assert next(free, None) is None
    assert caplog.messages == [f"{tmp_path} has 1 MB free: the engine starts once there are 64"]
