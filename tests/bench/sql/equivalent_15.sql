-- What those buy who share a purchase with a customer's peers, as an analyst writes it.
WITH
    own AS (SELECT product_id FROM transactions WHERE status = 'completed' AND customer_id = {customer_id:Int64}),
    peers AS
    (
        SELECT DISTINCT customer_id
        FROM transactions
        WHERE status = 'completed' AND customer_id != {customer_id:Int64} AND product_id IN (SELECT product_id FROM own)
    ),
    bridges AS
    (
        SELECT DISTINCT product_id
        FROM transactions
        WHERE status = 'completed'
            AND customer_id IN (SELECT customer_id FROM peers)
            AND product_id NOT IN (SELECT product_id FROM own)
    ),
    far AS
    (
        SELECT DISTINCT customer_id
        FROM transactions
        WHERE status = 'completed'
            AND customer_id != {customer_id:Int64}
            AND product_id IN (SELECT product_id FROM bridges)
    )
SELECT p.product_id AS product_id, p.name AS name, p.category AS category, p.price AS price, t.customers AS customers
FROM
(
    SELECT product_id, count(DISTINCT customer_id) AS customers
    FROM transactions
    WHERE status = 'completed'
        AND customer_id IN (SELECT customer_id FROM far)
        AND product_id NOT IN (SELECT product_id FROM own)
    GROUP BY product_id
) AS t
INNER JOIN products AS p ON p.product_id = t.product_id
ORDER BY customers DESC, product_id
LIMIT {limit:Int64}
