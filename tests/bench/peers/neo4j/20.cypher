// Customer by customer.
MATCH (c:Customer)
WHERE c.name IS NOT NULL
CALL (c) {
    MATCH (c)-[:PURCHASED]->(p:Product)
    RETURN count(DISTINCT p.category) AS categories
}
WITH c, categories
WHERE categories > 0
RETURN c.customer_id AS customer_id, c.name AS name, c.segment AS segment, categories
ORDER BY categories DESC, customer_id
LIMIT $limit
