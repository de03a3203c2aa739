-- The alerts, whole.
SELECT alert_id, customer_id, kind, score, previous_score, reason, segment, lifetime_value, as_of FROM churn_alerts FINAL
