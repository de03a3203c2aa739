"""`c360 reset-offsets`: one place is said, and the stack's own client stands still meanwhile."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.reset_offsets import _without_ingestion, reset_offsets_command
from ops.stack import control, supervisor
from schemas.cli import exit_code
from schemas.settings import Settings


@pytest.mark.parametrize("words", [[], ["--to-earliest", "--to-offset", "0:1"]])
def test_one_place_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(reset_offsets_command, ["transactions", *words]) == 2
    assert "one of --to-earliest" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ingest", "up", "halted"), [("client", True, True), ("client", False, False), ("engine", True, False)]
)
def test_the_stack_s_own_client_stands_still(
    ingest: str, up: bool, halted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []

    @contextlib.contextmanager
    def standing_still(_: Settings, parts: list[str]) -> Iterator[None]:
        said.append(parts)
        yield
        said.append("goes on")

    monkeypatch.setattr(control, "standing_still", standing_still)
    monkeypatch.setattr(supervisor, "kept", lambda _: {} if up else None)
    with _without_ingestion(Settings(home=tmp_path / "home", clickhouse_ingest=ingest)):
        said.append("moved")
    assert said == ([["ingest"], "moved", "goes on"] if halted else ["moved"])
    assert (tmp_path / "home").exists() == halted
