-- Every product there is, and whether it may be recommended: in stock and launched.
SELECT
    product_id,
    toString(category) AS category,
    toString(brand) AS brand,
    toUInt8(stock_quantity > 0 AND launch_date <= toDate32({as_of:DateTime64(3, 'UTC')})) AS sold
FROM products FINAL
ORDER BY product_id
