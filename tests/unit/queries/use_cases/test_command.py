"""The command: what is refused before anything is asked, what it lists, and what it writes."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import polars as pl
import pytest

from queries.database import Table
from queries.use_cases import cases, command
from queries.use_cases.asking import Asking
from queries.use_cases.report import Chart, Conclusion, Knob, UseCase
from schemas.cli import exit_code
from schemas.settings import Settings
from tests.unit.queries.fake import FakeDatabase

NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
ROWS: list[tuple[Any, ...]] = [(7, "Ann", Decimal("12.50"), None), (8, "Ben, Bo", Decimal("3.00"), 0.25)]


def _conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    ask.note("Counted", "by hand", ("n",), [(number,) for number in range(given["steps"])])
    charts = [Chart("Value", "USD", [("VIP", 200.0), ("Basic", 50.0)])]
    return Conclusion(("customer_id", "name", "value", "score"), ROWS, "Write to Ann.", charts)


MADE = UseCase("1", "Made up", "nobody", (Knob("steps", "UInt32", 7, "rows of its step", 1, 9),), _conclude)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> FakeDatabase:
    fake = FakeDatabase([Table(("as_of",), [(NOON,)]), Table(("name", "seconds"), [])])
    monkeypatch.setattr("queries.runner.HttpDatabase", lambda _: fake)
    monkeypatch.setattr(command, "settings", Settings)
    monkeypatch.setattr(cases, "USE_CASES", {"1": MADE})
    return fake


def run(called: click.Command, *arguments: str) -> int:
    return exit_code(called, list(arguments), "c360")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("6",), "There is no use case '6'. There are: 1."),
        (("1", "--param", "size=3"), "has no parameter 'size'. It has: steps."),
        (("1", "--param", "steps=0"), "'steps' is 0: expected at least 1 and at most 9."),
        (("1", "--param", "steps=many"), "'steps' is 'many': that is no UInt32"),
        (("1", "--param", "steps"), "is not NAME=VALUE"),
    ],
)
def test_wrong_words_are_one_line_and_nothing_is_asked(
    database: FakeDatabase, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    assert run(command.use_case_command, *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert database.asked == []


def test_the_new_customer_is_named_once(database: FakeDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.onboard_command, "7", "--param", "customer_id=8") == 2
    assert run(command.onboard_command, "0") == 2
    assert run(command.report_command, "sales") == 2
    twice, zero, sales = capsys.readouterr().err.splitlines()
    assert "named twice: 7 and --param customer_id=8" in twice
    assert "'ID'" in zero
    assert "There is no report 'sales'. There are: carts, stock, dormant." in sales
    assert database.asked == []


def test_every_use_case_has_parameters_that_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.use_case_command) == 0
    out = capsys.readouterr().out
    for name, case in cases.USE_CASES.items():
        assert case.name == name
        assert case.title in out
        assert set(case.read({})) == {knob.name for knob in case.knobs}


@pytest.mark.usefixtures("database")
def test_steps_are_shown_by_their_first_rows_and_the_list_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.use_case_command, "1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "1. Counted (by hand)" in lines
    assert "... and 2 more" in lines
    assert f"  VIP    {'█' * 40}  200.00" in lines
    assert f"  Basic  {'█' * 10}{' ' * 30}  50.00" in lines
    assert lines[-1] == "Write to Ann."
    assert any("Ben, Bo" in line and "3.00" in line for line in lines)


@pytest.mark.usefixtures("database")
def test_json_has_the_list_the_steps_and_the_charts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.use_case_command, "1", "--json", "--param", "steps=2") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["rows"] == [[7, "Ann", "12.50", None], [8, "Ben, Bo", "3.00", 0.25]]
    assert answer["steps"][0]["rows"] == [[0], [1]]
    assert answer["charts"] == [{"title": "Value", "unit": "USD", "bars": [["VIP", 200.0], ["Basic", 50.0]]}]
    assert answer["sentence"] == "Write to Ann."


@pytest.mark.usefixtures("database")
def test_the_list_is_written_as_csv_and_parquet(tmp_path: Path) -> None:
    files = [tmp_path / "list.csv", tmp_path / "list.parquet"]
    assert run(command.use_case_command, "1", "--csv", str(files[0]), "--parquet", str(files[1])) == 0
    assert files[0].read_text() == 'customer_id,name,value,score\n7,Ann,12.50,\n8,"Ben, Bo",3.00,0.25\n'
    frame = pl.read_parquet(files[1])
    assert frame.rows() == ROWS
    assert isinstance(frame.schema["value"], pl.Decimal)
    assert sorted(tmp_path.iterdir()) == files


def test_a_file_that_exists_is_kept_unless_forced(
    database: FakeDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "list.csv"
    there.write_text("mine")
    assert run(command.use_case_command, "1", "--csv", str(there)) == 2
    assert run(command.use_case_command, "1", "--csv", str(tmp_path / "none" / "list.csv")) == 2
    assert run(command.use_case_command, "1", "--parquet", str(tmp_path)) == 2
    exists, folder, taken = capsys.readouterr().err.splitlines()
    assert "exists. Name another file, or replace it with --force." in exists
    assert "There is no folder" in folder
    assert "is a folder" in taken
    assert there.read_text() == "mine"
    assert database.asked == []
    assert run(command.use_case_command, "1", "--csv", str(there), "--force") == 0
    assert there.read_text().startswith("customer_id,")
