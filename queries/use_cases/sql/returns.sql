-- Of the customers who had bought and were away for `days` or longer up to 30 days ago, how many have bought since, and
-- what they paid (USD): what coming back is worth by itself.
SELECT count() AS customers, countIf(since > 0) AS returned, sum(paid) AS paid
FROM
(
    SELECT
        customer_id,
        maxIf(ts, ts <= subtractDays({as_of:DateTime64(3, 'UTC')}, 30)) AS latest,
        countIf(kind = 'completed' AND ts <= subtractDays({as_of:DateTime64(3, 'UTC')}, 30)) AS bought,
        countIf(kind = 'completed' AND ts > subtractDays({as_of:DateTime64(3, 'UTC')}, 30)) AS since,
        sumIf(amount, ts > subtractDays({as_of:DateTime64(3, 'UTC')}, 30)) AS paid
    FROM
    (
        SELECT customer_id, ts, toString(status) AS kind, amount FROM transactions WHERE status IN ('completed', 'refunded')
        UNION ALL
        SELECT customer_id, ts, 'look' AS kind, toDecimal64(0, 2) AS amount FROM interactions
    )
    WHERE ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
    HAVING bought > 0 AND latest <= subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32} + 30)
)
