-- The product bought most often this month; on a tie the lowest id.
SELECT product_id
FROM transactions
WHERE status = 'completed' AND ts >= (SELECT subtractDays(max(ts), 30) FROM transactions WHERE status = 'completed')
GROUP BY product_id
ORDER BY count() DESC, product_id
LIMIT 1
