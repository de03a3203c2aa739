"""Fits the churn model: a logistic regression for each segment, with its priors chosen by log loss. Deterministic."""

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.errors import C360Error
from stream_processors.churn.history import Sample
from stream_processors.churn.measures import log_loss
from stream_processors.churn.model import SEGMENTS, TERMS, habits, terms

Floats = npt.NDArray[np.float64]

#: Priors that are tried: active days, and the days they took.
PRIOR_TIMES = (0.25, 0.5, 1.0, 2.0, 4.0)
PRIOR_DAYS = (5.0, 10.0, 20.0, 40.0, 80.0)
#: Priors are chosen by every fourth look, and the weights fitted by all.
LOOKS_APART = 4
#: Fewer who dropped out tell nothing about a segment: it is given what holds for all together.
FEWEST_GONE = 100
DIGITS = 6
#: What ships. An alert is about who has just come to the threshold, which the score is a little too sure of: from 0.6
#: on, more of them are right than wrong.
THRESHOLDS = {"medium_from": 0.2, "raise_from": 0.6, "recover_below": 0.2, "min_active_days": 3}


def fitted(sample: Sample, version: int, how: dict[str, Any]) -> dict[str, Any]:
    """The model as JSON holds it; `how` says where the sample is from.

    Raises:
        C360Error: the sample is too small, or a score would not grow with silence.
    """
    everyone = _segment(sample)
    if everyone is None:
        raise C360Error(f"{int(sample.gone.sum())} who dropped out are too few to fit anything: take a larger history.")
    segments = {}
    for code, name in enumerate(SEGMENTS):
        found = _segment(sample.only(sample.segment == code)) if code else None
        segments[name] = found or {**everyone, "as_all_together": True}
    return {"version": version, "fitted": how, **THRESHOLDS, "segments": segments}


def _segment(sample: Sample) -> dict[str, Any] | None:
    """Weights and priors of one segment's customers."""
    if int(np.unique(sample.customer[sample.gone]).size) < FEWEST_GONE:
        return None
    some = sample.only(np.isin(sample.at, np.unique(sample.at)[::-LOOKS_APART]))
    tried = [_regression(some, times, days) for times, days in itertools.product(PRIOR_TIMES, PRIOR_DAYS)]
    best = min(tried, key=lambda one: float(one["log_loss"]))
    found = _regression(sample, best["prior_active_days"], best["prior_days"])
    if found["evidence"] <= 0 or found["time"] < 0:
        raise C360Error("The likeliest score would not grow with silence: take a larger history.")
    return found


def _regression(sample: Sample, prior_times: float, prior_days: float) -> dict[str, Any]:
    values = explained(sample, prior_times, prior_days)
    intercept, weights = regression(values, sample.gone)
    chance = 1.0 / (1.0 + np.exp(-(values @ weights + intercept)))
    return {
        "prior_active_days": prior_times,
        "prior_days": prior_days,
        "intercept": round(intercept, DIGITS),
        **{name: round(weight, DIGITS) for name, weight in zip(TERMS, weights.tolist(), strict=True)},
        "log_loss": round(log_loss(sample.gone, chance), DIGITS),
        "rows": len(sample.gone),
        "base_rate": round(float(sample.gone.mean()), DIGITS),
    }


def explained(sample: Sample, prior_times: float, prior_days: float) -> Floats:
    """The terms of each row."""
    many = np.ones(len(sample.at))
    habit = habits(sample.segment, prior_times * many, prior_days * many, sample.active_days, sample.first, sample.last)
    return terms(habit, sample.at - sample.last)


def regression(values: Floats, truth: npt.NDArray[np.bool_]) -> tuple[float, Floats]:
    """Intercept and weights; next to no regularization, since there are few terms and many rows."""
    from sklearn.linear_model import LogisticRegression

    middle, spread = values.mean(axis=0), values.std(axis=0)
    model = LogisticRegression(C=1e6, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit((values - middle) / spread, truth)
    weights = model.coef_[0] / spread
    return float(model.intercept_[0] - weights @ middle), weights
