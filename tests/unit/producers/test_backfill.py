"""What a history is, where its position is kept, which topics stand in its way, and which words are refused."""

import json
import os
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers import guard
from producers.backfill import checkpoint, validation
from producers.backfill.__main__ import main
from producers.backfill.checkpoint import Checkpoint
from producers.backfill.history import DAY_MS, NOW, Request, goes_on
from producers.backfill.keeper import Keeper
from producers.calibration.figures import Figure
from producers.counters import Counters, Totals
from producers.world.parameters import digest
from schemas.cli import exit_code
from schemas.errors import C360Error, UsageError
from schemas.settings import Settings
from tests.support.synced import synced
from tests.unit.producers.worlds import EPOCH_MS

DAY = DAY_MS
AT = Checkpoint("history", "c360.", "cluster", source=3, position=0, events=100)
CLIENT = Request(42, 1_000_000, 50_000)


def ms(day: str) -> int:
    """Midnight of a day."""
    return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def test_the_client_s_figures_are_the_default() -> None:
    plan = CLIENT.plan(now=ms("2026-11-24"))
    assert (plan.start, plan.length) == (EPOCH_MS, 395 * DAY)
    assert (plan.events or 0) + plan.customers + plan.products == 35_400_000
    assert dict(plan.mix)["transactions"] / (plan.events or 0) == pytest.approx(7.3e6 / 34.35e6, rel=0.05)


@given(customers=st.integers(1, 10**7), days=st.integers(1, 800))
def test_events_grow_with_customers_and_days(customers: int, days: int) -> None:
    begin = ms("2001-02-03")
    plan = Request(1, customers, 5, begin, begin + days * DAY).plan(now=ms("2026-11-24"))
    assert abs((plan.events or 0) - max(1, 34.35 * customers * days / 395)) <= 1


def test_the_world_begins_with_the_history() -> None:
    now = ms("2026-11-24") + 5000
    cohorts = replace(CLIENT, begin=ms("2024-01-01")).plan(now)
    assert (str(cohorts.epoch), cohorts.length) == ("2024-01-01", 395 * DAY)
    recent = replace(CLIENT, until=NOW).plan(now)
    assert (recent.start, recent.start + (recent.length or 0)) == (ms("2025-10-25"), now)
    both = replace(CLIENT, begin=ms("2024-01-01") + 7, until=ms("2024-02-01")).plan(now)
    assert (both.start, str(both.epoch), both.length) == (ms("2024-01-01") + 7, "2024-01-01", 31 * DAY - 7)


@pytest.mark.parametrize(
    ("begin", "until", "said"),
    [
        ("2024-02-01", "2024-01-01", "not before --to"),
        ("2024-02-01", "2024-02-01", "not before --to"),
        ("2026-06-01", None, "--to now"),
        (None, "2027-01-01", "still to come"),
        ("1999-12-31", "2020-01-01", "before the year 2000"),
        ("9999-12-31", None, "is still to come"),
    ],
)
def test_spans_that_are_none(begin: str | None, until: str | None, said: str) -> None:
    request = replace(CLIENT, begin=ms(begin) if begin else None, until=ms(until) if until else None)
    with pytest.raises(UsageError, match=said):
        request.plan(ms("2026-11-24"))


def test_how_live_events_go_on() -> None:
    now = ms("2026-11-24")
    assert goes_on(CLIENT.plan(now), now).endswith("--products 50000 --start 2026-10-31T00:00:00Z")
    recent = goes_on(replace(CLIENT, until=NOW).plan(now), now)
    assert recent.endswith("--customers 1000000 --products 50000 --epoch 2025-10-25")


def test_a_position_is_on_the_disk_before_it_takes_the_place_of_the_former(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = synced(monkeypatch)
    checkpoint.write(tmp_path / "at.json", AT)
    assert done == [tmp_path / f"at.{os.getpid()}.new", tmp_path]


def test_a_position_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "some" / "where.json"
    assert checkpoint.read(file, AT) == 0
    checkpoint.write(file, replace(AT, position=7))
    assert checkpoint.read(file, AT) == 7
    assert [path.name for path in file.parent.iterdir()] == ["where.json"]


@pytest.mark.parametrize("change", [{"cluster": "other"}, {"source": 4}, {"history": "x"}, {"position": 101}])
def test_a_position_of_another_history_or_kafka_is_none(tmp_path: Path, change: dict[str, str | int]) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps({**asdict(replace(AT, position=7)), **change}), encoding="utf-8")
    assert checkpoint.read(file, AT) == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"position": 3}', "null"])
def test_a_file_that_holds_no_position_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "one.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(C360Error, match=r"one\.json is no position.*Remove it"):
        checkpoint.read(file, AT)


def test_files_tell_histories_and_prefixes_apart(tmp_path: Path) -> None:
    plan, here = CLIENT.plan(ms("2026-11-24")), Settings(home=tmp_path)
    other = here.model_copy(update={"topic_prefix": "other."})
    files = {checkpoint.path(here, plan), checkpoint.path(other, plan), checkpoint.path(here, replace(plan, seed=1))}
    assert len(files) == 3
    assert checkpoint.path(here, replace(plan, source=5, first=8)) in files


def totals(kept: int) -> Totals:
    """Figures of one worker with this position."""
    counters = Counters()
    counters.keep(kept)
    return Totals([counters])


