-- Edges INTERACTED. The time is in milliseconds.
SELECT
    toInt64(customer_id) AS customer_id,
    toInt64(product_id) AS product_id,
    toString(type) AS type,
    toUnixTimestamp64Milli(ts) AS ts
FROM interactions
WHERE modulo(customer_id, {share:UInt32}) = 0
