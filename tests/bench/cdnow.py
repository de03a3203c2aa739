"""The churn score's terms on real purchases: CDNOW's customers of early 1997, by who buys again in the holdout.

The data are those that the package `lifetimes` carries: 23,570 customers until mid-1998. The first 39 weeks are known,
the 39 after them are judged. The regression is fitted inside the first 39 weeks: what was known after 26 of them,
against who bought in the 13 that followed. BG/NBD is fitted to the same 39 weeks.
"""

from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from stream_processors.churn import measures
from stream_processors.churn.fit import PRIOR_DAYS, PRIOR_TIMES, explained, regression
from stream_processors.churn.history import Sample
from stream_processors.features.parameters import DAY
from tests.bench.bgnbd import Purchases, bg_nbd

Longs = npt.NDArray[np.int64]

BEGIN = np.datetime64("1997-01-01")
#: Days from the beginning: until 30 September 1997 is known, until the end of June 1998 is judged.
FITTED, KNOWN, END = 26 * 7, 39 * 7, 78 * 7


def cdnow() -> dict[str, Any]:
    """AUC of both, by repeat purchase in the holdout."""
    customer, day = purchases()
    then, now = known(customer, day, FITTED, KNOWN), known(customer, day, KNOWN, END)
    tried = [_tried(then, times, days) for times in PRIOR_TIMES for days in PRIOR_DAYS]
    _, times, days, intercept, weights = min(tried, key=lambda one: float(one[0]))
    chance = 1.0 / (1.0 + np.exp(-(explained(now, times, days) @ weights + intercept)))
    seen = Purchases(
        (now.active_days - 1).astype(np.float64), (now.last - now.first) / (7 * DAY), (now.at - now.first) / (7 * DAY)
    )
    model = bg_nbd(seen)
    expected = model.expected(seen, (END - KNOWN) / 7)
    again = ~now.gone
    return {
        "customers": len(now.at),
        "bought_again": round(float(again.mean()), 4),
        "auc": round(measures.auc(again, -chance), 4),
        "auc_bg_nbd": round(measures.auc(again, expected), 4),
        "auc_days_since_purchase": round(measures.auc(again, now.last - now.at), 4),
        "bg_nbd": {name: round(value, 3) for name, value in model._asdict().items()},
    }


def _tried(sample: Sample, times: float, days: float) -> tuple[float, float, float, float, Any]:
    values = explained(sample, times, days)
    intercept, weights = regression(values, sample.gone)
    chance = 1.0 / (1.0 + np.exp(-(values @ weights + intercept)))
    return measures.log_loss(sample.gone, chance), times, days, intercept, weights


def purchases() -> tuple[Longs, Longs]:
    """Customer and day since the beginning of 1997 of each purchase; the package is looked at, not imported."""
    found = util.find_spec("lifetimes")
    if found is None or found.origin is None:
        raise RuntimeError("the package lifetimes is not installed: make setup")
    file = Path(found.origin).parent / "datasets" / "CDNOW_master.txt"
    lines = pl.Series(file.read_text(encoding="ascii").splitlines()[1:]).str.strip_chars().str.split(" ")
    days = lines.list.get(1).str.to_date("%Y%m%d")
    return lines.list.get(0).cast(pl.Int64).to_numpy(), (days.to_numpy() - BEGIN).astype(np.int64)


def known(customer: Longs, day: Longs, until: int, end: int) -> Sample:
    """Who had bought before a day, and whether they bought no more from then to the end; purchases of a day are one."""
    before = np.unique(customer[day < until] << 16 | day[day < until])
    who, starts, counts = np.unique(before >> 16, return_index=True, return_counts=True)
    first, last = before[starts] & 0xFFFF, before[starts + counts - 1] & 0xFFFF
    later = customer[(day >= until) & (day < end)]
    size = len(who)
    return Sample(
        np.full(size, until * DAY),
        who,
        np.zeros(size, np.uint8),
        counts,
        first * DAY,
        last * DAY,
        last * DAY,
        ~np.isin(who, later),
        np.full(size, -1),
    )
