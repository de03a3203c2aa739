"""The measures by hand, and on samples whose answer is known."""

import math

import numpy as np
import pytest

from stream_processors.churn import measures


def test_auc_counts_pairs_and_ties_as_half() -> None:
    truth = np.array([True, False, True, False])
    assert measures.auc(truth, np.array([4, 3, 2, 1])) == 0.75
    assert measures.auc(truth, np.array([1, 1, 1, 1])) == 0.5
    assert measures.auc(truth, np.array([2, 1, 1, 0])) == 0.875
    assert math.isnan(measures.auc(np.array([True]), np.array([1.0])))


def test_lift_is_the_base_rate_at_the_top_over_that_of_all() -> None:
    truth = np.arange(100) < 20
    assert measures.lift(truth, -np.arange(100)) == pytest.approx(5.0)
    assert measures.lift(truth, np.zeros(100)) == pytest.approx(1.0)
    half = np.where(np.arange(100) < 40, 1, 0)  # of the 40 that come first, equal among themselves, half are positive
    assert measures.lift(truth, half) == pytest.approx(0.5 / 0.2)


def test_precision_and_recall() -> None:
    truth, flagged = np.array([True, True, False, False, True]), np.array([True, False, True, False, True])
    assert measures.precision_recall(truth, flagged) == (2 / 3, 2 / 3)
    assert measures.precision_recall(truth, np.zeros(5, np.bool_)) == (0.0, 0.0)


def test_a_calibrated_sample_has_hardly_any_error_and_a_boastful_one_has() -> None:
    random = np.random.default_rng(1)
    chance = random.random(200_000)
    truth = random.random(200_000) < chance
    assert measures.calibration_error(truth, chance) < 0.01
    assert measures.calibration_error(truth, np.minimum(chance + 0.2, 1.0)) == pytest.approx(0.18, abs=0.01)
    assert measures.calibration_error(np.array([True, False]), np.array([0.95, 0.05])) == pytest.approx(0.05)


def test_log_loss() -> None:
    assert measures.log_loss(np.array([True, False]), np.array([0.5, 0.5])) == pytest.approx(math.log(2))
