"""Bad words, files and mappings: one clear line each, and the right exit code."""

import gzip
import io
import json
from functools import partial
from pathlib import Path

import pytest

from producers.replay.__main__ import main
from producers.replay.pace import Pace
from producers.replay.spoilt import MARK, Checked
from schemas.cli import exit_code

GOOD = "customer_id,product_id,amount,ts\n1,2,3.50,2024-01-01T00:00:00Z\n"
#: The first block ends between the two bytes of a letter.
LONG = GOOD.replace("1,2,", "1,22," + "ä" * (1 << 20))
MAPPING = """
[[feed]]
stream = "transactions"
[feed.columns]
customer_id = "customer_id"
product_id = "product_id"
amount = "amount"
ts = "ts"
"""


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C360_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "words", "code", "said"),
    [
        ("a.csv", b"", "a.csv", 2, "a.csv is empty"),
        ("a.csv", GOOD.encode(), "b.csv", 2, "b.csv: there is no such file"),
        ("a.csv", GOOD.encode(), "empty", 2, "empty is a folder without CSV or Parquet files"),
        ("a.csv", b"foo,bar\n1,2\n", "a.csv", 2, "does not have the columns of any stream"),
        ("a.csv", GOOD.replace("amount", "sum").encode(), "a.csv", 2, "for transactions it lacks amount"),
        ("a.csv", GOOD.replace("customer_id", "buyer").encode(), "a.csv", 2, "for transactions it lacks customer_id"),
        ("a.parquet", b"PAR1 and no more", "a.parquet", 2, "a.parquet cannot be read as Parquet"),
        ("a.csv.gz", gzip.compress(GOOD.encode(), mtime=0)[:-9], "a.csv.gz", 2, "a.csv.gz cannot be read as CSV"),
        ("a.csv", b"\n\n", "a.csv", 2, "a.csv cannot be read as CSV"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "a.csv.gz", 2, "a.csv.gz cannot be read as CSV"),
        ("a.csv.gz", b"not packed", "a.csv.gz", 2, "a.csv.gz cannot be read as CSV"),
        ("a.csv", LONG.encode(), "a.csv", 2, "a.csv has a row longer than 2,097,152 bytes"),
        ("a.csv", b"ts,ts\n1,2\n", "a.csv", 2, "two columns named 'ts'"),
        ("a.csv", gzip.compress(GOOD.encode(), mtime=0), "a.csv", 2, "it is to be called a.csv.gz"),
        ("a.xlsx", b"PK\x03\x04", "a.xlsx", 2, "is an archive or a spreadsheet"),
        (
            "m.toml",
            MAPPING.replace("[feed.", "where = {stat = 'paid'}\n[feed.", 1).encode(),
            "a.csv --mapping m.toml",
            2,
            "has no column 'stat', which the mapping gives for where",
        ),
        ("a.csv", GOOD.replace("amount", "amout").encode(), "a.csv --mapping m.toml", 2, "did you mean 'amout'?"),
        ("m.toml", b"[[feed]\n", "a.csv --mapping m.toml", 2, "m.toml is no TOML"),
        ("m.toml", MAPPING.replace("ts =", "tss =").encode(), "a.csv --mapping m.toml", 2, "did you mean 'ts'?"),
        ("m.toml", MAPPING.replace("[feed.", "tz = 1\n[feed.").encode(), "a.csv --mapping m.toml", 2, "unknown key"),
        (
            "m.toml",
            MAPPING.replace("[feed.", 'time_zone = "Mars"\n[feed.').encode(),
            "a.csv --mapping m.toml",
            2,
            "feed.0.time_zone has the value 'Mars': no such time zone",
        ),
        ("m.toml", MAPPING.replace('amount = "amount"\n', "").encode(), "a.csv --mapping m.toml", 2, "needs 'amount'"),
        ("a.csv", GOOD.encode(), "a.csv --speed fast", 2, "--speed has the value 'fast'"),
        ("m.toml", b"a = " + b"9" * 5000, "a.csv --mapping m.toml", 2, "m.toml is no TOML"),
        ("m.toml", b"a = " + b"[" * 5000, "a.csv --mapping m.toml", 2, "m.toml is no TOML"),
        ("a.csv", GOOD.encode(), "a.csv --speed 1e999999999", 2, "--speed has the value '1e999999999'"),
        ("a.csv", GOOD.encode(), "a.csv --speed 1e400", 2, "--speed has the value '1e400'"),
        ("a.csv", GOOD.encode(), "a.csv --speed -1x", 2, "--speed has the value '-1x'"),
        ("a.csv", GOOD.encode(), "a.csv --rate 5/s --speed 2x", 2, "choose one"),
        ("a.csv", GOOD.encode(), "a.csv --rejects ./a.csv", 2, "--rejects names a.csv, which is read"),
        (
            "m.toml",
            MAPPING.replace("[feed.", 'times = "%d.%m.%Y %H"\n[feed.').encode(),
            "a.csv --mapping m.toml",
            2,
            "no time can be read by '%d.%m.%Y %H'",
        ),
        (
            "m.toml",
            (MAPPING + '[feed.translate.status]\npaid = "complete"\n').encode(),
            "a.csv --mapping m.toml",
            2,
            "status has no word 'complete' to translate to; did you mean 'completed'?",
        ),
        ("m.toml", MAPPING.encode(), "a.csv --mapping m.toml --rejects m.toml", 2, "would be written over"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, words: str, code: int, said: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / name).write_bytes(content)
    assert exit_code(main, [*words.split(), "--dry-run"], "replay") == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2,3.50,1970-01-01T00:00:00Z", "the event time is before the year 2000"),
        ("1,2,3.50,2262-04-11T00:00:00Z", "the event time is more than an hour ahead of the clock"),
        ("1,2,-3.50,2024-01-01T00:00:00Z", "a negative amount, and the mapping has no refunds"),
        ("1,2,12345678901.00,2024-01-01T00:00:00Z", "more than 10 digits"),
        ("1,2,3.505,2024-01-01T00:00:00Z", "too many decimals"),
        ("1,,3.50,2024-01-01T00:00:00Z", "'product_id' is missing"),
        ("1,2,3.50,soon", "ts 'soon' is no time"),
        ("1,2", "2 values instead of 4"),
        ("caf\udce9,2,3.50,2024-01-01T00:00:00Z", "'customer_id' is not UTF-8"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason_and_its_neighbours_are_not(
    tmp_path: Path, row: str, reason: str
) -> None:
    (tmp_path / "a.csv").write_bytes(f"{GOOD}{row}\n9,2,3.50,2024-01-01T00:00:00Z\n".encode("utf-8", "surrogateescape"))
    assert exit_code(main, ["a.csv", "--dry-run", "--rejects", "bad.csv"], "replay") == 0
    head, bad, *more = (tmp_path / "bad.csv").read_text(encoding="utf-8").splitlines()
    assert head == "file,line,reason,row"
    assert bad.startswith("a.csv,3,")
    assert reason in bad
    assert not more


@pytest.mark.parametrize(
    ("constant", "reason"),
    [
        ("quantity = 'three'", "quantity 'three' is no whole number that fits"),
        ("quantity = 2147483648", "quantity '2147483648' is no whole number that fits"),
        ("quantity = 99999999999999999999", "quantity '99999999999999999999' is no whole number that fits"),
        ("unit_price = '1,50'", "unit_price '1,50' is no number"),
        ("unit_price = 12345678901", "more than 10 digits"),
    ],
)
def test_a_constant_that_is_no_number_rejects_its_rows(tmp_path: Path, constant: str, reason: str) -> None:
    """They are written as if they stood in the file: the table cannot hold them either."""
    (tmp_path / "a.csv").write_text(GOOD, encoding="utf-8")
    mapping = MAPPING.replace('amount = "amount"\n', "") if "unit_price" in constant else MAPPING
    (tmp_path / "m.toml").write_text(f"{mapping}[feed.constants]\n{constant}\n", encoding="utf-8")
    assert exit_code(main, ["a.csv", "--mapping", "m.toml", "--dry-run", "--rejects", "bad.csv"], "replay") == 0
    _, bad = (tmp_path / "bad.csv").read_text(encoding="utf-8").splitlines()
    assert reason in bad


def test_speed_lets_events_leave_in_their_own_time() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(None, 10.0, lambda: now[0], sleep)
    stamps, left = [0, 1000, 5000], []
    while stamps:
        number = pace.allow(stamps)
        left += [(stamp, now[0]) for stamp in stamps[:number]]
        stamps = stamps[number:]
    assert [stamp for stamp, _ in left] == [0, 1000, 5000]
    assert all(at >= stamp / 10_000 - 1e-6 for stamp, at in left)


def test_rows_that_are_not_utf_8_are_rejected_whatever_else_is_wrong_with_them(tmp_path: Path) -> None:
    """One has too many values besides, at which the reader of CSV would break off."""
    rows = [GOOD.encode(), "Ä,2,3.50,2024-01-01\n".encode("cp1252"), "Ö,2,3.50,2024-01-01,9\n".encode("cp1252")]
    rows += ["Ü,2,1.25,2024-01-02\n".encode(), b"\xf0\x9f,2,1.25,2024-01-03\n", "\ufffd,2,1.25,2024-01-04\n".encode()]
    (tmp_path / "mixed.csv").write_bytes(b"".join(rows))
    assert exit_code(main, ["mixed.csv", "--dry-run", "--rejects", "bad.csv"]) == 0
    bad = (tmp_path / "bad.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[1] for line in bad] == ["4", "3", "6"]
    assert "5 values instead of 4" in bad[0]
    assert r"\xd6,2,3.50" in bad[0]
    assert "'customer_id' is not UTF-8" in bad[1]
    assert r"\\xc4" in bad[1]


def test_characters_that_are_cut_by_a_block_are_whole() -> None:
    text = "aß€😀" * 50
    for size in range(1, 9):
        source = Checked(io.BytesIO(text.encode()))
        blocks = list(iter(partial(source.read, size), b""))
        assert b"".join(blocks).decode() == text
        assert max(map(len, blocks)) <= size
    assert Checked(io.BytesIO("€".encode()[:2])).read().decode().replace(MARK, "") == r"\xe2\x82"


def test_rows_that_are_not_asked_for_are_left_out_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["1,2,view,,2024-01-01", "1,2, purchase ,9.99,2024-01-02", "1,2,remove,,2024-01-03", "1,2,buy,x,2024-01-04"]
    (tmp_path / "log.csv").write_text("customer_id,product_id,kind,amount,ts\n" + "\n".join(rows), encoding="utf-8")
    where = MAPPING.replace("[feed.", 'where = {kind = ["purchase", "buy"]}\n[feed.', 1)
    (tmp_path / "m.toml").write_text(where, encoding="utf-8")
    assert exit_code(main, ["log.csv", "--mapping", "m.toml", "--dry-run", "--rejects", "bad.csv", "--json"]) == 0
    account = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (account["read"], account["left_out"], account["rejected"]) == (4, 2, 1)
    [bad] = (tmp_path / "bad.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert bad.startswith("log.csv,5,amount 'x' is no number")
    assert "buy" in bad


@pytest.mark.parametrize("day", ["1899-12-31", "2300-01-01", "9999-12-31"])
def test_dates_that_no_table_holds_are_rejected(tmp_path: Path, day: str) -> None:
    (tmp_path / "people.csv").write_text(
        f"customer_id,name,registration_date\n1,A,{day}\n2,B,1970-01-01\n3,C,2262-04-12\n", encoding="utf-8"
    )
    assert exit_code(main, ["people.csv", "--dry-run", "--rejects", "bad.csv"]) == 0
    [bad] = (tmp_path / "bad.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert "registration_date is not in the years 1900 to 2299" in bad


def test_reasons_are_counted_without_the_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"1,2,x{number},2024-01-01\n" for number in range(7)) + "1,2,3,soon\n,2,3,2024-01-01\n"
    (tmp_path / "wrong.csv").write_text(GOOD + rows, encoding="utf-8")
    assert exit_code(main, ["wrong.csv", "--dry-run", "--rejects", "bad.csv"]) == 0
    said = capsys.readouterr().err
    assert "7 x amount '...' is no number" in said
    assert "1 x ts '...' is no time" in said
    assert "1 x 'customer_id' is missing" in said
    assert "amount 'x5' is no number" in (tmp_path / "bad.csv").read_text(encoding="utf-8")
