-- What a completed purchase comes to on average.
SELECT if(sum(bought) = 0, 0, toFloat64(sum(paid)) / sum(bought)) AS average_order
FROM rollup_sales
WHERE known = 2
