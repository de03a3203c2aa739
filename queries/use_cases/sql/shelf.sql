-- What sells best of each of some categories in the last 90 days, is in stock and launched, and a customer does not have; one
-- of each category before the next of any.
SELECT product_id, name, category, price
FROM
(
    SELECT
        p.product_id AS product_id,
        p.name AS name,
        toString(p.category) AS category,
        p.price AS price,
        row_number() OVER (PARTITION BY p.category ORDER BY s.buyers DESC, p.product_id) AS place,
        indexOf({categories:Array(String)}, toString(p.category)) AS nearness
    FROM products AS p
    INNER JOIN
    (
        SELECT product_id, uniqExact(customer_id) AS buyers
        FROM transactions
        WHERE status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')} AND ts > subtractDays({as_of:DateTime64(3, 'UTC')}, 90)
        GROUP BY product_id
    ) AS s ON s.product_id = p.product_id
    WHERE has({categories:Array(String)}, p.category)
        AND p.stock_quantity > 0 AND p.launch_date <= toDate32({as_of:DateTime64(3, 'UTC')})
        AND p.product_id NOT IN (SELECT product_id FROM transactions WHERE customer_id = {customer:UInt32} AND status = 'completed')
)
ORDER BY place, nearness, product_id
LIMIT 40
