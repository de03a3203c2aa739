MATCH (c:Customer)-[:PURCHASED]->(p:Product)
WHERE c.name IS NOT NULL AND p.category IS NOT NULL
RETURN c.customer_id AS customer_id, c.name AS name, c.segment AS segment, count(DISTINCT p.category) AS categories
ORDER BY categories DESC, customer_id
LIMIT $limit
