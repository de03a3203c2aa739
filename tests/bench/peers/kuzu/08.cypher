// Names come last, for the rows that stay.
MATCH (c:Customer)-[r:PURCHASED]->(p:Product)
WHERE p.brand IS NOT NULL
WITH c.customer_id AS customer_id, p.brand AS brand, count(*) AS purchases, sum(r.amount) AS spent
WHERE purchases >= $min_purchases
WITH customer_id, brand, purchases, spent
ORDER BY purchases DESC, spent DESC, customer_id, brand
LIMIT $limit
MATCH (c:Customer)
WHERE c.customer_id = customer_id
RETURN customer_id, c.name AS name, brand, purchases, spent
ORDER BY purchases DESC, spent DESC, customer_id, brand
