-- The newest alerts and recoveries, with what the customer is worth.
SELECT as_of, kind, customer_id, segment, score, previous_score, lifetime_value, reason
FROM churn_alerts
ORDER BY as_of DESC, lifetime_value DESC, customer_id
LIMIT 50
