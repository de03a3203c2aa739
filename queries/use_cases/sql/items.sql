-- Some products as they are sold today.
SELECT product_id, name, toString(category) AS category, price, stock_quantity
FROM products
WHERE product_id IN (SELECT arrayJoin({ids:Array(UInt32)}))
ORDER BY product_id
