// purpose: Customers like you also bought: products of those who share purchases with a customer, without what it has
// parameters:
//   customer_id  Int  = @active_customer or 1  customer
//   limit        Int  = 10                     rows
// columns:
//   product_id  recommended product
//   name        its name
//   category    its category
//   price       USD
//   peers       distinct customers with a purchase in common who bought it
MATCH (c:Customer {customer_id: $customer_id})-[:PURCHASED]->(:Product)<-[:PURCHASED]-(peer:Customer)-[:PURCHASED]->(other:Product)
WHERE peer <> c AND NOT (c)-[:PURCHASED]->(other) AND other.name IS NOT NULL
RETURN other.product_id AS product_id,
       other.name AS name,
       other.category AS category,
       other.price AS price,
       count(DISTINCT peer) AS peers
ORDER BY peers DESC, product_id
LIMIT $limit
