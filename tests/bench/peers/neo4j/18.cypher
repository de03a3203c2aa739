MATCH (c:Customer)-[r:PURCHASED]->(p:Product)
WHERE c.segment IS NOT NULL
WITH c.segment AS segment, count(DISTINCT c) AS customers, count(DISTINCT p) AS products, count(r) AS purchases
RETURN segment, customers, products, purchases, toFloat(purchases) / (customers * products) AS density
ORDER BY segment
