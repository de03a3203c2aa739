"""An export is there whole or not at all, and never writes over something."""

import json
from pathlib import Path

import polars as pl
import pytest

from schemas.cli import exit_code
from schemas.errors import UsageError
from sinks.export.command import export_command
from sinks.export.folder import MANIFEST, fresh
from tests.support.synced import synced

FRAME = pl.DataFrame(
    {
        "transaction_id": pl.Series([1, 2], dtype=pl.UInt64),
        "amount": pl.Series(["-0.10", "12345678.90"]).str.to_decimal(scale=2),
        "refers_to": pl.Series([None, 1], dtype=pl.UInt64),
        "ts": pl.Series([0, 1_700_000_000_123]).cast(pl.Datetime("ms", "UTC")),
    }
)


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_finished_export_has_its_files_and_says_so(tmp_path: Path, file_format: str) -> None:
    target = tmp_path / "out"
    with fresh(target, file_format) as folder:
        file = folder.place("transactions", "202601")
        FRAME.write_parquet(file)
        folder.add("transactions", file, 2)
        folder.close({"from": "tables"})
        assert not target.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["files"] == {"transactions": [{"file": f"transactions/202601.{file_format}", "rows": 2}]}


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_files_and_folders_are_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file_format: str
) -> None:
    done = synced(monkeypatch)
    with fresh(tmp_path / "out", file_format) as folder:
        file = folder.place("transactions", "202601")
        FRAME.write_parquet(file)
        folder.add("transactions", file, 2)
        folder.close({})
        making = folder.path
    stream = making / "transactions"
    assert done == [stream / f"202601.{file_format}", making / MANIFEST, stream, making, tmp_path]


def test_csv_has_exact_amounts_iso_times_and_empty_nulls(tmp_path: Path) -> None:
    with fresh(tmp_path / "out", "csv") as folder:
        file = folder.place("transactions", "202601")
        FRAME.write_parquet(file)
        folder.add("transactions", file, 2)
        folder.close({})
    assert (tmp_path / "out" / "transactions" / "202601.csv").read_text(encoding="utf-8").splitlines() == [
        "transaction_id,amount,refers_to,ts",
        "1,-0.10,,1970-01-01T00:00:00.000Z",
        "2,12345678.90,1,2023-11-14T22:13:20.123Z",
    ]


def test_an_interrupted_export_leaves_nothing(tmp_path: Path) -> None:
    def cut_off() -> None:
        with fresh(tmp_path / "out", "parquet") as folder:
            FRAME.write_parquet(folder.place("transactions", "202601"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert not list(tmp_path.iterdir())


def test_what_exists_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(UsageError, match="exists: give another name"), fresh(tmp_path / "out", "parquet"):
        pass
    with pytest.raises(UsageError, match="there is no folder"), fresh(tmp_path / "no" / "out", "parquet"):
        pass


def test_wrong_words_are_one_line_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(export_command, ["--streams", "clients"]) == 2
    assert "--streams names 'clients': expected some of customers" in capsys.readouterr().err
