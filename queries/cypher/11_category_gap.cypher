// purpose: Customers who buy from one category but not from another
// parameters:
//   category  String  = @popular_category or 'Electronics'  category they buy from
//   missing   String  = @small_category or 'Books'          category they do not buy from
//   limit     Int     = 100                                 rows
// columns:
//   customer_id     customer
//   name            name
//   segment         segment
//   lifetime_value  USD, completed and refunded
MATCH (c:Customer)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(:Category {name: $category})
WHERE NOT (c)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(:Category {name: $missing}) AND c.name IS NOT NULL
WITH DISTINCT c
RETURN c.customer_id AS customer_id,
       c.name AS name,
       c.segment AS segment,
       c.lifetime_value AS lifetime_value
ORDER BY lifetime_value DESC, customer_id
LIMIT $limit
