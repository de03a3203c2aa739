-- Edges BELONGS_TO.
SELECT toInt64(product_id) AS product_id, toString(category) AS category FROM products
