MATCH (c:Customer {segment: $segment})-[r:PURCHASED]->(p:Product)
RETURN c.customer_id AS customer_id, c.name AS customer, p.product_id AS product_id, p.name AS product,
       p.category AS category, r.amount AS amount, epoch_ms(r.ts) AS purchased_at, r.transaction_id AS transaction_id
ORDER BY purchased_at DESC, transaction_id DESC
LIMIT $limit
