MATCH (c:Customer {customer_id: $customer_id})-[:PURCHASED]->(p:Product)
WITH DISTINCT c, p
MATCH (p)<-[:PURCHASED]-(other:Customer)
WITH DISTINCT c, p, other
WITH c, other, count(*) AS shared
WHERE other <> c AND other.name IS NOT NULL
WITH other, shared
ORDER BY shared DESC, other.customer_id
LIMIT $limit
RETURN other.customer_id AS customer_id, other.name AS name, other.segment AS segment, shared
ORDER BY shared DESC, customer_id
