-- Nodes Product, all of them; of products that were bought or looked at but have no row, the id alone.
SELECT
    toInt64(product_id) AS product_id,
    toNullable(name) AS name,
    toNullable(toString(category)) AS category,
    toNullable(toString(brand)) AS brand,
    toNullable(toFloat64(price)) AS price,
    toNullable(toInt64(stock_quantity)) AS stock_quantity
FROM products
UNION ALL
SELECT toInt64(product_id), NULL, NULL, NULL, NULL, NULL
FROM
(
    SELECT DISTINCT product_id FROM purchased_by_product
    UNION DISTINCT
    SELECT DISTINCT product_id FROM interacted_by_product
)
WHERE product_id NOT IN (SELECT product_id FROM products)
