"""The features of some customers as columns of a customer-features record."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.codec.encode import Nullable
from stream_processors.churn.model import ChurnModel
from stream_processors.features.parameters import DAY_WINDOWS, HOUR_WINDOWS, parameters
from stream_processors.features.state import TYPE_COLUMNS, PartitionState

Longs = npt.NDArray[np.int64]

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
    engagement, trend = engagements(state, rows)
    purchased = held["last_purchase"][rows]
    return columns | {
        "customer_id": state.index.ids[rows].astype(np.int64),
        "as_of": np.full(len(rows), state.clock),
        "last_purchase": Nullable(purchased, purchased >= 0),
        "engagement": engagement,
        "engagement_trend": trend,
        "churn_score": scores,
        "churn_band": model.bands(scores),
        "input_offsets": dict(offsets),
    }


def churn_scores(state: PartitionState, rows: Longs, model: ChurnModel) -> npt.NDArray[np.float64]:
    """The churn score of each row as of the state's clock."""
    held = state.columns
    segments, first, last = held["segment"][rows], held["first_seen"][rows], held["last_seen"][rows]
    habit = model.habits(segments, held["active_days"][rows], first, last)
    return model.scores(habit, state.clock - last)


def engagements(state: PartitionState, rows: Longs) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Engagement (0 to 100) and trend: the recent rate beside the long-run one, 0.5 where they are equal."""
    chosen = parameters()
    short, long = state.short.values(rows, state.clock), state.long.values(rows, state.clock)
    recent, usual = short / chosen.short_half_life, long / chosen.long_half_life
    both = recent + usual
    trend = np.divide(recent, both, out=np.zeros(len(rows)), where=both > 0)
    return -100.0 * np.expm1(-short / chosen.scale), trend
