-- purpose: How many customers each segment has and what it brings in (the Pareto view)
-- parameters:
--   as_of  DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
-- columns:
--   segment             customer segment
--   customers           customers of the segment, deleted ones left out
--   customer_share      percent of all customers
--   purchases           completed purchases
--   revenue             USD, completed plus refunded
--   revenue_share       percent of the revenue of all segments
--   avg_lifetime_value  USD a customer, customers without a purchase included
WITH spend AS
(
    SELECT customer_id, sum(amount) AS value, countIf(status = 'completed') AS bought
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
)
SELECT
    c.segment AS segment,
    count() AS customers,
    round(100 * count() / sum(count()) OVER (), 2) AS customer_share,
    sum(s.bought) AS purchases,
    sum(s.value) AS revenue,
    if(sum(sum(s.value)) OVER () = 0, 0, round(100 * toFloat64(sum(s.value)) / toFloat64(sum(sum(s.value)) OVER ()), 2)) AS revenue_share,
    toDecimal128(round(divideDecimal(sum(s.value), toDecimal64(count(), 0), 4), 2), 2) AS avg_lifetime_value
FROM customers AS c
LEFT JOIN spend AS s ON s.customer_id = c.customer_id
GROUP BY c.segment
ORDER BY revenue DESC, segment
