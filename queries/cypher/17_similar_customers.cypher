// purpose: The customers most like one: those with the most products in common
// parameters:
//   customer_id  Int  = @active_customer or 1  customer
//   limit        Int  = 10                     rows
// columns:
//   customer_id  similar customer
//   name         name
//   segment      segment
//   shared       distinct products both have bought
MATCH (c:Customer {customer_id: $customer_id})-[:PURCHASED]->(p:Product)<-[:PURCHASED]-(other:Customer)
WHERE other <> c AND other.name IS NOT NULL
RETURN other.customer_id AS customer_id,
       other.name AS name,
       other.segment AS segment,
       count(DISTINCT p) AS shared
ORDER BY shared DESC, customer_id
LIMIT $limit
