"""The churn score on the last three months of simulated worlds it was not fitted on, and on a real purchase history.

Every week, the customers with two purchases or more; positive: dropped out by then and not returned. The state and the
alert engine that serve make the scores and the alerts. Beside it stand two rules anybody could use: silent for 30 days,
and days since the last purchase. `thresholds` says what raising alerts elsewhere would come to. `recent` is a narrower
question (dropped out within the last 30 days), and `ceiling` what somebody would reach who knew every customer's true
rate and lifetime: no model of the same events can do better.
"""

import copy
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from producers.backfill.history import Request
from stream_processors.churn import measures
from stream_processors.churn.alerts import RAISED, AlertEngine
from stream_processors.churn.fit import regression
from stream_processors.churn.history import MONTH, WEEK, History, Sample, Truth, joined, part, simulated, weeks
from stream_processors.churn.model import SEGMENTS, ChurnModel, churn_model
from stream_processors.features.parameters import COMPLETED, DAY, HOUR, REFUNDED
from tests.bench.cdnow import cdnow
from tests.bench.churn_ceiling import Ceiling

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

SEEDS = (1001, 1002, 1003)
CUSTOMERS = 100_000
#: The last look of month 10, on which the rules are turned into probabilities; the weeks after it are judged.
EVE, END = 301.0, 13 * MONTH
SILENT_DAYS = 30.0
#: A clock (ms) at which every history is over.
AFTERWARDS = 1 << 62
#: Fewer customers who dropped out say nothing about a segment.
FEWEST = 10
HIGHER = {"base_rate", "auc", "auc_of_model", "recent_auc", "lift_at_10", "precision", "recall"}
HIGHER |= {"worst_segment_margin", "alert_precision"}
#: Where else alerts might be raised.
THRESHOLDS = (0.4, 0.5, 0.6, 0.7)


class Rule(NamedTuple):
    """A baseline: how it ranks, and whom it names."""

    score: Floats
    named: npt.NDArray[np.bool_]


def run(customers: int = CUSTOMERS) -> dict[str, Any]:
    """The figures: the worst seed's, each seed's, and those of the real history."""
    seeds = {}
    for seed in SEEDS:
        with tempfile.TemporaryDirectory(prefix="c360-churn-") as folder:
            seeds[str(seed)] = _seed(seed, customers, Path(folder))
    return {
        **worst([seed["model"] for seed in seeds.values()]),
        "baselines": {
            name: worst([seed["baselines"][name] for seed in seeds.values()])
            for name in ("silent_30_days", "days_since_purchase")
        },
        "thresholds": {
            name: worst([seed["thresholds"][name] for seed in seeds.values()]) for name in map(str, THRESHOLDS)
        },
        "recent": worst([seed["recent"] for seed in seeds.values()]),
        "ceiling": worst([seed["ceiling"] for seed in seeds.values()]),
        "world": {seed["world"] for seed in seeds.values()}.pop(),
        "simulated": True,
        "customers": customers,
        "seeds": seeds,
        "cdnow": cdnow(),
    }


