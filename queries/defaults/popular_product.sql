-- The product bought most often this month of those that are there; on a tie the lowest id.
WITH
(
    SELECT groupArray(product_id)
    FROM
    (
        SELECT product_id
        FROM transactions
        WHERE status = 'completed' AND ts >= (SELECT subtractDays(max(ts), 30) FROM transactions WHERE status = 'completed')
        GROUP BY product_id
        ORDER BY count() DESC, product_id
        LIMIT 1000
    )
) AS most
SELECT product_id
FROM products FINAL
WHERE product_id IN (SELECT arrayJoin(most))
ORDER BY indexOf(most, product_id)
LIMIT 1
