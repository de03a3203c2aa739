"""Taking over what an export claims, without Kafka: it says how far it is, and stops where it is told to."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from producers.replay import adoption
from producers.replay.index import Claim, Index
from producers.replay.log import Log

ROWS = 25


class Claims(Log):
    """A log in memory."""

    def __init__(self) -> None:
        self.held: list[Claim] = []

    def append(self, claims: Sequence[Claim]) -> None:
        self.held += claims

    def read(self, offset: int) -> Iterator[tuple[list[Claim], int]]:
        yield self.held[offset:], len(self.held)


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(adoption, "BATCH", 10)
    monkeypatch.setattr(adoption, "PLAIN_SECONDS", 0)
    folder = tmp_path / "external-ids"
    folder.mkdir()
    lines = [f"customer,c{number},{number},0" for number in range(1, ROWS + 1)]
    (folder / "0.csv").write_text("\n".join(["kind,text,number,content", *lines]) + "\n", encoding="utf-8")
    return tmp_path


def test_it_says_how_far_it_is(export: Path) -> None:
    """Some hundred thousand ids took minutes on a busy machine, without a word."""
    said: list[str] = []
    index = Index(None)
    adoption.adopt_ids(export, index, Claims(), [], said.append)
    assert [line.split(" of ")[0] for line in said] == ["10", "20"]
    assert len(index.found("customer", [f"c{number}" for number in range(1, ROWS + 1)])) == ROWS


def test_it_stops_between_two_batches_and_goes_on(export: Path) -> None:
    stopped: list[int] = []
    index, log = Index(None), Claims()
    with pytest.raises(adoption.StoppedError, match=r"20 of 25 ids of .* are taken over, no row was read"):
        adoption.adopt_ids(export, index, log, stopped, lambda _: stopped.append(2))
    assert len(log.held) == 20
    adoption.adopt_ids(export, index, log, [], lambda _: None)
    assert len(log.held) == ROWS
