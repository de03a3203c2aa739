CREATE TABLE queue_transactions
(
    transaction_id Int64,
    customer_id Int64,
    product_id Int64,
    amount Decimal(12, 2),
    quantity Int32,
    channel String,
    status String,
    refers_to Nullable(UInt64),
    ts DateTime64(3, 'UTC')${received}
)
${engine};

CREATE TABLE stream_transactions ENGINE = Null EMPTY AS
SELECT *, ${record_columns} FROM queue_transactions;

CREATE MATERIALIZED VIEW keep_transactions TO transactions AS
SELECT transaction_id, customer_id, product_id, amount, quantity, channel, status, refers_to, ts
FROM stream_transactions
WHERE length(record_error) = 0;

CREATE MATERIALIZED VIEW keep_purchased_by_product TO purchased_by_product AS
SELECT product_id, customer_id, transaction_id, amount, quantity, channel, status, ts
FROM stream_transactions
WHERE length(record_error) = 0 AND status = 'completed';

CREATE MATERIALIZED VIEW keep_customer_bounds TO customer_bounds AS
SELECT
    customer_id,
    countIf(status = 'completed') AS purchases_at_most,
    groupBitOrIf(bitShiftLeft(toUInt64(1), intHash64(toUInt64(transaction_id)) % 64), status = 'completed') AS purchase_bits,
    sumIf(amount, amount > 0) AS value_at_most
FROM stream_transactions
WHERE length(record_error) = 0 AND status IN ('completed', 'refunded')
GROUP BY customer_id;

CREATE MATERIALIZED VIEW keep_product_buyers TO product_buyers AS
SELECT product_id, groupBitmapState(toUInt32(customer_id)) AS buyers, count() AS at_most
FROM stream_transactions
WHERE length(record_error) = 0 AND status = 'completed'
GROUP BY product_id;
