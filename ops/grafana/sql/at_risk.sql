-- Customers whose alert was the last word: raised, and not recovered since.
SELECT countIf(last = 'raised') AS at_risk
FROM (SELECT argMax(kind, (as_of, alert_id)) AS last FROM churn_alerts GROUP BY customer_id)
