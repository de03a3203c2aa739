// purpose: How widely customers buy: over how many categories
// parameters:
//   limit  Int  = 50  rows
// columns:
//   customer_id  customer
//   name         name
//   segment      segment
//   categories   distinct categories bought from
MATCH (c:Customer)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(k:Category)
WHERE c.name IS NOT NULL
RETURN c.customer_id AS customer_id,
       c.name AS name,
       c.segment AS segment,
       count(DISTINCT k) AS categories
ORDER BY categories DESC, customer_id
LIMIT $limit
