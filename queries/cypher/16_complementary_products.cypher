// purpose: What completes a product: bought by the same customers, from other categories
// parameters:
//   product_id  Int  = @popular_product or 1  product
//   limit       Int  = 10                     rows
// columns:
//   product_id  complementary product
//   name        its name
//   category    its category
//   brand       its brand
//   buyers      distinct customers who bought both
MATCH (p:Product {product_id: $product_id})<-[:PURCHASED]-(c:Customer)-[:PURCHASED]->(other:Product)
WHERE other <> p
  AND NOT (other)-[:BELONGS_TO]->(:Category)<-[:BELONGS_TO]-(:Product {product_id: $product_id})
  AND other.name IS NOT NULL
RETURN other.product_id AS product_id,
       other.name AS name,
       other.category AS category,
       other.brand AS brand,
       count(DISTINCT c) AS buyers
ORDER BY buyers DESC, product_id
LIMIT $limit
