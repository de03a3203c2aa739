"""Rolling features and churn alerts, kept by a Faust app over the event topics."""
