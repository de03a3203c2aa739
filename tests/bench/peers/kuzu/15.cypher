MATCH (:Customer {customer_id: $customer_id})-[:PURCHASED]->(:Product)<-[:PURCHASED]-(peer:Customer)
WHERE peer.customer_id <> $customer_id
WITH DISTINCT peer.customer_id AS peer_id
MATCH (peer:Customer)-[:PURCHASED]->(bridge:Product)
WHERE peer.customer_id = peer_id
WITH DISTINCT bridge.product_id AS bridge_id
WHERE NOT EXISTS {
    MATCH (:Customer {customer_id: $customer_id})-[:PURCHASED]->(own:Product) WHERE own.product_id = bridge_id
}
MATCH (bridge:Product)<-[:PURCHASED]-(far:Customer)
WHERE bridge.product_id = bridge_id AND far.customer_id <> $customer_id
WITH DISTINCT far.customer_id AS far_id
MATCH (far:Customer)-[:PURCHASED]->(other:Product)
WHERE far.customer_id = far_id AND other.name IS NOT NULL
WITH DISTINCT far_id, other.product_id AS product_id
WITH product_id, count(*) AS customers
WHERE NOT EXISTS {
    MATCH (:Customer {customer_id: $customer_id})-[:PURCHASED]->(own:Product) WHERE own.product_id = product_id
}
WITH product_id, customers
ORDER BY customers DESC, product_id
LIMIT $limit
MATCH (other:Product)
WHERE other.product_id = product_id
RETURN product_id, other.name AS name, other.category AS category, other.price AS price, customers
ORDER BY customers DESC, product_id
