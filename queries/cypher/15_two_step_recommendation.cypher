// purpose: Deeper discovery: what those buy who share a purchase with a customer's peers, without what it has
// parameters:
//   customer_id  Int  = @active_customer or 1  customer
//   limit        Int  = 10                     rows
// columns:
//   product_id  recommended product
//   name        its name
//   category    its category
//   price       USD
//   customers   distinct customers two steps away who bought it
MATCH (:Customer {customer_id: $customer_id})-[:PURCHASED]->(:Product)<-[:PURCHASED]-(peer:Customer)
WHERE peer.customer_id <> $customer_id
WITH DISTINCT peer
MATCH (peer)-[:PURCHASED]->(bridge:Product)
WHERE NOT (:Customer {customer_id: $customer_id})-[:PURCHASED]->(bridge)
WITH DISTINCT bridge
MATCH (bridge)<-[:PURCHASED]-(far:Customer)
WHERE far.customer_id <> $customer_id
WITH DISTINCT far
MATCH (far)-[:PURCHASED]->(other:Product)
WHERE NOT (:Customer {customer_id: $customer_id})-[:PURCHASED]->(other) AND other.name IS NOT NULL
RETURN other.product_id AS product_id,
       other.name AS name,
       other.category AS category,
       other.price AS price,
       count(DISTINCT far) AS customers
ORDER BY customers DESC, product_id
LIMIT $limit
