// purpose: Which categories each segment prefers
// columns:
//   segment    segment
//   category   category
//   purchases  completed purchases
//   spent      USD
MATCH (c:Customer)-[r:PURCHASED]->(:Product)-[:BELONGS_TO]->(k:Category)
WHERE c.segment IS NOT NULL
RETURN c.segment AS segment,
       k.name AS category,
       count(r) AS purchases,
       sum(r.amount) AS spent
ORDER BY segment, spent DESC, category
