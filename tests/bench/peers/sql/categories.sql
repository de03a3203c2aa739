-- Nodes Category.
SELECT DISTINCT toString(category) AS name FROM products
