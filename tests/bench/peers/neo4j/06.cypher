MATCH (:Product {category: $category})<-[:PURCHASED]-(c:Customer)
WITH DISTINCT c
CALL (c) {
    MATCH (c)-[:PURCHASED]->(p:Product)
    WHERE p.category <> $category
    RETURN DISTINCT p.category AS category
}
RETURN category, count(*) AS customers
ORDER BY customers DESC, category
LIMIT $limit
