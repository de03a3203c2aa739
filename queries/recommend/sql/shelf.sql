-- Every product of these shelves (see digests.sql), as it is shown, and whether it may be recommended.
SELECT
    product_id,
    name,
    toString(category) AS category,
    toString(brand) AS brand,
    toDecimalString(price, 2) AS price,
    stock_quantity > 0 AND launch_date <= toDate32(now('UTC')) AS sold
FROM products
WHERE intDiv(product_id, 64) IN {shelves:Array(UInt32)}
