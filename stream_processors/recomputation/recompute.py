"""The SQL that evaluates features from raw rows, and the numbers it is handed."""

from collections.abc import Callable, Mapping
from importlib import resources
from string import Template
from typing import Any

import polars as pl

from stream_processors.churn.model import SEGMENTS, ChurnModel
from stream_processors.features.parameters import INTERACTION_TYPES, parameters

#: Runs a statement with query parameters; answers its rows.
Ask = Callable[[str, Mapping[str, Any]], pl.DataFrame]


def at_own_moments(ask: Ask, model: ChurnModel, first: int, last: int) -> pl.DataFrame:
    """The features of customers `first` to `last`, each as of the moment of its stored row."""
    return ask(_features("own_moments"), {**numbers(model), "first": first, "last": last})


def at_moments(ask: Ask, model: ChurnModel, customer_id: int, moments: list[int]) -> pl.DataFrame:
    """One customer's features at moments (ms), in order; none before the first event."""
    given = {"first": customer_id, "last": customer_id, "moments": moments}
    return ask(_features("given_moments"), {**numbers(model), **given})


def numbers(model: ChurnModel) -> dict[str, Any]:
    """The features' and the model's parameters, by the names that features.sql has for them."""
    chosen = parameters()
    return {
        "interaction_types": list(INTERACTION_TYPES),
        "interaction_weights": chosen.interaction_weights.tolist(),
        "purchase_weight": chosen.purchase_weight,
        "refund_weight": chosen.refund_weight,
        "short_half_life": float(chosen.short_half_life),
        "long_half_life": float(chosen.long_half_life),
        "short_scale": chosen.short_scale,
        "long_scale": chosen.long_scale,
        "segments": list(SEGMENTS),
        "medium_from": model.medium_from,
        "raise_from": model.raise_from,
        **model.by_segment(),
    }


def sql(name: str) -> str:
    """A statement of the folder."""
    return (resources.files("stream_processors.recomputation") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _features(points: str) -> str:
    return Template(sql("features")).substitute(points=sql(points).strip())
