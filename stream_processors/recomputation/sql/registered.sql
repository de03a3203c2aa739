-- Whether a customer is known: 1 there is one, 0 erased; no row for a stranger.
SELECT 1 - argMax(deleted, version) AS present
FROM customers
WHERE customer_id = {customer_id:UInt32}
GROUP BY customer_id
SETTINGS final = 0
