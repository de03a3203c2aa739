-- The two segments of most of the thousand customers with the most purchases this month.
SELECT groupArray(name)
FROM
(
    SELECT toString(segment) AS name
    FROM customers FINAL
    WHERE customer_id IN
    (
        SELECT customer_id
        FROM transactions
        WHERE status = 'completed' AND ts >= (SELECT subtractDays(max(ts), 30) FROM transactions WHERE status = 'completed')
        GROUP BY customer_id
        ORDER BY count() DESC, customer_id
        LIMIT 1000
    )
    GROUP BY segment
    ORDER BY count() DESC, segment
    LIMIT 2
)
HAVING length(groupArray(name)) > 0
