-- The newest version that is stored of some products, deleted ones too.
SELECT product_id, max(version) AS version
FROM products
WHERE product_id IN {ids:Array(UInt32)}
GROUP BY product_id
