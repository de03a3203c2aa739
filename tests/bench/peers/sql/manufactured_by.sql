-- Edges MANUFACTURED_BY.
SELECT toInt64(product_id) AS product_id, toString(brand) AS brand FROM products
