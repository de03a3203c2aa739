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
FROM customers AS c
INNER JOIN
(
    SELECT
        customer_id,
        sum(amount) AS value,
        sumIf(amount, status = 'completed') AS paid,
        countIf(status = 'completed') AS bought,
        uniqExactIf(product_id, status = 'completed') AS products,
        sumIf(quantity, status = 'completed') AS units,
        minIf(ts, status = 'completed') AS earliest,
        maxIf(ts, status = 'completed') AS latest
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
    HAVING bought >= greatest({min_purchases:UInt32}, 1)
) AS t ON t.customer_id = c.customer_id
ORDER BY lifetime_value DESC, purchases DESC, customer_id
LIMIT {limit:UInt32}
