-- What customers did in their first days, and what they paid after them: one customer, and some others who were first
-- seen long enough ago, chosen by a hash. A customer begins on the day of registration, or with the history if that was
-- before it. spend and later: USD, refunds off; days: how long the customer is known. A customer
-- who is newer than these days is held against as many days of the others.
WITH
(
    SELECT min(first) FROM (SELECT min(ts) AS first FROM transactions UNION ALL SELECT min(ts) AS first FROM interactions)
) AS beginning,
(
    SELECT least({days:UInt32}, greatest(1, dateDiff('day', greatest(toDateTime64(max(n.registration_date), 3, 'UTC'), beginning), {as_of:DateTime64(3, 'UTC')})))
    FROM customers AS n
    WHERE n.customer_id = {customer:UInt32}
) AS first_days,
people AS
(
    SELECT
        c.customer_id AS customer_id,
        toString(c.segment) AS segment,
        toString(c.acquisition_channel) AS channel,
        toString(c.country) AS country,
        greatest(toDateTime64(c.registration_date, 3, 'UTC'), beginning) AS begin,
        c.registration_date >= toDate32(beginning) AS is_watched
    FROM customers AS c
    WHERE c.customer_id = {customer:UInt32}
        OR begin <= subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32} + {followed:UInt32})
    ORDER BY c.customer_id = {customer:UInt32} DESC, is_watched DESC, cityHash64(c.customer_id), c.customer_id
    LIMIT {most:UInt32}
)
SELECT
    p.customer_id AS customer_id,
    p.segment AS segment,
    p.channel AS channel,
    p.country AS country,
    dateDiff('second', p.begin, {as_of:DateTime64(3, 'UTC')}) / 86400 AS days,
    countIf(e.kind = 'completed' AND e.ts < addDays(p.begin, first_days)) AS purchases,
    toFloat64(sumIf(e.amount, e.ts < addDays(p.begin, first_days))) AS spend,
    countIf(e.kind = 'look' AND e.ts < addDays(p.begin, first_days)) AS looks,
    toFloat64(sum(e.amount)) AS value,
    countIf(e.kind = 'completed') AS all_purchases,
    if(all_purchases < 2, NULL, dateDiff('second', minIf(e.ts, e.kind = 'completed'), maxIf(e.ts, e.kind = 'completed')) / 86400 / (all_purchases - 1)) AS days_between,
    countIf(e.kind = 'completed' AND e.ts > subtractDays({as_of:DateTime64(3, 'UTC')}, 90)) > 0 AS is_active
FROM people AS p
LEFT JOIN
(
    SELECT customer_id, ts, amount, toString(status) AS kind
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')} AND customer_id IN (SELECT customer_id FROM people)
    UNION ALL
    SELECT customer_id, ts, toDecimal64(0, 2) AS amount, 'look' AS kind
    FROM interactions
    WHERE ts <= {as_of:DateTime64(3, 'UTC')} AND customer_id IN (SELECT customer_id FROM people)
) AS e ON e.customer_id = p.customer_id AND e.ts >= p.begin
GROUP BY customer_id, segment, channel, country, p.begin
ORDER BY customer_id
