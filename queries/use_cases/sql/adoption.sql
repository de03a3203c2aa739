-- Customers who some days ago were registered and had not bought from a category, by segment and whether they had from
-- its companion: how many they are, how many have bought from it since, and what they paid there since (USD, refunds off).
WITH
subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32}) AS since,
history AS
(
    SELECT
        t.customer_id AS customer_id,
        countIf(p.category = {category:String} AND t.status = 'completed' AND t.ts <= since) AS before,
        countIf(p.category = {category:String} AND t.status = 'completed' AND t.ts > since) AS after,
        sumIf(t.amount, p.category = {category:String} AND t.ts > since) AS spent,
        countIf(p.category = {companion:String} AND t.status = 'completed' AND t.ts <= since) > 0 AS has_companion
    FROM transactions AS t
    INNER JOIN products AS p ON p.product_id = t.product_id
    WHERE t.status IN ('completed', 'refunded')
        AND t.ts <= {as_of:DateTime64(3, 'UTC')}
        AND p.category IN ({category:String}, {companion:String})
    GROUP BY customer_id
)
SELECT
    toString(c.segment) AS segment,
    h.has_companion AS has_companion,
    count() AS customers,
    countIf(h.after > 0) AS adopters,
    sum(h.spent) AS spent
FROM customers AS c
LEFT JOIN history AS h ON h.customer_id = c.customer_id
WHERE has({segments:Array(String)}, c.segment) AND h.before = 0 AND c.registration_date <= toDate32(since)
GROUP BY segment, has_companion
ORDER BY segment, has_companion
