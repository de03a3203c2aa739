MATCH (c:Customer)-[r:PURCHASED]->(p:Product)
WHERE c.segment IS NOT NULL AND p.category IS NOT NULL
RETURN c.segment AS segment, p.category AS category, count(*) AS purchases, sum(r.amount) AS spent
ORDER BY segment, spent DESC, category
