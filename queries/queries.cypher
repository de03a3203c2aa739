// Made by 'python -m queries.bundle' from queries/cypher: change those. Parameters have defaults.

// 1. customer_purchases: What a customer has bought, newest first
MATCH (c:Customer {customer_id: 1})-[r:PURCHASED]->(p:Product)
RETURN p.product_id AS product_id,
       p.name AS name,
       p.category AS category,
       p.brand AS brand,
       r.amount AS amount,
       r.quantity AS quantity,
       r.channel AS channel,
       r.ts AS purchased_at,
       r.transaction_id AS transaction_id
ORDER BY purchased_at DESC, transaction_id DESC
LIMIT 50;

// 4. collaborative_filtering: Customers like you also bought: products of those who share purchases with a customer, without what it has
MATCH (c:Customer {customer_id: 1})-[:PURCHASED]->(:Product)<-[:PURCHASED]-(peer:Customer)-[:PURCHASED]->(other:Product)
WHERE peer <> c AND NOT (c)-[:PURCHASED]->(other) AND other.name IS NOT NULL
RETURN other.product_id AS product_id,
       other.name AS name,
       other.category AS category,
       other.price AS price,
       count(DISTINCT peer) AS peers
ORDER BY peers DESC, product_id
LIMIT 10;

// 5. product_affinity: Frequently bought together: what the buyers of a product bought besides
MATCH (p:Product {product_id: 1})<-[:PURCHASED]-(c:Customer)-[:PURCHASED]->(other:Product)
WHERE other <> p AND other.name IS NOT NULL
RETURN other.product_id AS product_id,
       other.name AS name,
       other.category AS category,
       other.brand AS brand,
       count(DISTINCT c) AS buyers
ORDER BY buyers DESC, product_id
LIMIT 10;
