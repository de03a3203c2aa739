"""The features of some customers as columns of a customer-features record."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.codec.encode import Nullable
from stream_processors.churn.model import ChurnModel
from stream_processors.features.parameters import DAY, DAY_WINDOWS, HOUR_WINDOWS, parameters
from stream_processors.features.state import TYPE_COLUMNS, PartitionState

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Version of what the columns mean; with the score model's it tells whose rows are the newest.
RULES = 3
MODELS = 1000

_WINDOWS = [window.name for window in (*HOUR_WINDOWS, *DAY_WINDOWS)]
#: Columns that a record holds as the state does.
PLAIN = (
    "segment",
    "first_seen",
    "last_seen",
    "orders",
    "lifetime_value",
    "active_days",
    *(f"{what}_{name}" for what in ("purchases", "spend", "interactions") for name in _WINDOWS),
    *TYPE_COLUMNS,
    "categories",
)


def feature_columns(
    state: PartitionState, rows: Longs, model: ChurnModel, offsets: Mapping[str, int]
) -> dict[str, Any]:
    """Columns of the record customer_feature, true as of the state's clock; `rows` have an event each.

    `offsets`: topic to the first offset that the state has not counted.
    """
    held = state.columns
    columns: dict[str, Any] = {name: held[name][rows] for name in PLAIN}
    scores = churn_scores(state, rows, model)
    engaged = engagements(state, rows)
    known = np.maximum((state.clock - held["first_seen"][rows]) / DAY, 1.0)
    purchased = held["last_purchase"][rows]
    return columns | {
        "customer_id": state.index.ids[rows].astype(np.int64),
        "as_of": np.full(len(rows), state.clock),
        "last_purchase": Nullable(purchased, purchased >= 0),
        "purchase_rate": held["orders"][rows] / known,
        "activity_rate": held["active_days"][rows] / known,
        "engagement": engaged.short,
        "engagement_long": engaged.long,
        "engagement_trend": engaged.trend,
        "churn_score": scores,
        "churn_band": model.bands(scores),
        "input_offsets": dict(offsets),
        "computed_by": np.full(len(rows), RULES * MODELS + model.version),
    }


def churn_scores(state: PartitionState, rows: Longs, model: ChurnModel) -> Floats:
    """The churn score of each row as of the state's clock."""
    held = state.columns
    segments, first, last = held["segment"][rows], held["first_seen"][rows], held["last_seen"][rows]
    habit = model.habits(segments, held["active_days"][rows], first, last)
    return model.scores(habit, state.clock - last)


class Engagements(NamedTuple):
    """By the short and the long half-life (0 to 100), and the recent rate beside the long-run one: 0.5 for equal."""

    short: Floats
    long: Floats
    trend: Floats


def engagements(state: PartitionState, rows: Longs) -> Engagements:
    """The engagement of each row as of the state's clock."""
    chosen = parameters()
    short, long = state.short.values(rows, state.clock), state.long.values(rows, state.clock)
    recent, usual = short / chosen.short_half_life, long / chosen.long_half_life
    both = recent + usual
    trend = np.divide(recent, both, out=np.zeros(len(rows)), where=both > 0)
    return Engagements(_scaled(short, chosen.short_scale), _scaled(long, chosen.long_scale), trend)


def _scaled(decayed: Floats, scale: float) -> Floats:
    return np.asarray(-100.0 * np.expm1(-decayed / scale), np.float64)
