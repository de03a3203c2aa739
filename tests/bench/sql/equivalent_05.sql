-- Frequently bought together, as an analyst writes it.
SELECT p.product_id AS product_id, p.name AS name, p.category AS category, p.brand AS brand, t.buyers AS buyers
FROM
(
    SELECT product_id, count(DISTINCT customer_id) AS buyers
    FROM transactions
    WHERE status = 'completed'
        AND product_id != {product_id:Int64}
        AND customer_id IN
        (
            SELECT customer_id FROM transactions WHERE status = 'completed' AND product_id = {product_id:Int64}
        )
    GROUP BY product_id
) AS t
INNER JOIN products AS p ON p.product_id = t.product_id
ORDER BY buyers DESC, product_id
LIMIT {limit:Int64}
