-- purpose: Customers who have not bought for a long time: whom to win back first
-- parameters:
--   as_of     DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   days      UInt32                = 90             days without a purchase
--   segments  Array(String)         = []             only these segments; none given means all
--   limit     UInt32                = 100            rows
-- columns:
--   segment              segment
--   customer_id          customer
--   name                 name
--   lifetime_value       USD, completed plus refunded
--   purchases            completed purchases
--   last_purchase        time of the last completed purchase
--   days_since_purchase  whole days from then to as_of
--   last_interaction     time of the last interaction, null if there was none
--   customers_at_risk    such customers in the segment
--   value_at_risk        USD, the lifetime value of these
SELECT
    c.segment AS segment,
    c.customer_id AS customer_id,
    c.name AS name,
    t.value AS lifetime_value,
    t.bought AS purchases,
    t.latest AS last_purchase,
    intDiv(dateDiff('millisecond', t.latest, {as_of:DateTime64(3, 'UTC')}), 86400000) AS days_since_purchase,
    if(i.seen = 0, NULL, i.latest) AS last_interaction,
    count() OVER (PARTITION BY c.segment) AS customers_at_risk,
    sum(t.value) OVER (PARTITION BY c.segment) AS value_at_risk
FROM customers AS c
INNER JOIN
(
    SELECT
        customer_id,
        sum(amount) AS value,
        countIf(status = 'completed') AS bought,
        maxIf(ts, status = 'completed') AS latest
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
    HAVING bought > 0 AND latest <= subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32})
) AS t ON t.customer_id = c.customer_id
LEFT JOIN
(
    SELECT customer_id, count() AS seen, max(ts) AS latest
    FROM interactions
    WHERE ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
) AS i ON i.customer_id = c.customer_id
WHERE empty({segments:Array(String)}) OR has({segments:Array(String)}, c.segment)
ORDER BY lifetime_value DESC, customer_id
LIMIT {limit:UInt32}
