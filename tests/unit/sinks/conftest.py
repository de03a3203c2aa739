"""Settings of these tests are anybody's: nothing of theirs is written into the C360_HOME they name."""

import contextlib

import pytest

from sinks import migrate, reset_offsets


@pytest.fixture(autouse=True)
def no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else is at it."""
    for module in (migrate, reset_offsets):
        monkeypatch.setattr(module, "turn", lambda _: contextlib.nullcontext())
