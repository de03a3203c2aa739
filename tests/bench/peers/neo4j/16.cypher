MATCH (p:Product {product_id: $product_id})<-[:PURCHASED]-(c:Customer)
WITH DISTINCT p, c
MATCH (c)-[:PURCHASED]->(other:Product)
WITH DISTINCT p, c, other
WITH p, other, count(*) AS buyers
WHERE other <> p AND other.name IS NOT NULL AND (p.category IS NULL OR other.category <> p.category)
WITH other, buyers
ORDER BY buyers DESC, other.product_id
LIMIT $limit
RETURN other.product_id AS product_id, other.name AS name, other.category AS category, other.brand AS brand, buyers
ORDER BY buyers DESC, product_id
