"""The command: what it refuses, what it prints."""

import csv
import json
from pathlib import Path

import pytest

from producers.account import account_line
from producers.counters import Counters, Totals
from producers.display import status_line
from producers.metrics import METRICS
from producers.simulate import main
from producers.world.parameters import digest
from schemas.cli import exit_code

SMALL = ["--customers", "200", "--products", "20", "--rate", "max", "--dry-run"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rate", "fast"], "'fast'"),
        (["--rate", "-5/s"], "'-5/s'"),
        (["--rate", "0/s"], "'0/s'"),
        (["--only", "orders"], "'orders'"),
        (["--events", "-1"], "'-1'"),
        (["--duration", "soon"], "'soon'"),
        (["--start", "soon"], "'soon'"),
        (["--customers", "0"], "'0'"),
        (["--workers", "0"], "0"),
        (["--start", "2999-01-01"], "an hour ahead"),
        (["--start", "1999-12-31"], "before the year 2000"),
        (["--customers", "5000M"], "there are ids for 2,147,483,647"),
        (["--dry-run", "--rate", "max"], "--events"),
        (["--acked", "/nowhere/at/all.npz"], "/nowhere/at"),
    ],
)
def test_wrong_words(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(main, words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1


def dry(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """The account of a dry run."""
    assert exit_code(main, [*SMALL, *words, "--json"]) == 0
    account: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return account


def test_a_dry_run_tells_its_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    same = ["--start", "2026-01-01T00:00:00Z", "--events", "5k"]
    one, again, other = (dry(capsys, *same, "--seed", seed) for seed in ("1", "1", "2"))
    assert one["made"] == 5000
    assert one["sent"] == one["acknowledged"] == one["failed"] == 0
    assert one["digest"] == again["digest"] != other["digest"]


def test_labels_go_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "labels.csv"
    dry(capsys, "--events", "10", "--labels", str(path))
    rows = list(csv.DictReader(path.read_text(encoding="ascii").splitlines()))
    assert [int(row["customer_id"]) for row in rows] == list(range(1, 201))
    assert all(row["comeback"] == "" or row["comeback"] > row["dropout"] for row in rows)
    assert {row["world"] for row in rows} == {digest()}


def test_lines() -> None:
    counters = Counters()
    counters.add_sent("transactions", 30)
    counters.add_failed("transactions")
    counters.progress(queued=4, lag=0.0, following=40)
    line = status_line(Totals([counters]), 1234.4, 100)
    assert line.endswith(" 40 %   1,234/s   sent 30   acknowledged 25   failed 1   0 MB   left 60")
    account = {"sent": 3, "acknowledged": 2, "failed": 1, "streams": {"transactions": 2}}
    assert account_line(account) == "sent=3 acknowledged=2 failed=1 streams.transactions=2"


def test_metrics_are_named_alike() -> None:
    assert all(metric.name.startswith("c360_producers_") for metric in METRICS)
