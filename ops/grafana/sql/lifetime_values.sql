-- How lifetime value lies within each segment: the quartiles, and what the best customer in a hundred has.
SELECT
    segment,
    quantileExact(0.25)(value) AS first_quartile,
    quantileExact(0.5)(value) AS median,
    quantileExact(0.75)(value) AS third_quartile,
    quantileExact(0.99)(value) AS best_hundredth
FROM rollup_customers
GROUP BY segment
ORDER BY median DESC, segment
