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
WITH
sales AS
(
    SELECT
        s.segment AS segment,
        p.category AS category,
        sum(s.bought) AS purchases,
        sum(s.value) AS revenue
    FROM rollup_sales AS s
    INNER JOIN products AS p ON p.product_id = s.product_id
    WHERE s.segment != '' AND s.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
    GROUP BY segment, category
    HAVING sum(s.bought) + sum(s.refunds) > 0
),
bought AS
(
    SELECT m.segment AS segment, b.category AS category, bitmapAndCardinality(m.members, b.buyers) AS buyers
    FROM (SELECT segment, groupBitmapState(customer_id) AS members FROM rollup_customers GROUP BY segment) AS m
    CROSS JOIN
    (
        SELECT category, groupBitmapMergeState(r.buyers) AS buyers
        FROM rollup_buyers AS r
        WHERE r.known = 1 AND r.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
        GROUP BY category
    ) AS b
)
SELECT
    s.segment AS segment,
    s.category AS category,
    s.purchases AS purchases,
    b.buyers AS buyers,
    s.revenue AS revenue,
    if(in_segment = 0, 0, round(100 * toFloat64(s.revenue) / toFloat64(in_segment), 2)) AS segment_share,
    if(in_category = 0, 0, round(100 * toFloat64(s.revenue) / toFloat64(in_category), 2)) AS category_share
FROM
(
    SELECT *, sum(revenue) OVER (PARTITION BY segment) AS in_segment, sum(revenue) OVER (PARTITION BY category) AS in_category
    FROM sales
) AS s
INNER JOIN bought AS b ON b.segment = s.segment AND b.category = s.category
ORDER BY segment, revenue DESC, category
