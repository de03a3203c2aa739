-- The newest alerts of one kind.
SELECT as_of, customer_id, segment, lifetime_value, round(previous_score, 3) AS previous, round(score, 3) AS now, reason
FROM churn_alerts
WHERE kind = {kind:String}
ORDER BY as_of DESC, lifetime_value DESC, customer_id
LIMIT {limit:UInt32}
