-- Nodes Brand.
SELECT DISTINCT toString(brand) AS name FROM products
