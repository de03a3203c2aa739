// purpose: Customers who bought from a category also bought from these
// parameters:
//   category  String  = @popular_category or 'Electronics'  category
//   limit     Int     = 20                                  rows
// columns:
//   category   other category
//   customers  distinct customers who bought from both
MATCH (:Category {name: $category})<-[:BELONGS_TO]-(:Product)<-[:PURCHASED]-(c:Customer)
WITH DISTINCT c
MATCH (c)-[:PURCHASED]->(:Product)-[:BELONGS_TO]->(other:Category)
WHERE other.name <> $category
RETURN other.name AS category,
       count(DISTINCT c) AS customers
ORDER BY customers DESC, category
LIMIT $limit
