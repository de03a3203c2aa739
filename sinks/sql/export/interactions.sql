-- Interactions of a month and of some customers.
SELECT interaction_id, customer_id, product_id, type, duration_seconds, device, session_id, ts
FROM interactions
WHERE toYYYYMM(ts) = {month:UInt32} AND customer_id BETWEEN {first:UInt32} AND {last:UInt32}
ORDER BY customer_id, interaction_id
