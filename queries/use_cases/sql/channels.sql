-- Customers of each acquisition channel by quartile of their value within it: how many, how many of some segments, what
-- they paid (USD, refunds off), for how many months they were seen, and how many bought in the last 90 days.
WITH
(
    SELECT min(first) FROM (SELECT min(ts) AS first FROM transactions UNION ALL SELECT min(ts) AS first FROM interactions)
) AS beginning,
ranked AS
(
    SELECT
        toString(c.acquisition_channel) AS acquisition_channel,
        c.segment AS segment,
        v.value AS value,
        v.recent AS recent,
        -- A day at least, or whoever registered today would be worth no end.
        greatest(dateDiff('day', greatest(toDateTime64(c.registration_date, 3, 'UTC'), beginning), {as_of:DateTime64(3, 'UTC')}), 1) / 30.4 AS months,
        ntile(4) OVER (PARTITION BY c.acquisition_channel ORDER BY v.value DESC, c.customer_id) AS quartile
    FROM customers AS c
    LEFT JOIN
    (
        SELECT
            customer_id,
            sum(amount) AS value,
            countIf(status = 'completed' AND ts > subtractDays({as_of:DateTime64(3, 'UTC')}, 90)) AS recent
        FROM transactions
        WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
        GROUP BY customer_id
    ) AS v ON v.customer_id = c.customer_id
    WHERE c.registration_date <= toDate32({as_of:DateTime64(3, 'UTC')})
)
SELECT
    acquisition_channel,
    quartile,
    count() AS customers,
    countIf(has({segments:Array(String)}, segment)) AS valuable,
    sum(r.value) AS value,
    sum(r.months) AS months,
    countIf(recent > 0) AS active
FROM ranked AS r
GROUP BY acquisition_channel, quartile
ORDER BY acquisition_channel, quartile
