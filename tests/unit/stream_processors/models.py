"""A churn model that misses customers soon, whatever the one that ships has been fitted to."""

from stream_processors.churn.model import SEGMENTS, ChurnModel

_ONE = {"prior_active_days": 1.0, "prior_days": 2.0, "intercept": -5.0, "evidence": 1.0, "time": 0.5, "rate": 0.2}


def quick_model() -> ChurnModel:
    """Segments are missed the sooner, the higher their code."""
    return ChurnModel(
        {
            "version": 1,
            "medium_from": 0.2,
            "raise_from": 0.5,
            "recover_below": 0.2,
            "min_active_days": 3,
            "segments": {
                segment: {**_ONE, "prior_days": 2.0 + 4 * code, "intercept": -5.0 + code / 5}
                for code, segment in enumerate(SEGMENTS)
            },
        }
    )
