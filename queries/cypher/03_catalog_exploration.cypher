// purpose: The products of a category within a range of prices, with their brands, the cheapest first
// parameters:
//   category   String  = @popular_category or 'Electronics'  category
//   min_price  Float   = 0                                   USD, the lowest price
//   max_price  Float   = 500                                 USD, the highest price
//   limit      Int     = 2000                                rows
// columns:
//   product_id  product
//   name        its name
//   brand       its brand
//   price       USD
//   stock       units in stock
MATCH (k:Category {name: $category})<-[:BELONGS_TO]-(p:Product)-[:MANUFACTURED_BY]->(b:Brand)
WHERE p.price >= $min_price AND p.price <= $max_price
RETURN p.product_id AS product_id,
       p.name AS name,
       b.name AS brand,
       p.price AS price,
       p.stock_quantity AS stock
ORDER BY price, product_id
LIMIT $limit
