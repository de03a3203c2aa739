MATCH (:Customer {customer_id: $customer_id})-[e:PURCHASED|INTERACTED]->(p:Product)
RETURN datetime({epochMillis: e.ts}) AS happened_at,
       CASE type(e) WHEN 'PURCHASED' THEN 'purchase' ELSE e.type END AS step,
       p.product_id AS product_id, p.name AS product, p.category AS category, e.amount AS amount
ORDER BY happened_at, step, product_id
LIMIT $limit
