-- The customer with the most purchases.
SELECT customer_id FROM transactions WHERE status = 'completed' GROUP BY customer_id ORDER BY count() DESC, customer_id LIMIT 1
