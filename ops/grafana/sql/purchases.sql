-- Completed purchases of all time.
SELECT sum(bought) AS purchases
FROM rollup_sales
WHERE known = 2
