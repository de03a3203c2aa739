-- The newest version of each product; those that were withdrawn too.
SELECT product_id, name, category, brand, price, stock_quantity, launch_date, version, deleted = 1 AS deleted
FROM products
WHERE product_id BETWEEN {first:UInt32} AND {last:UInt32}
ORDER BY product_id, version DESC
LIMIT 1 BY product_id
SETTINGS final = 0
