// Distinct peers, then distinct pairs, which are kept as numbers; what the customer has is left out of the products, not of the purchases.
MATCH (c:Customer {customer_id: $customer_id})-[:PURCHASED]->(:Product)<-[:PURCHASED]-(peer:Customer)
WHERE peer <> c
WITH DISTINCT c, peer
MATCH (peer)-[:PURCHASED]->(other:Product)
WITH DISTINCT c, peer, other
WITH c, other, count(*) AS peers
WHERE other.name IS NOT NULL AND NOT EXISTS { (c)-[:PURCHASED]->(other) }
WITH other, peers
ORDER BY peers DESC, other.product_id
LIMIT $limit
RETURN other.product_id AS product_id, other.name AS name, other.category AS category, other.price AS price, peers
ORDER BY peers DESC, product_id
