-- What each segment brings in and how many customers it has: a few bring in most.
SELECT
    segment,
    count() AS customers,
    count() / sum(count()) OVER () AS customer_share,
    sum(value) AS revenue,
    if(sum(sum(value)) OVER () = 0, 0, toFloat64(sum(value)) / toFloat64(sum(sum(value)) OVER ())) AS revenue_share,
    toFloat64(sum(value)) / count() AS average_lifetime_value
FROM rollup_customers
GROUP BY segment
ORDER BY revenue DESC, segment
