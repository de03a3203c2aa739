-- The 15 brands with the highest revenue.
SELECT brand, sum(s.value) AS revenue
FROM rollup_sales_parts AS s
WHERE s.known = 1 AND s.segment != ''
GROUP BY brand
ORDER BY revenue DESC, brand
LIMIT 15
