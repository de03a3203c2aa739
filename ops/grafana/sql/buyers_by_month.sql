-- Distinct customers with a completed purchase, and completed purchases, in each of the last 24 months there are.
SELECT
    formatDateTime(makeDate(intDiv(s.month, 100), s.month % 100, 1), '%Y-%m') AS month,
    bitmapCardinality(s.buyers) AS buyers,
    s.bought AS purchases
FROM (SELECT month, buyers, bought FROM rollup_sales WHERE known = 2 AND bought > 0 ORDER BY month DESC LIMIT 24) AS s
ORDER BY month
