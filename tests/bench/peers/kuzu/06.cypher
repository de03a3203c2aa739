// The products' own categories: a third of the time that nodes Category take.
MATCH (:Product {category: $category})<-[:PURCHASED]-(c:Customer)
WITH DISTINCT c
MATCH (c)-[:PURCHASED]->(p:Product)
WHERE p.category <> $category
RETURN p.category AS category, count(DISTINCT c.customer_id) AS customers
ORDER BY customers DESC, category
LIMIT $limit
