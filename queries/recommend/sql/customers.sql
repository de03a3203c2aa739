-- Every customer there is.
SELECT customer_id, toString(segment) AS segment
FROM customers FINAL
WHERE customer_id NOT IN (SELECT customer_id FROM erased_customers)
ORDER BY customer_id
