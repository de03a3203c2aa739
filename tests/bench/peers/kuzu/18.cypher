MATCH (c:Customer)-[r:PURCHASED]->(p:Product)
WHERE c.segment IS NOT NULL
WITH c.segment AS segment, count(DISTINCT c.customer_id) AS customers, count(DISTINCT p.product_id) AS products,
     count(*) AS purchases
RETURN segment, customers, products, purchases, CAST(purchases AS DOUBLE) / (customers * products) AS density
ORDER BY segment
