MATCH (p:Product)
WHERE p.name IS NOT NULL
CALL (p) {
    MATCH (p)<-[:PURCHASED]-(c:Customer)
    WHERE c.segment IS NOT NULL
    RETURN c.segment AS segment, count(*) AS purchases
}
WITH p, segment, purchases
ORDER BY purchases DESC, segment, p.product_id
LIMIT $limit
RETURN segment, p.product_id AS product_id, p.name AS name, purchases
ORDER BY purchases DESC, segment, product_id
