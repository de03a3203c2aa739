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
WITH
sales AS
(
    SELECT
        s.segment AS segment,
        p.brand AS brand,
        sum(s.bought) AS purchases,
        sum(s.value) AS revenue
    FROM rollup_sales AS s
    INNER JOIN products AS p ON p.product_id = s.product_id
    WHERE s.segment != '' AND s.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
    GROUP BY segment, brand
    HAVING sum(s.bought) + sum(s.refunds) > 0
),
bought AS
(
    SELECT m.segment AS segment, b.brand AS brand, bitmapAndCardinality(m.members, b.buyers) AS buyers
    FROM (SELECT segment, groupBitmapState(customer_id) AS members FROM rollup_customers GROUP BY segment) AS m
    CROSS JOIN
    (
        SELECT brand, groupBitmapMergeState(r.buyers) AS buyers
        FROM rollup_buyers AS r
        WHERE r.known = 1 AND r.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
        GROUP BY brand
    ) AS b
)
SELECT
    s.segment AS segment,
    s.rank AS rank,
    s.brand AS brand,
    s.purchases AS purchases,
    b.buyers AS buyers,
    s.revenue AS revenue,
    if(in_segment = 0, 0, round(100 * toFloat64(s.revenue) / toFloat64(in_segment), 2)) AS segment_share
FROM
(
    SELECT
        *,
        row_number() OVER (PARTITION BY segment ORDER BY revenue DESC, brand) AS rank,
        sum(revenue) OVER (PARTITION BY segment) AS in_segment
    FROM sales
) AS s
INNER JOIN bought AS b ON b.segment = s.segment AND b.brand = s.brand
WHERE s.rank <= {top:UInt32}
ORDER BY segment, rank
