"""One customer: the stored row, the same features at other moments, the churn alerts."""

import datetime as dt
from typing import NamedTuple

import polars as pl

from schemas.errors import C360Error
from stream_processors.churn.model import ChurnModel
from stream_processors.recomputation.recompute import Ask, at_moments, sql


class Profile(NamedTuple):
    """Rows of features, the newest moment first, and alerts in the order in which they were decided."""

    features: pl.DataFrame
    alerts: pl.DataFrame


def profile(ask: Ask, model: ChurnModel, customer_id: int, history: int) -> Profile:
    """The stored row, and the features at the ends of the `history` months before it that had an event by then.

    Raises:
        C360Error: there is no row; the message says why.
    """
    _refuse_erased(ask, customer_id)
    stored = ask(sql("stored"), {"first": customer_id, "last": customer_id})
    if not stored.height:
        raise _rowless(ask, customer_id)
    stored = stored.drop("input_records")
    as_of: dt.datetime = stored["as_of"][0]
    earlier = at_moments(ask, model, customer_id, month_ends(as_of, history)).select(stored.columns)
    rows = pl.concat([stored, earlier.sort("as_of", descending=True)], how="vertical_relaxed")
    return Profile(rows, ask(sql("alerts"), {"customer_id": customer_id}))


def evaluated(ask: Ask, model: ChurnModel, customer_id: int, moment: dt.datetime) -> Profile:
    """The features at a moment, from the raw rows, and the alerts by then.

    Raises:
        C360Error: there is no event by then; the message says why.
    """
    _refuse_erased(ask, customer_id)
    rows = at_moments(ask, model, customer_id, [milliseconds(moment)])
    if not rows.height:
        newest = ask(sql("newest_events"), {"first": customer_id, "last": customer_id})
        if newest.height:
            raise C360Error(f"Customer {customer_id} had no event by {moment:%Y-%m-%dT%H:%M:%SZ}, and so no features.")
        raise _eventless(ask, customer_id)
    alerts = ask(sql("alerts"), {"customer_id": customer_id})
    return Profile(rows, alerts.filter(pl.col("as_of") <= moment))


def month_ends(as_of: dt.datetime, count: int) -> list[int]:
    """The last milliseconds (since 1970) of the months before, the earliest first."""
    out = []
    begin = as_of.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(count):
        end = begin - dt.timedelta(milliseconds=1)
        out.append(milliseconds(end))
        begin = end.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return out[::-1]


def milliseconds(moment: dt.datetime) -> int:
    """Since 1970."""
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)


def _refuse_erased(ask: Ask, customer_id: int) -> None:
    if _registered(ask, customer_id)["present"].to_list() == [0]:
        raise C360Error(f"Customer {customer_id} is erased: their features are forgotten.")


def _registered(ask: Ask, customer_id: int) -> pl.DataFrame:
    return ask(sql("registered"), {"customer_id": customer_id})


def _rowless(ask: Ask, customer_id: int) -> C360Error:
    if ask(sql("newest_events"), {"first": customer_id, "last": customer_id}).height:
        return C360Error(
            f"Customer {customer_id} has events, but no features are stored yet. 'c360 status' says how far the stream "
            "processors are; --as-of evaluates from the events."
        )
    return _eventless(ask, customer_id)


def _eventless(ask: Ask, customer_id: int) -> C360Error:
    if _registered(ask, customer_id).height:
        return C360Error(f"Customer {customer_id} has no event yet, and so no features.")
    return C360Error(f"There is no customer {customer_id}: neither a record nor an event of theirs is stored.")
