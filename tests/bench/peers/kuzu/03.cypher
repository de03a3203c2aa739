// The product's own category and brand spare both joins.
MATCH (p:Product)
WHERE p.category = $category AND p.price >= $min_price AND p.price <= $max_price
RETURN p.product_id AS product_id, p.name AS name, p.brand AS brand, p.price AS price, p.stock_quantity AS stock
ORDER BY price, product_id
LIMIT $limit
