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
WITH
at_risk AS
(
    SELECT segment, customer_id, value, bought, latest
    FROM rollup_customers
    WHERE bought > 0
        AND latest <= subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32})
        AND (empty({segments:Array(String)}) OR has({segments:Array(String)}, segment))
),
(
    SELECT groupArray((segment, customer_id, value, bought, latest))
    FROM (SELECT * FROM at_risk ORDER BY value DESC, customer_id LIMIT {limit:UInt32})
) AS worst
SELECT
    t.row.1 AS segment,
    t.row.2 AS customer_id,
    c.name AS name,
    t.row.3 AS lifetime_value,
    t.row.4 AS purchases,
    t.row.5 AS last_purchase,
    intDiv(dateDiff('millisecond', last_purchase, {as_of:DateTime64(3, 'UTC')}), 86400000) AS days_since_purchase,
    if(i.seen = 0, NULL, i.latest) AS last_interaction,
    r.customers AS customers_at_risk,
    r.value AS value_at_risk
FROM (SELECT arrayJoin(worst) AS row) AS t
INNER JOIN (SELECT customer_id, name FROM customers WHERE customer_id IN (SELECT arrayJoin(worst).2)) AS c
    ON c.customer_id = t.row.2
INNER JOIN (SELECT segment, count() AS customers, sum(value) AS value FROM at_risk GROUP BY segment) AS r ON r.segment = t.row.1
LEFT JOIN
(
    SELECT customer_id, count() AS seen, max(a.latest) AS latest
    FROM rollup_activity AS a
    WHERE customer_id IN (SELECT arrayJoin(worst).2) AND a.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
    GROUP BY customer_id
) AS i ON i.customer_id = t.row.2
ORDER BY lifetime_value DESC, customer_id
