// purpose: How the customers of a segment buy: those with the most purchases, what they spend and how widely
// parameters:
//   segment  String  = @frequent_segment or 'VIP'  segment
//   limit    Int     = 50                          rows
// columns:
//   customer_id  customer
//   name         name
//   purchases    completed purchases
//   products     distinct products
//   spent        USD, all purchases
//   average      USD, the mean purchase
MATCH (c:Customer {segment: $segment})-[r:PURCHASED]->(p:Product)
RETURN c.customer_id AS customer_id,
       c.name AS name,
       count(r) AS purchases,
       count(DISTINCT p) AS products,
       sum(r.amount) AS spent,
       avg(r.amount) AS average
ORDER BY purchases DESC, spent DESC, customer_id
LIMIT $limit
