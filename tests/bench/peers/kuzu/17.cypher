MATCH (c:Customer {customer_id: $customer_id})-[:PURCHASED]->(p:Product)<-[:PURCHASED]-(other:Customer)
WHERE other.customer_id <> $customer_id AND other.name IS NOT NULL
RETURN other.customer_id AS customer_id, other.name AS name, other.segment AS segment,
       count(DISTINCT p.product_id) AS shared
ORDER BY shared DESC, customer_id
LIMIT $limit
