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
        segment,
        brand,
        sum(s.bought) AS purchases,
        groupBitmapMerge(s.buyers) AS buyers,
        sum(s.value) AS revenue
    FROM rollup_sales_parts AS s
    WHERE s.known = 1 AND s.segment != ''
    GROUP BY segment, brand
    HAVING sum(s.bought) + sum(s.refunds) > 0
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
