"""Random numbers by counter: draw number i of a stream is a pure function of (seed, stream, i).

The mixing function is SplitMix64 (Steele, Lea, Flood 2014, https://doi.org/10.1145/2714064.2660195).
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

GOLDEN = 0x9E37_79B9_7F4A_7C15


class Stream:
    """One stream of draws of a seed."""

    def __init__(self, seed: int, name: str) -> None:
        self._key = np.uint64(int.from_bytes(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest(), "big"))

    def bits(self, index: npt.NDArray[Any]) -> Bits:
        """64 random bits for each index."""
        mixed = index.astype(np.uint64)
        mixed *= np.uint64(GOLDEN)
        mixed += self._key
        mixed ^= mixed >> np.uint64(30)
        mixed *= np.uint64(0xBF58_476D_1CE4_E5B9)
        mixed ^= mixed >> np.uint64(27)
        mixed *= np.uint64(0x94D0_49BB_1331_11EB)
        mixed ^= mixed >> np.uint64(31)
        return mixed

    def unit(self, index: npt.NDArray[Any]) -> Floats:
        """Numbers in [0, 1) for each index, in steps of 2^-53."""
        return np.asarray((self.bits(index) >> np.uint64(11)) * 2.0**-53, np.float64)


def cumulative(weights: Iterable[float]) -> Floats:
    """The distribution function of relative weights, for `pick`; ends at exactly 1."""
    total: Floats = np.cumsum(np.fromiter(weights, np.float64)).astype(np.float64)
    total /= total[-1]
    return total


def pick(distribution: Floats, unit: Floats) -> Integers:
    """The places that numbers in [0, 1) fall to."""
    return np.searchsorted(distribution, unit, side="right")


def lookup(weights: Iterable[float], size: int) -> npt.NDArray[np.uint8]:
    """A table of `size` places in which each choice (fewer than 256) fills its share: draw by indexing with bits."""
    shares = cumulative(weights)
    return pick(shares, (np.arange(size) + 0.5) / size).astype(np.uint8)


def beta_quantiles(low: float, high: float, unit: Floats) -> Floats:
    """Quantiles of the beta distribution, to about three digits, from its density summed on a grid."""
    # Where a shape below 1 makes the density infinite at an end, x^shape makes it flat; the halves meet at 1/2.
    left, left_mass = _beta_half(low, high)
    right, right_mass = _beta_half(high, low)
    mass = np.concatenate([left_mass, left_mass[-1] + np.cumsum(np.diff(right_mass)[::-1])])
    return np.asarray(np.interp(unit, mass / mass[-1], np.concatenate([left, 1 - right[-2::-1]])), np.float64)


def _beta_half(near: float, far: float) -> tuple[Floats, Floats]:
    """Points x from 0 to 1/2, and the mass of x^(near-1) (1-x)^(far-1) up to each."""
    power = min(near, 1.0)
    grid = np.linspace(0.0, 0.5**power, 10_001)
    middle = (grid[1:] + grid[:-1]) / 2
    density = middle ** (near / power - 1) * (1 - middle ** (1 / power)) ** (far - 1)
    mass = np.concatenate([[0.0], np.cumsum(density)]) * (grid[1] / power)
    return np.asarray(grid ** (1 / power), np.float64), np.asarray(mass, np.float64)


def normal_quantiles(unit: Floats) -> Floats:
    """Quantiles of the normal distribution, cut at six standard deviations, from its density summed on a grid."""
    grid = np.linspace(-6.0, 6.0, 12_001)
    middle = (grid[1:] + grid[:-1]) / 2
    mass = np.concatenate([[0.0], np.cumsum(np.exp(-(middle**2) / 2))])
    return np.interp(unit, mass / mass[-1], grid)
