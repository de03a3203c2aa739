-- Alerts raised, and customers who came back after one, on each of the last 60 days there are.
SELECT toString(toDate(as_of)) AS day, countIf(kind = 'raised') AS raised, countIf(kind = 'recovered') AS recovered
FROM churn_alerts
WHERE as_of > (SELECT max(as_of) - INTERVAL 60 DAY FROM churn_alerts)
GROUP BY day
ORDER BY day
