-- Alerts raised, by how often the customer was usually active before and for how long they have been silent.
SELECT
    multiIf(every <= 1, 'daily', every <= 7, 'weekly', every <= 31, 'monthly', 'seldom') AS usually_active,
    countIf(silent <= 7) AS up_to_a_week,
    countIf(silent > 7 AND silent <= 31) AS up_to_a_month,
    countIf(silent > 31 AND silent <= 92) AS up_to_three_months,
    countIf(silent > 92) AS longer
FROM
(
    SELECT
        toUInt32OrZero(extract(reason, '^silent ([0-9]+) day')) AS silent,
        toUInt32OrZero(extract(reason, 'usually active every ([0-9]+) day')) AS every
    FROM churn_alerts
    WHERE kind = 'raised'
)
GROUP BY usually_active
ORDER BY min(every)
