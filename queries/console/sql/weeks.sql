-- What a customer did, week by week.
SELECT
    week,
    sum(spent) AS spent,
    sum(purchases) AS purchases,
    sum(interactions) AS interactions
FROM
(
    SELECT
        toStartOfWeek(ts, 1) AS week,
        sumIf(amount, status IN ('completed', 'refunded')) AS spent,
        countIf(status = 'completed') AS purchases,
        0 AS interactions
    FROM transactions
    WHERE customer_id = {customer_id:UInt32} AND ts >= {since:DateTime64(3, 'UTC')}
    GROUP BY week
    UNION ALL
    SELECT toStartOfWeek(ts, 1) AS week, 0, 0, count()
    FROM interactions
    WHERE customer_id = {customer_id:UInt32} AND ts >= {since:DateTime64(3, 'UTC')}
    GROUP BY week
)
GROUP BY week
ORDER BY week
