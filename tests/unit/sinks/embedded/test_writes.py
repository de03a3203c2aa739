"""Whether there is room for a start, and for a definition."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from sinks.embedded.engine import Engine
from sinks.embedded.faults import ServerError
from sinks.embedded.writes import Writes, wait_for_room


def test_a_start_waits_for_room_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    free = iter([1 << 20, 2 << 20, 80 << 20])
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=next(free)))
    with caplog.at_level(logging.WARNING):
        wait_for_room(tmp_path, every_seconds=0.0)
    assert next(free, None) is None
    assert caplog.messages == [f"{tmp_path} has 1 MB free: the engine starts once there are 64"]


def test_nothing_is_defined_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written of a changed definition took the place of the whole one, and its table was lost."""
    writes = Writes(cast("Engine", SimpleNamespace(connect=lambda _: None)), tmp_path)
    writes.check_room()
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=(64 << 20) - 1))
    with pytest.raises(ServerError, match="has 63 MB free, and 64 are needed"):
        writes.check_room()
