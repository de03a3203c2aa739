"""The churn score, the bands and the alerts: pure, on event time."""
