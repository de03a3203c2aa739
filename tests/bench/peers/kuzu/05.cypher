// In one pattern: a WITH DISTINCT between the hops takes half as long again.
MATCH (p:Product {product_id: $product_id})<-[:PURCHASED]-(c:Customer)-[:PURCHASED]->(other:Product)
WHERE other.product_id <> $product_id AND other.name IS NOT NULL
RETURN other.product_id AS product_id, other.name AS name, other.category AS category, other.brand AS brand,
       count(DISTINCT c.customer_id) AS buyers
ORDER BY buyers DESC, product_id
LIMIT $limit
