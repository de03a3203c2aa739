// Down the index of times, until there are enough of the segment.
MATCH (c:Customer)-[r:PURCHASED]->(p:Product)
USING INDEX r:PURCHASED(ts)
WHERE r.ts > 0 AND c.segment = $segment
WITH c, r, p
ORDER BY r.ts DESC, r.transaction_id DESC
LIMIT $limit
RETURN c.customer_id AS customer_id, c.name AS customer, p.product_id AS product_id, p.name AS product,
       p.category AS category, r.amount AS amount, datetime({epochMillis: r.ts}) AS purchased_at,
       r.transaction_id AS transaction_id
ORDER BY purchased_at DESC, transaction_id DESC
