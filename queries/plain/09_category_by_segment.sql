-- purpose: Which categories each segment prefers, and which segment carries a category
-- parameters:
--   as_of  DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
-- columns:
--   segment         segment
--   category        category
--   purchases       completed purchases
--   buyers          distinct customers who bought
--   revenue         USD, completed plus refunded
--   segment_share   percent of the segment's revenue
--   category_share  percent of the category's revenue
WITH sales AS
(
    SELECT
        c.segment AS segment,
        p.category AS category,
        countIf(t.status = 'completed') AS purchases,
        uniqExactIf(t.customer_id, t.status = 'completed') AS buyers,
        sum(t.amount) AS revenue
    FROM transactions AS t
    INNER JOIN customers AS c ON c.customer_id = t.customer_id
    INNER JOIN products AS p ON p.product_id = t.product_id
    WHERE t.status IN ('completed', 'refunded') AND t.ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY segment, category
)
SELECT
    segment,
    category,
    purchases,
    buyers,
    revenue,
    if(in_segment = 0, 0, round(100 * toFloat64(revenue) / toFloat64(in_segment), 2)) AS segment_share,
    if(in_category = 0, 0, round(100 * toFloat64(revenue) / toFloat64(in_category), 2)) AS category_share
FROM
(
    SELECT *, sum(revenue) OVER (PARTITION BY segment) AS in_segment, sum(revenue) OVER (PARTITION BY category) AS in_category
    FROM sales
)
ORDER BY segment, revenue DESC, category
