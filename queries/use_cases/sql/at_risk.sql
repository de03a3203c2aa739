-- Customers of some segments with an open churn alert, without a purchase for some days, or with few purchases: what
-- the stream processors and the rows say of each; the most at stake first. spent_year: USD in the 365 days up to the last
-- purchase, refunds off; at_stake: the churn score's part of it, and where there is no score, all. In all: over everybody at risk.
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    toString(c.segment) AS segment,
    t.value AS lifetime_value,
    t.bought AS purchases,
    t.spent_year AS spent_year,
    if(t.bought = 0, NULL, intDiv(dateDiff('millisecond', t.latest, {as_of:DateTime64(3, 'UTC')}), 86400000)) AS days_since_purchase,
    if(f.customer_id = 0, NULL, f.churn_score) AS churn_score,
    if(a.kind = 'raised', a.reason, '') AS alert,
    toDecimal64(toInt64(round(100 * toFloat64(spent_year) * if(f.customer_id = 0, 1, f.churn_score))), 2) / 100 AS at_stake,
    count() OVER () AS customers_in_all,
    sum(at_stake) OVER () AS at_stake_in_all
FROM customers AS c
LEFT JOIN
(
    SELECT
        customer_id,
        sum(p.amount) AS value,
        countIf(p.status = 'completed') AS bought,
        maxIf(p.ts, p.status = 'completed') AS latest,
        arraySum(paid -> paid.2, arrayFilter(paid -> paid.1 > subtractDays(latest, 365), groupArray((p.ts, p.amount)))) AS spent_year
    FROM transactions AS p
    WHERE p.status IN ('completed', 'refunded')
        AND p.ts <= {as_of:DateTime64(3, 'UTC')}
        AND p.customer_id IN (SELECT customer_id FROM customers WHERE has({segments:Array(String)}, segment))
    GROUP BY customer_id
) AS t ON t.customer_id = c.customer_id
LEFT JOIN (SELECT customer_id, churn_score FROM customer_features) AS f ON f.customer_id = c.customer_id
LEFT JOIN
(
    SELECT customer_id, argMax(k.kind, k.as_of) AS kind, argMax(k.reason, k.as_of) AS reason
    FROM churn_alerts AS k
    GROUP BY customer_id
) AS a ON a.customer_id = c.customer_id
WHERE has({segments:Array(String)}, c.segment)
    AND (a.kind = 'raised' OR t.bought < {max_purchases:UInt32} OR t.latest <= subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32}))
ORDER BY at_stake DESC, customer_id
LIMIT {limit:UInt32}
