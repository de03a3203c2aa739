-- A customer about whom there is something to say: of those with the most purchases this month who are there, the lowest id.
WITH
(
    SELECT groupArray(customer_id)
    FROM
    (
        SELECT customer_id
        FROM transactions
        WHERE status = 'completed' AND ts >= (SELECT subtractDays(max(ts), 30) FROM transactions WHERE status = 'completed')
        GROUP BY customer_id
        ORDER BY count() DESC, customer_id
        LIMIT 1000
    )
) AS busiest
SELECT customer_id
FROM customers FINAL
WHERE customer_id IN (SELECT arrayJoin(busiest))
ORDER BY indexOf(busiest, customer_id)
LIMIT 1
