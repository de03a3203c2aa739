MATCH (c:Customer)
WHERE c.name IS NOT NULL
  AND EXISTS { MATCH (c)-[:PURCHASED]->(p:Product) WHERE p.category = $category }
  AND NOT EXISTS { MATCH (c)-[:PURCHASED]->(p:Product) WHERE p.category = $missing }
RETURN c.customer_id AS customer_id, c.name AS name, c.segment AS segment, c.lifetime_value AS lifetime_value
ORDER BY lifetime_value DESC, customer_id
LIMIT $limit