def test_a_position_only_grows(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    keeper = Keeper(file, replace(AT, position=10), give_up=lambda: pytest.fail("gave up"))
    for kept, found in ((0, None), (10, None), (20, 20), (15, 20), (30, 30)):
        keeper.note(totals(kept))
        assert (checkpoint.read(file, AT) or None) == found
    keeper.check()


def test_a_position_that_cannot_be_kept_ends_the_run(tmp_path: Path) -> None:
    asked: list[int] = []
    (tmp_path / "full").write_text("", encoding="utf-8")
    keeper = Keeper(tmp_path / "full" / "one.json", AT, give_up=lambda: asked.append(1))
    keeper.note(totals(5))
    keeper.note(totals(6))
    assert asked == [1]
    with pytest.raises(C360Error, match="cannot be kept"):
        keeper.check()


HISTORY = guard.Incoming(age=395 * DAY, records=1000)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"},
        {"cleanup.policy": "delete", "retention.ms": str(400 * DAY), "retention.bytes": "1000000"},
        {"cleanup.policy": "compact", "retention.ms": "1000", "retention.bytes": "1"},
        {"message.timestamp.before.max.ms": str((1 << 63) - 1), "message.timestamp.type": "CreateTime"},
    ],
)
def test_topics_that_keep_a_history(config: dict[str, str]) -> None:
    assert guard.refused(config, HISTORY) is None


@pytest.mark.parametrize(
    ("config", "remedy"),
    [
        ({"cleanup.policy": "delete", "retention.ms": "604800000"}, ("retention.ms", "-1")),
        ({"cleanup.policy": "delete", "retention.ms": "0"}, ("retention.ms", "-1")),
        ({"cleanup.policy": "compact,delete", "retention.ms": str(395 * DAY)}, ("retention.ms", "-1")),
        ({"cleanup.policy": "delete", "retention.bytes": "1000"}, ("retention.bytes", "-1")),
        ({"cleanup.policy": "compact", "message.timestamp.before.max.ms": "86400000"}, None),
        ({"message.timestamp.type": "LogAppendTime"}, ("message.timestamp.type", "CreateTime")),
    ],
)
def test_topics_that_do_not(config: dict[str, str], remedy: tuple[str, str] | None) -> None:
    found = guard.refused(config, HISTORY)
    assert found is not None
    assert remedy is None or found[:2] == remedy
    assert found[0] in config


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--scale", "-1"], "'-1'"),
        (["--scale", "0"], "'0'"),
        (["--scale", "3000"], "there are ids for 2,147,483,647"),
        (["--scale", "tenth"], "'tenth'"),
        (["--scale", "0.000001"], "--scale leaves no products"),
        (["--customers", "many"], "'many'"),
        (["--products", "0"], "'0'"),
        (["--from", "2024-02-01", "--to", "2024-01-01"], "not before --to"),
        (["--from", "soon"], "--from has the value 'soon'"),
        (["--to", "2999-01-01"], "still to come"),
        (["--to", "later"], "--to has the value 'later'"),
        (["--workers", "0"], "0"),
        (["--seed", "-3"], "-3"),
        (["--rate", "5"], "--rate"),
        (["more"], "more"),
    ],
)
def test_wrong_words(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(main, [*words, "--dry-run"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1


def test_a_figure_that_a_short_history_has_none_of_is_null() -> None:
    figure = Figure("daily revenue, fifth full month over first", 1.56, float("nan"), "near", 0.07, True, False)
    found = validation.account([figure])
    assert json.loads(json.dumps(found, allow_nan=False))["figures"][0]["got"] is None


def test_a_dry_run_may_be_validated(capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--customers", "3000", "--products", "500", "--dry-run", "--json"]
    code = exit_code(main, [*small, "--validate"])
    out, error = capsys.readouterr()
    validated = json.loads(out.splitlines()[-1])
    off = [figure["name"] for figure in validated["figures"] if not figure["ok"]]
    assert code == (1 if off else 0)
    assert validated["on_target"] == (not off)
    assert all(name in error for name in off)
    assert {"lifetime value VIP", "transactions a customer"} <= {figure["name"] for figure in validated["figures"]}
    assert exit_code(main, small) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["digest"] == validated["digest"]


def test_a_dry_run_makes_the_same_bytes_again(capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for seed in ("1", "1", "2"):
        assert exit_code(main, ["--scale", "0.001", "--products", "400000", "--seed", seed, "--dry-run", "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out.splitlines()[-1]))
    assert found[0]["made"] == 34_350
    assert found[0]["digest"] == found[1]["digest"] != found[2]["digest"]


def test_what_is_made_and_the_hidden_truth_go_to_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, labels = tmp_path / "files", tmp_path / "labels.csv"
    words = ["--customers", "300", "--products", "50", "--seed", "3", "--dry-run", "--json"]
    assert exit_code(main, [*words, "--files", str(folder), "--labels", str(labels)]) == 0
    made = json.loads(capsys.readouterr().out.splitlines()[-1])["streams"]
    read = {stream: pl.read_parquet(folder / f"{stream}.parquet") for stream in made}
    assert {stream: len(frame) for stream, frame in read.items()} == {**made, "customers": 300}
    assert read["transactions"]["ts"].is_sorted()
    assert set(read["transactions"]["status"]) == {"completed", "cancelled", "refunded"}
    refunds = read["transactions"].filter(pl.col("status") == "refunded")["amount"]
    assert len(refunds) > 0
    assert (refunds < 0).all()
    truth = pl.read_csv(labels)
    assert truth.columns == ["customer_id", "dropout", "comeback", "world"]
    assert len(truth) == 300
    assert truth["world"].unique().to_list() == [digest()]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--files", "x"], "--files goes with --dry-run"),
        (["--labels", "nowhere/at/all.csv"], "no folder"),
        (["--labels", "labels.csv", "--to", "now"], "--labels needs an end"),
        (["--files", ".", "--dry-run"], "is there already"),
    ],
)
def test_files_that_cannot_be(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(main, ["--customers", "10", "--products", "5", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
