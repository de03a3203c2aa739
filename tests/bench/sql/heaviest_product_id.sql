-- The product with the most purchases.
SELECT product_id FROM transactions WHERE status = 'completed' GROUP BY product_id ORDER BY count() DESC, product_id LIMIT 1
