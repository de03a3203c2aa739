// The degree of a customer costs nothing: those who cannot be among the first are never read.
MATCH (c:Customer {segment: $segment})
WITH COUNT { (c)-[:PURCHASED]->() } AS degree
ORDER BY degree DESC
LIMIT $limit
WITH min(degree) AS least
MATCH (c:Customer {segment: $segment})
WHERE COUNT { (c)-[:PURCHASED]->() } >= least
MATCH (c)-[r:PURCHASED]->(p:Product)
RETURN c.customer_id AS customer_id, c.name AS name, count(r) AS purchases, count(DISTINCT p) AS products,
       sum(r.amount) AS spent, avg(r.amount) AS average
ORDER BY purchases DESC, spent DESC, customer_id
LIMIT $limit
