MATCH (c:Customer)
WHERE list_contains($segments, c.segment)
OPTIONAL MATCH (c)-[r:PURCHASED]->(:Product)
WITH c, count(r) AS purchases
WHERE purchases < $max_purchases
RETURN c.customer_id AS customer_id, c.name AS name, c.segment AS segment, c.lifetime_value AS lifetime_value, purchases
ORDER BY purchases, lifetime_value DESC, customer_id
LIMIT $limit
