"""BG/NBD, the usual model of repeat purchases, in closed form.

Source: Fader, Hardie, Lee: "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing
Science 24 (2005), https://doi.org/10.1287/mksc.1040.0098; the likelihood is its (6), the expectation its (10).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Floats = npt.NDArray[np.float64]


class Purchases(NamedTuple):
    """By customer: repeat purchases, when the last was and until when is known, both since the first."""

    repeats: Floats
    last: Floats
    known: Floats


class BgNbd(NamedTuple):
    """Rates are gamma(r, alpha) over customers, the chance to drop out after a purchase is beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    def expected(self, seen: Purchases, ahead: float) -> Floats:
        """Purchases to come within `ahead`, given what was seen of each customer."""
        r, alpha, a, b = self
        x, last, known = seen
        till = hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + known + ahead))
        shrunk = ((alpha + known) / (alpha + known + ahead)) ** (r + x)
        repeat = np.maximum(x, 1.0)
        odds = a / (b + repeat - 1) * ((alpha + known) / (alpha + last)) ** (r + x)
        numerator = (a + b + x - 1) / (a - 1) * (1 - shrunk * till)
        return np.asarray(numerator / (1 + np.where(x > 0, odds, 0.0)), np.float64)


def bg_nbd(seen: Purchases) -> BgNbd:
    """The likeliest parameters."""

    def loss(logs: Floats) -> float:
        return -_log_likelihood(BgNbd(*np.exp(logs).tolist()), seen)

    found = minimize(loss, np.log([0.3, 5.0, 0.8, 2.0]), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-9})
    return BgNbd(*np.exp(found.x).tolist())


def _log_likelihood(model: BgNbd, seen: Purchases) -> float:
    r, alpha, a, b = model
    x, last, known = seen
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + known)
    repeat = np.maximum(x, 1.0)
    gone = betaln(a + 1, b + repeat - 1) - betaln(a, b) - (r + x) * np.log(alpha + last)
    return float((common + np.logaddexp(alive, np.where(x > 0, gone, -np.inf))).mean())
