"""How good a score is: ranking, lift, precision, recall and calibration. Pure; scores and truths are arrays."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

BINS = 10


def auc(truth: Truth, score: npt.NDArray[np.generic]) -> float:
    """The chance that a positive has the higher score than a negative, ties counting half; NaN without either."""
    _, places, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def lift(truth: Truth, score: npt.NDArray[np.generic], share: float = 0.1) -> float:
    """The base rate among the highest-scored share over that of all; of equal scores each counts as their mean."""
    values, places, counts = np.unique(score, return_inverse=True, return_counts=True)
    rates = np.bincount(places, truth, len(values)) / counts
    wanted = share * len(truth)
    taken = np.clip(wanted - (np.cumsum(counts[::-1]) - counts[::-1]), 0, counts[::-1])
    return float((taken * rates[::-1]).sum() / wanted / truth.mean())


def precision_recall(truth: Truth, flagged: Truth) -> tuple[float, float]:
    """Of those flagged, how many are positive; of the positives, how many are flagged."""
    both = int((truth & flagged).sum())
    return both / max(int(flagged.sum()), 1), both / max(int(truth.sum()), 1)


def calibration_error(truth: Truth, probability: Floats) -> float:
    """Expected calibration error over ten bins of equal width: |what came - what was said|, by how many are in each."""
    bins = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    came, said = np.bincount(bins, truth, BINS), np.bincount(bins, probability, BINS)
    return float(np.abs(came - said).sum() / len(truth))


def log_loss(truth: Truth, probability: Floats) -> float:
    """Mean of -ln of the probability given to what came."""
    given = np.where(truth, probability, 1.0 - probability)
    return float(-np.log(np.clip(given, 1e-15, 1.0)).mean())
