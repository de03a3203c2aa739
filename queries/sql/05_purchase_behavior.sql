-- purpose: How the best customers buy: how often, how much, how many products, how far apart
-- parameters:
--   as_of          DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   min_purchases  UInt32                = 2              fewest completed purchases
--   limit          UInt32                = 50             rows
-- columns:
--   customer_id      customer
--   name             name
--   segment          segment
--   lifetime_value   USD, completed plus refunded
--   purchases        completed purchases
--   products         distinct products bought
--   units            units bought
--   avg_order_value  USD a completed purchase
--   first_purchase   time of the first completed purchase
--   last_purchase    time of the last completed purchase
--   days_between     mean days from one purchase to the next
WITH (
    SELECT groupArray(customer_id)
    FROM
    (
        SELECT customer_id
        FROM rollup_customers
        WHERE bought >= greatest({min_purchases:UInt32}, 1)
        ORDER BY value DESC, bought DESC, customer_id
        LIMIT {limit:UInt32}
    )
) AS best
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.segment AS segment,
    t.value AS lifetime_value,
    t.bought AS purchases,
    t.products AS products,
    t.units AS units,
    toDecimal128(round(divideDecimal(t.paid, toDecimal64(t.bought, 0), 4), 2), 2) AS avg_order_value,
    t.earliest AS first_purchase,
    t.latest AS last_purchase,
    if(t.bought < 2, 0, round(dateDiff('millisecond', t.earliest, t.latest) / 86400000 / greatest(t.bought - 1, 1), 2)) AS days_between
FROM (SELECT customer_id, name, segment FROM customers WHERE customer_id IN (SELECT arrayJoin(best))) AS c
INNER JOIN
(
    SELECT
        m.customer_id AS customer_id,
        sum(m.value) AS value,
        sum(m.paid) AS paid,
        sum(m.bought) AS bought,
        uniqExactArray(m.products) AS products,
        sum(m.units) AS units,
        minIf(m.earliest, m.bought > 0) AS earliest,
        maxIf(m.latest, m.bought > 0) AS latest
    FROM rollup_customer_parts AS m
    WHERE m.customer_id IN (SELECT arrayJoin(best))
    GROUP BY m.customer_id
) AS t ON t.customer_id = c.customer_id
ORDER BY lifetime_value DESC, purchases DESC, customer_id
