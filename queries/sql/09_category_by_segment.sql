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
        segment,
        category,
        sum(s.bought) AS purchases,
        groupBitmapMerge(s.buyers) AS buyers,
        sum(s.value) AS revenue
    FROM rollup_sales_parts AS s
    WHERE s.known = 1 AND s.segment != ''
    GROUP BY segment, category
    HAVING sum(s.bought) + sum(s.refunds) > 0
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
