// Pairs first: count(DISTINCT ...) takes half as long again.
MATCH (c:Customer)-[:PURCHASED]->(p:Product)
WHERE c.name IS NOT NULL AND p.category IS NOT NULL
WITH DISTINCT c.customer_id AS customer_id, p.category AS category
WITH customer_id, count(*) AS categories
ORDER BY categories DESC, customer_id
LIMIT $limit
MATCH (c:Customer)
WHERE c.customer_id = customer_id
RETURN customer_id, c.name AS name, c.segment AS segment, categories
ORDER BY categories DESC, customer_id
