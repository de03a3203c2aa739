// What a customer has bought, and which of some others bought it too.
MATCH (c:Customer {customer_id: $customer_id})-[:PURCHASED]->(p:Product)<-[:PURCHASED]-(o:Customer)
WHERE o.customer_id IN $others
RETURN DISTINCT p.product_id AS product_id,
       p.name AS product,
       p.category AS category,
       o.customer_id AS customer_id
ORDER BY product_id, customer_id
