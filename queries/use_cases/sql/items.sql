-- Some products as they are today; sold: in stock and launched.
SELECT
    product_id,
    name,
    toString(category) AS category,
    price,
    stock_quantity,
    stock_quantity > 0 AND launch_date <= toDate32({as_of:DateTime64(3, 'UTC')}) AS sold
FROM products
WHERE product_id IN (SELECT arrayJoin({ids:Array(UInt32)}))
ORDER BY product_id
