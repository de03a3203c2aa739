MATCH (c:Customer)-[r:PURCHASED]->(p:Product)
WHERE c.segment IS NOT NULL AND p.brand IS NOT NULL
RETURN c.segment AS segment, p.brand AS brand, count(*) AS purchases, sum(r.amount) AS spent
ORDER BY segment, spent DESC, brand
