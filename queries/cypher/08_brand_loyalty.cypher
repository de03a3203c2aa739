// purpose: Customers who keep coming back to one brand
// parameters:
//   min_purchases  Int  = 3   purchases of the brand, at least
//   limit          Int  = 50  rows
// columns:
//   customer_id  customer
//   name         name
//   brand        brand
//   purchases    completed purchases of the brand
//   spent        USD on the brand
MATCH (c:Customer)-[r:PURCHASED]->(:Product)-[:MANUFACTURED_BY]->(b:Brand)
WITH c, b, count(r) AS purchases, sum(r.amount) AS spent
WHERE purchases >= $min_purchases
RETURN c.customer_id AS customer_id,
       c.name AS name,
       b.name AS brand,
       purchases,
       spent
ORDER BY purchases DESC, spent DESC, customer_id, brand
LIMIT $limit