def worst(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Each figure of the seed for which it is worst; of what is neither good nor bad, the lowest."""
    out: dict[str, Any] = {}
    for name in figures[0]:
        values = [one[name] for one in figures]
        if None in values:
            out[name] = None
        else:
            out[name] = min(values) if name in HIGHER else max(values)
    return out


def _seed(seed: int, customers: int, folder: Path) -> dict[str, Any]:
    history, truth = simulated(seed, customers, folder)
    eve, *looks = weeks(history, truth, EVE, END)
    sample = joined(looks)
    scores = _scores(sample)
    active, bought = _activity(history)
    begin, end = int(sample.at.min()) - WEEK * DAY, int(sample.at.max())
    known = len(sample.at) / len(looks)
    named = scores >= churn_model().raise_from
    rules = _rules(sample, int(named.sum()))
    segments, margins = _segments(sample, scores, rules)
    alerts = Alerts(truth, begin, end)
    stream = Stream(history, active, end)
    recent = ~sample.gone | (sample.at - sample.dropout <= 30 * DAY)
    ceiling = Ceiling(Request(seed, customers, max(500, customers // 20)).plan(AFTERWARDS), looks[-1])
    return {
        "model": {
            **_quality(sample.gone, scores, named),
            "calibration_error": round(measures.calibration_error(sample.gone, scores), 4),
            **alerts.figures(stream.raised(churn_model()), known),
            "worst_segment_margin": margins["model"],
        },
        "baselines": {
            name: {**figures, "worst_segment_margin": margins[name]}
            for name, figures in _baselines(
                eve, sample, rules, alerts, {"silent_30_days": active, "days_since_purchase": bought}, known
            ).items()
        },
        "thresholds": {
            str(level): {
                **_named(sample.gone, scores >= level),
                **alerts.figures(stream.raised(_raising_from(level)), known),
            }
            for level in THRESHOLDS
        },
        "segments": segments,
        "recent": _quality(sample.gone[recent], scores[recent], None),
        "ceiling": {
            "auc": round(measures.auc(looks[-1].gone, ceiling.gone), 4),
            "auc_of_model": round(measures.auc(looks[-1].gone, _scores(looks[-1])), 4),
            "recent_auc": round(measures.auc(looks[-1].gone[ceiling.narrow], ceiling.recent[ceiling.narrow]), 4),
            "recent_highest_probability": round(float(ceiling.recent.max()), 3),
        },
        "world": truth.world,
    }


def _raising_from(level: float) -> ChurnModel:
    model = copy.copy(churn_model())
    model.raise_from = level
    return model


def _scores(sample: Sample) -> Floats:
    model = churn_model()
    habit = model.habits(sample.segment, sample.active_days, sample.first, sample.last)
    return model.scores(habit, sample.at - sample.last)


def _quality(truth: npt.NDArray[np.bool_], score: Floats, named: npt.NDArray[np.bool_] | None) -> dict[str, Any]:
    figures = {
        "base_rate": round(float(truth.mean()), 4),
        "auc": round(measures.auc(truth, score), 4),
        "lift_at_10": round(measures.lift(truth, score), 2),
    }
    if named is not None:
        figures |= _named(truth, named)
    return figures


def _named(truth: npt.NDArray[np.bool_], named: npt.NDArray[np.bool_]) -> dict[str, float]:
    precision, recall = measures.precision_recall(truth, named)
    return {"precision": round(precision, 3), "recall": round(recall, 3)}


def _rules(sample: Sample, named: int) -> dict[str, Rule]:
    """Silent for 30 days, yes or no; days since the last purchase, naming as many customers as the model does."""
    silent = (sample.at - sample.last) / DAY >= SILENT_DAYS
    since = (sample.at - sample.last_purchase) / DAY
    limit = np.sort(since)[::-1][max(named - 1, 0)]
    return {
        "silent_30_days": Rule(silent.astype(np.float64), silent),
        "days_since_purchase": Rule(since, since >= limit),
    }


def _baselines(
    eve: Sample,
    sample: Sample,
    rules: Mapping[str, Rule],
    alerts: "Alerts",
    events: Mapping[str, tuple[Longs, Longs]],
    known: float,
) -> dict[str, dict[str, Any]]:
    """The same figures of the rules; their probabilities by a regression on the same world's month 10."""
    then = _rules(eve, 1)
    since = rules["days_since_purchase"]
    limits = {"silent_30_days": SILENT_DAYS, "days_since_purchase": float(since.score[since.named].min())}
    out = {}
    for name, rule in rules.items():
        intercept, weights = regression(then[name].score[:, None], eve.gone)
        chance = 1.0 / (1.0 + np.exp(-(rule.score * weights[0] + intercept)))
        out[name] = {
            **_quality(sample.gone, rule.score, rule.named),
            "calibration_error": round(measures.calibration_error(sample.gone, chance), 4),
            **alerts.by_rule(events[name], limits[name], known),
            "limit_days": round(limits[name], 1),
        }
    return out


def _segments(sample: Sample, scores: Floats, rules: Mapping[str, Rule]) -> tuple[dict[str, Any], dict[str, float]]:
    """AUC by segment, and the least by which the model, and each rule, is ahead of the better rule."""
    out: dict[str, Any] = {}
    ahead: dict[str, list[float]] = {"model": [], **{name: [] for name in rules}}
    for code, name in enumerate(SEGMENTS):
        own = sample.segment == code
        gone = np.unique(sample.customer[own & sample.gone]).size
        if not gone:
            continue
        mine = measures.auc(sample.gone[own], scores[own])
        theirs = {name: measures.auc(sample.gone[own], rule.score[own]) for name, rule in rules.items()}
        best = max(theirs.values())
        silence = measures.auc(sample.gone[own], (sample.at - sample.last)[own])
        judged = gone >= FEWEST and not math.isnan(mine)
        for ranked_by, value in {"model": mine, **theirs}.items() if judged else ():
            ahead[ranked_by].append(value - best)
        out[name] = {
            "gone": int(gone),
            "base_rate": round(float(sample.gone[own].mean()), 4),
            "auc": round(mine, 4),
            "better_baseline": round(best, 4),
            "days_silent": round(silence, 4),
            "judged": judged,
        }
    return out, {name: round(min(values), 4) for name, values in ahead.items()}


class Alerts:
    """What alerts between `begin` and `end` (ms) were worth, and what a rule of so many days would have said."""

    def __init__(self, truth: Truth, begin: int, end: int) -> None:
        self._truth, self._begin, self._end = truth, begin, end

    def figures(self, raised: tuple[Longs, Longs], known: float) -> dict[str, Any]:
        """`raised`: customers and times (ms) of alerts; `known`: customers who are judged."""
        return self._told(*raised, known)

    def by_rule(self, events: tuple[Longs, Longs], days: float, known: float) -> dict[str, Any]:
        """The same for a rule: so many days after an event without another."""
        customers, times = events
        ends = np.append(customers[1:] != customers[:-1], True)
        following = np.where(ends, np.iinfo(np.int64).max, np.append(times[1:], 0))
        due = times + round(days * DAY)
        silent = following >= due
        return self._told(customers[silent], due[silent], known)

    def _told(self, customers: Longs, times: Longs, known: float) -> dict[str, Any]:
        inside = (times >= self._begin) & (times < self._end)
        customers, times = customers[inside], times[inside]
        dropout, comeback = self._truth.dropout[customers - 1], self._truth.comeback[customers - 1]
        right = (dropout <= times) & (comeback > times)
        weeks_ = (self._end - self._begin) / (WEEK * DAY)
        days = (times - dropout)[right] / DAY
        return {
            "days_to_alert": round(float(np.median(days)), 1) if len(days) else None,
            "alerts_per_1000_a_week": round(len(times) / known / weeks_ * 1000, 2),
            "alert_precision": round(float(right.mean()), 3) if len(times) else None,
        }


def _ordered(parts: list[tuple[Longs, Longs]]) -> tuple[Longs, Longs]:
    customers, times = (np.concatenate([part[at] for part in parts]) for at in range(2))
    order = np.lexsort((times, customers))
    return customers[order], times[order]


def _activity(history: History) -> tuple[tuple[Longs, Longs], tuple[Longs, Longs]]:
    """Everything that counts as activity, and the purchases: customers and times (ms), by both."""
    events, others = history.transactions, history.interactions
    completed = events["status"] == COMPLETED
    counted = completed | (events["status"] == REFUNDED)
    bought = (events["customer_id"][completed], events["ts"][completed])
    paid = (events["customer_id"][counted], events["ts"][counted])
    return _ordered([paid, (others["customer_id"], others["ts"])]), _ordered([bought])


class Stream:
    """What an alert engine is fed of a history until `end` (ms)."""

    def __init__(self, history: History, active: tuple[Longs, Longs], end: int) -> None:
        """`active`: customers and times (ms) of everything that counts as activity."""
        order = np.argsort(active[1], kind="stable")
        self._events = {"customer": active[0][order], "ts": active[1][order]}
        self._history, self._end = history, end

    def raised(self, model: ChurnModel) -> tuple[Longs, Longs]:
        """Customers and times (ms) of the alerts that are raised, week by week."""
        engine, profiles = AlertEngine(model), self._history.customers
        rows = profiles["customer_id"] - 1
        engine.grow(int(rows.max()) + 1)
        engine.profiles(rows, profiles["segment"], np.zeros(len(rows), np.int64))
        raised = []
        for at in range(self._history.begin, self._end, WEEK * DAY):
            until = min(at + WEEK * DAY, self._end)
            events = part(self._events, at, until)
            engine.add(events["customer"] - 1, events["ts"], np.zeros(len(events["ts"]), np.int64))
            raised += [alert for alert in engine.advance(until).alerts if alert.kind == RAISED]
        customers = np.array([alert.row + 1 for alert in raised], np.int64)
        return customers, np.array([alert.tick * HOUR for alert in raised], np.int64)
