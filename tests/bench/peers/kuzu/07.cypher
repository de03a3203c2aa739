MATCH (c:Customer {segment: $segment})-[r:PURCHASED]->(p:Product)
RETURN c.customer_id AS customer_id, c.name AS name, count(r) AS purchases, count(DISTINCT p.product_id) AS products,
       sum(r.amount) AS spent, avg(r.amount) AS average
ORDER BY purchases DESC, spent DESC, customer_id
LIMIT $limit
