-- purpose: How concentrated value is inside each segment: lifetime value by quartile
-- parameters:
--   as_of  DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
-- columns:
--   segment             segment
--   quartile            1 for the most valuable quarter of the segment's customers, 4 for the least
--   customers           customers, those without a purchase included
--   min_lifetime_value  USD
--   avg_lifetime_value  USD
--   max_lifetime_value  USD
--   revenue             USD, completed plus refunded
--   segment_share       percent of the segment's revenue
WITH ranked AS
(
    SELECT
        c.segment AS segment,
        v.value AS value,
        ntile(4) OVER (PARTITION BY c.segment ORDER BY v.value DESC, c.customer_id) AS quartile
    FROM customers AS c
    LEFT JOIN
    (
        SELECT customer_id, sum(amount) AS value
        FROM transactions
        WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
        GROUP BY customer_id
    ) AS v ON v.customer_id = c.customer_id
)
SELECT
    segment,
    quartile,
    count() AS customers,
    min(value) AS min_lifetime_value,
    toDecimal128(round(divideDecimal(sum(value), toDecimal64(count(), 0), 4), 2), 2) AS avg_lifetime_value,
    max(value) AS max_lifetime_value,
    sum(value) AS revenue,
    if(sum(sum(value)) OVER (PARTITION BY segment) = 0, 0,
        round(100 * toFloat64(sum(value)) / toFloat64(sum(sum(value)) OVER (PARTITION BY segment)), 2)) AS segment_share
FROM ranked
GROUP BY segment, quartile
ORDER BY segment, quartile
