-- One customer's churn alerts, in the order in which they were decided.
SELECT as_of, kind, score, previous_score, reason
FROM churn_alerts
WHERE customer_id = {customer_id:UInt32}
ORDER BY as_of
