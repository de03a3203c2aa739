-- The segment of most of the hundred customers with the most purchases this month.
SELECT toString(segment)
FROM customers FINAL
WHERE customer_id IN
(
    SELECT customer_id
    FROM transactions
    WHERE status = 'completed' AND ts >= (SELECT subtractDays(max(ts), 30) FROM transactions WHERE status = 'completed')
    GROUP BY customer_id
    ORDER BY count() DESC, customer_id
    LIMIT 100
)
GROUP BY segment
ORDER BY count() DESC, segment
LIMIT 1
