-- Whether a customer is known: 1 there is one, 0 erased; no row for a stranger.
SELECT DISTINCT customer_id IN (SELECT customer_id FROM customers FINAL WHERE customer_id = {customer_id:UInt32}) AS present
FROM customers
WHERE customer_id = {customer_id:UInt32}
SETTINGS final = 0
