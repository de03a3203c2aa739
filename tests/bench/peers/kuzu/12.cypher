MATCH (c:Customer)-[:PURCHASED]->(p:Product)
WHERE c.segment IS NOT NULL AND p.name IS NOT NULL
RETURN c.segment AS segment, p.product_id AS product_id, p.name AS name, count(*) AS purchases
ORDER BY purchases DESC, segment, product_id
LIMIT $limit
