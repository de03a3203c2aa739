-- Edges PURCHASED. The time is in milliseconds.
SELECT
    toInt64(customer_id) AS customer_id,
    toInt64(product_id) AS product_id,
    toInt64(transaction_id) AS transaction_id,
    toFloat64(amount) AS amount,
    toInt64(quantity) AS quantity,
    toString(channel) AS channel,
    toUnixTimestamp64Milli(ts) AS ts
FROM purchased
WHERE modulo(customer_id, {share:UInt32}) = 0
