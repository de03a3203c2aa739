-- A customer about whom there is something to say: of those with the most purchases this month, the lowest id.
SELECT customer_id
FROM transactions
WHERE status = 'completed' AND ts >= (SELECT subtractDays(max(ts), 30) FROM transactions WHERE status = 'completed')
GROUP BY customer_id
ORDER BY count() DESC, customer_id
LIMIT 1
