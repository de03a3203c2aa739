"""The fit: finds the weights that made a sample, is the same whenever it is run, refuses what it cannot use."""

import json
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from producers.world.parameters import digest
from schemas.cli import exit_code
from schemas.errors import UsageError
from stream_processors.churn.__main__ import SHIPPED, judged, main, next_version
from stream_processors.churn.fit import THRESHOLDS, explained, fitted, regression
from stream_processors.churn.history import Sample, read_truth
from stream_processors.churn.model import SEGMENTS, TERMS, ChurnModel, habits, logistic, terms
from stream_processors.features.parameters import DAY

WEIGHTS = np.array([0.9, 0.7, 0.2])
INTERCEPT = -4.5


def made(seed: int, count: int) -> Sample:
    """Customers who have dropped out with a probability that is a regression of known weights, r = 1 and a = 20."""
    random = np.random.default_rng(seed)
    active, span = random.integers(2, 40, count), random.integers(40, 300, count) * DAY
    silence = (random.exponential(40, count) * DAY).astype(np.int64)
    segment = random.integers(1, 5, count).astype(np.uint8)
    one = np.ones(count)
    values = terms(habits(segment, one, 20 * one, active, np.zeros(count, np.int64), span), silence)
    gone = random.random(count) < logistic(values @ WEIGHTS + INTERCEPT)
    at = span + silence
    return Sample(at, np.arange(count), segment, active, np.zeros(count, np.int64), span, span, gone, at)


def test_the_regression_finds_the_weights() -> None:
    sample = made(1, 100_000)
    intercept, weights = regression(explained(sample, 1.0, 20.0), sample.gone)
    assert intercept == pytest.approx(INTERCEPT, abs=0.2)
    assert weights.tolist() == pytest.approx(WEIGHTS.tolist(), abs=0.12)


def test_probabilities_are_calibrated_on_others_of_the_same_kind() -> None:
    model = ChurnModel(fitted(made(1, 30_000), 1, {}))
    figures = judged(model, made(2, 30_000))
    assert figures["calibration_error"] < 0.02
    assert figures["precision"] > 0.5
    assert figures["auc"] > 0.8


def test_a_segment_of_whom_hardly_anybody_has_gone_is_given_what_holds_for_all() -> None:
    sample = made(3, 20_000)
    few = sample.only((sample.segment != 1) | (np.arange(20_000) < 500))
    segments = fitted(few, 1, {})["segments"]
    assert segments["VIP"] == segments["UNKNOWN"] == {**segments["VIP"], "as_all_together": True}
    assert "as_all_together" not in segments["Basic"]
    assert set(segments) == set(SEGMENTS)
    assert set(TERMS) < set(segments["Basic"])


def test_what_ships_was_fitted_to_this_world() -> None:
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert shipped["fitted"]["world"] == digest(), "run: .venv/bin/python -m stream_processors.churn fit"
    assert {name: shipped[name] for name in THRESHOLDS} == THRESHOLDS
    assert shipped["version"] > 1


def run_fit(*arguments: str) -> int:
    return exit_code(main, ["fit", *arguments], "churn")


def test_a_small_world_gives_the_same_file_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / "one.json", tmp_path / "other.json"]
    for file in files:
        assert run_fit("--seeds", "5", "--customers", "6000", "--to", str(file), "--json") == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    read = json.loads(files[0].read_text(encoding="utf-8"))
    assert read["fitted"]["seeds"] == [5]
    assert len(read["fitted"]["world"]) == 12
    assert read["fitted"]["simulated"] is True
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["auc"] > 0.85
    assert 0 < figures["base_rate"] < 0.15
    assert read["version"] == 1
    assert next_version(files[0]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--history", "nowhere"], "--history and --labels go together"),
        (["--history", "nowhere", "--labels", "none.csv"], "no nowhere/customers.parquet"),
        (["--seeds", "4,x"], "--seeds is '4,x'"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_a_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_fit(*arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error


def test_labels_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"labels\.csv holds no labels"):
        read_truth(tmp_path / "labels.csv")
    (tmp_path / "labels.csv").write_text("customer_id,dropout\n1,never\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"labels\.csv holds no labels"):
        read_truth(tmp_path / "labels.csv")


def test_without_the_library_that_fits_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert run_fit() == 1
    assert "make setup" in capsys.readouterr().err
