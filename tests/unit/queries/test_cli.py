"""The commands: what they print, and the code they end with."""

import datetime as dt
import json
from decimal import Decimal

import click
import pytest

from queries import cli
from queries.alerts import described
from queries.database import Table
from schemas.cli import exit_code
from schemas.errors import QueryError
from schemas.settings import Settings
from tests.unit.queries.fake import FakeDatabase
from tests.unit.queries.test_render import MOMENT


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> FakeDatabase:
    fake = FakeDatabase([Table(("segment", "revenue"), [("VIP", Decimal("1.50"))])])
    monkeypatch.setattr("queries.runner.HttpDatabase", lambda _: fake)
    monkeypatch.setattr(cli, "settings", Settings)
    return fake


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    class Input:
        def read(self) -> str:
            return text

    monkeypatch.setattr("sys.stdin", Input())


def run(command: click.Command, *arguments: str) -> int:
    return exit_code(command, list(arguments), "c360")


def test_what_is_not_utf8_is_one_line(
    database: FakeDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, "SELECT '\udcff'")
    assert run(cli.sql_command, "-") == 1
    assert run(cli.sql_command, "2", "--param", "limit=\udcff") == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "standard input is not UTF-8" in first
    assert "--param limit is not UTF-8" in second
    assert database.asked == []


def test_json(database: FakeDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.sql_command, "1", "--param", "as_of=2026-01-01", "--format", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["columns"] == ["segment", "revenue"]
    assert answer["rows"] == [["VIP", "1.50"]]
    assert len(database.asked) == 1


def test_sql_from_standard_input(
    database: FakeDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, "SELECT {x:String}\n")
    assert run(cli.sql_command, "-", "--param", "x=it's = 1") == 0
    assert database.asked[0][:2] == ("SELECT {x:String}", {"x": "it's = 1"})
    assert "VIP" in capsys.readouterr().out


def test_cypher_from_standard_input_guesses_types(database: FakeDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    database.tables = [Table(("n",), [("Ada",)])]
    feed(monkeypatch, "MATCH (c:Customer {customer_id: $id}) WHERE c.segment IN $s RETURN c.name AS n")
    assert run(cli.cypher_command, "-", "--param", "id=42", "--param", 's=["VIP"]') == 0
    assert database.asked[0][1] == {"id": "42", "s": "['VIP']"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["99"], 2, "There is no sql query '99'"),
        (["1", "--param", "x"], 2, "is not NAME=VALUE"),
        (["1", "--param", "x=1"], 2, "no parameter 'x'"),
        (["2", "--param", "limit=ten"], 2, "'limit' is 'ten'"),
        (["2", "--param", "limit=1", "--param", "limit=2"], 2, "given twice"),
        (["1", "--format", "xml"], 2, "'xml' is not one of"),
    ],
)
@pytest.mark.usefixtures("database")
def test_wrong_usage(arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.sql_command, *arguments, "--param", "as_of=2026-01-01") == code
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.usefixtures("database")
def test_an_empty_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    feed(monkeypatch, " \n")
    assert run(cli.cypher_command, "-") == 1
    assert "no query on standard input" in capsys.readouterr().err


def test_what_the_database_refuses_is_1(database: FakeDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    database.error = QueryError("Code: 60. DB::Exception: no")
    assert run(cli.sql_command, "1", "--param", "as_of=2026-01-01") == 1
    assert capsys.readouterr().err == "Error: Code: 60. DB::Exception: no\n"


def test_the_list_names_every_query(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli.queries_command) == 0
    out = capsys.readouterr().out
    assert "churn_risk" in out
    assert "collaborative_filtering" in out
    assert run(cli.queries_command, "--format", "json") == 0
    assert {"language", "number", "name", "purpose", "parameters", "columns"} == set(
        json.loads(capsys.readouterr().out)[0]
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [("42", 42), ("-1.5", -1.5), ("true", True), ("[1,2]", [1, 2]), ('"42"', "42"), ("VIP", "VIP"), ("[VIP", "[VIP")],
)
def test_guessed(written: str, value: object) -> None:
    assert cli.guessed(written) == value


def test_an_alert_is_one_line() -> None:
    alert = {
        "alert_id": "aa",
        "customer_id": 7,
        "kind": "raised",
        "score": 0.91,
        "previous_score": 0.4,
        "reason": "silent for 40 days",
        "segment": "VIP",
        "lifetime_value": Decimal("8542.10"),
        "as_of": MOMENT,
    }
    line = described(alert, "table")
    assert all(
        word in line for word in ("raised", "customer 7", "VIP", "0.40 -> 0.91", "8,542.10", "silent for 40 days")
    )
    assert json.loads(described(alert, "json"))["lifetime_value"] == "8542.10"


def test_rollups_that_are_behind_say_so(database: FakeDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    rows, behind = Table(("segment", "revenue"), [("VIP", 1)]), Table(("name", "behind_seconds"), [("pairs", 41.6)])
    newest = Table(("t",), [(dt.datetime(2026, 1, 31, tzinfo=dt.UTC),)])
    database.tables = [newest, rows, behind]
    assert run(cli.sql_command, "1", "--format", "csv") == 0
    said = capsys.readouterr()
    assert "pairs" not in said.out
    assert "behind the rows (pairs by 42 s)" in said.err
    database.tables = [newest, rows, Table(("name", "behind_seconds"), [])]
    assert run(cli.sql_command, "1", "--format", "csv") == 0
    assert capsys.readouterr().err == ""
