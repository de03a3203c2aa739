-- Revenue of each of the last 24 months there are, completed plus refunded, and what of it was taken back.
SELECT
    formatDateTime(makeDate(intDiv(s.month, 100), s.month % 100, 1), '%Y-%m') AS month,
    s.value AS revenue,
    s.paid - s.value AS refunded
FROM (SELECT month, value, paid FROM rollup_sales WHERE known = 2 AND bought + refunds > 0 ORDER BY month DESC LIMIT 24) AS s
ORDER BY month
