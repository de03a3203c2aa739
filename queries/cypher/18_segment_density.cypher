// purpose: How dense the purchase network of each segment is
// columns:
//   segment    segment
//   customers  distinct buyers
//   products   distinct products bought
//   purchases  completed purchases
//   density    purchases for each pair of a buyer and a product
MATCH (c:Customer)-[r:PURCHASED]->(p:Product)
WHERE c.segment IS NOT NULL
WITH c.segment AS segment, count(DISTINCT c) AS customers, count(DISTINCT p) AS products, count(r) AS purchases
RETURN segment,
       customers,
       products,
       purchases,
       toFloat(purchases) / (customers * products) AS density
ORDER BY segment
