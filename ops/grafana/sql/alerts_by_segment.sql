-- Alerts raised on each of the last 60 days there are, by segment.
SELECT
    toString(toDate(as_of)) AS day,
    countIf(segment = 'VIP') AS VIP,
    countIf(segment = 'Premium') AS Premium,
    countIf(segment = 'Regular') AS Regular,
    countIf(segment = 'Basic') AS Basic,
    countIf(segment NOT IN ('VIP', 'Premium', 'Regular', 'Basic')) AS others
FROM churn_alerts
WHERE kind = 'raised' AND as_of > (SELECT max(as_of) - INTERVAL 60 DAY FROM churn_alerts)
GROUP BY day
ORDER BY day
