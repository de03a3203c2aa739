-- purpose: Which brands drive revenue in each segment
-- parameters:
--   as_of  DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   top    UInt32                = 10             brands shown for each segment
-- columns:
--   segment        segment
--   rank           place of the brand in the segment, by revenue
--   brand          brand
--   purchases      completed purchases
--   buyers         distinct customers who bought
--   revenue        USD, completed plus refunded
--   segment_share  percent of the segment's revenue
WITH sales AS
(
    SELECT
        c.segment AS segment,
        p.brand AS brand,
        countIf(t.status = 'completed') AS purchases,
        uniqExactIf(t.customer_id, t.status = 'completed') AS buyers,
        sum(t.amount) AS revenue
    FROM transactions AS t
    INNER JOIN customers AS c ON c.customer_id = t.customer_id
    INNER JOIN products AS p ON p.product_id = t.product_id
    WHERE t.status IN ('completed', 'refunded') AND t.ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY segment, brand
)
SELECT
    segment,
    rank,
    brand,
    purchases,
    buyers,
    revenue,
    if(in_segment = 0, 0, round(100 * toFloat64(revenue) / toFloat64(in_segment), 2)) AS segment_share
FROM
(
    SELECT
        *,
        row_number() OVER (PARTITION BY segment ORDER BY revenue DESC, brand) AS rank,
        sum(revenue) OVER (PARTITION BY segment) AS in_segment
    FROM sales
)
WHERE rank <= {top:UInt32}
ORDER BY segment, rank
