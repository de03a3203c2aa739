-- Customers like you also bought, as an analyst writes it.
SELECT p.product_id AS product_id, p.name AS name, p.category AS category, p.price AS price, t.peers AS peers
FROM
(
    SELECT product_id, count(DISTINCT customer_id) AS peers
    FROM transactions
    WHERE status = 'completed'
        AND customer_id IN
        (
            SELECT customer_id
            FROM transactions
            WHERE status = 'completed'
                AND customer_id != {customer_id:Int64}
                AND product_id IN
                (
                    SELECT product_id FROM transactions WHERE status = 'completed' AND customer_id = {customer_id:Int64}
                )
        )
        AND product_id NOT IN
        (
            SELECT product_id FROM transactions WHERE status = 'completed' AND customer_id = {customer_id:Int64}
        )
    GROUP BY product_id
) AS t
INNER JOIN products AS p ON p.product_id = t.product_id
ORDER BY peers DESC, product_id
LIMIT {limit:Int64}
