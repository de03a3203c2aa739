"""What `make run` says about the stack: whether it started it, and so whether it stops it, also when cut off."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from typing import Any, cast

import pytest

from ops.demo import __main__ as demo
from ops.stack.control import Attachment
from schemas.cli import exit_code
from schemas.settings import settings

SUPERVISOR = cast("subprocess.Popen[bytes]", object())


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_rate_that_is_none_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUN_RATE", "fast")
    assert exit_code(demo.main, [], "python -m ops.demo") == 2
    out, err = capsys.readouterr()
    assert (out, "'fast'" in err) == ("", True)


@pytest.mark.parametrize(
    ("supervisor", "first", "last"),
    [(SUPERVISOR, "It answers.", "Stopping the stack ..."), (None, "It was up already.", "The stack stays up.")],
)
@pytest.mark.parametrize(("stopped_by", "code"), [(None, 0), (signal.SIGTERM, 130), (signal.SIGHUP, 130)])
def test_it_says_whose_stack_it_is(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    supervisor: "subprocess.Popen[bytes] | None",
    first: str,
    last: str,
    stopped_by: signal.Signals | None,
    code: int,
) -> None:
    @contextlib.contextmanager
    def attached(_: Any) -> Iterator[Attachment]:
        yield Attachment(supervisor)

    def show(*_: object) -> None:
        if stopped_by:
            signal.raise_signal(stopped_by)

    monkeypatch.setattr(demo, "attached", attached)
    monkeypatch.setattr(demo, "_show", show)
    assert exit_code(demo.main, [], "python -m ops.demo") == code
    _, whose, where, end = capsys.readouterr().out.splitlines()
    assert (whose, end) == (first, last)
    assert settings().console_url in where
