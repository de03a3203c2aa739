// purpose: Valuable customers who have never bought from a category: whom to offer it
// parameters:
//   category  String        = @popular_category or 'Electronics'           category
//   segments  List<String>  = @frequent_segments or ['VIP', 'Premium']     segments
//   limit     Int           = 100                                          rows
// columns:
//   customer_id     customer
//   name            name
//   segment         segment
//   lifetime_value  USD, completed and refunded
MATCH (c:Customer)
WHERE c.segment IN $segments
  AND NOT (c)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(:Category {name: $category})
RETURN c.customer_id AS customer_id,
       c.name AS name,
       c.segment AS segment,
       c.lifetime_value AS lifetime_value
ORDER BY lifetime_value DESC, customer_id
LIMIT $limit
