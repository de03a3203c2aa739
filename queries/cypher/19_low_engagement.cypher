// purpose: Valuable customers who buy little: whom to win back
// parameters:
//   segments       List<String>  = @frequent_segments or ['VIP', 'Premium']  segments
//   max_purchases  Int           = 3                                         fewer purchases than these
//   limit          Int           = 100                                       rows
// columns:
//   customer_id     customer
//   name            name
//   segment         segment
//   lifetime_value  USD, completed and refunded
//   purchases       completed purchases, 0 too
MATCH (c:Customer)
WHERE c.segment IN $segments
OPTIONAL MATCH (c)-[r:PURCHASED]->(:Product)
WITH c, count(r) AS purchases
WHERE purchases < $max_purchases
RETURN c.customer_id AS customer_id,
       c.name AS name,
       c.segment AS segment,
       c.lifetime_value AS lifetime_value,
       purchases
ORDER BY purchases, lifetime_value DESC, customer_id
LIMIT $limit
