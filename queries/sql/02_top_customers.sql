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
WITH (
    SELECT groupArray((customer_id, value, bought, paid, segment, registration_date))
    FROM
    (
        SELECT customer_id, value, bought, paid, segment, registration_date
        FROM rollup_customers
        WHERE counted > 0 AND (empty({segments:Array(String)}) OR has({segments:Array(String)}, segment))
        ORDER BY value DESC, customer_id
        LIMIT {limit:UInt32}
    )
) AS best
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    t.row.5 AS segment,
    t.row.2 AS lifetime_value,
    t.row.3 AS purchases,
    toDecimal128(round(divideDecimal(t.row.4, toDecimal64(greatest(t.row.3, 1), 0), 4), 2), 2) AS avg_order_value,
    t.row.6 AS registration_date,
    dateDiff('day', registration_date, toDate32({as_of:DateTime64(3, 'UTC')})) AS customer_days
FROM (SELECT arrayJoin(best) AS row) AS t
INNER JOIN (SELECT customer_id, name FROM customers WHERE customer_id IN (SELECT arrayJoin(best).1)) AS c ON c.customer_id = t.row.1
ORDER BY lifetime_value DESC, customer_id
