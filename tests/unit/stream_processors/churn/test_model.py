"""The churn score's closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.churn.model import HIGH, LOW, MEDIUM, SEGMENTS, churn_model
from stream_processors.features.parameters import DAY

MODEL = churn_model()
segments = st.integers(0, len(SEGMENTS) - 1).map(lambda code: np.array([code], np.uint8))
rates = st.floats(0.001, 5.0).map(lambda rate: np.array([rate]))


@given(segments, rates, st.floats(0.01, 0.99))
def test_the_silence_of_a_score_has_that_score(segment: np.ndarray, rate: np.ndarray, score: float) -> None:
    silence = MODEL.silences(segment, rate, score)
    assert MODEL.scores(segment, rate, silence)[0] == pytest.approx(score, rel=1e-6)


@given(segments, rates, st.lists(st.integers(-DAY, 5_000 * DAY), min_size=2))
def test_the_score_grows_with_silence_and_stays_a_probability(
    segment: np.ndarray, rate: np.ndarray, silences: list[int]
) -> None:
    count = len(silences)
    ordered = np.sort(np.array(silences, np.int64))
    scores = MODEL.scores(np.repeat(segment, count), np.repeat(rate, count), ordered)
    assert (np.diff(scores) >= 0).all()
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_no_silence_is_no_churn() -> None:
    assert MODEL.scores(np.array([1]), np.array([0.2]), np.array([0]))[0] == 0


def test_a_more_active_customer_is_missed_sooner() -> None:
    often, seldom = MODEL.silences(np.array([3, 3]), np.array([1.0, 0.05]), 0.8)
    assert often < seldom / 3


def test_the_own_rate_is_shrunk_to_the_segment() -> None:
    first, last = np.array([0, 0], np.int64), np.array([0, 300 * DAY], np.int64)
    few, many = MODEL.rates(np.array([1, 1]), np.array([1, 300]), first, last)
    assert few == pytest.approx(3 / 9)
    assert many == pytest.approx(302 / 309)


def test_bands() -> None:
    assert MODEL.bands(np.array([0.0, 0.39, 0.4, 0.79, 0.8, 1.0])).tolist() == [LOW, LOW, MEDIUM, MEDIUM, HIGH, HIGH]
