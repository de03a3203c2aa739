"""What the churn bench compares with: BG/NBD's published figures, CDNOW as it is read, the ceiling, a rule's alerts."""

from importlib import util
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from producers.backfill.history import Request
from stream_processors.churn import measures
from stream_processors.churn.history import MONTH, Truth, simulated, weeks
from stream_processors.churn.model import churn_model
from stream_processors.features.parameters import DAY
from tests.bench import churn
from tests.bench.bgnbd import BgNbd, Purchases, bg_nbd
from tests.bench.cdnow import FITTED, KNOWN, known, purchases
from tests.bench.churn import AFTERWARDS, Alerts, worst
from tests.bench.churn_ceiling import Ceiling

PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426)


def test_bg_nbd_finds_the_published_parameters_of_cdnow_s_sample() -> None:
    found = util.find_spec("lifetimes")
    assert found is not None
    assert found.origin is not None
    read = pl.read_csv(Path(found.origin).parent / "datasets" / "cdnow_customers_summary.csv")
    seen = Purchases(*(read[name].to_numpy().astype(np.float64) for name in ("frequency", "recency", "T")))
    assert len(seen.repeats) == 2357
    assert list(bg_nbd(seen)) == pytest.approx(list(PUBLISHED), rel=0.01)


def test_bg_nbd_expects_what_was_published_of_a_customer() -> None:
    seen = Purchases(np.array([2.0, 0.0]), np.array([30.43, 0.0]), np.array([38.86, 38.86]))
    twice, once = PUBLISHED.expected(seen, 39.0)
    assert twice == pytest.approx(1.226, abs=0.002)
    assert 0 < once < twice / 4


def test_cdnow_is_read_whole() -> None:
    customer, day = purchases()
    assert (len(customer), len(np.unique(customer))) == (69_659, 23_570)
    assert (day.min(), day.max()) == (0, 545)
    now = known(customer, day, KNOWN, 78 * 7)
    assert len(now.at) == 23_570
    assert known(customer, day, FITTED, KNOWN).gone.mean() < 1
    assert (now.last < now.at).all()


def test_purchases_of_a_day_are_one_and_the_future_is_not_known() -> None:
    sample = known(np.array([1, 1, 1, 2, 2]), np.array([3, 3, 9, 4, 30]), 10, 20)
    assert sample.active_days.tolist() == [2, 1]
    assert sample.last.tolist() == [9 * DAY, 4 * DAY]
    assert sample.gone.tolist() == [True, True]
    assert known(np.array([1, 1]), np.array([3, 12]), 10, 20).gone.tolist() == [False]


def test_the_ceiling_is_calibrated_and_not_below_silence(tmp_path: Path) -> None:
    history, truth = simulated(4, 6_000, tmp_path)
    (look,) = weeks(history, truth, 12 * MONTH, 12 * MONTH)
    ceiling = Ceiling(Request(4, 6_000, 500).plan(AFTERWARDS), look)
    assert ceiling.gone.mean() == pytest.approx(look.gone.mean(), rel=0.15)
    assert measures.calibration_error(look.gone, ceiling.gone) < 0.02
    assert measures.auc(look.gone, ceiling.gone) > measures.auc(look.gone, look.at - look.last) + 0.01
    assert ceiling.recent.max() < 0.5


def test_what_a_rule_of_days_would_have_said() -> None:
    """Customer 1 pauses for 40 days and goes on, 2 drops out on day 20 and 3 is silent without having gone."""
    events = (np.array([1, 1, 2, 3]), np.array([0, 40, 15, 25]) * DAY)
    never = np.iinfo(np.int64).max
    truth = Truth(np.array([never, 20 * DAY, never]), np.full(3, never), "")
    alerts = Alerts(truth, 28 * DAY, 63 * DAY)
    assert alerts.by_rule(events, 30.0, 1000.0) == {
        "days_to_alert": 25.0,
        "alerts_per_1000_a_week": 0.6,
        "alert_precision": 0.333,
    }


def test_the_worst_of_the_seeds() -> None:
    one = {"auc": 0.9, "recent_auc": 0.7, "calibration_error": 0.01, "days_to_alert": None}
    other = {"auc": 0.8, "recent_auc": 0.6, "calibration_error": 0.02, "days_to_alert": 5.0}
    assert worst([one, other]) == {**other, "days_to_alert": None}


def test_every_figure_stands_beside_both_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn, "SEEDS", (1001,))
    monkeypatch.setattr(churn, "cdnow", dict)
    found = churn.run(3_000)
    asked = {
        "auc", "lift_at_10", "precision", "recall", "calibration_error", "days_to_alert", "base_rate",
        "worst_segment_margin",
    }  # fmt: skip
    for figures in (found, *found["baselines"].values()):
        assert {name for name in asked if isinstance(figures[name], float)} == asked
    assert max(rule["worst_segment_margin"] for rule in found["baselines"].values()) <= 0
    right, recalled = ([one[name] for one in found["thresholds"].values()] for name in ("precision", "recall"))
    assert (right, recalled) == (sorted(right), sorted(recalled, reverse=True))
    shipped = found["thresholds"][str(churn_model().raise_from)]
    assert shipped == {name: found[name] for name in shipped}
