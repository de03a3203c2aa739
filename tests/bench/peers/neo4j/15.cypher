MATCH (c:Customer {customer_id: $customer_id})-[:PURCHASED]->(:Product)<-[:PURCHASED]-(peer:Customer)
WHERE peer <> c
WITH DISTINCT c, peer
MATCH (peer)-[:PURCHASED]->(bridge:Product)
WITH DISTINCT c, bridge
WHERE NOT EXISTS { (c)-[:PURCHASED]->(bridge) }
MATCH (bridge)<-[:PURCHASED]-(far:Customer)
WHERE far <> c
WITH DISTINCT c, far
MATCH (far)-[:PURCHASED]->(other:Product)
WITH DISTINCT c, far, other
WITH c, other, count(*) AS customers
WHERE other.name IS NOT NULL AND NOT EXISTS { (c)-[:PURCHASED]->(other) }
WITH other, customers
ORDER BY customers DESC, other.product_id
LIMIT $limit
RETURN other.product_id AS product_id, other.name AS name, other.category AS category, other.price AS price, customers
ORDER BY customers DESC, product_id
