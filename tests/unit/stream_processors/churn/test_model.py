"""The churn score: grows with silence, has an exact inverse, says what its terms say."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.churn.model import (
    HIGH,
    LOW,
    MEDIUM,
    SEGMENTS,
    TERMS,
    ChurnModel,
    Habit,
    churn_model,
    logistic,
    terms,
)
from stream_processors.features.parameters import DAY

MODEL = churn_model()
ONE = {"prior_active_days": 1.0, "prior_days": 20.0, "intercept": -5.0, "evidence": 0.8, "time": 0.9, "rate": 0.3}


def model(**changed: Any) -> ChurnModel:
    """One whose segments are all alike."""
    segments = {segment: {**ONE, **changed} for segment in SEGMENTS}
    limits = {"version": 1, "medium_from": 0.2, "raise_from": 0.5, "recover_below": 0.2, "min_active_days": 3}
    return ChurnModel({**limits, "segments": segments})


@st.composite
def known(draw: st.DrawFn) -> Habit:
    """A customer's habit by the model that ships."""
    code, days = draw(st.integers(0, len(SEGMENTS) - 1)), draw(st.integers(1, 400))
    span = draw(st.integers(days - 1, 4_000)) * DAY if days > 1 else 0
    return MODEL.habits(np.array([code]), np.array([days]), np.array([0]), np.array([span]))


@given(known(), st.floats(0.01, 0.99))
def test_the_silence_of_a_score_has_that_score(habit: Habit, score: float) -> None:
    silence = MODEL.silences(habit, score)
    reached = MODEL.scores(habit, silence)[0]
    if silence[0] > 0:
        assert reached == pytest.approx(score, rel=1e-6)
    else:
        assert reached >= score


@given(known(), st.lists(st.integers(-DAY, 5_000 * DAY), min_size=2))
def test_the_score_grows_with_silence_and_stays_a_probability(habit: Habit, silences: list[int]) -> None:
    many = Habit(*(np.repeat(column, len(silences)) for column in habit))
    scores = MODEL.scores(many, np.sort(np.array(silences, np.int64)))
    assert (np.diff(scores) >= 0).all()
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_whoever_has_just_been_active_stays() -> None:
    for days in (3, 10, 60):
        habit = MODEL.habits(np.arange(6), np.full(6, days), np.zeros(6, np.int64), np.full(6, 300 * DAY))
        assert MODEL.scores(habit, np.zeros(6, np.int64)).max() < MODEL.recover_below / 2


def test_a_more_active_customer_is_missed_sooner() -> None:
    habit = MODEL.habits(np.array([3, 3]), np.array([100, 6]), np.array([0, 0]), np.array([300 * DAY, 300 * DAY]))
    often, seldom = MODEL.silences(habit, MODEL.raise_from)
    assert often < seldom / 2


def test_the_terms_by_hand() -> None:
    habit = model().habits(np.array([1]), np.array([6]), np.array([0]), np.array([80 * DAY]))
    assert (habit.times[0], habit.span[0]) == (6.0, 100.0)
    evidence, time, rate = terms(habit, np.array([50 * DAY]))[0]
    assert evidence == pytest.approx(6 * math.log(1.5))
    assert time == pytest.approx(math.log(51))
    assert rate == pytest.approx(math.log(0.06))
    by_hand = 1 / (1 + math.exp(5 - 0.8 * evidence - 0.9 * time - 0.3 * rate))
    assert model().scores(habit, np.array([50 * DAY]))[0] == pytest.approx(by_hand)


def test_evidence_alone_has_a_closed_inverse() -> None:
    one = model(time=0.0, rate=0.0)
    habit = one.habits(np.array([1]), np.array([6]), np.array([0]), np.array([80 * DAY]))
    assert one.silences(habit, 0.5)[0] / DAY == pytest.approx(100 * math.expm1(5 / (0.8 * 6)))


@pytest.mark.parametrize("wrong", [{"evidence": 0.0}, {"time": -0.1}, {"prior_days": 0.5}])
def test_a_model_that_does_not_grow_with_silence_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="grow with silence"):
        model(**wrong)


def test_logistic_keeps_its_ends() -> None:
    values = logistic(np.array([-800.0, -2.0, 0.0, 2.0, 800.0]))
    assert values.tolist() == pytest.approx([0.0, 1 / (1 + math.e**2), 0.5, 1 / (1 + math.e**-2), 1.0])


def test_bands() -> None:
    low, high = MODEL.medium_from, MODEL.raise_from
    scores = np.array([0.0, low - 1e-9, low, high - 1e-9, high, 1.0])
    assert MODEL.bands(scores).tolist() == [LOW, LOW, MEDIUM, MEDIUM, HIGH, HIGH]


def test_the_terms_are_those_that_are_weighed() -> None:
    habit = Habit(np.array([1]), np.array([2.0]), np.array([30.0]))
    assert terms(habit, np.array([DAY])).shape == (1, len(TERMS))
