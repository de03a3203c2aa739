-- The category with the fewest products.
SELECT toString(category) FROM products FINAL GROUP BY category ORDER BY count(), category LIMIT 1
