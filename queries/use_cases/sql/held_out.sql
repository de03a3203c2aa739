-- Of some customers, chosen by a hash of their number, the last product they bought for the first time, and when; those
-- who had bought another before.
SELECT customer_id, argMax(product_id, (first, product_id)) AS product_id, max(first) AS at
FROM
(
    SELECT customer_id, product_id, min(ts) AS first
    FROM transactions
    WHERE status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')} AND product_id IN (SELECT product_id FROM products)
    GROUP BY customer_id, product_id
)
GROUP BY customer_id
HAVING min(first) < at
ORDER BY cityHash64(customer_id), customer_id
LIMIT {sample:UInt32}
