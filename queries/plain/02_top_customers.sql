-- purpose: The most valuable customers, for VIP programs and account managers
-- parameters:
--   as_of     DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   segments  Array(String)         = []             only these segments; none given means all
--   limit     UInt32                = 100            rows
-- columns:
--   customer_id          customer
--   name                 name
--   segment              segment
--   lifetime_value       USD, completed plus refunded
--   purchases            completed purchases
--   avg_order_value      USD a completed purchase
--   registration_date    day of registration
--   customer_days        days from registration to as_of
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.segment AS segment,
    t.value AS lifetime_value,
    t.bought AS purchases,
    toDecimal128(round(divideDecimal(t.paid, toDecimal64(greatest(t.bought, 1), 0), 4), 2), 2) AS avg_order_value,
    c.registration_date AS registration_date,
    dateDiff('day', c.registration_date, toDate32({as_of:DateTime64(3, 'UTC')})) AS customer_days
FROM customers AS c
INNER JOIN
(
    SELECT
        customer_id,
        sum(amount) AS value,
        sumIf(amount, status = 'completed') AS paid,
        countIf(status = 'completed') AS bought
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
) AS t ON t.customer_id = c.customer_id
WHERE empty({segments:Array(String)}) OR has({segments:Array(String)}, c.segment)
ORDER BY lifetime_value DESC, customer_id
LIMIT {limit:UInt32}
