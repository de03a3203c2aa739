CREATE TABLE queue_products
(
    product_id UInt32,
    name String,
    category String,
    brand String,
    price Decimal(12, 2),
    stock_quantity Int32,
    launch_date Date32,
    version Int64,
    deleted Bool${received}
)
${engine};

CREATE TABLE stream_products ENGINE = Null EMPTY AS
SELECT *, ${record_columns} FROM queue_products;

CREATE MATERIALIZED VIEW keep_products TO products AS
SELECT product_id, name, category, brand, price, stock_quantity, launch_date, version, toUInt8(deleted) AS deleted
FROM stream_products
WHERE length(record_error) = 0;
