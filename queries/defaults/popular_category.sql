-- The category of most of the hundred products bought most often this month.
SELECT toString(category)
FROM products FINAL
WHERE product_id IN
(
    SELECT product_id
    FROM transactions
    WHERE status = 'completed' AND ts >= (SELECT subtractDays(max(ts), 30) FROM transactions WHERE status = 'completed')
    GROUP BY product_id
    ORDER BY count() DESC, product_id
    LIMIT 100
)
GROUP BY category
ORDER BY count() DESC, category
LIMIT 1
