// Customer by customer, instead of one group for each pair of customer and brand.
MATCH (c:Customer)
WHERE COUNT { (c)-[:PURCHASED]->() } >= $min_purchases
CALL (c) {
    MATCH (c)-[r:PURCHASED]->(p:Product)
    WHERE p.brand IS NOT NULL
    RETURN p.brand AS brand, count(*) AS purchases, sum(r.amount) AS spent
}
WITH c, brand, purchases, spent
WHERE purchases >= $min_purchases
RETURN c.customer_id AS customer_id, c.name AS name, brand, purchases, spent
ORDER BY purchases DESC, spent DESC, customer_id, brand
LIMIT $limit
