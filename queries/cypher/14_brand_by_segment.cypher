// purpose: How each brand sells in each segment
// columns:
//   segment    segment
//   brand      brand
//   purchases  completed purchases
//   spent      USD
MATCH (c:Customer)-[r:PURCHASED]->(:Product)-[:MANUFACTURED_BY]->(b:Brand)
WHERE c.segment IS NOT NULL
RETURN c.segment AS segment,
       b.name AS brand,
       count(r) AS purchases,
       sum(r.amount) AS spent
ORDER BY segment, spent DESC, brand
