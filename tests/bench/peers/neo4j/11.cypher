// In the order of the answer, until there are enough.
MATCH (c:Customer)
WHERE c.name IS NOT NULL
WITH c
ORDER BY c.lifetime_value DESC, c.customer_id
WHERE NOT EXISTS { (c)-[:PURCHASED]->(:Product {category: $missing}) }
  AND EXISTS { (c)-[:PURCHASED]->(:Product {category: $category}) }
WITH c
LIMIT $limit
RETURN c.customer_id AS customer_id, c.name AS name, c.segment AS segment, c.lifetime_value AS lifetime_value
ORDER BY lifetime_value DESC, customer_id
